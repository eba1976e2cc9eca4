#include "mirim/exec/simd/tap_kernels.hpp"

#include <algorithm>

// One copy of this file for each instruction set: Highway includes it again for each.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "mirim/exec/simd/tap_kernels.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace mirim::simd::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

template <class D>
std::int64_t lanes_of(D d) {
  return static_cast<std::int64_t>(hn::Lanes(d));
}

// f(tag) for the vectors that hold this many outputs.
template <class F>
HWY_INLINE auto with_vectors(std::int64_t outputs, const F& f) {
  if (outputs <= 4) return f(hn::CappedTag<float, 4>());
  if (outputs <= 8) return f(hn::CappedTag<float, 8>());
  return f(hn::CappedTag<float, 16>());
}

std::int64_t block_lanes(std::int64_t outputs) {
  return with_vectors(outputs, [](auto d) { return lanes_of(d); });
}

// Where the sums of a vector go.
struct Target {
  const float* bias;  // of the vector's first output, or null
  float* y;
  std::int64_t outputs;  // from the vector's first one on
  std::int64_t end;      // of y: the end of what a vector may write; 0 if it must not reach beyond a pixel's outputs
  float least, most;
};

template <class D>
HWY_INLINE void put(D d, hn::Vec<D> sum, const Target& to, std::int64_t at) {
  if (to.bias) sum = hn::Add(sum, hn::LoadU(d, to.bias));
  // In this order NaN stays.
  sum = hn::Min(hn::Set(d, to.most), hn::Max(hn::Set(d, to.least), sum));
  if (to.outputs >= lanes_of(d) || at + lanes_of(d) <= to.end) {
    hn::StoreU(sum, d, to.y + at);
  } else {
    HWY_ALIGN float some[16];
    hn::Store(sum, d, some);
    for (std::int64_t o = 0; o < to.outputs; ++o) to.y[at + o] = some[o];
  }
}

// The outputs of two vectors for six pixels: twelve sums hide the latency of an addition and leave registers for the
// factors.
template <class D>
HWY_INLINE void six_pixels(D d, const TapSums& s, const TapPixel* p, const float* w, const float* x, const Target& to,
                           const Target& more) {
  const float *x0 = x + p[0].x, *x1 = x + p[1].x, *x2 = x + p[2].x, *x3 = x + p[3].x, *x4 = x + p[4].x,
              *x5 = x + p[5].x;
  const auto terms = static_cast<std::int64_t>(s.offsets.size());
  const std::int64_t next = terms * lanes_of(d);
  auto a0 = hn::Zero(d), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0;
  auto b0 = a0, b1 = a0, b2 = a0, b3 = a0, b4 = a0, b5 = a0;
  for (std::int64_t t = 0; t < terms; ++t, w += lanes_of(d)) {
    const std::int64_t offset = s.offsets[static_cast<std::size_t>(t)];
    const auto a = hn::Load(d, w), b = hn::Load(d, w + next);
    auto v = hn::Set(d, x0[offset]);
    a0 = hn::MulAdd(v, a, a0), b0 = hn::MulAdd(v, b, b0);
    v = hn::Set(d, x1[offset]);
    a1 = hn::MulAdd(v, a, a1), b1 = hn::MulAdd(v, b, b1);
    v = hn::Set(d, x2[offset]);
    a2 = hn::MulAdd(v, a, a2), b2 = hn::MulAdd(v, b, b2);
    v = hn::Set(d, x3[offset]);
    a3 = hn::MulAdd(v, a, a3), b3 = hn::MulAdd(v, b, b3);
    v = hn::Set(d, x4[offset]);
    a4 = hn::MulAdd(v, a, a4), b4 = hn::MulAdd(v, b, b4);
    v = hn::Set(d, x5[offset]);
    a5 = hn::MulAdd(v, a, a5), b5 = hn::MulAdd(v, b, b5);
  }
  put(d, a0, to, p[0].y), put(d, b0, more, p[0].y);
  put(d, a1, to, p[1].y), put(d, b1, more, p[1].y);
  put(d, a2, to, p[2].y), put(d, b2, more, p[2].y);
  put(d, a3, to, p[3].y), put(d, b3, more, p[3].y);
  put(d, a4, to, p[4].y), put(d, b4, more, p[4].y);
  put(d, a5, to, p[5].y), put(d, b5, more, p[5].y);
}

