#include "mirim/exec/simd/kernels.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>

#include "mirim/exec/parallel.hpp"

// One copy of this file for each instruction set: Highway includes it again for each.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "mirim/exec/simd/kernels.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
// After highway.h.
#include "hwy/contrib/math/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace mirim::simd::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;
constexpr D d;

std::int64_t lanes() { return static_cast<std::int64_t>(hn::Lanes(d)); }

/// body(i, load, store) over whole vectors, then once over the remainder through a buffer of one vector.
#define MIRIM_FOR_VECTORS(count, i) \
  std::int64_t i = 0;               \
  for (const std::int64_t step = lanes(); i + step <= (count); i += step)

void accumulate(const float* HWY_RESTRICT a, float* HWY_RESTRICT y, std::int64_t count) {
  MIRIM_FOR_VECTORS(count, i) hn::StoreU(hn::Add(hn::LoadU(d, y + i), hn::LoadU(d, a + i)), d, y + i);
  for (; i < count; ++i) y[i] += a[i];
}

// If one operand is NaN, x86's Min and Max return the second: in this order NaN stays, here and below.
void add_and_clamp(const float* HWY_RESTRICT a, const float* HWY_RESTRICT b, float* HWY_RESTRICT y, std::int64_t count,
                   float least, float most) {
  const V lo = hn::Set(d, least);
  const V hi = hn::Set(d, most);
  MIRIM_FOR_VECTORS(count, i) {
    const V sum = hn::Add(hn::LoadU(d, a + i), hn::LoadU(d, b + i));
    hn::StoreU(hn::Min(hi, hn::Max(lo, sum)), d, y + i);
  }
  for (; i < count; ++i) y[i] = std::min(std::max(a[i] + b[i], least), most);
}

void clamp(const float* x, float* y, std::int64_t count, float least, float most) {
  const V lo = hn::Set(d, least);
  const V hi = hn::Set(d, most);
  MIRIM_FOR_VECTORS(count, i) hn::StoreU(hn::Min(hi, hn::Max(lo, hn::LoadU(d, x + i))), d, y + i);
  for (; i < count; ++i) y[i] = std::min(std::max(x[i], least), most);
}

void clamp_gradient(const float* y, const float* dy, float* dx, std::int64_t count, float least, float most) {
  const V lo = hn::Set(d, least);
  const V hi = hn::Set(d, most);
  MIRIM_FOR_VECTORS(count, i) {
    const V v = hn::LoadU(d, y + i);
    const auto inside = hn::And(hn::Gt(v, lo), hn::Lt(v, hi));
    hn::StoreU(hn::IfThenElseZero(inside, hn::LoadU(d, dy + i)), d, dx + i);
  }
  for (; i < count; ++i) dx[i] = y[i] > least && y[i] < most ? dy[i] : 0.0F;
}

void add_bias_and_clamp(float* HWY_RESTRICT y, const float* HWY_RESTRICT bias, std::int64_t rows, std::int64_t columns,
                        float least, float most) {
  const V lo = hn::Set(d, least);
  const V hi = hn::Set(d, most);
  for (std::int64_t r = 0; r < rows; ++r, y += columns) {
    MIRIM_FOR_VECTORS(columns, c) {
      V v = hn::LoadU(d, y + c);
      if (bias) v = hn::Add(v, hn::LoadU(d, bias + c));
      hn::StoreU(hn::Min(hi, hn::Max(lo, v)), d, y + c);
    }
    for (; c < columns; ++c) y[c] = std::min(std::max(y[c] + (bias ? bias[c] : 0.0F), least), most);
  }
}

/// Of `count` columns of a matrix whose rows are `columns` apart.
void sum_rows(const float* HWY_RESTRICT y, float* HWY_RESTRICT sum, std::int64_t rows, std::int64_t columns,
              std::int64_t count) {
  std::copy_n(y, count, sum);
  for (std::int64_t r = 1; r < rows; ++r) accumulate(y + r * columns, sum, count);
}

void multiply_periodic(const float* HWY_RESTRICT x, const float* HWY_RESTRICT constants, std::int64_t period,
                       float* HWY_RESTRICT y, std::int64_t count) {
  for (std::int64_t at = 0; at < count; at += period, x += period, y += period) {
    const std::int64_t some = std::min(period, count - at);
    MIRIM_FOR_VECTORS(some, i) hn::StoreU(hn::Mul(hn::LoadU(d, x + i), hn::LoadU(d, constants + i)), d, y + i);
    for (; i < some; ++i) y[i] = x[i] * constants[i];
  }
}

