#include "mirim/exec/simd/batch_norm_kernels.hpp"

#include <limits>

// One copy of this file for each instruction set: Highway includes it again for each.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "mirim/exec/simd/batch_norm_kernels.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace mirim::simd::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// body(tag, c) for each vector of channels in a block; usually one, as wide as the block.
template <class Body>
HWY_INLINE void for_each_vector(const BlockPixels& pixels, const Body& body) {
  if (pixels.width == 16) {
    const hn::CappedTag<float, 16> d;
    for (std::int64_t c = 0; c < 16; c += static_cast<std::int64_t>(hn::Lanes(d))) body(d, c);
  } else {
    const hn::CappedTag<float, 8> d;
    for (std::int64_t c = 0; c < 8; c += static_cast<std::int64_t>(hn::Lanes(d))) body(d, c);
  }
}

/// Sums over pixels. Each image is summed separately, in two independent halves: rounding errors then grow with the
/// pixels of an image, not of the batch. term(i, first, second) adds the pixel at i.
template <class D, class Term>
HWY_INLINE void sum_pixels(D d, const BlockPixels& pixels, std::int64_t c, const BlockSums& sums, const Term& term) {
  auto first = hn::Zero(d);
  auto second = hn::Zero(d);
  for (std::int64_t n = 0; n < pixels.images; ++n) {
    auto even_first = hn::Zero(d);
    auto even_second = hn::Zero(d);
    auto odd_first = hn::Zero(d);
    auto odd_second = hn::Zero(d);
    const std::int64_t begin = n * pixels.image_stride + c;
    const std::int64_t end = begin + pixels.area * pixels.width;
    std::int64_t i = begin;
    for (; i + pixels.width < end; i += 2 * pixels.width) {
      term(i, even_first, even_second);
      term(i + pixels.width, odd_first, odd_second);
    }
    if (i < end) term(i, even_first, even_second);
    first = hn::Add(first, hn::Add(even_first, odd_first));
    second = hn::Add(second, hn::Add(even_second, odd_second));
  }
  hn::StoreU(first, d, sums.first + c);
  hn::StoreU(second, d, sums.second + c);
}

template <class Body>
HWY_INLINE void for_each_pixel(const BlockPixels& pixels, std::int64_t c, const Body& body) {
  for (std::int64_t n = 0; n < pixels.images; ++n) {
    const std::int64_t begin = n * pixels.image_stride + c;
    const std::int64_t end = begin + pixels.area * pixels.width;
    for (std::int64_t i = begin; i < end; i += pixels.width) body(i);
  }
}

void moments(const BlockPixels& pixels, const float* HWY_RESTRICT x, const float* around, const BlockSums& sums) {
  for_each_vector(pixels, [&](auto d, std::int64_t c) HWY_ATTR {
    using V = hn::Vec<decltype(d)>;
    const V centre = hn::LoadU(d, around + c);
    sum_pixels(d, pixels, c, sums, [&](std::int64_t i, V& first, V& second) HWY_ATTR {
      const V v = hn::Sub(hn::LoadU(d, x + i), centre);
      first = hn::Add(first, v);
      second = hn::MulAdd(v, v, second);
    });
  });
}

void normalize(const BlockPixels& pixels, const Normalization& rule, const float* HWY_RESTRICT x,
               const float* HWY_RESTRICT addend, float* HWY_RESTRICT y) {
  for_each_vector(pixels, [&](auto d, std::int64_t c) HWY_ATTR {
    const auto scale = hn::LoadU(d, rule.scale + c);
    const auto shift = hn::LoadU(d, rule.shift + c);
    const auto least = hn::Set(d, rule.least);
    const auto most = hn::Set(d, rule.most);
    const auto store = [&](auto v, std::int64_t i) HWY_ATTR { hn::StoreU(hn::Min(most, hn::Max(least, v)), d, y + i); };
    if (addend) {
      for_each_pixel(pixels, c, [&](std::int64_t i) HWY_ATTR {
        store(hn::Add(hn::MulAdd(scale, hn::LoadU(d, x + i), shift), hn::LoadU(d, addend + i)), i);
      });
    } else {
      for_each_pixel(pixels, c,
                     [&](std::int64_t i) HWY_ATTR { store(hn::MulAdd(scale, hn::LoadU(d, x + i), shift), i); });
    }
  });
}

