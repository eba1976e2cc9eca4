#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/graph/graph.hpp"
#include "mirim/train/compare.hpp"

namespace mirim {

/// int8's loss in one tensor, over some samples.
struct QuantizationLoss {
  std::string name{};
  std::string op{};               ///< its producer; empty for an input
  double signal_to_noise_db = 0;  ///< 10 log10(sum float^2 / sum (float - int8)^2); infinite if nothing is lost
  std::int64_t steps = 0;         ///< int8 steps from the least number to the largest
};

/// Why int8 loses much of a tensor, or of a column of it.
enum class LossCause {
  constant,        ///< one value on all samples: they are not real ones, or it is dead
  outlier,         ///< a few values far from all others take the range
  unlike_columns,  ///< a column is small beside another one with the same scale
  far_from_zero,   ///< the range must include 0, and the values lie in a small part of it
  few_steps,       ///< none of these, and fewer than kFewestSteps
  rounding,        ///< enough steps, but less than kDepartingDb
  earlier_layers,  ///< the same, and the tensors it is computed from had already lost too much
};
std::string_view name(LossCause cause);

struct QuantizationWarning {
  QuantizationLoss loss{};
  std::int64_t column = -1;  ///< along the last axis; -1 for the whole tensor
  LossCause cause = LossCause::few_steps;
  std::string text{};  ///< one line: what, how much, why, and what to do
};

struct QuantizationCheck {
  std::int64_t samples = 0;
  std::vector<QuantizationLoss> tensors{};  ///< inputs and results of nodes that both graphs have, in order
  std::vector<QuantizationWarning> warnings{};
};

inline constexpr std::int64_t kFewestSteps = 8;

/// Runs a calibrated float graph and its quantized form on the same samples. Warns of tensors below kDepartingDb or
/// with fewer than kFewestSteps steps: inputs, outputs and concatenations column by column too, other layers only if
/// their own inputs are good. Tensors correspond by name. `first_input` is false if the model takes raw bytes, which
/// lose nothing.
QuantizationCheck check_quantization(const Graph& floats, const Graph& integers, std::int64_t samples, const Feed& feed,
                                     bool first_input = true);

}  // namespace mirim
