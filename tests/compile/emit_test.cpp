#include "mirim/compile/emit.hpp"

#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iterator>
#include <map>
#include <sstream>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/compile/names.hpp"
#include "mirim/compile/runner.hpp"
#include "mirim/machine/embedded.hpp"
#include "mirim/machine/process.hpp"
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

// Compiles the source, all warnings being errors, without any -I.
void expect_clean(const std::filesystem::path& folder, const std::string& compiler, std::vector<std::string> flags,
                  const std::string& source) {
  flags.insert(flags.end(), {"-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Werror", "-c",
                             (folder / source).string(), "-o", "/dev/null"});
  const ProcessResult result = run_process(compiler, flags, "/");
  EXPECT_EQ(result.exit_code, 0) << compiler << " " << fmt::format("{}", fmt::join(flags, " ")) << "\n"
                                 << result.output;
}

// A line of flags, split at blanks.
std::vector<std::string> words(const std::string& line) {
  std::istringstream stream(line);
  return {std::istream_iterator<std::string>(stream), {}};
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
    expect_clean(folder.path(), "g++", {"-std=c++14"}, "small.cpp");
    expect_clean(folder.path(), "g++", {"-std=c++20", "-O3"}, "small.cpp");
    expect_clean(folder.path(), "gcc", {"-std=c99"}, "user.c");
    expect_clean(folder.path(), "gcc", {"-std=c99"}, "example.c");
    expect_clean(folder.path(), "gcc", {"-std=c99", "-DSMALL_EXAMPLE"}, "example.c");
    if (find_program("clang++-16")) expect_clean(folder.path(), "clang++-16", {"-std=c++14", "-O1"}, "small.cpp");
  }
}

// What other people's builds have: Arduino's -Os and C++14, debuggers' and profilers' frame pointers, a register kept
// by an RTOS, cores without FPU.
TEST(EmitSlow, the_folder_builds_without_a_warning_with_other_peoples_flags) {
  if (!find_program("arm-none-eabi-g++")) GTEST_SKIP() << "needs Debian's package gcc-arm-none-eabi";
  const TemporaryFolder folder;
  write_artifact(folder.path(), compile(test::parse(kSmall), {.name = "small"}));
  for (const char* core : {"-mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16", "-mcpu=cortex-m4 -mthumb",
                           "-mcpu=cortex-m0 -mthumb", "-mcpu=cortex-m3 -mthumb",
                           "-mcpu=cortex-m33 -mthumb -mfloat-abi=softfp -mfpu=fpv5-sp-d16"}) {
    for (const char* build :
         {"-O3", "-Os", "-Og -g", "-O0", "-O2 -fno-omit-frame-pointer", "-Os -ffixed-r9",
          "-Os -fno-omit-frame-pointer -ffixed-r9", "-Os -flto", "-O2 -fPIC", "-O2 -fstack-protector-all",
          "-O2 -ffast-math", "-O2 -DMIRIM_NO_ASSEMBLY", "-O2 -DMIRIM_KEEP_OPTIMIZATION"}) {
      expect_clean(folder.path(), "arm-none-eabi-g++", words(fmt::format("-std=gnu++14 {} {}", core, build)),
                   "small.cpp");
    }
  }
  if (!find_program("clang++-16")) return;
  for (const char* build : {"-O2", "-Os -fno-omit-frame-pointer", "-O0 -g"}) {
    expect_clean(folder.path(), "clang++-16",
                 words(fmt::format("--target=arm-none-eabi -mcpu=cortex-m4 -ffreestanding -std=c++14 {}", build)),
                 "small.cpp");
  }
}

TEST(Emit, an_older_language_gives_one_error_that_says_what_to_set) {
  const TemporaryFolder folder;
  write_artifact(folder.path(), compile(test::parse(kSmall), {.name = "small"}));
  const ProcessResult result = run_process("g++", {"-std=c++11", "-c", "small.cpp", "-o", "/dev/null"}, folder.path());
  EXPECT_NE(result.exit_code, 0);
  const std::string message = "#error \"small.cpp needs C++14 or newer: set -std=gnu++14 for the C++ compiler\"";
  EXPECT_THAT(result.output, HasSubstr("error: " + message));
  EXPECT_EQ(result.output.find("error: "), result.output.rfind("error: ")) << result.output;
}

