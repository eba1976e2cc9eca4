#include "mirim/exec/simd/packed_dense.hpp"

#include <algorithm>

// One copy of this file for each instruction set: Highway includes it again for each.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "mirim/exec/simd/packed_dense.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace mirim::simd::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;
constexpr D d;

std::int64_t lanes() { return static_cast<std::int64_t>(hn::Lanes(d)); }

// [outputs / lanes][inputs][lanes], padded with zeros.
void pack(const float* weights, std::int64_t outputs, std::int64_t inputs, float* packed) {
  const std::int64_t width = lanes();
  for (std::int64_t o = 0; o < outputs; ++o) {
    for (std::int64_t i = 0; i < inputs; ++i) {
      packed[(o / width * inputs + i) * width + o % width] = weights[o * inputs + i];
    }
  }
}

// Inlined, as everything that takes vectors: GCC does not clear the upper halves of registers when such a function
// ends, and SSE code that follows runs ten times slower.
HWY_INLINE void put(V sum, const PackedDense::View& p, std::int64_t o, float* y) {
  // In this order NaN stays.
  sum = hn::Min(hn::Set(d, p.most), hn::Max(hn::Set(d, p.least), hn::Add(sum, hn::LoadU(d, p.bias + o))));
  if (o + lanes() <= p.outputs) {
    hn::StoreU(sum, d, y + o);
  } else {
    HWY_ALIGN float some[16];
    hn::Store(sum, d, some);
    std::copy_n(some, p.outputs - o, y + o);
  }
}

// sum + v * w. In order, both operations are rounded.
template <Sums kSums>
HWY_INLINE V add_product(V v, V w, V sum) {
  return kSums == Sums::in_order ? hn::Add(sum, hn::Mul(v, w)) : hn::MulAdd(v, w, sum);
}

// Eight vectors of outputs of one row: eight sums at a time hide the latency of an addition.
template <Sums kSums>
void eight_vectors(const PackedDense::View& p, const float* x, std::int64_t o, float* y) {
  const std::int64_t width = lanes(), next = p.inputs * width;
  const float* w = p.weights + o * p.inputs;
  V s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
  for (std::int64_t i = 0; i < p.inputs; ++i, w += width) {
    const V v = hn::Set(d, x[i]);
    s0 = add_product<kSums>(v, hn::LoadU(d, w), s0);
    s1 = add_product<kSums>(v, hn::LoadU(d, w + next), s1);
    s2 = add_product<kSums>(v, hn::LoadU(d, w + 2 * next), s2);
    s3 = add_product<kSums>(v, hn::LoadU(d, w + 3 * next), s3);
    s4 = add_product<kSums>(v, hn::LoadU(d, w + 4 * next), s4);
    s5 = add_product<kSums>(v, hn::LoadU(d, w + 5 * next), s5);
    s6 = add_product<kSums>(v, hn::LoadU(d, w + 6 * next), s6);
    s7 = add_product<kSums>(v, hn::LoadU(d, w + 7 * next), s7);
  }
  put(s0, p, o, y);
  put(s1, p, o + width, y);
  put(s2, p, o + 2 * width, y);
  put(s3, p, o + 3 * width, y);
  put(s4, p, o + 4 * width, y);
  put(s5, p, o + 5 * width, y);
  put(s6, p, o + 6 * width, y);
  put(s7, p, o + 7 * width, y);
}

// One vector of outputs of one row.
template <Sums kSums>
void one_vector(const PackedDense::View& p, const float* x, std::int64_t o, float* y) {
  const std::int64_t width = lanes();
  const float* w = p.weights + o * p.inputs;
  V s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0;
  std::int64_t i = 0;
  for (; kSums == Sums::fastest && i + 4 <= p.inputs; i += 4, w += 4 * width) {
    s0 = add_product<kSums>(hn::Set(d, x[i]), hn::LoadU(d, w), s0);
    s1 = add_product<kSums>(hn::Set(d, x[i + 1]), hn::LoadU(d, w + width), s1);
    s2 = add_product<kSums>(hn::Set(d, x[i + 2]), hn::LoadU(d, w + 2 * width), s2);
    s3 = add_product<kSums>(hn::Set(d, x[i + 3]), hn::LoadU(d, w + 3 * width), s3);
  }
  for (; i < p.inputs; ++i, w += width) s0 = add_product<kSums>(hn::Set(d, x[i]), hn::LoadU(d, w), s0);
  put(hn::Add(hn::Add(s0, s1), hn::Add(s2, s3)), p, o, y);
}

