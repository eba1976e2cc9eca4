#include "mirim/ops/batch_norm.hpp"

#include <algorithm>
#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/operands.hpp"

namespace mirim {
namespace {

// y = (x - mean) * scale + beta, scale = gamma / sqrt(variance + epsilon)
void normalize(std::span<const float> x, std::span<const float> gamma, std::span<const float> beta,
               std::span<const float> mean, std::span<const float> variance, float epsilon, std::span<float> y) {
  const std::size_t channels = gamma.size();
  std::vector<float> scale(channels);
  for (std::size_t c = 0; c < channels; ++c) scale[c] = gamma[c] / std::sqrt(variance[c] + epsilon);
  for (std::size_t i = 0; i < x.size(); i += channels) {
    for (std::size_t c = 0; c < channels; ++c) y[i + c] = (x[i + c] - mean[c]) * scale[c] + beta[c];
  }
}

std::span<float> saved_floats(TrainingState s) {
  return {reinterpret_cast<float*>(s.bytes.data()), s.bytes.size() / sizeof(float)};
}

}  // namespace

std::vector<TensorType> BatchNorm::infer(Types in) const {
  require_inputs(name, in, 5);
  for (int i = 0; i < 5; ++i) require_dtype(name, in, i, {DType::float32});
  if (in[0].shape().elements() < 1 || in[0].shape().rank() < 1) {
    fail("{}: {}, expected elements in at least 1 dimension", name, describe_input(in, 0));
  }
  if (!(epsilon > 0)) fail("{}: epsilon is {}, expected above 0", name, epsilon);
  for (int i = 1; i < 5; ++i) {
    if (in[i].shape() != Shape{in[0].shape().back()}) {
      fail("{}: {}, expected one value for each of {} channels", name, describe_input(in, i), in[0].shape().back());
    }
  }
  return {*in[0].type};
}

Cost BatchNorm::cost(Types in) const {
  const auto out = infer(in);
  return {.operations = 2 * out[0].shape.elements()};
}

void BatchNorm::forward(Inputs x, Outputs y) const {
  normalize(x[0].as<float>(), x[1].as<float>(), x[2].as<float>(), x[3].as<float>(), x[4].as<float>(), epsilon,
            y[0].as<float>());
}

std::int64_t BatchNorm::saved_bytes(Types in) const {
  return 2 * in[0].shape().back() * static_cast<std::int64_t>(sizeof(float));
}

void BatchNorm::forward_training(Inputs x, Outputs y, TrainingState s) const {
  const auto input = x[0].as<float>();
  const std::size_t channels = x[1].as<float>().size();
  const auto count = static_cast<double>(input.size() / channels);
  const auto mean = saved_floats(s).first(channels), variance = saved_floats(s).subspan(channels, channels);
  // Two passes in double: the difference of sums of squares would lose the variance of data far from zero.
  for (std::size_t c = 0; c < channels; ++c) {
    double sum = 0;
    for (std::size_t i = c; i < input.size(); i += channels) sum += static_cast<double>(input[i]);
    const double average = sum / count;
    double squares = 0;
    for (std::size_t i = c; i < input.size(); i += channels) {
      const double difference = static_cast<double>(input[i]) - average;
      squares += difference * difference;
    }
    mean[c] = static_cast<float>(average);
    variance[c] = static_cast<float>(squares / count);
  }
  normalize(input, x[1].as<float>(), x[2].as<float>(), mean, variance, epsilon, y[0].as<float>());
}

// With n values a channel and h = (x - mean) / sqrt(variance + epsilon):
//   dgamma = sum dy * h, dbeta = sum dy, dx = gamma / sqrt(variance + epsilon) * (dy - dbeta / n - h * dgamma / n)
void BatchNorm::backward(Inputs x, Inputs, Inputs dy, Outputs dx, TrainingState s) const {
  const auto input = x[0].as<float>(), gamma = x[1].as<float>(), above = dy[0].as<float>();
  const std::size_t channels = gamma.size();
  const auto count = static_cast<double>(input.size() / channels);
  const auto mean = saved_floats(s).first(channels), variance = saved_floats(s).subspan(channels, channels);
  // Training does not normalise by the running statistics.
  for (int i = 3; i < dx.size(); ++i) std::fill(dx[i].bytes.begin(), dx[i].bytes.end(), std::byte{0});
  for (std::size_t c = 0; c < channels; ++c) {
    const float inverse = 1 / std::sqrt(variance[c] + epsilon);
    double sum = 0, dot = 0;
    for (std::size_t i = c; i < input.size(); i += channels) {
      sum += static_cast<double>(above[i]);
      dot += static_cast<double>(above[i] * ((input[i] - mean[c]) * inverse));
    }
    if (dx.has(1)) dx[1].as<float>()[c] = static_cast<float>(dot);
    if (dx.has(2)) dx[2].as<float>()[c] = static_cast<float>(sum);
    if (!dx.has(0)) continue;
    const auto mean_sum = static_cast<float>(sum / count), mean_dot = static_cast<float>(dot / count);
    const auto below = dx[0].as<float>();
    for (std::size_t i = c; i < input.size(); i += channels) {
      const float h = (input[i] - mean[c]) * inverse;
      below[i] = gamma[c] * inverse * (above[i] - mean_sum - h * mean_dot);
    }
  }
}

void BatchNorm::options(Options& o) {
  o.field(0, "epsilon", epsilon, 1e-3F);
  o.field(1, "momentum", momentum, 0.99F);
}

template <>
Op default_op<BatchNorm>() {
  return BatchNorm{};
}

}  // namespace mirim
