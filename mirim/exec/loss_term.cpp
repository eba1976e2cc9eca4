#include "mirim/exec/loss_term.hpp"

#include <algorithm>
#include <cmath>

#include "mirim/exec/simd/kernels.hpp"

namespace mirim {
namespace {

/// q = softmax(z / t) of one row; returns log sum exp(z / t).
double soften(const float* z, std::int64_t classes, float t, std::vector<double>& q) {
  const double most = static_cast<double>(*std::max_element(z, z + classes)) / static_cast<double>(t);
  double sum = 0;
  for (std::int64_t c = 0; c < classes; ++c) {
    double& e = q[static_cast<std::size_t>(c)];
    e = std::exp(static_cast<double>(z[c]) / static_cast<double>(t) - most);
    sum += e;
  }
  for (double& e : q) e /= sum;
  return most + std::log(sum);
}

/// d/dz of t^2 KL(p || q) with q = softmax(z / t) is t (q - p).
float soft_targets(const LossTerm& term, const Shape& shape, const float* y, const float* teacher, float* gradient) {
  const std::int64_t samples = shape[0], classes = shape.elements() / samples;
  std::vector<double> p(static_cast<std::size_t>(classes)), q(p.size());
  const auto t = static_cast<double>(term.temperature);
  const double scale = static_cast<double>(term.weight) / static_cast<double>(samples);
  double sum = 0;
  for (std::int64_t n = 0; n < samples; ++n) {
    const float *z = y + n * classes, *s = teacher + n * classes;
    const double log_q = soften(z, classes, term.temperature, q), log_p = soften(s, classes, term.temperature, p);
    for (std::int64_t c = 0; c < classes; ++c) {
      const auto i = static_cast<std::size_t>(c);
      sum += p[i] * ((static_cast<double>(s[c]) - static_cast<double>(z[c])) / t - log_p + log_q);
      gradient[n * classes + c] = static_cast<float>(scale * t * (q[i] - p[i]));
    }
  }
  return static_cast<float>(scale * t * t * sum);
}

float hint(const LossTerm& term, const Shape& shape, const float* y, const float* teacher, float* gradient) {
  const auto elements = static_cast<float>(shape.elements());
  const float squares = simd::squared_error(y, teacher, gradient, shape.elements(), 2 * term.weight / elements);
  return term.weight * squares / elements;
}

/// v[i] = sum over c of x[i][c]^2; returns |v|, 0 for a map of nothing.
double attention_map(const float* x, std::int64_t channels, std::vector<double>& v) {
  double squares = 0;
  for (std::size_t i = 0; i < v.size(); ++i) {
    const float* at = x + static_cast<std::int64_t>(i) * channels;
    double sum = 0;
    for (std::int64_t c = 0; c < channels; ++c) sum += static_cast<double>(at[c]) * static_cast<double>(at[c]);
    v[i] = sum;
    squares += sum * sum;
  }
  return std::sqrt(squares);
}

/// With u = v / |v|, e = u - u_teacher: dL/dv = 2 (e - u (u . e)) / |v|, dv/dx = 2 x.
float attention(const LossTerm& term, const Shape& shape, const float* y, const float* teacher, float* gradient) {
  const std::int64_t samples = shape[0], channels = shape.back();
  const std::int64_t others = term.teacher_channels > 0 ? term.teacher_channels : channels;
  const std::int64_t places = shape.elements() / samples / channels;
  std::vector<double> v(static_cast<std::size_t>(places)), w(v.size());
  const double scale = static_cast<double>(term.weight) / static_cast<double>(samples);
  double sum = 0;
  for (std::int64_t n = 0; n < samples; ++n) {
    const float* x = y + n * places * channels;
    float* dx = gradient + n * places * channels;
    const double length = attention_map(x, channels, v);
    const double other = attention_map(teacher + n * places * others, others, w);
    if (length == 0 || other == 0) {  // a map of nothing has no direction
      std::fill(dx, dx + places * channels, 0.0F);
      continue;
    }
    double along = 0;
    for (std::size_t i = 0; i < v.size(); ++i) {
      v[i] /= length;
      w[i] = v[i] - w[i] / other;  // e
      along += v[i] * w[i];
      sum += w[i] * w[i];
    }
    for (std::size_t i = 0; i < v.size(); ++i) {
      const auto d = static_cast<float>(scale * 4 * (w[i] - v[i] * along) / length);
      const auto at = static_cast<std::int64_t>(i) * channels;
      for (std::int64_t c = 0; c < channels; ++c) dx[at + c] = d * x[at + c];
    }
  }
  return static_cast<float>(scale * sum);
}

/// Sum of `value(y)` over samples, with its derivative; both times weight / samples.
template <class Value, class Slope>
float of_elements(const LossTerm& term, const Shape& shape, const float* y, float* gradient, Value value, Slope slope) {
  const float scale = term.weight / static_cast<float>(shape[0]);
  double sum = 0;
  for (std::int64_t i = 0; i < shape.elements(); ++i) {
    sum += static_cast<double>(value(y[i]));
    if (gradient) gradient[i] = scale * slope(y[i]);
  }
  return static_cast<float>(sum * static_cast<double>(scale));
}

/// As LossFunction's binary cross entropy, without overflow; d/dy = p - r.
float one_target(LossTerm term, const Shape& shape, const float* y, float* gradient) {
  term.weight *= static_cast<float>(shape[0]) / static_cast<float>(shape.elements());
  const float r = term.rate;
  return of_elements(
      term, shape, y, gradient,
      [r](float z) { return std::max(z, 0.0F) - r * z + std::log1p(std::exp(-std::fabs(z))); },
      [r](float z) {
        const float small = std::exp(-std::fabs(z));
        return (z >= 0 ? 1 / (1 + small) : small / (1 + small)) - r;
      });
}

/// d/dm is (1 - r) / (1 - m) - r / m, and m's to each of its n elements 1 / n.
float sparsity(const LossTerm& term, const Shape& shape, const float* y, float* gradient) {
  const std::int64_t channels = shape.back(), rows = shape.elements() / channels;
  std::vector<double> mean(static_cast<std::size_t>(channels));
  for (std::int64_t i = 0; i < rows * channels; ++i) {
    mean[static_cast<std::size_t>(i % channels)] += static_cast<double>(y[i]);
  }
  const auto r = static_cast<double>(term.rate), weight = static_cast<double>(term.weight);
  double sum = 0;
  for (double& m : mean) {
    constexpr double kLeast = 1e-6;  // a unit that is never (always) on has no finite divergence
    const double rate = std::clamp(m / static_cast<double>(rows), kLeast, 1 - kLeast);
    sum += r * std::log(r / rate) + (1 - r) * std::log((1 - r) / (1 - rate));
    m = weight * ((1 - r) / (1 - rate) - r / rate) / static_cast<double>(rows);
  }
  for (std::int64_t i = 0; gradient && i < rows * channels; ++i) {
    gradient[i] = static_cast<float>(mean[static_cast<std::size_t>(i % channels)]);
  }
  return static_cast<float>(weight * sum);
}

}  // namespace

std::string_view name(LossTerm::Kind kind) {
  switch (kind) {
    case LossTerm::Kind::soft_targets:
      return "soft_targets";
    case LossTerm::Kind::hint:
      return "hint";
    case LossTerm::Kind::attention:
      return "attention";
    case LossTerm::Kind::l1:
      return "l1";
    case LossTerm::Kind::l2:
      return "l2";
    case LossTerm::Kind::log_deviation:
      return "log_deviation";
    case LossTerm::Kind::sparsity:
      return "sparsity";
    case LossTerm::Kind::one_target:
      return "one_target";
  }
  return "";
}

std::int64_t teacher_elements(const LossTerm& term, const Shape& y) {
  if (!term.has_teacher()) return 0;
  if (term.kind != LossTerm::Kind::attention || term.teacher_channels == 0) return y.elements();
  return y.elements() / y.back() * term.teacher_channels;
}

float loss_term(const LossTerm& term, const Shape& shape, const float* y, const float* teacher, float* gradient) {
  switch (term.kind) {
    case LossTerm::Kind::soft_targets:
      return soft_targets(term, shape, y, teacher, gradient);
    case LossTerm::Kind::hint:
      return hint(term, shape, y, teacher, gradient);
    case LossTerm::Kind::attention:
      return attention(term, shape, y, teacher, gradient);
    case LossTerm::Kind::l1:
      return of_elements(
          term, shape, y, gradient, [](float v) { return std::fabs(v); },
          [](float v) { return static_cast<float>((v > 0) - (v < 0)); });
    case LossTerm::Kind::l2:
      return of_elements(
          term, shape, y, gradient, [](float v) { return v * v; }, [](float v) { return 2 * v; });
    case LossTerm::Kind::log_deviation:
      return of_elements(
          term, shape, y, gradient, [](float v) { return std::expm1(2 * v) / 2 - v; },
          [](float v) { return std::expm1(2 * v); });
    case LossTerm::Kind::one_target:
      return one_target(term, shape, y, gradient);
    case LossTerm::Kind::sparsity:
      return sparsity(term, shape, y, gradient);
  }
  return 0;
}

}  // namespace mirim