// The outputs of one vector for eight pixels.
template <class D>
HWY_INLINE void eight_pixels(D d, const TapSums& s, const TapPixel* p, const float* w, const float* x,
                             const Target& to) {
  const float *x0 = x + p[0].x, *x1 = x + p[1].x, *x2 = x + p[2].x, *x3 = x + p[3].x, *x4 = x + p[4].x,
              *x5 = x + p[5].x, *x6 = x + p[6].x, *x7 = x + p[7].x;
  const auto terms = static_cast<std::int64_t>(s.offsets.size());
  auto a0 = hn::Zero(d), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
  for (std::int64_t t = 0; t < terms; ++t, w += lanes_of(d)) {
    const std::int64_t offset = s.offsets[static_cast<std::size_t>(t)];
    const auto a = hn::Load(d, w);
    a0 = hn::MulAdd(hn::Set(d, x0[offset]), a, a0);
    a1 = hn::MulAdd(hn::Set(d, x1[offset]), a, a1);
    a2 = hn::MulAdd(hn::Set(d, x2[offset]), a, a2);
    a3 = hn::MulAdd(hn::Set(d, x3[offset]), a, a3);
    a4 = hn::MulAdd(hn::Set(d, x4[offset]), a, a4);
    a5 = hn::MulAdd(hn::Set(d, x5[offset]), a, a5);
    a6 = hn::MulAdd(hn::Set(d, x6[offset]), a, a6);
    a7 = hn::MulAdd(hn::Set(d, x7[offset]), a, a7);
  }
  put(d, a0, to, p[0].y), put(d, a1, to, p[1].y);
  put(d, a2, to, p[2].y), put(d, a3, to, p[3].y);
  put(d, a4, to, p[4].y), put(d, a5, to, p[5].y);
  put(d, a6, to, p[6].y), put(d, a7, to, p[7].y);
}

// f(first of kPixels pixels) over all pixels. If they are no multiple of kPixels, the last group repeats some, or, if
// too few, one several times.
template <std::int64_t kPixels, class F>
HWY_INLINE void for_each_group(std::span<const TapPixel> pixels, const F& f) {
  const auto count = static_cast<std::int64_t>(pixels.size());
  if (count >= kPixels) {
    for (std::int64_t p = 0; p < count; p += kPixels) {
      const std::int64_t first = std::min(p, count - kPixels);
      f(pixels.data() + first);
    }
    return;
  }
  TapPixel some[kPixels];
  for (std::int64_t p = 0; p < kPixels; ++p) some[p] = pixels[static_cast<std::size_t>(std::min(p, count - 1))];
  f(some);
}

template <class D>
HWY_INLINE void forward_in(D d, const TapSums& s, const TapClamp& clamp, const float* w, const float* bias,
                           const float* x, float* y) {
  const std::int64_t lanes = lanes_of(d), block = static_cast<std::int64_t>(s.offsets.size()) * lanes;
  // A list shorter than a group repeats its last pixel; then what a vector writes after a pixel could overwrite a
  // finished one.
  const bool spills = clamp.dense && std::ssize(s.pixels) >= 8;
  const std::int64_t end = spills ? s.pixels.back().y + s.outputs : 0;
  const auto target = [&](std::int64_t o) {
    return Target{bias ? bias + o : nullptr, y + o, s.outputs - o, end - o, clamp.least, clamp.most};
  };
  const std::int64_t blocks = (s.outputs + lanes - 1) / lanes;
  // From the last block to the first, so that what a vector writes into the next pixel is overwritten later.
  std::int64_t b = blocks;
  if (blocks % 2) {
    --b;
    const Target to = target(b * lanes);
    for_each_group<8>(s.pixels, [&](const TapPixel* p) HWY_ATTR { eight_pixels(d, s, p, w + b * block, x, to); });
  }
  while (b > 0) {
    b -= 2;
    const Target to = target(b * lanes), more = target((b + 1) * lanes);
    for_each_group<6>(s.pixels, [&](const TapPixel* p) HWY_ATTR { six_pixels(d, s, p, w + b * block, x, to, more); });
  }
}

