#include "mirim/exec/simd/tap_products.hpp"

#include <algorithm>

namespace mirim::simd {
namespace {

const float* framed(const Frame& frame, const float* images, std::int64_t count, float* to) {
  if (!frame.is_needed()) return images;
  for (std::int64_t i = 0; i < count; ++i) {
    frame.copy(images + i * frame.height * frame.width * frame.channels, to + i * frame.image());
  }
  return to;
}

/// body(pixels, group): some pixels at a time, so that what they read stays in the cache.
template <class Body>
void for_each_group(const std::vector<TapPixel>& pixels, std::int64_t count, std::int64_t groups, const Body& body) {
  constexpr std::int64_t kPixels = 960;
  for (std::int64_t first = 0; first < count; first += kPixels) {
    const std::span some(pixels.data() + first, static_cast<std::size_t>(std::min(kPixels, count - first)));
    for (std::int64_t group = 0; group < groups; ++group) body(some, group);
  }
}

}  // namespace

TapProducts::TapProducts(const TapGeometry& g, bool widens)
    : g_(g), together_(images_together(g)), forward_(taps_forward(g)) {
  if (widens) backward_ = taps_backward(g);
}

const float* TapProducts::framed_wide(const float* u, std::int64_t count, float* to) const {
  return framed(forward_.frame, u, count, to);
}

const float* TapProducts::framed_narrow(const float* v, std::int64_t count, float* to) const {
  return framed(backward_.frame, v, count, to);
}

void TapProducts::transpose(const float* blocks, float* transposed) const {
  transpose_blocks(g_, backward_, blocks, transposed);
}

void TapProducts::block_bias(const float* values, std::int64_t of_group, float* to) const {
  const std::int64_t rows = tap_outputs(of_group);
  for (std::int64_t group = 0; group < g_.groups; ++group, values += of_group, to += rows) {
    std::fill(std::copy_n(values, of_group, to), to + rows, 0.0F);
  }
}

void TapProducts::to_narrow(const float* w, const Then& then, const float* framed_u, std::int64_t count,
                            float* v) const {
  const TapClamp clamp{then.least, then.most, g_.groups == 1};
  const std::int64_t channels = g_.group_channels(), outputs = g_.group_outputs();
  for_each_group(forward_.pixels, count * forward_.pixels_of_image, g_.groups, [&](auto pixels, std::int64_t group) {
    tap_forward({pixels, forward_.offsets, outputs}, clamp, w + group * g_.group_weights(),
                then.bias ? then.bias + group * tap_outputs(outputs) : nullptr, framed_u + group * channels,
                v + group * outputs);
  });
}

void TapProducts::to_wide(const float* transposed, const Then& then, const float* framed_v, std::int64_t count,
                          float* u) const {
  const TapClamp clamp{then.least, then.most, g_.groups == 1 && backward_.phases.size() == 1};
  const std::int64_t channels = g_.group_channels(), rows = tap_outputs(channels);
  for (const TapsBackward::Phase& phase : backward_.phases) {
    const float* w = transposed + phase.weights_at;
    for_each_group(phase.pixels, count * phase.pixels_of_image, g_.groups, [&](auto pixels, std::int64_t group) {
      tap_forward({pixels, phase.offsets, channels}, clamp, w + group * std::ssize(phase.offsets) * rows,
                  then.bias ? then.bias + group * rows : nullptr, framed_v + group * g_.group_outputs(),
                  u + group * channels);
    });
  }
}

void TapProducts::add_weights_gradient(const float* framed_u, const float* v, std::int64_t count, float* dw) const {
  for_each_group(forward_.pixels, count * forward_.pixels_of_image, g_.groups, [&](auto pixels, std::int64_t group) {
    tap_gradient({pixels, forward_.offsets, g_.group_outputs()}, framed_u + group * g_.group_channels(),
                 v + group * g_.group_outputs(), dw + group * g_.group_weights());
  });
}

}  // namespace mirim::simd
