#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "mirim/base/file.hpp"
#include "mirim/base/random.hpp"

namespace mirim {

/// With sanitizers neither time nor memory says anything.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kMeasured = false;
#elif defined(__has_feature)
inline constexpr bool kMeasured = !__has_feature(address_sanitizer);
#else
inline constexpr bool kMeasured = true;
#endif

/// How a run of the program ended.
struct Ended {
  int code = 0;     ///< exit code; 128 + signal when a signal ended it
  std::string out;  ///< stdout
  std::string err;  ///< stderr
};

/// A folder with a small data set of images (8x8, which of the four quarters is bright) and a network for it.
class ProgramTest : public testing::Test {
 protected:
  ProgramTest() {
    folder_ = std::filesystem::temp_directory_path() / ("mirim_cli_test." + std::to_string(::getpid()));
    std::filesystem::remove_all(folder_);
    write_file(at("net.toml"), kNetwork);
    write_images("data", 600, 100);
  }
  ~ProgramTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path at(const std::string& name) const { return folder_ / name; }

  /// Runs `mirim ARGUMENTS` by a shell in the folder; `before` stands in front: "ulimit -f 1;".
  Ended mirim(const std::string& arguments, const std::string& before = "") const {
    const std::string out = at(".out").string();
    const std::string err = at(".err").string();
    const std::string command = "cd '" + folder_.string() + "' && { " + before + " '" MIRIM_PROGRAM "' " + arguments +
                                "; } >'" + out + "' 2>'" + err + "'";
    const int status = std::system(command.c_str());
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return {code, read_text(out), read_text(err)};
  }

  /// What `mirim ARGUMENTS` prints; it must end well.
  std::string good(const std::string& arguments) const {
    const Ended ended = mirim(arguments);
    EXPECT_EQ(ended.code, 0) << arguments << "\n" << ended.err;
    return ended.out;
  }

  /// The one line that `mirim ARGUMENTS` complains with; it must exit with 1 and print nothing else.
  std::string bad(const std::string& arguments, const std::string& before = "") const {
    Ended ended = mirim(arguments, before);
    // How the data were read and what is learnt is said before, a line each.
    while (ended.err.starts_with("data: ") || ended.err.starts_with("test data: ") ||
           ended.err.starts_with("learns ")) {
      ended.err.erase(0, ended.err.find('\n') + 1);
    }
    EXPECT_EQ(ended.code, 1) << arguments << "\n" << ended.out << ended.err;
    EXPECT_EQ(ended.out, "") << arguments;
    EXPECT_TRUE(ended.err.starts_with("mirim: ")) << ended.err;
    EXPECT_EQ(ended.err.find('\n'), ended.err.size() - 1) << "more than one line:\n" << ended.err;
    return ended.err;
  }

  /// Four IDX files as MNIST has them.
  void write_images(const std::string& name, int train, int test) const {
    write_idx_pair(name + "/train", train, 1);
    write_idx_pair(name + "/t10k", test, 2);
  }

  static constexpr const char* kNetwork =
      "name = \"quarters\"\n"
      "[input]\nshape = [8, 8, 1]\nnormalize = { scale = 0.00392156862745098 }\n"
      "[[layer]]\ntype = \"conv2d\"\nfilters = 4\nstride = 2\nbatch_norm = true\nactivation = \"relu\"\n"
      "[[layer]]\ntype = \"flatten\"\n"
      "[[layer]]\ntype = \"fully_connected\"\nunits = 4\n"
      "[[layer]]\ntype = \"softmax\"\n";

  static std::string big_endian(std::uint32_t value) {
    std::string text;
    for (int shift = 24; shift >= 0; shift -= 8) text += static_cast<char>(value >> shift & 0xFF);
    return text;
  }

 private:
  void write_idx_pair(const std::string& prefix, int count, std::uint64_t seed) const {
    Random random(seed);
    std::string images =
        std::string("\0\0\x08\x03", 4) + big_endian(static_cast<std::uint32_t>(count)) + big_endian(8) + big_endian(8);
    std::string labels = std::string("\0\0\x08\x01", 4) + big_endian(static_cast<std::uint32_t>(count));
    for (int i = 0; i < count; ++i) {
      const auto label = random.below(4);
      labels += static_cast<char>(label);
      for (int y = 0; y < 8; ++y) {
        for (int x = 0; x < 8; ++x) {
          const bool bright = (y / 4) * 2 + x / 4 == label;
          images += static_cast<char>(random.below(90) + (bright ? 120 : 0));
        }
      }
    }
    write_file(at(prefix + "-images-idx3-ubyte"), images);
    write_file(at(prefix + "-labels-idx1-ubyte"), labels);
  }

  std::filesystem::path folder_;
};

}  // namespace mirim
