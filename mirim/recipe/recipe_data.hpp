#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "mirim/recipe/train_job.hpp"

namespace mirim {

/// The data of a recipe, read when a step first needs them. What they were is kept in FOLDER/steps/data.json: while
/// every file that they came from is as long and as old as then, nothing is read to know their key.
class RecipeData {
 public:
  RecipeData(const DataSettings& settings, const std::filesystem::path& folder);

  /// The same for equal settings and contents. Throws Error, as load does.
  const std::string& key();
  /// {"name", "train", "validation", "test", "input_shape", "notes", "features", "targets"}: `data` of run.json.
  const std::string& facts();
  const Splits& splits();

 private:
  void find_known();

  DataSettings settings_;
  std::filesystem::path record_;
  std::string asked_;  // settings, and the folder that relative paths start from
  std::string key_;
  std::string facts_;
  std::optional<Splits> splits_;
};

}  // namespace mirim
