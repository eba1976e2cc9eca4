#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "mirim/recipe/train_job.hpp"

namespace mirim {

/// The data of a recipe, read when a step first needs them. FOLDER/steps/data.json records them: while every source
/// file has the same size and time, the key is known without reading.
class RecipeData {
 public:
  RecipeData(const DataSettings& settings, const std::filesystem::path& folder);

  /// Equal for equal settings and contents. Throws Error, as load does.
  const std::string& key();
  /// {"name", "train", "validation", "test", "input_shape", "notes", "features", "targets"}: `data` of run.json.
  const std::string& facts();
  const Splits& splits();

 private:
  void find_known();

  DataSettings settings_;
  std::filesystem::path record_;
  std::string asked_;  // settings, and the base folder of relative paths
  std::string key_;
  std::string facts_;
  std::optional<Splits> splits_;
};

}  // namespace mirim