void add_periodic(const float* HWY_RESTRICT x, const float* HWY_RESTRICT constants, std::int64_t period,
                  float* HWY_RESTRICT y, std::int64_t count) {
  for (std::int64_t at = 0; at < count; at += period, x += period, y += period) {
    const std::int64_t some = std::min(period, count - at);
    MIRIM_FOR_VECTORS(some, i) hn::StoreU(hn::Add(hn::LoadU(d, x + i), hn::LoadU(d, constants + i)), d, y + i);
    for (; i < some; ++i) y[i] = x[i] + constants[i];
  }
}

void softmax(const float* z, float* p, std::int64_t rows, std::int64_t columns) {
  for (std::int64_t r = 0; r < rows; ++r) {
    const float* from = z + r * columns;
    float* to = p + r * columns;
    const float most = *std::max_element(from, from + columns);
    for (std::int64_t c = 0; c < columns; ++c) to[c] = from[c] - most;
  }
  const std::int64_t count = rows * columns;
  MIRIM_FOR_VECTORS(count, i) hn::StoreU(hn::Exp(d, hn::LoadU(d, p + i)), d, p + i);
  for (; i < count; ++i) p[i] = std::exp(p[i]);
  for (std::int64_t r = 0; r < rows; ++r) {
    float* to = p + r * columns;
    float sum = 0;
    for (std::int64_t c = 0; c < columns; ++c) sum += to[c];
    for (std::int64_t c = 0; c < columns; ++c) to[c] /= sum;
  }
}

float squared_error(const float* HWY_RESTRICT y, const float* HWY_RESTRICT target, float* HWY_RESTRICT out,
                    std::int64_t count, float scale) {
  V sum = hn::Zero(d);
  MIRIM_FOR_VECTORS(count, i) {
    const V difference = hn::Sub(hn::LoadU(d, y + i), hn::LoadU(d, target + i));
    sum = hn::MulAdd(difference, difference, sum);
    if (out) hn::StoreU(hn::Mul(difference, hn::Set(d, scale)), d, out + i);
  }
  float total = hn::GetLane(hn::SumOfLanes(d, sum));
  for (; i < count; ++i) {
    const float difference = y[i] - target[i];
    total += difference * difference;
    if (out) out[i] = scale * difference;
  }
  return total;
}

/// The formulas of Optimizer on one vector. `bad` accumulates w * 0, which is not 0 unless w is finite.
struct Rule {
  Optimizer::Kind kind;
  V rate, first, one_minus_first, second, one_minus_second, correction1, correction2, epsilon, coupled, keep;

  Rule(const Update& u, const ParameterMemory& p) : kind(u.optimizer.kind) {
    const Optimizer& o = u.optimizer;
    const float learning_rate = u.learning_rate * p.rate;
    rate = hn::Set(d, learning_rate);
    first = hn::Set(d, kind == Optimizer::Kind::sgd ? o.momentum : o.beta1);
    one_minus_first = hn::Set(d, 1 - o.beta1);
    second = hn::Set(d, o.beta2);
    one_minus_second = hn::Set(d, 1 - o.beta2);
    correction1 = hn::Set(d, learning_rate * u.correction1);
    correction2 = hn::Set(d, u.correction2);
    epsilon = hn::Set(d, o.epsilon);
    const float weight_decay = p.decay ? o.weight_decay : 0.0F;
    const bool decoupled = kind == Optimizer::Kind::adamw;
    coupled = hn::Set(d, decoupled ? 0.0F : weight_decay);
    keep = hn::Set(d, decoupled ? 1 - learning_rate * weight_decay : 1.0F);
  }