// Every kernel in one source, as a model with all operators would have it; overloads must not clash on a core whose
// int32_t is long.
TEST(Emit, all_kernels_together_are_clean) {
  const TemporaryFolder folder;
  std::string source;
  for (const EmbeddedFile& file : embedded_files()) {
    if (!file.path.starts_with("mirim/micro/")) continue;
    write_temporary_file(folder.path() / file.path, file.text);
    source += fmt::format("#include \"{}\"\n", file.path);
  }
  write_temporary_file(folder.path() / "all.cpp", source);
  expect_clean(folder.path(), "g++", {"-std=c++14", "-I" + folder.path().string()}, "all.cpp");
  if (!find_program("arm-none-eabi-g++")) GTEST_SKIP() << "needs Debian's package gcc-arm-none-eabi";
  for (const char* core : {"-mcpu=cortex-m4", "-mcpu=cortex-m0"}) {
    expect_clean(folder.path(), "arm-none-eabi-g++", {"-std=c++14", core, "-mthumb", "-I" + folder.path().string()},
                 "all.cpp");
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
  // A core without SMLAD: the plain kernels, which take no memory of their own.
  const std::string header = file_of(compile(test::parse(kSmall), {.target = "cortex-m3", .name = "kws"}), "kws.h");
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
  EXPECT_THAT(file_of(artifact, "model.cpp"), Not(HasSubstr("\n#error\n")));  // the name of a layer
}

TEST(Emit, the_source_draws_the_arena) {
  // x lives until the convolution, whose result softmax overwrites.
  EXPECT_THAT(file_of(compile(test::parse(kSmall), {.target = "cortex-m3"}), "model.cpp"),
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
  EXPECT_EQ(emit_elements(constant), "    0.100000001f, -2.0f,\n");
}

TEST(Emit, a_name_that_is_no_identifier_or_stands_for_something_else_is_refused) {
  for (const char* name : {"", "1st", "a b", "a-b", "a;", "_a", "\u00e4", "float", "class", "main", "stdint", "Errno",
                           "math", "test", "aux"}) {
    EXPECT_THROW(compile(test::parse(kSmall), {.name = name}), Error) << name;
  }
}

TEST(Emit, the_name_of_a_files_stem_can_always_be_taken) {
  EXPECT_EQ(name_from("int8"), "int8");
  EXPECT_EQ(name_from("My model-v2.final"), "My_model_v2_final");
  EXPECT_EQ(name_from("1st"), "model_1st");
  EXPECT_EQ(name_from("float"), "float_model");
  EXPECT_EQ(name_from("---"), "model");
  for (const char* stem : {"", "main", "stdint", "\xc3\xa4", "__x__", "9", "errno", "com1", "a__b"}) {
    EXPECT_NO_THROW(check_name(name_from(stem))) << stem;
  }
}

TEST(Emit, a_folder_with_another_model_or_somebodys_files_is_left_alone) {
  const TemporaryFolder folder;
  const auto contents = [&] {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path())) {
      if (entry.is_regular_file()) files[entry.path().string()] = read_text(entry.path());
    }
    return files;
  };
  const Artifact kws = compile(test::parse(kSmall), {.name = "kws"});
  write_artifact(folder.path(), kws);
  const auto before = contents();
  EXPECT_THROW(write_artifact(folder.path(), compile(test::parse(kSmall), {.name = "vww"})), Error);
  EXPECT_EQ(contents(), before);
  write_artifact(folder.path(), kws);
  EXPECT_EQ(contents(), before) << "its own model again";

  const TemporaryFolder project;
  write_temporary_file(project.path() / "README.md", std::string_view("mine"));
  EXPECT_THROW(write_artifact(project.path(), kws), Error);
  EXPECT_EQ(read_text(project.path() / "README.md"), "mine");
  EXPECT_FALSE(std::filesystem::exists(project.path() / "kws.h"));
}

TEST(Emit, kernels_that_the_new_model_does_not_use_go) {
  const TemporaryFolder folder;
  write_artifact(folder.path(), compile(test::parse(kSmall)));
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "mirim/micro/softmax.hpp"));
  write_temporary_file(folder.path() / "main.cpp", std::string_view("mine"));
  write_artifact(folder.path(), compile(test::parse(R"(
graph "other" (%x: int8[1x4]{scale=0.5, zero_point=0}) -> (%y) {
  %y: int8[1x4]{scale=0.5, zero_point=0} = RELU(%x)
})")));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "mirim/micro/softmax.hpp"));
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "main.cpp"));
}

