#include <gmock/gmock.h>

#include <algorithm>
#include <regex>

#include "tests/cli/program.hpp"

// `mirim learn`: its words, and every command that a chapter of the course tells a reader to type.
namespace mirim {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

const fs::path kRoot = MIRIM_SOURCE_DIR;

class Learn : public ProgramTest {};

TEST_F(Learn, without_a_number_lists_the_chapters_in_either_language) {
  EXPECT_THAT(good("learn"), HasSubstr("\n   2  Backpropagation\n"));
  EXPECT_THAT(good("learn --lang pt"), HasSubstr("\n   2  Retropropagação\n"));
}

TEST_F(Learn, an_answer_is_checked_and_a_right_one_explained) {
  EXPECT_THAT(good("learn 2 --answer 3=337 --answer 1=1,46"),
              testing::AllOf(HasSubstr("3: right. 2*16 + 16"), HasSubstr("1: right.")));
  const Ended ended = mirim("learn 2 --lang pt --answer 3=338");
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.out, HasSubstr("3: 338 não está certo"));
}

TEST_F(Learn, what_is_not_there_is_named) {
  EXPECT_THAT(bad("learn 15"), HasSubstr("there is no chapter 15; there are 01-neuron"));
  EXPECT_EQ(mirim("learn 2 --answer 4=1").code, 2);
  EXPECT_EQ(mirim("learn 2 --answer one").code, 2);
  EXPECT_EQ(mirim("learn --answer 1=1").code, 2);
  EXPECT_EQ(mirim("learn 0").code, 2);
  const Ended ended = mirim("learn 2 --lang fr");
  EXPECT_NE(ended.code, 0);
  EXPECT_THAT(ended.err, testing::AllOf(HasSubstr("fr"), HasSubstr("en"), HasSubstr("pt")));
}

/// The chapters by the names of their files.
std::vector<std::string> all_chapters() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kRoot / "docs/course")) {
    const std::string name = entry.path().filename();
    if (name.ends_with(".en.md")) names.push_back(name.substr(0, name.size() - 6));
  }
  std::ranges::sort(names);
  return names;
}

/// What its blocks of shell commands hold.
std::string commands_of(const std::string& chapter) {
  const std::string text = read_text(kRoot / "docs/course" / (chapter + ".en.md"));
  const std::regex block("```sh\n([^`]*)```");
  std::string commands;
  for (auto at = std::sregex_iterator(text.begin(), text.end(), block); at != std::sregex_iterator(); ++at) {
    commands += (*at)[1];
  }
  return commands;
}

class CourseSlow : public ProgramTest, public testing::WithParamInterface<std::string> {};

TEST_P(CourseSlow, every_command_of_the_chapter_runs) {
  if (!fs::exists("/usr/share/datasets/fashion-mnist")) GTEST_SKIP() << "Fashion-MNIST is not installed";
  fs::create_directory_symlink(kRoot / "docs", at("docs"));
  fs::create_directory_symlink(kRoot / "models", at("models"));
  write_file(at("commands.sh"), "set -ex\n" + commands_of(GetParam()));
  const std::string path = fs::path(MIRIM_PROGRAM).parent_path().string();
  const std::string log = at("log").string();
  const std::string command =
      "cd '" + at(".").string() + "' && PATH='" + path + "':\"$PATH\" sh commands.sh >'" + log + "' 2>&1";
  ASSERT_EQ(std::system(command.c_str()), 0) << read_text(log);
  const fs::path page = at("runs/course") / GetParam() / "chapter.html";
  ASSERT_TRUE(fs::exists(page)) << "the chapter does not say mirim learn";
  EXPECT_LT(fs::file_size(page), 1'500'000U);
}

INSTANTIATE_TEST_SUITE_P(Chapters, CourseSlow, testing::ValuesIn(all_chapters()), [](const auto& chapter) {
  std::string name = chapter.param;
  std::ranges::replace(name, '-', '_');
  return name;
});

}  // namespace
}  // namespace mirim
