#include "mirim/course/learn.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <memory>

#include "mirim/base/error.hpp"
#include "mirim/cli/commands.hpp"
#include "mirim/cli/console.hpp"
#include "mirim/cli/options.hpp"
#include "mirim/report/texts.hpp"

namespace mirim::cli {
namespace {

using course::Chapter;
using course::Exercise;
using report::text;

struct Options {
  int chapter = 0;
  std::vector<std::string> answers;
  std::filesystem::path output = "runs/course";
  Language language = Language::en;
};

void list_chapters(Language language) {
  std::string lines = text(language, "learn.list") + "\n";
  for (int n = 1; n <= std::ssize(course::chapter_names()); ++n) {
    lines += fmt::format("{:4}  {}\n", n, course::read_chapter(n, language).title);
  }
  print(lines + text(language, "learn.begin") + "\n");
}

/// "2=0.38": the number of an exercise, and what was answered.
std::pair<std::size_t, std::string> answer_of(const std::string& option, const Chapter& chapter) {
  const std::size_t equals = option.find('=');
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(option.data(), option.data() + std::min(equals, option.size()), number);
  const bool read = error == std::errc() && equals != std::string::npos && end == option.data() + equals;
  if (!read || number < 1 || number > chapter.exercises.size()) {
    wrong_usage(
        fmt::format("--answer {}: write EXERCISE=ANSWER, of exercises 1 to {}", option, chapter.exercises.size()));
  }
  return {number - 1, option.substr(equals + 1)};
}

/// Markdown as a terminal shows it: paragraphs as lines.
std::string plain(std::string_view markdown) {
  std::string line;
  for (const char c : markdown) {
    if (c == '`') continue;
    const bool blank = c == '\n' || c == ' ';
    if (blank && (line.empty() || line.back() == ' ')) continue;
    line += blank ? ' ' : c;
  }
  return line;
}

void check_answers(const Options& o, const Chapter& chapter) {
  std::size_t wrong = 0;
  std::string lines;
  for (const std::string& option : o.answers) {
    const auto [index, given] = answer_of(option, chapter);
    const Exercise& exercise = chapter.exercises[index];
    const bool right = course::is_right(exercise, given);
    wrong += right ? 0 : 1;
    const std::string number = std::to_string(index + 1);
    lines += right ? text(o.language, "learn.right", {{"number", number}, {"why", plain(exercise.why)}})
                   : text(o.language, "learn.wrong", {{"number", number}, {"given", given}});
    lines += "\n";
  }
  print(lines);
  if (wrong > 0) fail("{}", text(o.language, "learn.again", {{"wrong", std::to_string(wrong)}}));
}

void run(const Options& o) {
  if (o.output.empty()) wrong_usage("--output names no folder");
  if (o.chapter == 0) {
    if (!o.answers.empty()) wrong_usage("--answer is of a chapter: mirim learn N --answer 1=42");
    return list_chapters(o.language);
  }
  const Chapter chapter = course::read_chapter(o.chapter, o.language);
  if (!o.answers.empty()) return check_answers(o, chapter);
  note(fmt::format("{}. {}", chapter.number, chapter.title));
  MakeWatcher watcher;
  watcher.begins = [](std::string_view step) { note(fmt::format("{} ...", step)); };
  // Of each training the bar and its last epoch: 150 lines would hide the text.
  watcher.training = [show = training_progress()](const Progress& progress) {
    if (!progress.finished || progress.finished->epoch == progress.epochs) show(progress);
  };
  watcher.stop = stop_on_signal();
  const course::Learnt learnt = course::learn(chapter, o.language, o.output, watcher);
  std::string lines = fmt::format("\n{}\n\n", text(o.language, "learn.page", {{"path", learnt.page.string()}}));
  for (std::size_t i = 0; i < chapter.exercises.size(); ++i) {
    lines += fmt::format("{}. {}\n", i + 1, plain(chapter.exercises[i].question));
  }
  print(lines + "\n" + text(o.language, "learn.answer", {{"number", std::to_string(chapter.number)}}) + "\n");
}

}  // namespace

void add_learn(CLI::App& program) {
  auto o = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "learn",
      "The course: from one neuron to a compressed network on a board.\n"
      "Without a number lists the chapters. A chapter runs its recipe, which takes less than a minute, and makes a "
      "page\n"
      "with its text and figures, and three exercises. --answer checks an answer. The chapters are in docs/course.");
  command->footer(
      "Examples:\n  mirim learn\n  mirim learn 2\n  mirim learn 2 --answer 3=337\n  mirim learn 2 --lang pt");
  command->add_option("CHAPTER", o->chapter, "the chapter's number; without it the list of chapters")
      ->check(at_least_one());
  command->add_option("--answer", o->answers, "EXERCISE=ANSWER: says whether it is right, and why; may be repeated");
  command->add_option("-o,--output", o->output, "the folder of the course's runs")->capture_default_str();
  add_language(*command, o->language);
  command->callback([o] { run(*o); });
}

}  // namespace mirim::cli