// 0.5 (x + 3): 1.24 is 2.48 steps, 1.26 is 2.52; halves go away from zero; what is too large is held.
TEST(Emit, numbers_go_in_and_out_by_typed_functions) {
  const TemporaryFolder folder;
  write_temporary_artifact(folder.path(), compile(test::parse(kSmall), {.name = "small", .reentrant = true}));
  write_temporary_file(folder.path() / "user.cpp", std::string_view(R"(
#include "small.h"
static small_context context;
int main() {
  int8_t* in = small_input_0(&context);
  const int8_t* out = small_output_0(&context);
  if (in != small_input(&context, 0) || out != small_output(&context, 0)) return 1;
  const float real[SMALL_INPUT_0_ELEMENTS] = {1.24f, 1.26f, -0.25f, 1e30f};
  small_quantize_input_0(&context, real);
  if (in[0] != -1 || in[1] != 0 || in[2] != -4 || in[3] != 127) return 2;
  small_run(&context);
  float scores[SMALL_OUTPUT_0_ELEMENTS];
  small_dequantize_output_0(&context, scores);
  return scores[0] == SMALL_OUTPUT_0_SCALE * (out[0] - SMALL_OUTPUT_0_ZERO_POINT) ? 0 : 3;
})"));
  const ProcessResult built =
      run_process("g++", {"-std=c++14", "-Wall", "-Werror", "user.cpp", "small.cpp", "-o", "user"}, folder.path());
  ASSERT_EQ(built.exit_code, 0) << built.output;
  EXPECT_EQ(run_process((folder.path() / "user").string(), {}, folder.path()).exit_code, 0);
}

TEST(Emit, the_example_runs_and_the_readme_tells_this_model) {
  const TemporaryFolder folder;
  const Artifact artifact = compile(test::parse(kSmall), {.target = "host", .name = "small"});
  write_temporary_artifact(folder.path(), artifact);
  ASSERT_EQ(run_process("g++", {"-c", "small.cpp", "-o", "small.o"}, folder.path()).exit_code, 0);
  const ProcessResult built =
      run_process("gcc", {"-DSMALL_EXAMPLE", "example.c", "small.o", "-o", "example"}, folder.path());
  ASSERT_EQ(built.exit_code, 0) << built.output;
  const ProcessResult ran = run_process((folder.path() / "example").string(), {}, folder.path());
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_THAT(ran.output, HasSubstr("output 0 [47]: "));
  const std::string readme = file_of(artifact, "README.md");
  EXPECT_THAT(readme, HasSubstr("| input 0 | in _/ put | int8 | 1x4x4x2 | 0.5 | -3 |"));
  EXPECT_THAT(readme, HasSubstr("small_quantize_input_0(x0);"));
  EXPECT_THAT(readme, HasSubstr("| RAM, static: the arena | 80 |"));
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

TEST(EmitSlow, the_program_on_the_host_equals_the_interpreter_on_random_networks) {
  for (std::uint64_t seed = 1000; seed < 1005; ++seed) {
    const std::string text = test::random_network(seed);
    SCOPED_TRACE(text);
    expect_the_interpreters_answers(test::parse(text), {.target = "host", .reentrant = seed % 2 == 0}, 3);
  }
}

// Chains of up to nine layers; every other one with a context.
TEST(EmitSlow, row_by_row_the_program_on_the_host_equals_the_interpreter) {
  int programs = 0;
  for (std::uint64_t seed = 2000; programs < 6; ++seed) {
    const std::string text = test::random_images(seed);
    SCOPED_TRACE(text);
    const CompileOptions options{.target = "host", .reentrant = programs % 2 == 0, .optimize = Optimize::ram};
    if (make_plan(test::parse(text), options).chains.empty()) continue;
    expect_the_interpreters_answers(test::parse(text), options, 3);
    ++programs;
  }
}

// Every way to optimize, with and without a context; the runner pushes one row after the other.
TEST(EmitSlow, pushed_rows_give_the_interpreters_answers) {
  int programs = 0;
  for (std::uint64_t seed = 3000; programs < 6; ++seed) {
    const std::string text = test::random_images(seed);
    SCOPED_TRACE(text);
    constexpr Optimize kGoals[] = {Optimize::balanced, Optimize::ram, Optimize::speed};
    const CompileOptions options{
        .target = "host", .reentrant = programs % 2 == 0, .input_rows = true, .optimize = kGoals[programs % 3]};
    try {
      make_plan(test::parse(text), options);
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("cannot come row by row"));
      continue;
    }
    expect_the_interpreters_answers(test::parse(text), options, 3);
    ++programs;
  }
}

TEST(EmitSlow, row_by_row_the_board_gives_the_hosts_bits) {
  if (!find_program("arm-none-eabi-g++") || !find_program("qemu-system-arm")) {
    GTEST_SKIP() << "needs Debian's packages gcc-arm-none-eabi and qemu-system-arm";
  }
  for (std::uint64_t seed = 2020; seed < 2026; ++seed) {
    const std::string text = test::random_images(seed);
    SCOPED_TRACE(text);
    expect_the_interpreters_answers(test::parse(text), {.optimize = Optimize::ram}, 3);
  }
}

// The last rows of an input that no result needs; two chains that copy rows of one tensor, beside a layer that has the
// name of such a copy.
TEST(EmitSlow, pushed_rows_that_nobody_needs_and_copies_of_one_tensor) {
  const Graph leftover = test::parse(R"(
graph "leftover" (%x: int8[1x49x5x4]{scale=0.5, zero_point=7}) -> (%z) {
  %w: int8[4x3x3x4]{scale=0.01, zero_point=0} = random(1)
  %y: int8[1x49x5x4]{scale=0.5, zero_point=-9} = CONV_2D(%x, %w, _) {padding=SAME, stride_h=1, stride_w=1}
  %p: int8[1x6x1x4]{scale=0.5, zero_point=-9} = MAX_POOL_2D(%y) {padding=VALID, stride_w=5, stride_h=8, filter_width=5, filter_height=8}
  %z: int8[1x6x1x4]{scale=0.5, zero_point=0} = CONV_2D(%p, %w, _) {padding=SAME, stride_h=1, stride_w=1}
})");
  for (const bool reentrant : {false, true})
    expect_the_interpreters_answers(leftover, {.target = "host", .reentrant = reentrant, .input_rows = true}, 3);
  const Graph shared = test::parse(R"(
graph "shared" (%x: int8[1x16x16x4]{scale=0.5, zero_point=7}) -> (%y, %chain0_tensor_0) {
  %w: int8[4x3x3x4]{scale=0.01, zero_point=0} = random(1)
  %v: int8[4x3x3x4]{scale=0.01, zero_point=0} = random(2)
  %y: int8[1x8x8x4]{scale=0.5, zero_point=-9} = CONV_2D(%x, %w, _) {padding=SAME, stride_h=2, stride_w=2}
  %chain0_tensor_0: int8[1x8x8x4]{scale=0.5, zero_point=0} = CONV_2D(%x, %v, _) {padding=SAME, stride_h=2, stride_w=2}
})");
  expect_the_interpreters_answers(shared, {.target = "host", .optimize = Optimize::ram}, 3);
}

TEST(EmitSlow, pushed_rows_give_the_hosts_bits_on_the_board) {
  if (!find_program("arm-none-eabi-g++") || !find_program("qemu-system-arm")) {
    GTEST_SKIP() << "needs Debian's packages gcc-arm-none-eabi and qemu-system-arm";
  }
  const Graph graph = test::parse(R"(
graph "camera" (%x: int8[1x32x32x4]{scale=0.5, zero_point=7}) -> (%z) {
  %w: int8[8x3x3x4]{scale=0.01, zero_point=0} = random(1)
  %v: int8[8x3x3x8]{scale=0.01, zero_point=0} = random(2)
  %y: int8[1x32x32x8]{scale=0.5, zero_point=-9} = CONV_2D(%x, %w, _) {padding=SAME, stride_h=1, stride_w=1}
  %z: int8[1x16x16x8]{scale=0.5, zero_point=0} = CONV_2D(%y, %v, _) {padding=SAME, stride_h=2, stride_w=2}
})");
  const Artifact artifact = compile(graph, {.input_rows = true});
  EXPECT_LT(artifact.plan.arena_bytes, 32 * 32 * 4);  // the input alone
  const RunResult result = expect_the_interpreters_answers(graph, {.input_rows = true}, 3);
  EXPECT_EQ(result.board->sizes.static_ram, artifact.plan.arena_bytes);
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

TEST(EmitSlow, the_board_gives_the_hosts_bits_and_the_predicted_sizes) {
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