void forward(const TapSums& s, const TapClamp& clamp, const float* w, const float* bias, const float* x, float* y) {
  if (s.pixels.empty()) return;
  with_vectors(s.outputs, [&](auto d) HWY_ATTR { forward_in(d, s, clamp, w, bias, x, y); });
}

// The gradients of six terms for two vectors of outputs, `first` the first of the terms.
template <class D>
HWY_INLINE void six_terms(D d, const TapSums& s, std::int64_t first, const float* x, const float* dy, float* dw) {
  const std::int64_t lanes = lanes_of(d), next = static_cast<std::int64_t>(s.offsets.size()) * lanes;
  const std::int64_t* offset = s.offsets.data() + first;
  const float *x0 = x + offset[0], *x1 = x + offset[1], *x2 = x + offset[2], *x3 = x + offset[3], *x4 = x + offset[4],
              *x5 = x + offset[5];
  auto a0 = hn::Zero(d), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0;
  auto b0 = a0, b1 = a0, b2 = a0, b3 = a0, b4 = a0, b5 = a0;
  for (const TapPixel& p : s.pixels) {
    const auto a = hn::LoadU(d, dy + p.y), b = hn::LoadU(d, dy + p.y + lanes);
    auto v = hn::Set(d, x0[p.x]);
    a0 = hn::MulAdd(v, a, a0), b0 = hn::MulAdd(v, b, b0);
    v = hn::Set(d, x1[p.x]);
    a1 = hn::MulAdd(v, a, a1), b1 = hn::MulAdd(v, b, b1);
    v = hn::Set(d, x2[p.x]);
    a2 = hn::MulAdd(v, a, a2), b2 = hn::MulAdd(v, b, b2);
    v = hn::Set(d, x3[p.x]);
    a3 = hn::MulAdd(v, a, a3), b3 = hn::MulAdd(v, b, b3);
    v = hn::Set(d, x4[p.x]);
    a4 = hn::MulAdd(v, a, a4), b4 = hn::MulAdd(v, b, b4);
    v = hn::Set(d, x5[p.x]);
    a5 = hn::MulAdd(v, a, a5), b5 = hn::MulAdd(v, b, b5);
  }
  float* to = dw + first * lanes;
  const auto add = [&](auto sum, float* at) HWY_ATTR { hn::Store(hn::Add(sum, hn::Load(d, at)), d, at); };
  add(a0, to), add(a1, to + lanes), add(a2, to + 2 * lanes);
  add(a3, to + 3 * lanes), add(a4, to + 4 * lanes), add(a5, to + 5 * lanes);
  to += next;
  add(b0, to), add(b1, to + lanes), add(b2, to + 2 * lanes);
  add(b3, to + 3 * lanes), add(b4, to + 4 * lanes), add(b5, to + 5 * lanes);
}

// The gradients of eight terms for one vector of outputs.
template <class D>
HWY_INLINE void eight_terms(D d, const TapSums& s, std::int64_t first, const float* x, const float* dy, float* dw) {
  const std::int64_t lanes = lanes_of(d);
  const std::int64_t* offset = s.offsets.data() + first;
  const float *x0 = x + offset[0], *x1 = x + offset[1], *x2 = x + offset[2], *x3 = x + offset[3], *x4 = x + offset[4],
              *x5 = x + offset[5], *x6 = x + offset[6], *x7 = x + offset[7];
  auto a0 = hn::Zero(d), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
  for (const TapPixel& p : s.pixels) {
    const auto a = hn::LoadU(d, dy + p.y);
    a0 = hn::MulAdd(hn::Set(d, x0[p.x]), a, a0);
    a1 = hn::MulAdd(hn::Set(d, x1[p.x]), a, a1);
    a2 = hn::MulAdd(hn::Set(d, x2[p.x]), a, a2);
    a3 = hn::MulAdd(hn::Set(d, x3[p.x]), a, a3);
    a4 = hn::MulAdd(hn::Set(d, x4[p.x]), a, a4);
    a5 = hn::MulAdd(hn::Set(d, x5[p.x]), a, a5);
    a6 = hn::MulAdd(hn::Set(d, x6[p.x]), a, a6);
    a7 = hn::MulAdd(hn::Set(d, x7[p.x]), a, a7);
  }
  float* to = dw + first * lanes;
  const auto add = [&](auto sum, float* at) HWY_ATTR { hn::Store(hn::Add(sum, hn::Load(d, at)), d, at); };
  add(a0, to), add(a1, to + lanes), add(a2, to + 2 * lanes), add(a3, to + 3 * lanes);
  add(a4, to + 4 * lanes), add(a5, to + 5 * lanes), add(a6, to + 6 * lanes), add(a7, to + 7 * lanes);
}

