#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdio>

#include "mirim/formats/npy.hpp"
#include "tests/cli/program.hpp"
#include "tests/formats/hostile_files.hpp"

// Files that are broken, given to the program itself: each command refuses them with 1, quickly and without much
// memory.
namespace mirim {
namespace {

using testing::HasSubstr;

struct Used {
  int code = 0;
  double seconds = 0;    // from beginning to end
  double processor = 0;  // seconds of it: what other work on the machine does not lengthen
  long kilobytes = 0;    // the largest resident set
};

class Hostile : public ProgramTest {
 protected:
  /// Runs the program on its own, output to a file, for what it uses.
  Used run(const std::vector<std::string>& arguments) const {
    std::fflush(nullptr);  // or the child prints it again
    const auto begin = std::chrono::steady_clock::now();
    const pid_t child = ::fork();
    if (child == 0) {
      const std::string out = at(".out").string();
      if (::freopen(out.c_str(), "w", stdout) == nullptr || ::freopen(out.c_str(), "w", stderr) == nullptr) ::_exit(99);
      std::vector<char*> argv = {const_cast<char*>("mirim")};
      for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
      argv.push_back(nullptr);
      ::execv(MIRIM_PROGRAM, argv.data());
      ::_exit(98);
    }
    int status = 0;
    rusage usage{};
    ::wait4(child, &status, 0, &usage);
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin;
    const auto seconds = [](const timeval& t) {
      return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), passed.count(),
            seconds(usage.ru_utime) + seconds(usage.ru_stime), usage.ru_maxrss};
  }
};

TEST_F(Hostile, files_are_refused_by_every_command_in_a_second_and_64_megabytes) {
  const Tensor x({DType::float32, {1, 4, 4, 2}});
  write_npy(at("x.npy"), x.type, x.bytes);
  const std::string file = at("a.tflite").string();
  const std::vector<std::vector<std::string>> commands = {
      {"verify", file},
      {"show", file},
      {"run", file, "--input", at("x.npy").string()},
      {"cost", file, "--estimate"},
      {"compile", file, "-o", at("firmware").string()},
      {"eval", file, "--data", "idx:" + at("data").string()},
  };
  const long least = run({"--version"}).kilobytes;
  std::size_t turn = 0;
  for (const test::HostileFile& hostile : test::hostile_files()) {
    SCOPED_TRACE(hostile.what);
    write_file(at("a.tflite"), hostile.bytes);
    // All commands read in one way, so each file needs to meet only `verify` and one of the others.
    for (const std::size_t command : {std::size_t{0}, 1 + turn++ % (commands.size() - 1)}) {
      const Used used = run(commands[command]);
      EXPECT_EQ(used.code, 1) << commands[command][0] << "\n" << read_text(at(".out"));
      EXPECT_THAT(read_text(at(".out")), HasSubstr("a.tflite"));
      if (!kMeasured) continue;
      EXPECT_LT(used.kilobytes - least, 64 * 1024) << commands[command][0];
      EXPECT_LT(used.processor, 1) << commands[command][0];
      EXPECT_LT(used.seconds, 10) << commands[command][0];  // a file that it waits for ever on
    }
  }
  EXPECT_FALSE(std::filesystem::exists(at("firmware")));
}

TEST_F(Hostile, verify_says_all_that_is_wrong_and_show_the_first) {
  test::OneNode model{.x = "shape: [1, -4, 4, 2], name: 'x'", .node = "inputs: [5], outputs: [1]"};
  write_file(at("a.tflite"), model.bytes());
  const Ended verify = mirim("verify a.tflite");
  EXPECT_EQ(verify.code, 1);
  EXPECT_EQ(verify.out, "");
  EXPECT_EQ(verify.err,
            "a.tflite: value 0 'x': shape 1x-4x4x2 has a negative dimension\n"
            "a.tflite: node 0 (RELU): operand 5 is no value, there are 2\n"
            "mirim: a.tflite: 2 problems\n");
  EXPECT_EQ(bad("show a.tflite"),
            "mirim: a.tflite: value 0 'x': shape 1x-4x4x2 has a negative dimension (and 1 more problem)\n");
}

TEST_F(Hostile, a_sound_file_that_cannot_be_run_is_shown_with_a_warning) {
  write_file(at("a.tflite"), test::OneNode{.code = "builtin_code: CUSTOM, custom_code: 'Mine'"}.bytes());
  const std::string why = "a.tflite: node 0 'y' (Mine): mirim has no such operator";
  const Ended show = mirim("show a.tflite");
  EXPECT_EQ(show.code, 0);
  EXPECT_EQ(show.err, "warning: " + why + "\n");
  EXPECT_THAT(show.out, HasSubstr("%y: float32[1x4x4x2] = \"Mine\"(%x)"));
  const Ended verify = mirim("verify a.tflite");
  EXPECT_EQ(verify.code, 0);
  EXPECT_EQ(verify.err, "warning: " + why + "\n");
  EXPECT_EQ(verify.out, "a.tflite: sound, but mirim cannot run it\n");
  EXPECT_THAT(bad("compile a.tflite -o firmware"), HasSubstr(why));
  EXPECT_THAT(bad("run a.tflite --input x.npy"), HasSubstr(why));
}

TEST_F(Hostile, a_layer_whose_scales_no_kernel_takes_is_told_by_verify_already) {
  write_file(at("a.tflite"),
             test::OneNode{.code = "builtin_code: SOFTMAX",
                           .x = "shape: [2], type: INT8, quantization: {scale: [0.5], zero_point: [0]}, name: 'x'",
                           .y = "shape: [2], type: INT8, quantization: {scale: [0.5], zero_point: [0]}, name: 'y'",
                           .node = "inputs: [0], outputs: [1], builtin_options_type: SoftmaxOptions, "
                                   "builtin_options: {beta: 1.0}"}
                 .bytes());
  const Ended verify = mirim("verify a.tflite");
  EXPECT_EQ(verify.code, 0);
  EXPECT_THAT(verify.err, HasSubstr("the output has scale 0.5 and zero point 0, an int8 softmax has"));
  EXPECT_EQ(verify.out, "a.tflite: sound, but mirim cannot run it\n");
}

TEST_F(Hostile, an_odd_file_is_taken_with_a_warning) {
  // As in person_detect_int8, which tflite-micro runs.
  write_file(at("a.tflite"), test::OneNode{.x = "shape: [2], type: INT8, quantization: {scale: [0.5], zero_point: [0], "
                                                "quantized_dimension: 3}, name: 'x'",
                                           .y = "shape: [2], type: INT8, quantization: {scale: [0.5]}, name: 'y'"}
                                 .bytes());
  const Ended verify = mirim("verify a.tflite");
  EXPECT_EQ(verify.code, 0);
  EXPECT_EQ(
      verify.err,
      "warning: a.tflite: tensor 0 'x': has one scale, or one axis, and says that it is quantized along axis 3\n");
  EXPECT_EQ(verify.out, "a.tflite: sound\n");
}

}  // namespace
}  // namespace mirim
