#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mirim/compile/compile.hpp"
#include "mirim/compile/runner.hpp"
#include "mirim/formats/npy.hpp"
#include "mirim/formats/tflite.hpp"
#include "mirim/machine/process.hpp"
#include "tests/compile/graphs.hpp"

// MLPerf Tiny's four int8 models through the compiler. They lie beside the repository; where they do not, the tests
// skip.
namespace mirim {
namespace {

struct Case {
  const char* file;
  std::int64_t
      lower_bound;    // largest sum of live activations without any in-place work, by hand from the layers' shapes
  int board_samples;  // 0: on the host only, to keep the test quick
};

// x = x * 1664525 + 1013904223 modulo 2^32 from x = seed; each step gives the top byte of x.
void append_pseudo_random(const Firmware& firmware, int seed, Bytes& samples) {
  auto x = static_cast<std::uint32_t>(seed);
  for (std::int64_t i = 0; i < firmware.sample_bytes(); ++i) {
    x = x * 1664525U + 1013904223U;
    samples.push_back(static_cast<std::byte>(x >> 24));
  }
}

class ModelsSlow : public ::testing::TestWithParam<Case> {
 protected:
  Graph graph() const {
    const auto path = std::filesystem::path(MIRIM_SOURCE_DIR) / "../shared/data/models" / GetParam().file;
    if (!std::filesystem::exists(path)) return {};
    return read_tflite_file(path).main();
  }
};

TEST_P(ModelsSlow, needs_no_more_arena_than_the_live_activations) {
  const Graph model = graph();
  if (model.nodes.empty()) GTEST_SKIP() << "the shared models are not there";
  // The plain kernels take no memory of their own; for others there is scratch, no more than the plain ones' stack.
  const Plan plan = make_plan(model, {.target = "cortex-m3", .optimize = Optimize::speed});
  EXPECT_LE(plan.peak_bytes, GetParam().lower_bound);
  EXPECT_EQ(plan.arena_bytes, plan.peak_bytes);
  EXPECT_LE(make_plan(model, {.target = "cortex-m3"}).arena_bytes, plan.arena_bytes);
  const Plan with_scratch = make_plan(model, {.target = "cortex-m4"});
  EXPECT_LE(with_scratch.arena_bytes, plan.arena_bytes + 3000);
  EXPECT_EQ(with_scratch.arena_bytes, with_scratch.peak_bytes);
}

TEST_P(ModelsSlow, the_program_on_the_host_equals_the_interpreter) {
  const Graph model = graph();
  if (model.nodes.empty()) GTEST_SKIP() << "the shared models are not there";
  const TemporaryFolder folder;
  write_temporary_artifact(folder.path(), compile(model, {.target = "host"}));
  const Bytes samples = test::random_samples(model, 3, 1);
  EXPECT_EQ(run_firmware(folder.path(), samples).answers, test::interpret(model, samples));
}

TEST_P(ModelsSlow, the_board_gives_tflite_micros_bits_and_the_sizes_are_the_predicted_ones) {
  const Graph model = graph();
  if (model.nodes.empty()) GTEST_SKIP() << "the shared models are not there";
  if (!find_program("arm-none-eabi-g++") || !find_program("qemu-system-arm")) {
    GTEST_SKIP() << "needs Debian's packages gcc-arm-none-eabi and qemu-system-arm";
  }
  const TemporaryFolder folder, build;
  const Artifact artifact = compile(model);
  write_temporary_artifact(folder.path(), artifact);
  if (GetParam().board_samples == 0) {
    const ImageSizes sizes = build_image(folder.path(), artifact.firmware, build.path()).sizes;
    EXPECT_EQ(sizes.constants, artifact.plan.constant_bytes);
    EXPECT_EQ(sizes.static_ram, artifact.plan.arena_bytes);
    return;
  }
  // The golden file's last ten rows are for the samples of seeds 0 to 9 (tests/judge/make_golden_models.py).
  const std::string stem = std::filesystem::path(GetParam().file).stem().string();
  const Tensor golden = read_npy(std::filesystem::path(MIRIM_SOURCE_DIR) / "tests/golden/models" / (stem + ".npy"));
  const auto answer_bytes = static_cast<std::size_t>(artifact.firmware.answer_bytes());
  Bytes samples;
  for (int seed = 0; seed < GetParam().board_samples; ++seed) append_pseudo_random(artifact.firmware, seed, samples);
  const auto from = golden.bytes.end() - static_cast<std::ptrdiff_t>(10 * answer_bytes);
  const Bytes expected(from, from + static_cast<std::ptrdiff_t>(answer_bytes) * GetParam().board_samples);

  const RunResult result = run_firmware(folder.path(), samples);
  EXPECT_EQ(result.answers, expected);  // by tflite-micro
  EXPECT_EQ(result.answers, test::interpret(model, samples));
  EXPECT_EQ(result.board->sizes.constants, artifact.plan.constant_bytes);
  EXPECT_EQ(result.board->sizes.static_ram, artifact.plan.arena_bytes);
  RecordProperty("instructions", std::to_string(result.board->instructions));
  RecordProperty("code", std::to_string(result.board->sizes.code));
  RecordProperty("peak_stack", std::to_string(result.board->peak_stack));
}

INSTANTIATE_TEST_SUITE_P(MLPerfTiny, ModelsSlow,
                         ::testing::Values(Case{"mlperf_tiny/ad_autoencoder_int8.tflite", 768, 3},
                                           Case{"mlperf_tiny/kws_dscnn_int8.tflite", 16000, 1},
                                           Case{"mlperf_tiny/ic_resnet8_int8.tflite", 49152, 0},
                                           Case{"mlperf_tiny/vww_mobilenetv1_025_96_int8.tflite", 55296, 0},
                                           Case{"tflm/hello_world_int8.tflite", 32, 3}),
                         [](const auto& test) {
                           const std::string stem = std::filesystem::path(test.param.file).stem().string();
                           return stem;
                         });

}  // namespace
}  // namespace mirim
