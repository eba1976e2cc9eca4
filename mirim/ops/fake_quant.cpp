#include "mirim/ops/fake_quant.hpp"

#include <algorithm>
#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/operands.hpp"

namespace mirim {
namespace {

struct NudgedRange {
  float scale, least, most;
};

NudgedRange nudge(const FakeQuant& op) {
  const float lowest = op.narrow_range ? 1.0F : 0.0F;
  const auto highest = static_cast<float>((1 << op.num_bits) - 1);
  const float scale = (op.max - op.min) / (highest - lowest);
  const float zero_point = std::clamp(std::round(lowest - op.min / scale), lowest, highest);
  return {scale, (lowest - zero_point) * scale, (highest - zero_point) * scale};
}

}  // namespace

std::vector<TensorType> FakeQuant::infer(Types in) const {
  require_inputs(name, in, 1);
  require_dtype(name, in, 0, {DType::float32});
  if (num_bits < 2 || num_bits > 16) fail("{}: num_bits is {}, expected 2 to 16", name, num_bits);
  if (!std::isfinite(min) || !std::isfinite(max) || min > 0 || max < 0 || min >= max) {
    fail("{}: the range [{}, {}] is not one that holds 0", name, min, max);
  }
  return {*in[0].type};
}

Cost FakeQuant::cost(Types in) const {
  const auto out = infer(in);
  return {.operations = 4 * out[0].shape.elements()};
}

void FakeQuant::forward(Inputs x, Outputs y) const {
  const auto [scale, least, most] = nudge(*this);
  const auto input = x[0].as<float>();
  const auto output = y[0].as<float>();
  for (std::size_t i = 0; i < input.size(); ++i) {
    const float inside = std::clamp(input[i], least, most) - least;
    output[i] = std::floor(inside / scale + 0.5F) * scale + least;
  }
}

void FakeQuant::backward(Inputs x, Inputs, Inputs dy, Outputs dx, TrainingState) const {
  if (!dx.has(0)) return;
  const NudgedRange range = nudge(*this);
  const auto input = x[0].as<float>(), above = dy[0].as<float>();
  const auto below = dx[0].as<float>();
  for (std::size_t i = 0; i < input.size(); ++i) {
    below[i] = input[i] >= range.least && input[i] <= range.most ? above[i] : 0.0F;
  }
}

void FakeQuant::options(Options& o) {
  o.field(0, "min", min, 0.0F);
  o.field(1, "max", max, 0.0F);
  o.field(2, "num_bits", num_bits, 0);
  o.field(3, "narrow_range", narrow_range, false);
}

template <>
Op default_op<FakeQuant>() {
  return FakeQuant{};
}

}  // namespace mirim
