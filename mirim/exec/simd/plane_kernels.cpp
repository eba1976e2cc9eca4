#include "mirim/exec/simd/plane_kernels.hpp"

// One copy of this file for each instruction set: Highway includes it again for each.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "mirim/exec/simd/plane_kernels.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace mirim::simd::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, 16>;
constexpr D d;

std::int64_t lanes() { return static_cast<std::int64_t>(hn::Lanes(d)); }
std::int64_t step() { return 4 * lanes(); }

void products(const Runs& runs, const Pattern& w, const float* HWY_RESTRICT x, float* HWY_RESTRICT y) {
  const std::int64_t n = lanes();
  std::int64_t phase = 0;
  for (std::int64_t i = 0; i < runs.count; i += 4 * n) {
    auto s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0;
    if (w.bias) {
      const float* bias = w.bias + phase;
      s0 = hn::Load(d, bias), s1 = hn::Load(d, bias + n);
      s2 = hn::Load(d, bias + 2 * n), s3 = hn::Load(d, bias + 3 * n);
    }
    const float* weights = w.weights + phase;
    for (const std::int64_t offset : runs.offsets) {
      const float* from = x + offset + i;
      s0 = hn::MulAdd(hn::Load(d, weights), hn::LoadU(d, from), s0);
      s1 = hn::MulAdd(hn::Load(d, weights + n), hn::LoadU(d, from + n), s1);
      s2 = hn::MulAdd(hn::Load(d, weights + 2 * n), hn::LoadU(d, from + 2 * n), s2);
      s3 = hn::MulAdd(hn::Load(d, weights + 3 * n), hn::LoadU(d, from + 3 * n), s3);
      weights += w.one_for_all ? 0 : w.pattern;
    }
    hn::StoreU(s0, d, y + i), hn::StoreU(s1, d, y + i + n);
    hn::StoreU(s2, d, y + i + 2 * n), hn::StoreU(s3, d, y + i + 3 * n);
    phase += 4 * n;
    if (phase == w.pattern) phase = 0;
  }
}

void scatter(const Runs& runs, const Pattern& w, const float* HWY_RESTRICT dy, float* HWY_RESTRICT dx) {
  const std::int64_t n = lanes();
  const float* weights = w.weights;
  for (const std::int64_t offset : runs.offsets) {
    float* to = dx + offset;
    std::int64_t i = 0;
    for (std::int64_t phase = 0; i + n <= runs.count; i += n) {
      hn::StoreU(hn::MulAdd(hn::Load(d, weights + phase), hn::LoadU(d, dy + i), hn::LoadU(d, to + i)), d, to + i);
      phase += n;
      if (phase == w.pattern) phase = 0;
    }
    for (; i < runs.count; ++i) to[i] += weights[i % w.pattern] * dy[i];
    weights += w.one_for_all ? 0 : w.pattern;
  }
}

void gradient(const Runs& runs, const float* HWY_RESTRICT x, const float* HWY_RESTRICT dy, std::int64_t pattern,
              float* HWY_RESTRICT dw) {
  const std::int64_t n = lanes();
  for (const std::int64_t offset : runs.offsets) {
    for (std::int64_t phase = 0; phase < pattern; phase += 4 * n, dw += 4 * n) {
      auto s0 = hn::Load(d, dw), s1 = hn::Load(d, dw + n), s2 = hn::Load(d, dw + 2 * n), s3 = hn::Load(d, dw + 3 * n);
      for (std::int64_t i = phase; i < runs.count; i += pattern) {
        const float *from = x + offset + i, *by = dy + i;
        s0 = hn::MulAdd(hn::LoadU(d, by), hn::LoadU(d, from), s0);
        s1 = hn::MulAdd(hn::LoadU(d, by + n), hn::LoadU(d, from + n), s1);
        s2 = hn::MulAdd(hn::LoadU(d, by + 2 * n), hn::LoadU(d, from + 2 * n), s2);
        s3 = hn::MulAdd(hn::LoadU(d, by + 3 * n), hn::LoadU(d, from + 3 * n), s3);
      }
      hn::Store(s0, d, dw), hn::Store(s1, d, dw + n);
      hn::Store(s2, d, dw + 2 * n), hn::Store(s3, d, dw + 3 * n);
    }
  }
}

void sums(std::int64_t count, const float* HWY_RESTRICT dy, std::int64_t pattern, float* HWY_RESTRICT to) {
  const std::int64_t n = lanes();
  for (std::int64_t phase = 0; phase < pattern; phase += 4 * n, to += 4 * n) {
    auto s0 = hn::Load(d, to), s1 = hn::Load(d, to + n), s2 = hn::Load(d, to + 2 * n), s3 = hn::Load(d, to + 3 * n);
    for (std::int64_t i = phase; i < count; i += pattern) {
      s0 = hn::Add(s0, hn::LoadU(d, dy + i)), s1 = hn::Add(s1, hn::LoadU(d, dy + i + n));
      s2 = hn::Add(s2, hn::LoadU(d, dy + i + 2 * n)), s3 = hn::Add(s3, hn::LoadU(d, dy + i + 3 * n));
    }
    hn::Store(s0, d, to), hn::Store(s1, d, to + n);
    hn::Store(s2, d, to + 2 * n), hn::Store(s3, d, to + 3 * n);
  }
}

