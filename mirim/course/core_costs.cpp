#include <nlohmann/json.hpp>

#include "mirim/compile/cost.hpp"
#include "mirim/course/figures.hpp"
#include "mirim/machine/target.hpp"
#include "mirim/recipe/model_file.hpp"

namespace mirim::course {

std::string core_costs(const FigureWork& work) {
  const Model model = read_runnable_model(work.folder / "int8.tflite");
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const Target& target : all_targets()) {
    if (target.name == "host") continue;  // no device
    const ModelCost all = cost(model.main(), {.target = std::string(target.name), .measure = false});
    rows.push_back({{"name", target.name},
                    {"cycles", all.cycles()},
                    {"constant_bytes", all.memory->constant_bytes},
                    {"arena_bytes", all.memory->arena_bytes}});
  }
  return rows.dump();
}

}  // namespace mirim::course
