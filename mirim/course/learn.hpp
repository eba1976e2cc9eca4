#pragma once

#include <filesystem>
#include <string>

#include "mirim/course/chapter.hpp"
#include "mirim/recipe/make.hpp"

namespace mirim::course {

/// What a chapter made.
struct Learnt {
  std::filesystem::path page;  ///< FOLDER/NAME/chapter.html
  std::filesystem::path run;   ///< FOLDER/NAME, the run of the chapter's recipe
};

/// Makes a chapter's recipe in FOLDER/NAME, and the page with its text, figures and exercises. The recipes and models
/// of the course are written to FOLDER/files, so that a reader can change them and make them again. A second time only
/// what changed is made. Throws Error, as make does.
Learnt learn(const Chapter& chapter, Language language, const std::filesystem::path& folder,
             const MakeWatcher& watcher = {});

}  // namespace mirim::course
