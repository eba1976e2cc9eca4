#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace mirim {

/// One step of a recipe: what it depends on, what it makes, and how.
struct RecipeStep {
  std::string name{};  ///< "train"
  std::string
      depends{};  ///< everything it depends on beside files, as text: settings, the data's fingerprint, the program
  std::vector<std::filesystem::path> reads{};   ///< files and folders whose content it depends on
  std::vector<std::filesystem::path> writes{};  ///< files and folders it makes
  std::function<std::string()> work{};          ///< makes them and returns what it found, as JSON
};

/// What a step left behind: remembered in the run's folder, so that the next run need not repeat it.
struct StepRecord {
  std::string name;
  std::string key;      ///< hash of what it depended on
  std::string made;     ///< hash of what it wrote
  double seconds = 0;   ///< how long the work took when it was done
  std::string found;    ///< the JSON that the work returned
  bool worked = false;  ///< whether the work was done now (else it was found done)
};

/// Runs the step unless FOLDER/steps/NAME.json says that the same work was done before and what it wrote is still
/// there, unchanged. The record is written last: a step that was stopped half way is not taken for done.
StepRecord run_step(const std::filesystem::path& folder, const RecipeStep& step);

/// Hash of the names and contents of the files, in order; of a folder all files below it by name. Throws Error when one
/// is missing.
std::string hash_of_files(const std::vector<std::filesystem::path>& paths);

}  // namespace mirim
