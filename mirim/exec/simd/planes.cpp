#include "mirim/exec/simd/planes.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace mirim::simd {
namespace {

// Copies `count` pixels of kChannels floats with another step; for so few floats a call would take longer.
template <std::int64_t kChannels>
void copy_few(std::int64_t count, const float* from, std::int64_t from_step, float* to, std::int64_t to_step) {
  for (std::int64_t i = 0; i < count; ++i, from += from_step, to += to_step) {
    std::memcpy(to, from, kChannels * sizeof(float));
  }
}

void copy_pixels(std::int64_t channels, std::int64_t count, const float* from, std::int64_t from_step, float* to,
                 std::int64_t to_step) {
  if (from_step == channels && to_step == channels) {
    std::copy_n(from, count * channels, to);
    return;
  }
  switch (channels) {
    case 1:
      return copy_few<1>(count, from, from_step, to, to_step);
    case 2:
      return copy_few<2>(count, from, from_step, to, to_step);
    case 3:
      return copy_few<3>(count, from, from_step, to, to_step);
    case 4:
      return copy_few<4>(count, from, from_step, to, to_step);
    case 5:
      return copy_few<5>(count, from, from_step, to, to_step);
    case 6:
      return copy_few<6>(count, from, from_step, to, to_step);
    case 7:
      return copy_few<7>(count, from, from_step, to, to_step);
    case 8:
      return copy_few<8>(count, from, from_step, to, to_step);
    case 16:
      return copy_few<16>(count, from, from_step, to, to_step);
    default:
      for (std::int64_t i = 0; i < count; ++i) std::copy_n(from + i * from_step, channels, to + i * to_step);
  }
}

// The inputs along an axis that belong to a phase: input first + k * stride is at index `at` + k of the plane.
struct Inside {
  std::int64_t first, at, count;
};
Inside inside(const Window& w, std::int64_t phase, std::int64_t size, std::int64_t places) {
  const std::int64_t behind = (phase - w.before % w.stride + w.stride) % w.stride;  // the first input of this phase
  const std::int64_t at = (behind + w.before) / w.stride;
  const std::int64_t count = behind < size ? (size - 1 - behind) / w.stride + 1 : 0;
  return {behind, at, std::clamp<std::int64_t>(places - at, 0, count)};
}

std::int64_t reach(const Window& w) { return (w.filter - 1) * w.dilation / w.stride; }

}  // namespace

Planes::Planes(const PlaneGeometry& g) : g_(g) {
  const Window &v = g.vertical, &h = g.horizontal;
  const std::int64_t pixel = g.outputs();
  columns_ = h.output + reach(h);
  rows_ = v.output + reach(v);
  plane_ = rows_ * columns_ * pixel;
  run_ = ((v.output - 1) * columns_ + h.output) * pixel;
  margin_ = (reach(v) * columns_ + reach(h)) * pixel;
  pattern_ = std::lcm(pixel, plane_step());
  slack_ = pattern_ + plane_step();
  for (std::int64_t r = 0; r < v.stride; ++r) {
    for (std::int64_t c = 0; c < h.stride; ++c) phases_.push_back({r, c, {}, {}, {}});
  }
  for (std::int64_t i = 0; i < v.filter; ++i) {
    for (std::int64_t j = 0; j < h.filter; ++j) {
      const std::int64_t row = i * v.dilation, column = j * h.dilation;
      const std::int64_t phase = row % v.stride * h.stride + column % h.stride;
      const std::int64_t shift = (row / v.stride * columns_ + column / h.stride) * pixel;
      offsets_.push_back(phase * plane_ + shift);
      Phase& of = phases_[static_cast<std::size_t>(phase)];
      of.offsets.push_back(-shift);
      of.taps.push_back(i * h.filter + j);
      of.float_taps.push_back(static_cast<float>(of.taps.back()));
    }
  }
}

void Planes::put_input(const float* x, float* planes) const {
  const std::int64_t pixel = g_.outputs(), row = g_.width * g_.channels;
  for (const Phase& phase : phases_) {
    const Inside v = inside(g_.vertical, phase.row, g_.height, rows_);
    const Inside h = inside(g_.horizontal, phase.column, g_.width, columns_);
    for (std::int64_t r = 0; r < v.count; ++r) {
      const float* from = x + (v.first + r * g_.vertical.stride) * row + h.first * g_.channels;
      float* to = planes + ((v.at + r) * columns_ + h.at) * pixel;
      if (g_.multiplier == 1) {
        copy_pixels(pixel, h.count, from, g_.horizontal.stride * g_.channels, to, pixel);
        continue;
      }
      for (std::int64_t c = 0; c < h.count; ++c, from += g_.horizontal.stride * g_.channels) {
        for (std::int64_t k = 0; k < g_.channels; ++k, to += g_.multiplier) std::fill_n(to, g_.multiplier, from[k]);
      }
    }
    planes += plane_;
  }
}

void Planes::take_output(const float* plane, float* y) const {
  const std::int64_t row = g_.horizontal.output * g_.outputs();
  for (std::int64_t r = 0; r < g_.vertical.output; ++r) {
    std::copy_n(plane + r * columns_ * g_.outputs(), row, y + r * row);
  }
}

void Planes::put_output(const float* y, float* plane) const {
  const std::int64_t row = g_.horizontal.output * g_.outputs();
  for (std::int64_t r = 0; r < g_.vertical.output; ++r) {
    std::copy_n(y + r * row, row, plane + r * columns_ * g_.outputs());
  }
}

void Planes::take_gradient(const Phase& phase, const float* plane, float* dx) const {
  const std::int64_t pixel = g_.outputs(), row = g_.width * g_.channels;
  const Inside v = inside(g_.vertical, phase.row, g_.height, rows_);
  const Inside h = inside(g_.horizontal, phase.column, g_.width, columns_);
  for (std::int64_t r = 0; r < v.count; ++r) {
    const float* from = plane + ((v.at + r) * columns_ + h.at) * pixel;
    float* to = dx + (v.first + r * g_.vertical.stride) * row + h.first * g_.channels;
    if (g_.multiplier == 1) {
      copy_pixels(pixel, h.count, from, pixel, to, g_.horizontal.stride * g_.channels);
      continue;
    }
    for (std::int64_t c = 0; c < h.count; ++c, to += g_.horizontal.stride * g_.channels) {
      for (std::int64_t k = 0; k < g_.channels; ++k, from += g_.multiplier) {
        to[k] = std::accumulate(from, from + g_.multiplier, 0.0F);
      }
    }
  }
}

void Planes::take_gradients(const float* planes, float* dx) const {
  for (const Phase& phase : phases_) {
    take_gradient(phase, planes, dx);
    planes += plane_;
  }
}

}  // namespace mirim::simd
