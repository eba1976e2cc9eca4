#include "mirim/ops/local_response_normalization.hpp"

#include <algorithm>
#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/micro/local_response_normalization.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {
namespace {

// The channels that count for channel c.
struct Neighbours {
  std::int64_t first, last;
};

Neighbours neighbours(std::int64_t c, std::int64_t radius, std::int64_t depth) {
  return {std::max<std::int64_t>(c - radius, 0), std::min(c + radius, depth - 1)};
}

}  // namespace

std::vector<TensorType> LocalResponseNormalization::infer(Types in) const {
  require_inputs(name, in, 1);
  require_dtype(name, in, 0, {DType::float32});
  require_rank(name, in, 0, 4);
  if (radius < 0) fail("{}: a radius of {}, expected 0 or more", name, radius);
  return {*in[0].type};
}

Cost LocalResponseNormalization::cost(Types in) const {
  const Shape shape = infer(in)[0].shape;
  const std::int64_t window = std::min(2 * std::int64_t{radius} + 1, std::max<std::int64_t>(shape[3], 1));
  return {.operations = product_of({shape.elements(), window})};
}

void LocalResponseNormalization::forward(Inputs x, Outputs y) const {
  const std::int64_t depth = x[0].shape()[3];
  const auto input = x[0].as<float>();
  const auto output = y[0].as<float>();
  for (std::size_t row = 0; row < input.size(); row += static_cast<std::size_t>(depth)) {
    for (std::int64_t c = 0; c < depth; ++c) {
      const auto [first, last] = neighbours(c, radius, depth);
      float sum = 0;
      for (std::int64_t k = first; k <= last; ++k) {
        const float value = input[row + static_cast<std::size_t>(k)];
        sum += value * value;
      }
      const std::size_t at = row + static_cast<std::size_t>(c);
      output[at] = input[at] * std::pow(bias + alpha * sum, -beta);
    }
  }
}

// With s[c] = bias + alpha * sum: dy[c]/dx[k] = [c = k] s[c]^-beta - 2 alpha beta x[c] x[k] s[c]^(-beta - 1).
void LocalResponseNormalization::backward(Inputs x, Inputs, Inputs dy, Outputs dx, TrainingState) const {
  if (!dx.has(0)) return;
  const std::int64_t depth = x[0].shape()[3];
  const auto input = x[0].as<float>(), above = dy[0].as<float>();
  const auto below = dx[0].as<float>();
  std::ranges::fill(below, 0.0F);
  for (std::size_t row = 0; row < input.size(); row += static_cast<std::size_t>(depth)) {
    for (std::int64_t c = 0; c < depth; ++c) {
      const auto [first, last] = neighbours(c, radius, depth);
      const auto at = [row](std::int64_t k) { return row + static_cast<std::size_t>(k); };
      float s = bias;
      for (std::int64_t k = first; k <= last; ++k) s += alpha * input[at(k)] * input[at(k)];
      const float slope = above[at(c)];
      below[at(c)] += slope * std::pow(s, -beta);
      const float shared = -2 * alpha * beta * slope * input[at(c)] * std::pow(s, -beta - 1);
      for (std::int64_t k = first; k <= last; ++k) below[at(k)] += shared * input[at(k)];
    }
  }
}

KernelCall LocalResponseNormalization::lower(Types in, Types) const {
  device_int(name, in[0].type->bytes());
  const Shape& x = in[0].shape();
  const micro::LocalResponseNormalizationParams params{.rows = device_int(name, x[3] > 0 ? x.elements() / x[3] : 0),
                                                       .depth = device_int(name, x[3]),
                                                       .radius = radius,
                                                       .bias = bias,
                                                       .alpha = alpha,
                                                       .beta = beta};
  return make_kernel_call("mirim/micro/local_response_normalization.hpp", "local_response_normalization",
                          "LocalResponseNormalizationParams", &micro::local_response_normalization, params,
                          {kernel_input(0), kernel_output(0)});
}

void LocalResponseNormalization::options(Options& o) {
  o.field(0, "radius", radius, 0);
  o.field(1, "bias", bias, 0.0F);
  o.field(2, "alpha", alpha, 0.0F);
  o.field(3, "beta", beta, 0.0F);
}

template <>
Op default_op<LocalResponseNormalization>() {
  return LocalResponseNormalization{};
}

}  // namespace mirim
