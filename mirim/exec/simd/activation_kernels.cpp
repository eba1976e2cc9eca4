#include "mirim/exec/simd/activation_kernels.hpp"

#include <algorithm>

#include "mirim/exec/parallel.hpp"

// One copy of this file for each instruction set: Highway includes it again for each.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "mirim/exec/simd/activation_kernels.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
// After highway.h.
#include "hwy/contrib/math/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace mirim::simd::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;
constexpr D d;

/// to[i] = f(a[i], b[i]). The remainder goes through a buffer, so that each element is computed the same way at any
/// position.
template <class F>
HWY_INLINE void for_each(const float* a, const float* b, float* to, std::int64_t count, const F& f) {
  const auto step = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = 0;
  for (; i + step <= count; i += step) hn::StoreU(f(hn::LoadU(d, a + i), hn::LoadU(d, b + i)), d, to + i);
  if (i == count) return;
  HWY_ALIGN float some[2 * HWY_MAX_BYTES / sizeof(float)] = {};
  float* more = some + HWY_MAX_BYTES / sizeof(float);
  std::copy_n(a + i, count - i, some);
  std::copy_n(b + i, count - i, more);
  hn::StoreU(f(hn::LoadU(d, some), hn::LoadU(d, more)), d, some);
  std::copy_n(some, count - i, to + i);
}

void curve(Curve kind, const float* x, float* y, std::int64_t count) {
  const V one = hn::Set(d, 1.0F);
  switch (kind) {
    case Curve::tanh:
      return for_each(x, x, y, count, [](V v, V) HWY_ATTR { return hn::Tanh(d, v); });
    case Curve::logistic:
      // hn::Exp gives anything for what is far too large; beyond this logistic(x) is 0 in any case.
      return for_each(x, x, y, count, [one, most = hn::Set(d, 88.0F)](V v, V) HWY_ATTR {
        return hn::Div(one, hn::Add(one, hn::Exp(d, hn::Min(hn::Neg(v), most))));
      });
    case Curve::elu:
      return for_each(x, x, y, count,
                      [](V v, V) HWY_ATTR { return hn::IfThenElse(hn::Lt(v, hn::Zero(d)), hn::Expm1(d, v), v); });
  }
}

void gradient(Curve kind, const float* y, const float* dy, float* dx, std::int64_t count) {
  const V one = hn::Set(d, 1.0F);
  switch (kind) {
    case Curve::tanh:
      return for_each(y, dy, dx, count, [one](V v, V g) HWY_ATTR { return hn::Mul(g, hn::NegMulAdd(v, v, one)); });
    case Curve::logistic:
      return for_each(y, dy, dx, count, [one](V v, V g) HWY_ATTR { return hn::Mul(g, hn::Mul(v, hn::Sub(one, v))); });
    case Curve::elu:
      return for_each(y, dy, dx, count,
                      [](V v, V g) HWY_ATTR { return hn::IfThenElse(hn::Lt(v, hn::Zero(d)), hn::MulAdd(g, v, g), g); });
  }
}

}  // namespace
}  // namespace mirim::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mirim::simd {

HWY_EXPORT(curve);
void apply_curve(Curve curve, const float* x, float* y, std::int64_t count) {
  for_each_range(count, 4096, [&](std::int64_t at, std::int64_t some) {
    HWY_DYNAMIC_DISPATCH(curve)(curve, x + at, y + at, some);
  });
}

HWY_EXPORT(gradient);
void curve_gradient(Curve curve, const float* y, const float* dy, float* dx, std::int64_t count) {
  for_each_range(count, kWorthAThread, [&](std::int64_t at, std::int64_t some) {
    HWY_DYNAMIC_DISPATCH(gradient)(curve, y + at, dy + at, dx + at, some);
  });
}

}  // namespace mirim::simd
#endif  // HWY_ONCE
