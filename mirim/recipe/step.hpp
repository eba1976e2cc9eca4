#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace mirim {

/// One step of a recipe: its dependencies, its results, and its work.
struct RecipeStep {
  std::string name{};     ///< "train"
  std::string depends{};  ///< all dependencies besides files, as text: settings, the data's fingerprint, the program
  std::vector<std::filesystem::path> reads{};   ///< files and folders whose content it depends on
  std::vector<std::filesystem::path> writes{};  ///< files and folders it makes
  std::function<std::string()> work{};          ///< makes them and returns its findings as JSON
};

/// The record of a step, kept in the run's folder, so that the next run need not repeat it.
struct StepRecord {
  std::string name;
  std::string key;      ///< hash of what it depended on
  std::string made;     ///< hash of what it wrote
  double seconds = 0;   ///< duration of the work when it was done
  std::string found;    ///< the JSON that the work returned
  bool worked = false;  ///< whether the work was done now, not before
};

/// Runs the step unless FOLDER/steps/NAME.json says that the same work was done before and its results still exist,
/// unchanged. The record is written last, so an interrupted step does not count as done.
StepRecord run_step(const std::filesystem::path& folder, const RecipeStep& step);

/// Hash of the names and contents of the files, in order; for a folder, of all files below it by name. Throws Error if
/// one is missing.
std::string hash_of_files(const std::vector<std::filesystem::path>& paths);

}  // namespace mirim