  HWY_INLINE V sgd(V g, V w, V& m1) const {
    g = hn::MulAdd(coupled, w, g);
    m1 = hn::MulAdd(first, m1, g);
    return hn::NegMulAdd(rate, m1, w);
  }
  HWY_INLINE V adam(V g, V w, V& m1, V& m2) const {
    g = hn::MulAdd(coupled, w, g);
    m1 = hn::MulAdd(first, m1, hn::Mul(one_minus_first, g));
    m2 = hn::MulAdd(second, m2, hn::Mul(one_minus_second, hn::Mul(g, g)));
    const V below = hn::Add(hn::Sqrt(hn::Mul(m2, correction2)), epsilon);
    return hn::Sub(hn::Mul(keep, w), hn::Div(hn::Mul(correction1, m1), below));
  }
};

/// Applies `gradient(i)`, one vector at float i, to the parameter; its storage is padded to whole vectors.
template <class Gradient>
HWY_INLINE bool update_range(const Rule& rule, const ParameterMemory& p, std::int64_t begin, std::int64_t end,
                             const Gradient& gradient) {
  V bad = hn::Zero(d);
  for (std::int64_t i = begin; i < end; i += lanes()) {
    const V w = hn::LoadU(d, p.weights + i);
    V m1 = hn::LoadU(d, p.moment1 + i);
    V changed;
    if (rule.kind == Optimizer::Kind::sgd) {
      changed = rule.sgd(gradient(i), w, m1);
    } else {
      V m2 = hn::LoadU(d, p.moment2 + i);
      changed = rule.adam(gradient(i), w, m1, m2);
      hn::StoreU(m2, d, p.moment2 + i);
    }
    hn::StoreU(m1, d, p.moment1 + i);
    hn::StoreU(changed, d, p.weights + i);
    bad = hn::MulAdd(changed, hn::Zero(d), bad);
  }
  return hn::GetLane(hn::SumOfLanes(d, bad)) == 0;
}

bool update(const Update& u, const ParameterMemory& p, std::int64_t begin, std::int64_t end) {
  const Rule rule(u, p);
  const float* gradient = p.gradient;
  return update_range(rule, p, begin, end, [gradient](std::int64_t i) { return hn::LoadU(d, gradient + i); });
}

/// For outputs begin .. end - 1.
bool update_outer(const Update& u, const ParameterMemory& p, const float* dy, const float* x, std::int64_t rows,
                  std::int64_t outputs, std::int64_t inputs, std::int64_t begin, std::int64_t end) {
  const Rule rule(u, p);
  bool finite = true;
  for (std::int64_t o = begin; o < end; ++o) {
    const std::int64_t row = o * inputs;
    const float* weight = dy + o;
    const auto gradient = [=](std::int64_t i) {
      V g = hn::Mul(hn::Set(d, weight[0]), hn::LoadU(d, x + (i - row)));
      for (std::int64_t n = 1; n < rows; ++n) {
        g = hn::MulAdd(hn::Set(d, weight[n * outputs]), hn::LoadU(d, x + n * inputs + (i - row)), g);
      }
      return g;
    };
    finite = update_range(rule, p, row, row + inputs, gradient) && finite;
  }
  return finite;
}

void dense_forward(const float* HWY_RESTRICT w, const float* HWY_RESTRICT x, float* HWY_RESTRICT y, std::int64_t rows,
                   std::int64_t outputs, std::int64_t inputs) {
  for (std::int64_t n = 0; n < rows; ++n) {
    const float* in = x + n * inputs;
    for (std::int64_t o = 0; o < outputs; ++o) {
      const float* row = w + o * inputs;
      V sum0 = hn::Zero(d);
      V sum1 = hn::Zero(d);
      V sum2 = hn::Zero(d);
      V sum3 = hn::Zero(d);
      std::int64_t i = 0;
      const std::int64_t step = lanes();
      for (; i + 4 * step <= inputs; i += 4 * step) {
        sum0 = hn::MulAdd(hn::LoadU(d, row + i), hn::LoadU(d, in + i), sum0);
        sum1 = hn::MulAdd(hn::LoadU(d, row + i + step), hn::LoadU(d, in + i + step), sum1);
        sum2 = hn::MulAdd(hn::LoadU(d, row + i + 2 * step), hn::LoadU(d, in + i + 2 * step), sum2);
        sum3 = hn::MulAdd(hn::LoadU(d, row + i + 3 * step), hn::LoadU(d, in + i + 3 * step), sum3);
      }
      for (; i + step <= inputs; i += step) sum0 = hn::MulAdd(hn::LoadU(d, row + i), hn::LoadU(d, in + i), sum0);
      float total = hn::GetLane(hn::SumOfLanes(d, hn::Add(hn::Add(sum0, sum1), hn::Add(sum2, sum3))));
      for (; i < inputs; ++i) total += row[i] * in[i];
      y[n * outputs + o] = total;
    }
  }
}