// The gradients of one term, for any number of terms left over.
template <class D>
HWY_INLINE void one_term(D d, const TapSums& s, std::int64_t first, const float* x, const float* dy, float* dw) {
  const std::int64_t lanes = lanes_of(d);
  const float* x0 = x + s.offsets[static_cast<std::size_t>(first)];
  auto even = hn::Zero(d), odd = even;
  const std::size_t pairs = s.pixels.size() / 2 * 2;
  for (std::size_t i = 0; i < pairs; i += 2) {
    const TapPixel &p = s.pixels[i], &q = s.pixels[i + 1];
    even = hn::MulAdd(hn::Set(d, x0[p.x]), hn::LoadU(d, dy + p.y), even);
    odd = hn::MulAdd(hn::Set(d, x0[q.x]), hn::LoadU(d, dy + q.y), odd);
  }
  if (pairs < s.pixels.size()) {
    const TapPixel& p = s.pixels[pairs];
    even = hn::MulAdd(hn::Set(d, x0[p.x]), hn::LoadU(d, dy + p.y), even);
  }
  float* at = dw + first * lanes;
  hn::Store(hn::Add(hn::Add(even, odd), hn::Load(d, at)), d, at);
}

// Two terms for two vectors would leave the adders waiting, so the remainder of a division by six goes vector by
// vector.
template <class D>
HWY_INLINE void one_block(D d, const TapSums& s, std::int64_t first, const float* x, const float* dy, float* dw) {
  const auto terms = static_cast<std::int64_t>(s.offsets.size());
  std::int64_t t = first;
  for (; t + 8 <= terms; t += 8) eight_terms(d, s, t, x, dy, dw);
  for (; t < terms; ++t) one_term(d, s, t, x, dy, dw);
}

void gradient(const TapSums& s, const float* x, const float* dy, float* dw) {
  with_vectors(s.outputs, [&](auto d) HWY_ATTR {
    const auto terms = static_cast<std::int64_t>(s.offsets.size());
    const std::int64_t lanes = lanes_of(d), block = terms * lanes;
    std::int64_t o = 0;
    for (; o + lanes < s.outputs; o += 2 * lanes, dw += 2 * block) {
      std::int64_t t = 0;
      for (; t + 6 <= terms; t += 6) six_terms(d, s, t, x, dy + o, dw);
      one_block(d, s, t, x, dy + o, dw);
      one_block(d, s, t, x, dy + o + lanes, dw + block);
    }
    if (o < s.outputs) one_block(d, s, 0, x, dy + o, dw);
  });
}

}  // namespace
}  // namespace mirim::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mirim::simd {

HWY_EXPORT(block_lanes);
HWY_EXPORT(forward);
HWY_EXPORT(gradient);

std::int64_t tap_lanes(std::int64_t outputs) { return HWY_DYNAMIC_DISPATCH(block_lanes)(outputs); }

std::int64_t tap_outputs(std::int64_t outputs) {
  const std::int64_t lanes = tap_lanes(outputs);
  return (outputs + lanes - 1) / lanes * lanes;
}

void tap_forward(const TapSums& sums, const TapClamp& clamp, const float* w, const float* bias, const float* x,
                 float* y) {
  HWY_DYNAMIC_DISPATCH(forward)(sums, clamp, w, bias, x, y);
}

void tap_gradient(const TapSums& sums, const float* x, const float* dy, float* dw) {
  HWY_DYNAMIC_DISPATCH(gradient)(sums, x, dy, dw);
}

}  // namespace mirim::simd
#endif  // HWY_ONCE
