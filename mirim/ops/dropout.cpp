#include "mirim/ops/dropout.hpp"

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/base/random.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/operands.hpp"

namespace mirim {
namespace {

void mask(std::span<const float> from, std::span<float> to, float rate, std::uint64_t seed) {
  Random random(seed);
  const float kept = 1 / (1 - rate);
  for (std::size_t i = 0; i < from.size(); ++i) to[i] = random.uniform() < rate ? 0.0F : from[i] * kept;
}

}  // namespace

std::vector<TensorType> Dropout::infer(Types in) const {
  require_inputs(name, in, 1);
  require_dtype(name, in, 0, {DType::float32});
  if (!(rate >= 0 && rate < 1)) fail("{}: the rate is {}, expected a number in [0, 1)", name, rate);
  return {*in[0].type};
}

void Dropout::forward(Inputs x, Outputs y) const {
  std::copy(x[0].bytes.begin(), x[0].bytes.end(), y[0].bytes.begin());
}

void Dropout::forward_training(Inputs x, Outputs y, TrainingState s) const {
  mask(x[0].as<float>(), y[0].as<float>(), rate, s.seed);
}

void Dropout::backward(Inputs, Inputs, Inputs dy, Outputs dx, TrainingState s) const {
  if (dx.has(0)) mask(dy[0].as<float>(), dx[0].as<float>(), rate, s.seed);
}

void Dropout::options(Options& o) { o.field(0, "rate", rate, 0.5F); }

template <>
Op default_op<Dropout>() {
  return Dropout{};
}

}  // namespace mirim
