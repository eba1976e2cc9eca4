#pragma once

#include <optional>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// An activation that TFLite lacks, spelt in operators whose integer kernels LiteRT, TFLite Micro and Ethos-U compilers
/// all have: a float graph of one input and one output, which `quantize` makes int8 or int16.
struct IntegerForm {
  Graph graph;
  bool may_widen = false;                ///< int8 values in between may cost steps of the result, int16 none
  std::optional<Quantization> output{};  ///< of int8; where the form needs this one
};

/// The form of `op` for values of `shape` in steps of `step`, the scale of its input:
///   SWISH     x * LOGISTIC(x)
///   SOFTPLUS  RELU(x) - log(1 - t), t = LOGISTIC(-|x|) in (0, 1/2]; the logarithm is a polynomial, off by 6e-4
///   MISH      x * TANH(softplus(x))
///   SOFTSIGN  (x * r) * r, r = RSQRT(1 + |x|)
///   SELU      1.0507 * RELU(x) + 1.7581 * ELU(MINIMUM(x, 0))
///   STEP      2 RELU(x) / step, cut off at 1 by the scale of the result: right for each integer x
/// None for any other operator.
std::optional<IntegerForm> integer_form(const Op& op, const Shape& shape, float step);

}  // namespace mirim
