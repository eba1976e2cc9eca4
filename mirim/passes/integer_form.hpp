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

/// The form of `op` for values of `shape` in steps of `step`, the scale of its input. None for other operators than
/// these.
/// - SWISH is x * LOGISTIC(x).
/// - SOFTPLUS is RELU(x) - log(1 - t), where t = LOGISTIC(-|x|) is in (0, 1/2]. The logarithm is a polynomial, off by
///   6e-4.
/// - MISH is x * TANH(softplus(x)).
/// - SOFTSIGN is (x * r) * r, where r = RSQRT(1 + |x|).
/// - SELU is 1.0507 * RELU(x) + 1.7581 * ELU(MINIMUM(x, 0)).
/// - STEP is 2 RELU(x) / step. The scale of the result cuts it off at 1, so it is right for each integer x.
std::optional<IntegerForm> integer_form(const Op& op, const Shape& shape, float step);

}  // namespace mirim