void dense_backward(const float* HWY_RESTRICT w, const float* HWY_RESTRICT dy, float* HWY_RESTRICT dx,
                    std::int64_t rows, std::int64_t outputs, std::int64_t inputs) {
  std::fill_n(dx, rows * inputs, 0.0F);
  for (std::int64_t n = 0; n < rows; ++n) {
    float* out = dx + n * inputs;
    for (std::int64_t o = 0; o < outputs; ++o) {
      const float factor = dy[n * outputs + o];
      if (factor == 0) continue;  // half of them are 0 after a ReLU
      const float* row = w + o * inputs;
      const V f = hn::Set(d, factor);
      MIRIM_FOR_VECTORS(inputs, i) hn::StoreU(hn::MulAdd(f, hn::LoadU(d, row + i), hn::LoadU(d, out + i)), d, out + i);
      for (; i < inputs; ++i) out[i] += factor * row[i];
    }
  }
}

#undef MIRIM_FOR_VECTORS

}  // namespace mirim::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mirim::simd {
namespace {

/// body(begin, count), each range of whole periods but for the last.
template <class Body>
void for_each_period(std::int64_t count, std::int64_t period, const Body& body) {
  const std::int64_t periods = (count + period - 1) / period;
  const auto parts = static_cast<int>(
      std::clamp<std::int64_t>(count / kWorthAThread, 1, std::min<std::int64_t>(periods, available_threads())));
  for_each_part(parts, [&](int part) {
    const std::int64_t begin = periods * part / parts * period;
    body(begin, std::min(count, periods * (part + 1) / parts * period) - begin);
  });
}

}  // namespace

HWY_EXPORT(accumulate);
HWY_EXPORT(add_and_clamp);
HWY_EXPORT(clamp);
HWY_EXPORT(clamp_gradient);
HWY_EXPORT(add_bias_and_clamp);
HWY_EXPORT(sum_rows);
HWY_EXPORT(multiply_periodic);
HWY_EXPORT(add_periodic);
HWY_EXPORT(update);
HWY_EXPORT(update_outer);

void accumulate(const float* a, float* y, std::int64_t count) {
  for_each_range(count, kWorthAThread, [&](std::int64_t at, std::int64_t some) {
    HWY_DYNAMIC_DISPATCH(accumulate)(a + at, y + at, some);
  });
}

void add_and_clamp(const float* a, const float* b, float* y, std::int64_t count, float least, float most) {
  for_each_range(count, kWorthAThread, [&](std::int64_t at, std::int64_t some) {
    HWY_DYNAMIC_DISPATCH(add_and_clamp)(a + at, b + at, y + at, some, least, most);
  });
}

void clamp(const float* x, float* y, std::int64_t count, float least, float most) {
  for_each_range(count, kWorthAThread, [&](std::int64_t at, std::int64_t some) {
    HWY_DYNAMIC_DISPATCH(clamp)(x + at, y + at, some, least, most);
  });
}

void clamp_gradient(const float* y, const float* dy, float* dx, std::int64_t count, float least, float most) {
  for_each_range(count, kWorthAThread, [&](std::int64_t at, std::int64_t some) {
    HWY_DYNAMIC_DISPATCH(clamp_gradient)(y + at, dy + at, dx + at, some, least, most);
  });
}

void add_bias_and_clamp(float* y, const float* bias, std::int64_t rows, std::int64_t columns, float least, float most) {
  const auto parts = static_cast<int>(std::clamp<std::int64_t>(rows * columns / kWorthAThread, 1, available_threads()));
  for_each_part(parts, [&](int part) {
    const std::int64_t begin = rows * part / parts;
    HWY_DYNAMIC_DISPATCH(add_bias_and_clamp)
    (y + begin * columns, bias, rows * (part + 1) / parts - begin, columns, least, most);
  });
}

