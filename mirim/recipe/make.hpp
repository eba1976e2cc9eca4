#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/recipe/recipe.hpp"
#include "mirim/recipe/step.hpp"

namespace mirim {

/// Progress callbacks; every function may be empty.
struct MakeWatcher {
  std::function<void(std::string_view step)> begins{};    ///< a step's work begins
  std::function<void(const StepRecord& record)> ended{};  ///< a step is done, now or before
  std::function<void(const Progress& progress)> training{};
  std::function<void(std::string_view line)> say{};  ///< what is trained on what, and decisions that were not asked for
  std::function<bool()> stop{};                      ///< called often; true stops after saving what there is (Ctrl-C)
};

struct MakeResult {
  std::vector<StepRecord> steps;
  std::filesystem::path report;
  std::string run_json;      ///< docs/run-json.md
  std::string does_not_fit;  ///< why the model does not fit the recipe's device; "" if it does
};

/// The most seeds of a recipe.
inline constexpr std::int64_t kMostSeeds = 1000;

/// Runs the recipe in a folder: trains, quantizes, evaluates both models, compiles, compares the firmware with the
/// host, and writes float.tflite, int8.tflite, firmware/, run.json and report.html. The key of a step is the hash of
/// what it depends on (settings, data, files, the program itself). A step whose key is known and whose files are
/// unchanged is skipped. An interrupted training resumes at its last epoch and gives exactly the same weights.
///
/// With recipe.seeds above 1 the models are made again with each further seed, in FOLDER/seeds/SEED, without firmware;
/// run.json and the report then have the means with their intervals, and seeds.csv has them too. Throws Error;
/// "stopped" if the watcher asked for it.
MakeResult make(const Recipe& recipe, const std::filesystem::path& folder, const MakeWatcher& watcher = {});

}  // namespace mirim