// One vector of outputs of eight rows, which share the loads of the weights.
template <Sums kSums>
void eight_rows(const PackedDense::View& p, const float* x, std::int64_t o, float* y) {
  const std::int64_t width = lanes(), n = p.inputs;
  const float* w = p.weights + o * n;
  V s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
  for (std::int64_t i = 0; i < n; ++i, w += width, ++x) {
    const V v = hn::LoadU(d, w);
    s0 = add_product<kSums>(hn::Set(d, x[0]), v, s0);
    s1 = add_product<kSums>(hn::Set(d, x[n]), v, s1);
    s2 = add_product<kSums>(hn::Set(d, x[2 * n]), v, s2);
    s3 = add_product<kSums>(hn::Set(d, x[3 * n]), v, s3);
    s4 = add_product<kSums>(hn::Set(d, x[4 * n]), v, s4);
    s5 = add_product<kSums>(hn::Set(d, x[5 * n]), v, s5);
    s6 = add_product<kSums>(hn::Set(d, x[6 * n]), v, s6);
    s7 = add_product<kSums>(hn::Set(d, x[7 * n]), v, s7);
  }
  put(s0, p, o, y);
  put(s1, p, o, y + p.outputs);
  put(s2, p, o, y + 2 * p.outputs);
  put(s3, p, o, y + 3 * p.outputs);
  put(s4, p, o, y + 4 * p.outputs);
  put(s5, p, o, y + 5 * p.outputs);
  put(s6, p, o, y + 6 * p.outputs);
  put(s7, p, o, y + 7 * p.outputs);
}

template <Sums kSums>
void products(const PackedDense::View& p, const float* x, float* y, std::int64_t rows) {
  const std::int64_t width = lanes();
  for (; rows >= 8; rows -= 8, x += 8 * p.inputs, y += 8 * p.outputs) {
    for (std::int64_t o = 0; o < p.outputs; o += width) eight_rows<kSums>(p, x, o, y);
  }
  for (; rows > 0; --rows, x += p.inputs, y += p.outputs) {
    std::int64_t o = 0;
    for (; o + 8 * width <= p.outputs; o += 8 * width) eight_vectors<kSums>(p, x, o, y);
    for (; o < p.outputs; o += width) one_vector<kSums>(p, x, o, y);
  }
}

void dense(const PackedDense::View& p, const float* x, float* y, std::int64_t rows) {
  p.sums != Sums::fastest ? products<Sums::in_order>(p, x, y, rows) : products<Sums::fastest>(p, x, y, rows);
}

}  // namespace
}  // namespace mirim::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mirim::simd {

HWY_EXPORT(pack);
HWY_EXPORT(dense);

PackedDense::PackedDense(std::span<const float> weights, std::span<const float> bias, std::int64_t outputs, float least,
                         float most, Sums sums)
    : outputs_(outputs), inputs_(std::ssize(weights) / outputs), least_(least), most_(most), sums_(sums) {
  const std::int64_t filled = (outputs + 15) / 16 * 16;
  weights_.resize(static_cast<std::size_t>(filled * inputs_));
  bias_.resize(static_cast<std::size_t>(filled));
  std::ranges::copy(bias, bias_.begin());
  HWY_DYNAMIC_DISPATCH(pack)(weights.data(), outputs_, inputs_, weights_.data());
}

void PackedDense::run(const float* x, float* y, std::int64_t rows) const {
  HWY_DYNAMIC_DISPATCH(dense)({weights_.data(), bias_.data(), outputs_, inputs_, least_, most_, sums_}, x, y, rows);
}

}  // namespace mirim::simd
#endif  // HWY_ONCE
