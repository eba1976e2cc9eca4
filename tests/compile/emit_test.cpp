#include "mirim/compile/emit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/compile/process.hpp"
#include "mirim/compile/runner.hpp"
#include "tests/compile/graphs.hpp"

namespace mirim {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kSmall = R"(
graph "small" (%"in */ put": int8[1x4x4x2]{scale=0.5, zero_point=-3}) -> (%probabilities) {
  %w: int8[3x3x3x2]{scale=0.01, zero_point=0} = random(1)
  %bias: int32[3]{scale=0.005, zero_point=0} = [-70000, 5, 100]
  %"net/conv/BiasAdd;\n#error": int8[1x4x4x3]{scale=0.5, zero_point=4} =
      CONV_2D(%"in */ put", %w, %bias) {stride_w=1, stride_h=1}
  %shape: int32[2] = [1, 48]
  %flat: int8[1x48]{scale=0.5, zero_point=4} = RESHAPE(%"net/conv/BiasAdd;\n#error", %shape)
  %probabilities: int8[1x48]{scale=0.00390625, zero_point=-128} = SOFTMAX(%flat) {beta=1}
})";

// Compiles every source of the folder with all warnings as errors and nothing but -I of the folder.
void expect_clean(const std::filesystem::path& folder, const std::string& compiler, std::vector<std::string> flags,
                  const std::string& source) {
  flags.insert(flags.end(), {"-Wall", "-Wextra", "-Werror", "-pedantic", "-I", folder.string(), "-c",
                             (folder / source).string(), "-o", "/dev/null"});
  const ProcessResult result = run_process(compiler, flags, folder);
  EXPECT_EQ(result.exit_code, 0) << compiler << " " << source << "\n" << result.output;
}

TEST(Emit, the_folder_is_clean_for_every_compiler_and_the_header_is_also_c) {
  for (const bool reentrant : {false, true}) {
    const TemporaryFolder folder;
    write_artifact(folder.path(), compile(test::parse(kSmall), {.name = "small", .reentrant = reentrant}));
    write_temporary_file(
        folder.path() / "user.c",
        std::string_view(
            "#include \"small.h\"\nint shape[] = SMALL_INPUT_0_SHAPE;\nfloat scale = SMALL_INPUT_0_SCALE;\n"));
    expect_clean(folder.path(), "g++", {"-std=c++17", "-O2"}, "small.cpp");
    expect_clean(folder.path(), "gcc", {"-std=c99"}, "user.c");
    if (find_program("clang++-16")) expect_clean(folder.path(), "clang++-16", {"-std=c++17", "-O1"}, "small.cpp");
    if (find_program("arm-none-eabi-g++")) {
      expect_clean(
          folder.path(), "arm-none-eabi-g++",
          {"-std=c++17", "-O2", "-mcpu=cortex-m0plus", "-mthumb", "-ffreestanding", "-fno-rtti", "-fno-exceptions"},
          "small.cpp");
    }
  }
}

TEST(Emit, the_same_model_gives_the_same_files) {
  EXPECT_EQ(compile(test::parse(kSmall)).files, compile(test::parse(kSmall)).files);
}

std::string file_of(const Artifact& artifact, std::string_view path) {
  for (const auto& file : artifact.files) {
    if (file.path == path) return file.text;
  }
  return "no such file";
}

TEST(Emit, the_header_says_what_the_firmware_must_know) {
  const std::string header = file_of(compile(test::parse(kSmall), {.name = "kws"}), "kws.h");
  // The input (32 bytes, 4x4x2) and the convolution's result (48) are alive together; softmax works in place.
  EXPECT_THAT(header, HasSubstr("#define KWS_ARENA_BYTES 80 "));
  // Weights 54 -> 56, bias 12, and a multiplier and shift: one scale, so 4 each; softmax has none.
  EXPECT_THAT(header, HasSubstr("#define KWS_CONSTANT_BYTES 76 "));
  EXPECT_THAT(header, HasSubstr("#define KWS_INPUT_COUNT 1\n#define KWS_OUTPUT_COUNT 1\n"));
  EXPECT_THAT(
      header,
      HasSubstr("#define KWS_INPUT_0_BYTES 32\n#define KWS_INPUT_0_RANK 4\n#define KWS_INPUT_0_SHAPE {1, 4, 4, 2}\n"
                "#define KWS_INPUT_0_SCALE 0.5f\n#define KWS_INPUT_0_ZERO_POINT (-3)\n"));
  EXPECT_THAT(header, HasSubstr("void* kws_input(int index);"));
  EXPECT_THAT(header, HasSubstr("const void* kws_output(int index);"));
  EXPECT_THAT(header, HasSubstr("void kws_run(void);"));
  EXPECT_THAT(header, HasSubstr("void kws_reset(void);"));
}

