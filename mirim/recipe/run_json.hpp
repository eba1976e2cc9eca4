#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "mirim/recipe/recipe.hpp"
#include "mirim/recipe/step.hpp"

namespace mirim {

/// What the steps of a recipe made and found; all texts are JSON.
struct MadeRun {
  struct OneModel {
    std::string name;       ///< "float32", "int8" or the step's
    std::string file;       ///< in the run's folder
    std::string scores;     ///< on the test samples
    std::string made_by{};  ///< the verb of a [[step]]; "" of the first two
    std::string from{};     ///< likewise: the model that it was made of
    std::string found{};    ///< likewise: what the verb returned
  };
  std::filesystem::path folder{};
  std::vector<StepRecord> steps{};
  std::vector<OneModel> models{};  ///< float32, int8, then one for each [[step]]
  std::string data{};              ///< facts
  std::string training{};          ///< history
  std::string quantization{};      ///< what int8 has lost
  std::string comparison{};        ///< of the first two models, by layer
  std::string firmware{};          ///< figures of the board
  std::string seeds{};             ///< as seeds_json gives it; "" of one seed
};

/// Raised when run.json or its page has more than before: both are then made again, and nothing else.
int run_json_version();

/// run.json (docs/run-json.md) of a run whose models are in its folder.
std::string run_json(const Recipe& recipe, const MadeRun& made);

}  // namespace mirim
