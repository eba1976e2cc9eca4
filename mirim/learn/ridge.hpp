#pragma once

#include <vector>

#include "mirim/learn/rows.hpp"

namespace mirim {

struct Solution {
  std::vector<float> weights{};  ///< [targets, inputs]
  std::vector<float> bias{};     ///< one each; 0 without a bias
};

/// The weights W and bias b that make sum |W x + b - y|^2 + penalty * |W|^2 least (Hoerl and Kennard, 1970), in double
/// precision; the bias is not penalised. Throws Error if the system is singular.
Solution least_squares(const Rows& x, const Rows& y, double penalty, bool bias);

}  // namespace mirim
