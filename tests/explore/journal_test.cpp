#include "mirim/explore/journal.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"

namespace mirim {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

class JournalTest : public testing::Test {
 protected:
  JournalTest() { std::filesystem::remove(path_); }
  ~JournalTest() override { std::filesystem::remove(path_); }

  void opening_fails(const Journal::Head& head, const char* line) const {
    const std::string before = read_text(path_);
    EXPECT_THAT([&] { Journal(path_, head); }, ThrowsMessage<Error>(HasSubstr(line)));
    EXPECT_EQ(read_text(path_), before);
  }

  const std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / ("mirim_journal_test." + std::to_string(::getpid()));
  const Journal::Head head_{{"model", "abc"}, {"data", "def"}};
};

TEST_F(JournalTest, what_was_added_is_there_when_it_is_opened_again) {
  {
    Journal journal(path_, head_);
    EXPECT_EQ(journal.size(), 0U);
    journal.add("first", 1.5, R"({"value":0.123456789012345})");
    journal.add("second", 2, "[1,2]");
    EXPECT_EQ(journal.result_of("first"), R"({"value":0.123456789012345})");
  }
  const Journal journal(path_, head_);
  EXPECT_EQ(journal.size(), 2U);
  EXPECT_EQ(journal.result_of("first"), R"({"value":0.123456789012345})");
  EXPECT_EQ(journal.result_of("second"), "[1,2]");
  EXPECT_EQ(journal.result_of("third"), std::nullopt);
}

TEST_F(JournalTest, cut_anywhere_it_goes_on_with_the_whole_lines) {
  {
    Journal journal(path_, head_);
    journal.add("first", 1, "1");
    journal.add("second", 1, "2");
  }
  const std::string whole = read_text(path_);
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    write_file(path_, whole.substr(0, size));
    {
      Journal journal(path_, head_);
      if (!journal.result_of("first")) journal.add("first", 1, "1");
      if (!journal.result_of("second")) journal.add("second", 1, "2");
    }
    ASSERT_EQ(read_text(path_), whole) << size;
  }
}

TEST_F(JournalTest, that_of_another_search_is_refused_with_the_difference) {
  { const Journal journal(path_, head_); }
  opening_fails({{"model", "abc"}, {"data", "other"}}, R"(its data is "def", this one's "other")");
}

TEST_F(JournalTest, a_file_that_is_none_is_refused_and_stays) {
  write_file(path_, "my notes");
  opening_fails(head_, "is no journal of mirim shrink");
  write_file(path_, "my notes\nof two lines");
  opening_fails(head_, "is no journal of mirim shrink");
  {
    std::filesystem::remove(path_);
    const Journal journal(path_, head_);
  }
  write_file(path_, read_text(path_) + "{\"job\":\"a\"}\n");
  opening_fails(head_, "line 2 is no journal's");
}

TEST_F(JournalTest, has_one_writer_at_a_time) {
  const Journal journal(path_, head_);
  opening_fails(head_, "another search is writing this journal");
}

}  // namespace
}  // namespace mirim
