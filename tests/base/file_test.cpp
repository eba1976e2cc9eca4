#include "mirim/base/file.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <vector>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

using testing::HasSubstr, testing::UnorderedElementsAre;

// A folder of this test's own, gone afterwards.
class File : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      result.push_back(entry.path().filename().string());
    }
    return result;
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() /
      fmt::format("mirim-file-{}-{}", ::getpid(), testing::UnitTest::GetInstance()->current_test_info()->name());
};

std::string error_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST_F(File, what_was_written_is_read) {
  const std::string text("a\0b\n", 4);
  write_file(folder_ / "deep" / "file", text);
  EXPECT_EQ(read_text(folder_ / "deep" / "file"), text);
  EXPECT_EQ(read_file(folder_ / "deep" / "file").size(), 4U);
}

TEST_F(File, an_empty_file_is_empty) {
  write_file(folder_ / "file", "");
  EXPECT_EQ(read_text(folder_ / "file"), "");
}

TEST_F(File, writing_again_replaces_and_leaves_nothing_beside) {
  write_file(folder_ / "file", "a long first text");
  write_file(folder_ / "file", "second");
  EXPECT_EQ(read_text(folder_ / "file"), "second");
  EXPECT_THAT(names(), UnorderedElementsAre("file"));
}

TEST_F(File, a_failed_write_leaves_the_old_file_and_nothing_beside) {
  write_file(folder_ / "there" / "inside", "old");
  // A folder stands where the file should go: the rename fails.
  EXPECT_THAT(error_of([&] { write_file(folder_ / "there", "new"); }), HasSubstr("cannot write"));
  EXPECT_EQ(read_text(folder_ / "there" / "inside"), "old");
  EXPECT_THAT(names(), UnorderedElementsAre("there"));
}

TEST_F(File, what_cannot_be_written_is_known_before_and_nothing_is_left) {
  write_file(folder_ / "file", "old");
  require_writable(folder_ / "file");
  require_writable(folder_ / "new" / "deep" / "file");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "new"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
  EXPECT_THAT(error_of([&] { require_writable(folder_); }), HasSubstr("is a folder"));
  EXPECT_THAT(error_of([&] { require_writable(folder_ / "file" / "below"); }), HasSubstr("below: cannot write"));
  EXPECT_THAT(error_of([&] { require_writable("/proc/nowhere/file"); }), HasSubstr("cannot write"));
}

TEST_F(File, a_missing_file_and_a_folder_are_named) {
  EXPECT_THAT(error_of([&] { read_file(folder_ / "none"); }), HasSubstr("none: cannot open: No such file"));
  write_file(folder_ / "file", "");
  EXPECT_THAT(error_of([&] { read_file(folder_); }), HasSubstr("is a folder, expected a file"));
}

TEST_F(File, a_file_without_a_size_is_read_to_its_end) {
  EXPECT_THAT(read_text("/proc/self/status"), HasSubstr("Pid:"));
}

}  // namespace
}  // namespace mirim
