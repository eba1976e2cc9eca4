#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "mirim/compile/compile.hpp"
#include "mirim/compile/runner.hpp"
#include "mirim/graph/graph.hpp"
#include "mirim/recipe/recipe.hpp"
#include "mirim/recipe/run_job.hpp"

namespace mirim {

/// How a recipe compiles: measured, and without the device. If the model does not fit, the report shows it before make
/// says so.
CompileOptions compile_options(const FirmwareSettings& settings);

/// A firmware's answers to some samples, with the board's measurements.
struct FirmwareRun {
  Bytes answers{};
  std::int64_t samples = 0;
  std::optional<AnswerComparison> host{};  ///< against the host's graph, if given
  std::optional<BoardFigures> board{};     ///< absent on the host
  std::string text{};                      ///< for people
  std::string json{};                      ///< the object `firmware` of run.json
};

/// Runs the firmware on the samples (the bytes of all inputs, one after the other) and, if its graph is given, compares
/// with the host. With `by_step` the figures and the JSON also have each step's instructions and cycles. Throws Error.
FirmwareRun run_and_compare(const std::filesystem::path& folder, BytesView samples, const Graph* graph,
                            bool by_step = false);

}  // namespace mirim
