#include "mirim/recipe/step.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"

namespace mirim {
namespace {

namespace fs = std::filesystem;

class StepTest : public testing::Test {
 protected:
  StepTest() : folder_(fs::temp_directory_path() / fmt::format("mirim_step_test.{}", ::getpid())) {
    fs::remove_all(folder_);
    write_file(folder_ / "in", "one");
  }
  ~StepTest() override { fs::remove_all(folder_); }

  // Copies the file `in` to `out` and counts how often.
  RecipeStep copy(const std::string& depends = "") {
    return {.name = "copy",
            .depends = depends,
            .reads = {folder_ / "in"},
            .writes = {folder_ / "out"},
            .work = [this]() -> std::string {
              ++works_;
              write_file(folder_ / "out", read_text(folder_ / "in"));
              return R"({"letters":3})";
            }};
  }

  fs::path folder_;
  int works_ = 0;
};

TEST_F(StepTest, is_done_once) {
  const StepRecord first = run_step(folder_, copy());
  EXPECT_TRUE(first.worked);
  const StepRecord second = run_step(folder_, copy());
  EXPECT_FALSE(second.worked);
  EXPECT_EQ(second.found, R"({"letters":3})");
  EXPECT_EQ(second.seconds, first.seconds);
  EXPECT_EQ(works_, 1);
}

TEST_F(StepTest, is_done_again_when_a_setting_changes) {
  run_step(folder_, copy("epochs = 1"));
  run_step(folder_, copy("epochs = 2"));
  EXPECT_EQ(works_, 2);
}

TEST_F(StepTest, is_done_again_when_what_it_reads_changes) {
  run_step(folder_, copy());
  write_file(folder_ / "in", "two");
  run_step(folder_, copy());
  EXPECT_EQ(works_, 2);
  EXPECT_EQ(read_text(folder_ / "out"), "two");
}

TEST_F(StepTest, is_done_again_when_what_it_made_is_gone_or_changed) {
  run_step(folder_, copy());
  fs::remove(folder_ / "out");
  run_step(folder_, copy());
  write_file(folder_ / "out", "tampered");
  run_step(folder_, copy());
  EXPECT_EQ(works_, 3);
  EXPECT_EQ(read_text(folder_ / "out"), "one");
}

TEST_F(StepTest, that_fails_is_not_taken_for_done) {
  RecipeStep broken = copy();
  broken.work = [this]() -> std::string {
    write_file(folder_ / "out", "half");
    fail("stopped");
  };
  EXPECT_THROW(run_step(folder_, broken), Error);
  EXPECT_TRUE(run_step(folder_, copy()).worked);
}

TEST_F(StepTest, with_a_broken_record_is_done_again) {
  run_step(folder_, copy());
  write_file(folder_ / "steps" / "copy.json", R"({"key": 7)");
  run_step(folder_, copy());
  EXPECT_EQ(works_, 2);
}

TEST_F(StepTest, reads_whole_folders) {
  write_file(folder_ / "data" / "a", "1");
  const std::string before = hash_of_files({folder_ / "data"});
  write_file(folder_ / "data" / "b", "");
  EXPECT_NE(hash_of_files({folder_ / "data"}), before);
}

}  // namespace
}  // namespace mirim
