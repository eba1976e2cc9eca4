#include "mirim/course/chapter.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/course/embedded.hpp"

namespace mirim::course {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kText = R"(# 3. Of sums

A text with a picture.

<!-- figure: report arena -->

## More

<!-- figure: film -->

## Exercises

1. What is 1 + 1?
   <!-- answer: 2 (0): 1 + 1 -->
   <details><summary>Why</summary>It is two.</details>
2. And a third? <!-- answer: 0.333 (0.001): 1 / 3 -->
   <details><summary>Why</summary>0.333...</details>
)";

TEST(Chapter, has_a_number_a_title_figures_and_exercises) {
  const Chapter chapter = parse_chapter(kText, "03-sums");
  EXPECT_EQ(chapter.number, 3);
  EXPECT_EQ(chapter.title, "Of sums");
  EXPECT_THAT(chapter.figures, ElementsAre("report arena", "film"));
  EXPECT_TRUE(chapter.text.starts_with("A text"));
  EXPECT_TRUE(chapter.text.ends_with("<!-- figure: film -->"));
  ASSERT_EQ(chapter.exercises.size(), 2U);
  EXPECT_EQ(chapter.exercises[0].question, "What is 1 + 1?");
  EXPECT_EQ(chapter.exercises[0].answer, 2);
  EXPECT_EQ(chapter.exercises[0].why, "It is two.");
  EXPECT_EQ(chapter.exercises[1].question, "And a third?");
  EXPECT_EQ(chapter.exercises[1].tolerance, 0.001);
}

std::string complaint(const std::string& from, const std::string& to) {
  std::string text(kText);
  text.replace(text.find(from), from.size(), to);
  try {
    parse_chapter(text, "03-sums");
  } catch (const Error& error) {
    return error.what();
  }
  return "none";
}

TEST(Chapter, what_it_lacks_is_named) {
  EXPECT_THAT(complaint("# 3. ", "# "), HasSubstr("first line"));
  EXPECT_THAT(complaint("<!-- answer: 2 (0): 1 + 1 -->", ""), HasSubstr("no answer"));
  EXPECT_THAT(complaint("2 (0): 1 + 1", "two"), HasSubstr("VALUE (TOLERANCE): FORMULA"));
  EXPECT_THAT(complaint("2 (0):", "2 (-1):"), HasSubstr("VALUE (TOLERANCE): FORMULA"));
  EXPECT_THAT(complaint("<details><summary>Why</summary>It is two.</details>", ""), HasSubstr("no <details>"));
}

TEST(Chapter, a_number_is_read_as_people_of_both_languages_write_it) {
  const Exercise million{.question = "", .answer = 1'048'576, .tolerance = 0, .why = ""};
  for (const char* right : {"1048576", "1,048,576", "1.048.576", " 1 048 576 ", "1.048576e6", "+1048576"}) {
    EXPECT_TRUE(is_right(million, right)) << right;
  }
  for (const char* wrong : {"", "1048577", "1.048", "many", "1048576x", "nan", "-1048576"}) {
    EXPECT_FALSE(is_right(million, wrong)) << wrong;
  }
  const Exercise share{.question = "", .answer = 0.378, .tolerance = 0.005, .why = ""};
  for (const char* right : {"0.378", "0,378", ".38", "0,374"}) EXPECT_TRUE(is_right(share, right)) << right;
  EXPECT_FALSE(is_right(share, "0,3"));
  const Exercise percent{.question = "", .answer = 38, .tolerance = 0, .why = ""};
  EXPECT_TRUE(is_right(percent, "38 %"));
  const Exercise zero{.question = "", .answer = 0, .tolerance = 0, .why = ""};
  EXPECT_TRUE(is_right(zero, "0"));
  EXPECT_TRUE(is_right(zero, "0.0"));
}

TEST(Course, every_chapter_says_the_same_in_both_languages) {
  const std::vector<std::string> names = chapter_names();
  ASSERT_EQ(names.size(), 14U);
  for (int n = 1; n <= std::ssize(names); ++n) {
    const Chapter en = read_chapter(n, Language::en), pt = read_chapter(n, Language::pt);
    SCOPED_TRACE(en.name);
    EXPECT_EQ(en.number, n);
    EXPECT_EQ(pt.number, n);
    EXPECT_EQ(en.figures, pt.figures);
    EXPECT_NE(en.title, "");
    ASSERT_EQ(en.exercises.size(), 3U);
    ASSERT_EQ(pt.exercises.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_EQ(en.exercises[i].answer, pt.exercises[i].answer);
      EXPECT_EQ(en.exercises[i].tolerance, pt.exercises[i].tolerance);
    }
    const auto is_recipe = [&](const EmbeddedFile& file) { return file.path == "docs/course/" + en.name + ".toml"; };
    EXPECT_TRUE(std::ranges::any_of(embedded_course(), is_recipe)) << "no recipe";
  }
}

TEST(Course, a_chapter_that_is_not_there_gives_the_list) {
  for (const int number : {0, -1, 15, 1'000'000}) {
    try {
      read_chapter(number, Language::en);
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("01-neuron, 02-backpropagation"));
    }
  }
}

}  // namespace
}  // namespace mirim::course