TEST(Emit, names_of_the_model_do_not_reach_the_code) {
  const Artifact artifact = compile(test::parse(kSmall));
  EXPECT_THAT(file_of(artifact, "model.h"), HasSubstr("/* Input 0: in _/ put, int8 1x4x4x2;"));
  EXPECT_THAT(file_of(artifact, "model.cpp"),
              HasSubstr("// 0: conv, CONV_2D, int8 1x4x4x2 -> int8 1x4x4x3, 864 MACs\n"));
  EXPECT_THAT(file_of(artifact, "model.cpp"), Not(HasSubstr("#error")));
}

TEST(Emit, the_source_draws_the_arena) {
  // x lives until the convolution, whose result softmax overwrites.
  EXPECT_THAT(file_of(compile(test::parse(kSmall)), "model.cpp"),
              HasSubstr("// bytes 0 to 48, steps 0 to end: conv, flat, probabilities\n// bytes 48 to 80, steps start "
                        "to 0: in _/ put\n"));
}

TEST(Emit, only_the_kernels_that_are_used_are_copied_under_a_namespace_of_their_own) {
  const Artifact artifact = compile(test::parse(kSmall));
  EXPECT_THAT(file_of(artifact, "mirim/micro/softmax.hpp"), HasSubstr("inline namespace v_"));
  EXPECT_EQ(file_of(artifact, "mirim/micro/add.hpp"), "no such file");
  EXPECT_EQ(file_of(artifact, "mirim/micro/copy.hpp"), "no such file");  // the reshape is no call
  for (const auto& file : artifact.files) EXPECT_THAT(file.text, Not(HasSubstr("namespace v0"))) << file.path;
}

TEST(Emit, the_least_integers_are_spelt_so_that_a_compiler_takes_them) {
  const PackedConstant narrow{.name = "c", .c_type = "int32_t", .bytes = make_constant(std::vector{INT32_MIN, 7})};
  EXPECT_EQ(emit_elements(narrow), "    -2147483647 - 1, 7,\n");
  const PackedConstant wide{.name = "c", .c_type = "int64_t", .bytes = make_constant(std::vector{INT64_MIN})};
  EXPECT_EQ(emit_elements(wide), "    -9223372036854775807 - 1,\n");
}

TEST(Emit, floats_keep_their_bits) {
  const PackedConstant constant{.name = "c", .c_type = "float", .bytes = make_constant(std::vector{0.1F, -2.0F})};
  EXPECT_EQ(emit_elements(constant), "    0x1.99999ap-4f, -0x1p+1f,\n");
}

TEST(Emit, a_name_that_is_no_identifier_is_refused) {
  for (const char* name : {"", "1st", "a b", "a-b", "a;"}) {
    EXPECT_THROW(compile(test::parse(kSmall), {.name = name}), Error) << name;
  }
}

// Runs the emitted program and compares with the interpreter, bit for bit.
RunResult expect_the_interpreters_answers(const Graph& graph, const CompileOptions& options, int samples) {
  const TemporaryFolder folder;
  write_temporary_artifact(folder.path(), compile(graph, options));
  const Bytes input = test::random_samples(graph, samples, 1);
  RunResult result = run_firmware(folder.path(), input);
  EXPECT_EQ(result.answers, test::interpret(graph, input));
  return result;
}

TEST(Emit, the_program_on_the_host_equals_the_interpreter_on_random_networks) {
  for (std::uint64_t seed = 1000; seed < 1005; ++seed) {
    const std::string text = test::random_network(seed);
    SCOPED_TRACE(text);
    expect_the_interpreters_answers(test::parse(text), {.target = "host", .reentrant = seed % 2 == 0}, 3);
  }
}

TEST(Emit, an_output_may_be_a_constant_or_the_input_itself) {
  const Graph graph = test::parse(R"(
graph "odd" (%x: int8[1x4]{scale=0.5, zero_point=0}) -> (%c, %x, %y) {
  %c: int8[3]{scale=0.5, zero_point=0} = [1, -2, 3]
  %y: int8[1x4]{scale=0.5, zero_point=0} = TANH(%x)
})");
  expect_the_interpreters_answers(graph, {.target = "host"}, 2);
  expect_the_interpreters_answers(graph, {.target = "host", .reentrant = true}, 2);
}

TEST(Emit, the_board_gives_the_hosts_bits_and_the_predicted_sizes) {
  if (!find_program("arm-none-eabi-g++") || !find_program("qemu-system-arm")) {
    GTEST_SKIP() << "needs Debian's packages gcc-arm-none-eabi and qemu-system-arm";
  }
  for (const bool reentrant : {false, true}) {
    const Artifact artifact = compile(test::parse(kSmall));
    const RunResult result = expect_the_interpreters_answers(test::parse(kSmall), {.reentrant = reentrant}, 3);
    EXPECT_EQ(result.board->sizes.constants, artifact.plan.constant_bytes);
    EXPECT_EQ(result.board->sizes.static_ram, artifact.plan.arena_bytes);
  }
}

}  // namespace
}  // namespace mirim
