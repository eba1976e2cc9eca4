// Integer arithmetic against tflite-micro's reference kernels, bit for bit, or LiteRT's where it has none: tests/golden
// has single operators with random options (tests/judge/make_golden.py) and whole models (make_golden_models.py), each
// with the outputs that its judge gave.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "mirim/formats/cifar.hpp"
#include "mirim/formats/compressed.hpp"
#include "mirim/formats/npy.hpp"
#include "mirim/formats/tflite.hpp"
#include "mirim/ops/all.hpp"

namespace mirim {
namespace {

const std::filesystem::path kGolden = std::filesystem::path(MIRIM_SOURCE_DIR) / "tests/golden";
const std::filesystem::path kData = std::filesystem::path(MIRIM_SOURCE_DIR) / "../shared/data";

// The bytes of every value of `graph` after one run on `inputs`, its inputs one behind the other; nodes run in order.
std::vector<Bytes> run_all(const Graph& graph, BytesView inputs) {
  std::vector<Bytes> values(graph.values.size());
  const auto bytes_of_value = [&](ValueId id) -> Bytes& { return values[static_cast<std::size_t>(id)]; };
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Value& value = graph.values[i];
    values[i] = value.is_constant() ? *value.constant : Bytes(static_cast<std::size_t>(value.type.bytes()));
  }
  for (const ValueId id : graph.inputs) {
    Bytes& to = bytes_of_value(id);
    std::copy_n(inputs.begin(), to.size(), to.begin());
    inputs = inputs.subspan(to.size());
  }
  for (const Node& node : graph.nodes) {
    std::vector<ConstTensorView> x;
    std::vector<TensorView> y;
    for (const ValueId id : node.inputs) {
      x.push_back(id == kNoValue ? ConstTensorView{}
                                 : ConstTensorView{&graph[id].type, &graph[id].quantization, bytes_of_value(id)});
    }
    for (const ValueId id : node.outputs) y.push_back({&graph[id].type, &graph[id].quantization, bytes_of_value(id)});
    node.op.forward(Inputs(x), Outputs(y));
  }
  return values;
}

std::int64_t bytes_of_values(const Graph& graph, const std::vector<ValueId>& ids) {
  std::int64_t bytes = 0;
  for (const ValueId id : ids) bytes += graph[id].type.bytes();
  return bytes;
}

// Whether floats have the bits of the judge: tflite-micro's, and those of layers with integer weights.
bool has_the_bits(const std::string& name, const std::string& judge) {
  return judge.find("tflite-micro") != std::string::npos || name.find("_hybrid") != std::string::npos;
}

// Integers must be equal, and floats if they are `exact`; others within 1e-5 of the largest.
void expect_answer(const TensorType& type, BytesView output, BytesView expected, bool exact) {
  ASSERT_EQ(output.size(), expected.size());
  const bool floats = type.dtype == DType::float32 || type.dtype == DType::complex64;
  if (!floats || exact) {
    EXPECT_EQ(0, std::memcmp(output.data(), expected.data(), output.size()));
    return;
  }
  std::vector<float> y(output.size() / sizeof(float)), z(y.size());
  std::memcpy(y.data(), output.data(), output.size());
  std::memcpy(z.data(), expected.data(), expected.size());
  float largest = 0;
  for (const float value : z) largest = std::max(largest, std::fabs(value));
  for (std::size_t i = 0; i < y.size(); ++i) EXPECT_NEAR(y[i], z[i], 1e-5F * largest) << "element " << i;
}

class GoldenOperator : public testing::TestWithParam<std::string> {};

TEST_P(GoldenOperator, gives_what_its_judge_gave) {
  const Model model = read_tflite_file(kGolden / (GetParam() + ".tflite"));
  const Tensor golden = read_npy(kGolden / (GetParam() + ".npy"));
  const Graph& graph = model.main();
  const auto inputs = static_cast<std::size_t>(bytes_of_values(graph, graph.inputs));
  ASSERT_EQ(golden.bytes.size(), inputs + static_cast<std::size_t>(bytes_of_values(graph, graph.outputs)));
  ASSERT_GT(graph.nodes.size(), 0U);
  const std::vector<Bytes> values = run_all(graph, BytesView(golden.bytes).first(inputs));
  BytesView expected = BytesView(golden.bytes).subspan(inputs);
  for (std::size_t i = 0; i < graph.outputs.size(); ++i) {
    const Bytes& output = values[static_cast<std::size_t>(graph.outputs[i])];
    SCOPED_TRACE("case " + std::to_string(i) + " of " + GetParam() + ", " + model.description);
    expect_answer(graph[graph.outputs[i]].type, output, expected.first(output.size()),
                  has_the_bits(GetParam(), model.description));
    expected = expected.subspan(output.size());
  }
}

std::vector<std::string> operators_with_golden_files() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kGolden)) {
    if (entry.path().extension() == ".tflite") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

INSTANTIATE_TEST_SUITE_P(All, GoldenOperator, testing::ValuesIn(operators_with_golden_files()),
                         [](const auto& test) { return test.param; });

class GoldenNetwork : public testing::TestWithParam<int> {};

TEST_P(GoldenNetwork, gives_the_bits_of_tflite_micro) {
  const auto path = kGolden / "networks" / std::to_string(GetParam());
  const Model model = read_tflite_file(path.string() + ".tflite");
  const Tensor golden = read_npy(path.string() + ".npy");
  const Graph& graph = model.main();
  constexpr std::size_t kRuns = 4;
  const auto inputs = static_cast<std::size_t>(bytes_of_values(graph, graph.inputs));
  const auto outputs = static_cast<std::size_t>(bytes_of_values(graph, graph.outputs));
  ASSERT_EQ(golden.bytes.size(), kRuns * (inputs + outputs));
  for (std::size_t run = 0; run < kRuns; ++run) {
    const std::vector<Bytes> values = run_all(graph, BytesView(golden.bytes).subspan(run * inputs, inputs));
    const Bytes& output = values[static_cast<std::size_t>(graph.outputs[0])];
    EXPECT_EQ(0, std::memcmp(output.data(), golden.bytes.data() + kRuns * inputs + run * outputs, outputs))
        << "run " << run << ", " << model.description;
  }
}

INSTANTIATE_TEST_SUITE_P(All, GoldenNetwork, testing::Range(0, 12));

// make_golden_models.py's pseudo_random.
Bytes pseudo_random(std::uint32_t seed, std::int64_t count) {
  Bytes bytes(static_cast<std::size_t>(count));
  for (std::byte& byte : bytes) {
    seed = seed * 1664525 + 1013904223;
    byte = static_cast<std::byte>(seed >> 24);
  }
  return bytes;
}

// The first of 1,000 samples and each hundredth after it, as int8; none for models without data.
std::vector<Bytes> real_inputs(const std::string& model) {
  Bytes samples;
  if (model == "kws_dscnn_int8") samples = read_npy(kData / "kws01/kws01_x_int8.npy").bytes;
  if (model == "ic_resnet8_int8") {
    CifarRecords records;
    append_cifar10(read_unpacked(kData / "datasets/cifar10/test_batch.bin.xz"), records);
    records.images.resize(1000 * 32 * 32 * 3);
    samples = records.images;
    for (std::byte& pixel : samples) pixel ^= std::byte{128};  // minus 128
  }
  std::vector<Bytes> inputs;
  const auto size = static_cast<std::ptrdiff_t>(samples.size() / 1000);
  for (std::ptrdiff_t i = 0; size > 0 && i < 1000; i += 100) {
    inputs.emplace_back(samples.begin() + i * size, samples.begin() + (i + 1) * size);
  }
  return inputs;
}

struct WholeModel {
  std::string folder;
  std::string name;
};

class GoldenModel : public testing::TestWithParam<WholeModel> {};

TEST_P(GoldenModel, gives_the_bits_of_tflite_micro) {
  const auto path = kData / "models" / GetParam().folder / (GetParam().name + ".tflite");
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not there";
  const Model model = read_tflite_file(path);
  const Graph& graph = model.main();
  const Tensor golden = read_npy(kGolden / "models" / (GetParam().name + ".npy"));
  const std::int64_t runs = golden.type.shape[0], outputs = golden.type.shape[1];

  std::vector<Bytes> inputs = real_inputs(GetParam().name);
  for (std::uint32_t seed = 0; seed < 10; ++seed) {
    inputs.push_back(pseudo_random(seed, bytes_of_values(graph, graph.inputs)));
  }
  ASSERT_EQ(static_cast<std::int64_t>(inputs.size()), runs);
  for (std::size_t run = 0; run < inputs.size(); ++run) {
    const std::vector<Bytes> values = run_all(graph, inputs[run]);
    const Bytes& output = values[static_cast<std::size_t>(graph.outputs[0])];
    ASSERT_EQ(static_cast<std::int64_t>(output.size()), outputs);
    EXPECT_EQ(0,
              std::memcmp(output.data(), golden.bytes.data() + run * static_cast<std::size_t>(outputs), output.size()))
        << "run " << run;
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, GoldenModel,
    testing::Values(WholeModel{"mlperf_tiny", "kws_dscnn_int8"}, WholeModel{"mlperf_tiny", "ic_resnet8_int8"},
                    WholeModel{"mlperf_tiny", "vww_mobilenetv1_025_96_int8"},
                    WholeModel{"mlperf_tiny", "ad_autoencoder_int8"}, WholeModel{"tflm", "hello_world_int8"},
                    WholeModel{"tflm", "micro_speech_int8"}, WholeModel{"tflm", "person_detect_int8"}),
    [](const auto& test) { return test.param.name; });

TEST(GoldenDynamicRange, is_within_1e_5_of_litert) {
  const auto path = kData / "models/mlperf_tiny/kws_dscnn_float32.tflite";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not there";
  const Model model = read_tflite_file(path);
  const Graph& graph = model.main();
  const Tensor inputs = read_npy(kData / "models/reference_io/mlperf_tiny__kws_dscnn_float32.in0.npy");
  const Tensor golden = read_npy(kGolden / "models/kws_dscnn_float32.npy");
  const auto runs = static_cast<std::size_t>(golden.type.shape[0]);
  const std::size_t in = inputs.bytes.size() / runs, out = golden.bytes.size() / runs;
  ASSERT_EQ(static_cast<std::int64_t>(in), bytes_of_values(graph, graph.inputs));
  for (std::size_t run = 0; run < runs; ++run) {
    const std::vector<Bytes> values = run_all(graph, BytesView(inputs.bytes).subspan(run * in, in));
    const ValueId y = graph.outputs[0];
    expect_answer(graph[y].type, values[static_cast<std::size_t>(y)], BytesView(golden.bytes).subspan(run * out, out),
                  false);
  }
}

}  // namespace
}  // namespace mirim