void sum_rows(const float* y, float* sum, std::int64_t rows, std::int64_t columns) {
  for_each_range(columns, std::max<std::int64_t>(16, kWorthAThread / rows), [&](std::int64_t at, std::int64_t some) {
    HWY_DYNAMIC_DISPATCH(sum_rows)(y + at, sum + at, rows, columns, some);
  });
}

void copy(const float* x, float* y, std::int64_t count) {
  for_each_range(count, kWorthAThread, [&](std::int64_t at, std::int64_t some) { std::copy_n(x + at, some, y + at); });
}

void multiply_periodic(const float* x, const float* constants, std::int64_t period, float* y, std::int64_t count) {
  for_each_period(count, period, [&](std::int64_t at, std::int64_t some) {
    HWY_DYNAMIC_DISPATCH(multiply_periodic)(x + at, constants, period, y + at, some);
  });
}

void add_periodic(const float* x, const float* constants, std::int64_t period, float* y, std::int64_t count) {
  for_each_period(count, period, [&](std::int64_t at, std::int64_t some) {
    HWY_DYNAMIC_DISPATCH(add_periodic)(x + at, constants, period, y + at, some);
  });
}

bool update_unpadded(const Update& rule, const ParameterMemory& p) {
  constexpr std::int64_t kPadded = 16;
  const std::int64_t whole = p.elements / kPadded * kPadded, rest = p.elements - whole;
  bool finite = HWY_DYNAMIC_DISPATCH(update)(rule, p, 0, whole);
  if (rest == 0) return finite;
  float last[4][kPadded] = {};
  float* const arrays[] = {p.weights, p.gradient, p.moment1, p.moment2};
  for (int a = 0; a < 4; ++a) {
    if (arrays[a]) std::copy_n(arrays[a] + whole, rest, last[a]);
  }
  finite = HWY_DYNAMIC_DISPATCH(update)(rule, {last[0], last[1], last[2], last[3], rest, p.decay, p.rate}, 0, rest) &&
           finite;
  for (int a = 0; a < 4; ++a) {
    if (arrays[a]) std::copy_n(last[a], rest, arrays[a] + whole);
  }
  return finite;
}

void scale(float factor, float* y, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) y[i] *= factor;  // short: the gradient of an output
}

bool update(const Update& rule, const ParameterMemory& parameter) {
  std::atomic<bool> finite = true;
  for_each_range(parameter.elements, kWorthAThread / 2, [&](std::int64_t at, std::int64_t some) {
    if (!HWY_DYNAMIC_DISPATCH(update)(rule, parameter, at, at + some)) finite = false;
  });
  return finite;
}

bool update_outer(const Update& rule, const ParameterMemory& parameter, const float* dy, const float* x,
                  std::int64_t rows, std::int64_t outputs, std::int64_t inputs) {
  const auto parts =
      static_cast<int>(std::clamp<std::int64_t>(parameter.elements / (kWorthAThread / 2), 1, available_threads()));
  std::atomic<bool> finite = true;
  for_each_part(parts, [&](int part) {
    const std::int64_t begin = outputs * part / parts;
    const std::int64_t end = outputs * (part + 1) / parts;
    if (!HWY_DYNAMIC_DISPATCH(update_outer)(rule, parameter, dy, x, rows, outputs, inputs, begin, end)) finite = false;
  });
  return finite;
}

#define MIRIM_DISPATCH(name, result, parameters, arguments) \
  HWY_EXPORT(name);                                         \
  result name parameters { return HWY_DYNAMIC_DISPATCH(name) arguments; }

MIRIM_DISPATCH(softmax, void, (const float* z, float* p, std::int64_t rows, std::int64_t columns),
               (z, p, rows, columns))
MIRIM_DISPATCH(squared_error, float, (const float* y, const float* target, float* d, std::int64_t count, float scale),
               (y, target, d, count, scale))
MIRIM_DISPATCH(dense_forward, void,
               (const float* w, const float* x, float* y, std::int64_t rows, std::int64_t outputs, std::int64_t inputs),
               (w, x, y, rows, outputs, inputs))
MIRIM_DISPATCH(dense_backward, void,
               (const float* w, const float* dy, float* dx, std::int64_t rows, std::int64_t outputs,
                std::int64_t inputs),
               (w, dy, dx, rows, outputs, inputs))

#undef MIRIM_DISPATCH

}  // namespace mirim::simd
#endif  // HWY_ONCE
