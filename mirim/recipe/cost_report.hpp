#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mirim/compile/cost.hpp"
#include "mirim/compile/outlook.hpp"
#include "mirim/machine/devices.hpp"
#include "mirim/recipe/model_file.hpp"
#include "mirim/zoo/transformer.hpp"

namespace mirim {

struct CostQuestion {
  std::filesystem::path model{};  ///< .tflite or .toml
  Runnable part{};
  std::vector<const Device*> devices{};  ///< boards that are asked about
  bool named = false;                    ///< the user named them: each gets the code of its own core
  std::string target{};                  ///< as CompileOptions::target
  bool measure = true;                   ///< as CompileOptions::measure, of a .tflite
};

/// All that `mirim cost` knows of one model.
struct CostReport {
  std::string file;
  std::vector<std::string> warnings{};
  std::string signatures{};  ///< `hint_at_signatures`
  std::int64_t parameters = 0;
  std::int64_t macs = 0;  ///< of an inference; of a transformer's token that reads a full context
  std::optional<double> training_flops{};
  std::string training{};  ///< how they were found: "3 * 2 * MACs * 1,281,167 samples * 90 epochs"
  bool described = false;  ///< a .toml: nothing is trained, hence nothing compiled
  std::optional<Transformer> transformer{};
  std::optional<ModelCost> cost{};        ///< of a network of layers, as it is
  std::vector<DeviceFit> fits{};          ///< of that, for each device; without answers if it does not compile
  Outlook outlook{};                      ///< in int8
  std::vector<WayOnDevice> on_devices{};  ///< of that, for each device; none if it cannot be planned

  std::int64_t float32_bytes() const { return 4 * parameters; }
  std::int64_t int8_bytes() const { return parameters; }
  std::int64_t int4_bytes() const { return (parameters + 1) / 2; }
  /// Whether it fits all devices as it is, or a .toml in int8.
  bool fits_all() const;
};

/// Reads the model and counts, plans and, if it is a .tflite and `measure` asks for it, builds it. Throws Error that
/// begins with the file.
CostReport report_cost(const CostQuestion& question);

/// For people: the layers, the totals, what it takes as it is and in int8, and the boards.
std::string cost_report_text(const CostReport& report);

/// The same as JSON: `cost_json`, "weights": {"float32_bytes", "int8_bytes", "int4_bytes"}, "training_flops", "plans":
/// [{"options", "optimize", "input_rows", "arena_bytes", "constant_bytes", "cycles"}], "arena_whole_bytes",
/// "arena_striped_bytes", "not_planned", "stays_float", "boards": [{"name", "fits", "is_estimate", "options",
/// "milliseconds", "millijoules"}]. A .toml has no "devices", a transformer no "layers" either.
std::string cost_report_json(const CostReport& report);

/// Several models in one table, a row each.
std::string compare_costs_text(const std::vector<CostReport>& reports);

/// {"models": [...]}: what `cost_report_json` says, but the layers, with "file"; of those that failed "file" and
/// "error".
std::string compare_costs_json(const std::vector<CostReport>& reports,
                               const std::vector<std::pair<std::string, std::string>>& failed);

}  // namespace mirim
