#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "mirim/exec/interpreter.hpp"
#include "mirim/graph/graph.hpp"
#include "mirim/passes/masks.hpp"

namespace mirim {

enum class CalibrationMethod {
  min_max,             ///< all values seen
  percentile,          ///< leaves out the tails
  mean_squared_error,  ///< the range with the least error of rounding and clipping, over a histogram
};

struct CalibrationOptions {
  CalibrationMethod method = CalibrationMethod::min_max;
  double percentile = 99.99;  ///< in (50, 100]: this share is below max, and as much above min
};

/// Whether the graph reads resource variables: what a streaming model keeps of the block of samples before this one.
bool is_stream(const Graph& graph);

/// Runs a float graph on `samples` samples; `set_inputs` fills the interpreter's inputs with sample i. Returns a range
/// for each value; {0, 0} for constants and values that are not float. Every range includes 0. Elements that mean
/// "never chosen" (masks.hpp) are ignored. The cell of an LSTM is looked at after each step. Variables are reset before
/// each sample, unless the graph is a stream. Methods that need a histogram (2,048 bins) run the samples twice.
/// Deterministic. Throws Error that names a value which is not finite, or says that there are no samples.
std::vector<Range> calibrate(const Graph& graph, std::int64_t samples,
                             const std::function<void(Interpreter&, std::int64_t sample)>& set_inputs,
                             const CalibrationOptions& options = {});

}  // namespace mirim