// Two independent vectors at a time, to hide latency.
void maximum(const Runs& runs, const float* HWY_RESTRICT x, float* HWY_RESTRICT y, float* HWY_RESTRICT first) {
  const std::int64_t n = lanes();
  for (std::int64_t i = 0; i < runs.count; i += 2 * n) {
    auto a = hn::LoadU(d, x + runs.offsets[0] + i), b = hn::LoadU(d, x + runs.offsets[0] + i + n);
    auto of_a = hn::Zero(d), of_b = of_a;
    for (std::size_t t = 1; t < runs.offsets.size(); ++t) {
      const float* from = x + runs.offsets[t] + i;
      const auto tap = hn::Set(d, static_cast<float>(t));
      const auto v = hn::LoadU(d, from), w = hn::LoadU(d, from + n);
      const auto more_a = hn::Gt(v, a), more_b = hn::Gt(w, b);
      a = hn::IfThenElse(more_a, v, a), b = hn::IfThenElse(more_b, w, b);
      of_a = hn::IfThenElse(more_a, tap, of_a), of_b = hn::IfThenElse(more_b, tap, of_b);
    }
    hn::StoreU(a, d, y + i), hn::StoreU(b, d, y + i + n);
    hn::StoreU(of_a, d, first + i), hn::StoreU(of_b, d, first + i + n);
  }
}

void maximum_gradient(const Runs& runs, std::span<const float> taps, const float* HWY_RESTRICT first,
                      const float* HWY_RESTRICT dy, float* HWY_RESTRICT dx) {
  const std::int64_t n = lanes();
  for (std::int64_t i = 0; i < runs.count; i += 2 * n) {
    auto a = hn::Zero(d), b = a;
    for (std::size_t t = 0; t < runs.offsets.size(); ++t) {
      const std::int64_t at = runs.offsets[t] + i;
      const auto tap = hn::Set(d, taps[t]);
      a = hn::Add(a, hn::IfThenElseZero(hn::Eq(hn::LoadU(d, first + at), tap), hn::LoadU(d, dy + at)));
      b = hn::Add(b, hn::IfThenElseZero(hn::Eq(hn::LoadU(d, first + at + n), tap), hn::LoadU(d, dy + at + n)));
    }
    hn::StoreU(a, d, dx + i), hn::StoreU(b, d, dx + i + n);
  }
}

void maximum_scatter(const Runs& runs, const float* HWY_RESTRICT first, const float* HWY_RESTRICT dy,
                     float* HWY_RESTRICT dx) {
  const std::int64_t n = lanes();
  for (std::size_t t = 0; t < runs.offsets.size(); ++t) {
    float* to = dx + runs.offsets[t];
    const auto tap = static_cast<float>(t);
    std::int64_t i = 0;
    for (; i + n <= runs.count; i += n) {
      const auto of = hn::IfThenElseZero(hn::Eq(hn::LoadU(d, first + i), hn::Set(d, tap)), hn::LoadU(d, dy + i));
      hn::StoreU(hn::Add(hn::LoadU(d, to + i), of), d, to + i);
    }
    for (; i < runs.count; ++i) to[i] += first[i] == tap ? dy[i] : 0.0F;
  }
}

}  // namespace
}  // namespace mirim::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mirim::simd {

HWY_EXPORT(step);
HWY_EXPORT(products);
HWY_EXPORT(scatter);
HWY_EXPORT(gradient);
HWY_EXPORT(sums);
HWY_EXPORT(maximum);
HWY_EXPORT(maximum_gradient);
HWY_EXPORT(maximum_scatter);

std::int64_t plane_step() { return HWY_DYNAMIC_DISPATCH(step)(); }

void plane_products(const Runs& runs, const Pattern& w, const float* x, float* y) {
  HWY_DYNAMIC_DISPATCH(products)(runs, w, x, y);
}

void plane_scatter(const Runs& runs, const Pattern& w, const float* dy, float* dx) {
  HWY_DYNAMIC_DISPATCH(scatter)(runs, w, dy, dx);
}

void plane_gradient(const Runs& runs, const float* x, const float* dy, std::int64_t pattern, float* dw) {
  HWY_DYNAMIC_DISPATCH(gradient)(runs, x, dy, pattern, dw);
}

void plane_sums(std::int64_t count, const float* dy, std::int64_t pattern, float* to) {
  HWY_DYNAMIC_DISPATCH(sums)(count, dy, pattern, to);
}

void plane_maximum(const Runs& runs, const float* x, float* y, float* first) {
  HWY_DYNAMIC_DISPATCH(maximum)(runs, x, y, first);
}

void plane_maximum_gradient(const Runs& runs, std::span<const float> taps, const float* first, const float* dy,
                            float* dx) {
  HWY_DYNAMIC_DISPATCH(maximum_gradient)(runs, taps, first, dy, dx);
}

void plane_maximum_scatter(const Runs& runs, const float* first, const float* dy, float* dx) {
  HWY_DYNAMIC_DISPATCH(maximum_scatter)(runs, first, dy, dx);
}

}  // namespace mirim::simd
#endif  // HWY_ONCE
