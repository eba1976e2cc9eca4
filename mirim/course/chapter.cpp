#include "mirim/course/chapter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "mirim/base/error.hpp"
#include "mirim/course/embedded.hpp"

namespace mirim::course {
namespace {

constexpr std::string_view kFolder = "docs/course/";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \n");
  if (first == std::string_view::npos) return "";
  return text.substr(first, text.find_last_not_of(" \n") - first + 1);
}

/// What stands between two marks, from `at` on; `at` moves behind the second. Nothing if one is missing.
std::optional<std::string_view> between(std::string_view text, std::string_view begin, std::string_view end,
                                        std::size_t& at) {
  const std::size_t first = text.find(begin, at);
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t last = text.find(end, first + begin.size());
  if (last == std::string_view::npos) return std::nullopt;
  at = last + end.size();
  return text.substr(first + begin.size(), last - first - begin.size());
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

/// "VALUE (TOLERANCE): FORMULA"
void read_answer(std::string_view text, Exercise& exercise, std::string_view name) {
  const std::size_t open = text.find(" ("), close = text.find("):");
  if (open < close && close != std::string_view::npos) {
    const auto value = number(trimmed(text.substr(0, open)));
    const auto tolerance = number(text.substr(open + 2, close - open - 2));
    if (value && tolerance && *tolerance >= 0) {
      exercise.answer = *value;
      exercise.tolerance = *tolerance;
      return;
    }
  }
  fail("chapter {}: the answer '{}' is not VALUE (TOLERANCE): FORMULA", name, trimmed(text));
}

Exercise parse_exercise(std::string_view item, std::string_view name) {
  Exercise exercise;
  std::size_t at = 0;
  const auto answer = between(item, "<!-- answer:", "-->", at);
  if (!answer) fail("chapter {}: an exercise has no answer: {}", name, item.substr(0, 60));
  exercise.question = trimmed(item.substr(0, item.find("<!--")));
  read_answer(*answer, exercise, name);
  const auto why = between(item, "</summary>", "</details>", at);
  if (!why) fail("chapter {}: an exercise has no <details> with its why: {}", name, exercise.question);
  exercise.why = trimmed(*why);
  return exercise;
}

/// Where the item of a numbered list begins: "\n2. ".
std::size_t item_at(std::string_view text, int n) { return text.find(fmt::format("\n{}. ", n)); }

}  // namespace

Chapter parse_chapter(std::string_view text, std::string name) {
  Chapter chapter{.number = 0, .name = std::move(name), .title = "", .text = "", .figures = {}, .exercises = {}};
  const std::size_t line = std::min(text.find('\n'), text.size());
  const std::size_t dot = text.find(". ");
  const auto at = text.starts_with("# ") && dot < line ? number(text.substr(2, dot - 2)) : std::nullopt;
  if (!at) fail("chapter {}: the first line is not '# N. Title'", chapter.name);
  chapter.number = static_cast<int>(*at);
  chapter.title = text.substr(dot + 2, line - dot - 2);
  const std::size_t last = text.rfind("\n## ");
  if (last == std::string_view::npos) fail("chapter {}: it has no exercises under a last '## '", chapter.name);
  chapter.text = trimmed(text.substr(line, last - line));
  for (std::size_t from = 0; const auto figure = between(chapter.text, "<!-- figure:", "-->", from);) {
    chapter.figures.emplace_back(trimmed(*figure));
  }
  const std::string_view list = text.substr(last + 1);
  for (int n = 1; item_at(list, n) != std::string_view::npos; ++n) {
    const std::size_t from = item_at(list, n) + fmt::format("\n{}. ", n).size();
    const std::size_t next = std::min(item_at(list, n + 1), list.size());
    chapter.exercises.push_back(parse_exercise(list.substr(from, next - from), chapter.name));
  }
  if (chapter.exercises.empty()) fail("chapter {}: it has no exercises", chapter.name);
  return chapter;
}

std::vector<std::string> chapter_names() {
  std::vector<std::string> names;
  for (const EmbeddedFile& file : embedded_course()) {
    constexpr std::string_view kEnd = ".en.md";
    if (file.path.starts_with(kFolder) && file.path.ends_with(kEnd)) {
      names.emplace_back(file.path.substr(kFolder.size(), file.path.size() - kFolder.size() - kEnd.size()));
    }
  }
  return names;
}

Chapter read_chapter(int number, Language language) {
  const std::vector<std::string> names = chapter_names();
  if (number < 1 || number > std::ssize(names)) {
    fail("there is no chapter {}; there are {}", number, fmt::join(names, ", "));
  }
  const std::string& name = names[static_cast<std::size_t>(number) - 1];
  const std::string path = fmt::format("{}{}.{}.md", kFolder, name, mirim::name(language));
  const auto files = embedded_course();
  const auto found = std::ranges::find(files, std::string_view(path), &EmbeddedFile::path);
  if (found == files.end()) fail("the course has no {}", path);
  return parse_chapter(found->text, name);
}

bool is_right(const Exercise& exercise, std::string_view given) {
  std::string text(trimmed(given));
  while (!text.empty() && (text.back() == '%' || text.back() == ' ')) text.pop_back();
  // The comma is the decimal mark of one language and groups digits in the other: either reading may be the right one.
  const auto reading = [&](char decimal, char group) {
    std::string plain;
    for (const char c : text) {
      if (c != group && c != ' ' && c != '_') plain += c == decimal ? '.' : c;
    }
    return number(plain.starts_with('+') ? plain.substr(1) : plain);
  };
  // A little more than the tolerance: 0.15 is no float.
  const double slack = exercise.tolerance + 1e-9 * std::abs(exercise.answer);
  const auto hits = [&](std::optional<double> value) { return value && std::abs(*value - exercise.answer) <= slack; };
  return hits(reading('.', ',')) || hits(reading(',', '.'));
}

}  // namespace mirim::course