/// use(g) where g(i, x) is the gradient before the clamp at i, x the vector there. A separate loop is compiled for each
/// case.
template <class D, class Use>
HWY_INLINE void with_gradient(D d, std::int64_t c, const NormalizationGradient& of, const Use& use) {
  using V = hn::Vec<D>;
  const V scale = hn::LoadU(d, of.forward.scale + c);
  const V shift = hn::LoadU(d, of.forward.shift + c);
  const V least = hn::Set(d, of.forward.least);
  const V most = hn::Set(d, of.forward.most);
  const float* HWY_RESTRICT y = of.y;
  const float* HWY_RESTRICT dy = of.dy;
  const float* HWY_RESTRICT more = of.more_dy;
  const auto with_mask = [&](const auto& whole) HWY_ATTR {
    const auto inside = [&](V v, V g)
                            HWY_ATTR { return hn::IfThenElseZero(hn::And(hn::Gt(v, least), hn::Lt(v, most)), g); };
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    if (of.forward.least == -kInfinity && of.forward.most == kInfinity) {
      use([&](std::int64_t i, V) HWY_ATTR { return whole(i); });
    } else if (y) {
      use([&](std::int64_t i, V) HWY_ATTR { return inside(hn::LoadU(d, y + i), whole(i)); });
    } else {
      use([&](std::int64_t i, V x) HWY_ATTR { return inside(hn::MulAdd(scale, x, shift), whole(i)); });
    }
  };
  if (more) {
    with_mask([&](std::int64_t i) HWY_ATTR { return hn::Add(hn::LoadU(d, dy + i), hn::LoadU(d, more + i)); });
  } else {
    with_mask([&](std::int64_t i) HWY_ATTR { return hn::LoadU(d, dy + i); });
  }
}

void gradient_moments(const BlockPixels& pixels, const NormalizationGradient& gradient, const float* mean,
                      float* HWY_RESTRICT g, const BlockSums& sums) {
  for_each_vector(pixels, [&](auto d, std::int64_t c) HWY_ATTR {
    using V = hn::Vec<decltype(d)>;
    const V centre = hn::LoadU(d, mean + c);
    const float* HWY_RESTRICT x = gradient.x;
    with_gradient(d, c, gradient, [&](const auto& gradient_at) HWY_ATTR {
      sum_pixels(d, pixels, c, sums, [&](std::int64_t i, V& first, V& second) HWY_ATTR {
        const V at = hn::LoadU(d, x + i);
        const V v = gradient_at(i, at);
        if (g) hn::StoreU(v, d, g + i);
        first = hn::Add(first, v);
        second = hn::MulAdd(v, hn::Sub(at, centre), second);
      });
    });
  });
}

void normalization_gradient(const BlockPixels& pixels, const NormalizationGradient& gradient, const GradientRule& rule,
                            float* HWY_RESTRICT dx) {
  for_each_vector(pixels, [&](auto d, std::int64_t c) HWY_ATTR {
    using V = hn::Vec<decltype(d)>;
    const V centre = hn::LoadU(d, rule.mean + c);
    const V of_g = hn::LoadU(d, rule.of_g + c);
    const V of_x = hn::LoadU(d, rule.of_x + c);
    const V constant = hn::LoadU(d, rule.constant + c);
    const float* HWY_RESTRICT x = gradient.x;
    with_gradient(d, c, gradient, [&](const auto& gradient_at) HWY_ATTR {
      for_each_pixel(pixels, c, [&](std::int64_t i) HWY_ATTR {
        const V at = hn::LoadU(d, x + i);
        const V rest = hn::MulAdd(of_x, hn::Sub(at, centre), constant);
        hn::StoreU(hn::MulAdd(of_g, gradient_at(i, at), rest), d, dx + i);
      });
    });
  });
}

}  // namespace mirim::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mirim::simd {

HWY_EXPORT(moments);
void moments(const BlockPixels& pixels, const float* x, const float* around, const BlockSums& sums) {
  HWY_DYNAMIC_DISPATCH(moments)(pixels, x, around, sums);
}
HWY_EXPORT(normalize);
void normalize(const BlockPixels& pixels, const Normalization& rule, const float* x, const float* addend, float* y) {
  HWY_DYNAMIC_DISPATCH(normalize)(pixels, rule, x, addend, y);
}
HWY_EXPORT(gradient_moments);
void gradient_moments(const BlockPixels& pixels, const NormalizationGradient& gradient, const float* mean, float* g,
                      const BlockSums& sums) {
  HWY_DYNAMIC_DISPATCH(gradient_moments)(pixels, gradient, mean, g, sums);
}
HWY_EXPORT(normalization_gradient);
void normalization_gradient(const BlockPixels& pixels, const NormalizationGradient& gradient, const GradientRule& rule,
                            float* dx) {
  HWY_DYNAMIC_DISPATCH(normalization_gradient)(pixels, gradient, rule, dx);
}

}  // namespace mirim::simd
#endif  // HWY_ONCE
