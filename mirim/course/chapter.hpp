#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mirim/base/language.hpp"

namespace mirim::course {

/// A question whose answer is a number.
struct Exercise {
  std::string question;  ///< Markdown
  double answer = 0;
  double tolerance = 0;  ///< how far an answer may be from it
  std::string why;       ///< the way to the answer, Markdown
};

/// A chapter of the course: docs/course/NAME.en.md, NAME.pt.md, and the recipe NAME.toml.
struct Chapter {
  int number = 0;
  std::string name;   ///< "07-pruning"
  std::string title;  ///< "Pruning"
  std::string text;   ///< Markdown between title and exercises; figures stand in it as <!-- figure: NAME -->
  std::vector<std::string> figures;
  std::vector<Exercise> exercises;
};

/// Parses a chapter's Markdown: "# N. Title", the text, and under the last "## " a numbered list of exercises, each
/// with
///
///     <!-- answer: VALUE (TOLERANCE): FORMULA -->
///     <details><summary>Why</summary>the way to the answer</details>
///
/// FORMULA is Python; a test evaluates it. Throws Error that names the chapter and what it lacks.
Chapter parse_chapter(std::string_view text, std::string name);

/// The names of all chapters in order: "01-neuron".
std::vector<std::string> chapter_names();

/// A chapter by its number, from 1. Throws Error that lists the chapters if there is none.
Chapter read_chapter(int number, Language language);

/// Whether a number, as a person wrote it, is the answer: "1,048,576", "1.048.576", "0.38", "0,38", "38 %" of 38.
bool is_right(const Exercise& exercise, std::string_view given);

}  // namespace mirim::course
