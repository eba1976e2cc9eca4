#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/formats/tflite.hpp"

namespace mirim {
namespace {

// Models that other tools wrote, written again here, must mean the same to tflite-micro and LiteRT.
TEST(TfliteJudgesSlow, answer_the_same_for_a_file_and_for_what_mirim_makes_of_it) {
  const std::string root = MIRIM_SOURCE_DIR;
  const std::string python = root + "/build/judge/bin/python";
  if (!std::filesystem::exists(python)) GTEST_SKIP() << "the judges are not installed: tests/judge/setup";
  const auto folder = std::filesystem::temp_directory_path() / fmt::format("mirim_judges.{}", ::getpid());
  std::string command = fmt::format("'{}' '{}/tests/judge/same_answers.py'", python, root);
  int files = 0;
  for (const std::string from :
       {"/tests/golden", "/../shared/data/models/mlperf_tiny", "/../shared/data/models/tflm"}) {
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(root + from, none)) {
      const auto& path = entry.path();
      if (path.extension() != ".tflite") continue;
      try {
        write_tflite_file(folder / path.filename(), read_tflite_file(path));
      } catch (const Error&) {
        continue;  // an operator to come: tflite_test.cpp looks at why
      }
      command += fmt::format(" '{}' '{}'", path.string(), (folder / path.filename()).string());
      ++files;
    }
  }
  EXPECT_GE(files, 20);
  EXPECT_EQ(std::system(command.c_str()), 0);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace mirim
