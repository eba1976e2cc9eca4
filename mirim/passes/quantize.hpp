#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mirim/graph/graph.hpp"
#include "mirim/passes/calibrate.hpp"
#include "mirim/passes/runtime.hpp"

namespace mirim {

struct QuantizeOptions {
  /// Keeps float inputs and outputs, with a QUANTIZE after the former and a DEQUANTIZE before the latter.
  bool float_io = false;
  /// 8, or 16 for TFLite's 16x8: int16 activations with zero point 0, int8 weights, int64 biases.
  int activation_bits = 8;
  /// The quantization of input 0 instead of the calibrated one: {1, -128} makes int8 = byte - 128. A following
  /// normalisation, MUL by one number and ADD of one, then costs nothing: real = a * byte + b becomes the input's own
  /// scale a and zero point -128 - b / a (rounded), if that is an int8.
  std::optional<Quantization> input{};
  /// The quantization of output 0 instead of the calibrated one.
  std::optional<Quantization> output{};
  /// What it lacks in integers and has in floats stays float.
  Runtime runtime = Runtime::any;
  /// Throws Error instead of leaving an operator float.
  bool strict = false;
};

/// A node that stays float, and why.
struct StaysFloat {
  std::string node;  ///< "'dense/cos' (COS)"
  std::string why;   ///< "has no integer form"
};

/// Converts a float graph to full int8, by TFLite's 8-bit quantization specification. Weights: symmetric in [-127,
/// 127], one scale per output channel if the operator allows it. Activations: one scale and zero point from `ranges`
/// (by ValueId, as from `calibrate` on this very graph). Bias: int32 at scale input * weights. Operators state their
/// requirements in their QuantizationRule. An activation that TFLite lacks becomes integer operators (`integer_form`).
/// An LSTM gets an int16 cell with a power of two as its scale, between 2^-15 and 2^-9, which every runtime computes
/// with. Variables have the quantization of what is read from them and assigned to them. A node without an integer form
/// or kernel stays float between DEQUANTIZE and QUANTIZE, with its variables, and is in the result;
/// `expand_activations` spells it so that any runtime has it, and `tabulate` turns it into one table. Elements that
/// mean "never chosen" saturate (masks.hpp). The graph should have gone through prepare_for_quantization before. Throws
/// Error that names the node whose weights are not finite.
std::vector<StaysFloat> quantize(Graph& graph, std::span<const Range> ranges, const QuantizeOptions& options = {});

/// Which values of a float graph `quantize` gives one quantization.
struct SharedQuantization {
  std::vector<int> group;                          ///< by ValueId; -1: stays as it is
  std::vector<std::optional<Quantization>> fixed;  ///< where it does not come from ranges
};
SharedQuantization shared_quantization(const Graph& graph, const QuantizeOptions& options = {});

/// Scale of int16, zero point 0, for a range.
Quantization int16_quantization(const Range& range);

/// Scale and zero point of int8 for a range that holds 0, so that 0 is exactly one of the integers.
Quantization int8_quantization(const Range& range);

}  // namespace mirim
