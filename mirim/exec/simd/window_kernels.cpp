#include "mirim/exec/simd/window_kernels.hpp"

#include <algorithm>

// One copy of this file for each instruction set: Highway includes it again for each.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "mirim/exec/simd/window_kernels.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace mirim::simd::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

HWY_ALIGN constexpr float kZeros[16] = {};

// The three rows of a window, from their first pixel; outside of the image a row is zeros everywhere.
struct Rows {
  const float* at[3];
  std::int64_t pixel[3];  // floats from pixel to pixel
};
Rows rows_under(const ChannelWindows& g, const float* image, std::int64_t output) {
  Rows rows;
  for (std::int64_t i = 0; i < 3; ++i) {
    const std::int64_t row = g.vertical.start(output) + i * g.vertical.dilation;
    const bool is_inside = row >= 0 && row < g.height;
    rows.at[i] = is_inside ? image + row * g.width * g.channels : kZeros;
    rows.pixel[i] = is_inside ? g.channels : 0;
  }
  return rows;
}

// The outputs [begin, end) of a row whose windows have all their columns.
struct Whole {
  std::int64_t begin, end;
};
Whole whole_windows(const Window& w, std::int64_t size) {
  const std::int64_t room = size + w.before - ((w.filter - 1) * w.dilation + 1);
  const std::int64_t end = room >= 0 ? std::min(room / w.stride + 1, w.output) : 0;
  return {std::min((w.before + w.stride - 1) / w.stride, end), end};
}

// One row of outputs for the channels from `channel` that fill a vector.
template <class D>
HWY_INLINE void row_3x3(D d, const ChannelWindows& g, const Rows& rows, const Whole& whole, const float* weights,
                        const float* bias, std::int64_t channel, float* y) {
  const Window h = g.horizontal;
  const std::int64_t channels = g.channels, width = g.width;
  const float* w = weights + channel;
  const auto w00 = hn::LoadU(d, w), w01 = hn::LoadU(d, w + channels), w02 = hn::LoadU(d, w + 2 * channels);
  w += 3 * channels;
  const auto w10 = hn::LoadU(d, w), w11 = hn::LoadU(d, w + channels), w12 = hn::LoadU(d, w + 2 * channels);
  w += 3 * channels;
  const auto w20 = hn::LoadU(d, w), w21 = hn::LoadU(d, w + channels), w22 = hn::LoadU(d, w + 2 * channels);
  const auto last = hn::LoadU(d, bias + channel);
  const auto least = hn::Set(d, g.least), most = hn::Set(d, g.most);
  // Rows outside are read from the first pixel's zeros, or are zeros anyway.
  const float* r0 = rows.at[0] + (rows.pixel[0] ? channel : 0);
  const float* r1 = rows.at[1] + (rows.pixel[1] ? channel : 0);
  const float* r2 = rows.at[2] + (rows.pixel[2] ? channel : 0);
  const std::int64_t p0 = rows.pixel[0], p1 = rows.pixel[1], p2 = rows.pixel[2];
  const auto put = [&](std::int64_t o, const float* x00, const float* x01, const float* x02, const float* x10,
                       const float* x11, const float* x12, const float* x20, const float* x21, const float* x22)
                       HWY_ATTR {
                         auto s = hn::Mul(hn::LoadU(d, x00), w00);
                         s = hn::Add(s, hn::Mul(hn::LoadU(d, x01), w01));
                         s = hn::Add(s, hn::Mul(hn::LoadU(d, x02), w02));
                         s = hn::Add(s, hn::Mul(hn::LoadU(d, x10), w10));
                         s = hn::Add(s, hn::Mul(hn::LoadU(d, x11), w11));
                         s = hn::Add(s, hn::Mul(hn::LoadU(d, x12), w12));
                         s = hn::Add(s, hn::Mul(hn::LoadU(d, x20), w20));
                         s = hn::Add(s, hn::Mul(hn::LoadU(d, x21), w21));
                         s = hn::Add(s, hn::Mul(hn::LoadU(d, x22), w22));
                         s = hn::Add(s, last);
                         hn::StoreU(hn::Min(most, hn::Max(least, s)), d, y + o * channels + channel);
                       };
  const auto at_border = [&](std::int64_t o) HWY_ATTR __attribute__((always_inline)) {
    const std::int64_t c0 = h.start(o), c1 = c0 + h.dilation, c2 = c1 + h.dilation;
    const auto tap = [width](const float* row, std::int64_t pixel, std::int64_t column) {
      return column >= 0 && column < width ? row + column * pixel : kZeros;
    };
    put(o, tap(r0, p0, c0), tap(r0, p0, c1), tap(r0, p0, c2), tap(r1, p1, c0), tap(r1, p1, c1), tap(r1, p1, c2),
        tap(r2, p2, c0), tap(r2, p2, c1), tap(r2, p2, c2));
  };
  std::int64_t o = 0;
  for (; o < whole.begin; ++o) at_border(o);
  const std::int64_t d0 = p0 * h.dilation, d1 = p1 * h.dilation, d2 = p2 * h.dilation;
  for (; o < whole.end; ++o) {
    const std::int64_t column = h.start(o);
    const float *x0 = r0 + column * p0, *x1 = r1 + column * p1, *x2 = r2 + column * p2;
    put(o, x0, x0 + d0, x0 + 2 * d0, x1, x1 + d1, x1 + 2 * d1, x2, x2 + d2, x2 + 2 * d2);
  }
  for (; o < h.output; ++o) at_border(o);
}

// f(vectors' tag, first channel) for all channels, with the longest vectors that they fill; the last one may repeat
// some channels.
template <class F>
HWY_INLINE void for_each_vector(std::int64_t channels, const F& f) {
  const auto with = [&](auto d) HWY_ATTR __attribute__((always_inline)) {
    const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
    for (std::int64_t c = 0; c < channels; c += lanes) f(d, std::min(c, channels - lanes));
  };
  if (channels >= 16) return with(hn::CappedTag<float, 16>());
  if (channels >= 8) return with(hn::CappedTag<float, 8>());
  if (channels >= 4) return with(hn::CappedTag<float, 4>());
  with(hn::CappedTag<float, 1>());
}

void three_by_three(const ChannelWindows& g, const float* weights, const float* bias, const float* x, float* y) {
  const Whole whole = whole_windows(g.horizontal, g.width);
  for (std::int64_t image = 0; image < g.images; ++image, x += g.height * g.width * g.channels) {
    for (std::int64_t o = 0; o < g.vertical.output; ++o, y += g.horizontal.output * g.channels) {
      const Rows rows = rows_under(g, x, o);
      for_each_vector(g.channels, [&](auto d, std::int64_t channel)
                                      HWY_ATTR { row_3x3(d, g, rows, whole, weights, bias, channel, y); });
    }
  }
}

// The taps [begin, end) of a window that lie inside [0, size).
struct Taps {
  std::int64_t begin, end;
};
Taps inside(const Window& w, std::int64_t output, std::int64_t size) {
  const std::int64_t first = w.start(output), last = size - 1 - first;
  return {first < 0 ? (-first + w.dilation - 1) / w.dilation : 0,
          last < 0 ? 0 : std::min(w.filter, last / w.dilation + 1)};
}

template <class D>
HWY_INLINE void one_output(D d, const ChannelWindows& g, const Taps& rows, const Taps& columns, const float* weights,
                           const float* bias, const float* x, float* y) {
  auto sum = hn::Zero(d);
  for (std::int64_t i = rows.begin; i < rows.end; ++i) {
    const float* at = x + (i * g.vertical.dilation * g.width + columns.begin * g.horizontal.dilation) * g.channels;
    const float* w = weights + (i * g.horizontal.filter + columns.begin) * g.channels;
    for (std::int64_t j = columns.begin; j < columns.end; ++j) {
      sum = hn::Add(sum, hn::Mul(hn::LoadU(d, at), hn::LoadU(d, w)));
      at += g.horizontal.dilation * g.channels;
      w += g.channels;
    }
  }
  sum = hn::Add(sum, hn::LoadU(d, bias));
  hn::StoreU(hn::Min(hn::Set(d, g.most), hn::Max(hn::Set(d, g.least), sum)), d, y);
}

template <class D>
HWY_INLINE void mean_of(D d, const ChannelWindows& g, const Taps& rows, const Taps& columns, const float* x, float* y) {
  auto sum = hn::Zero(d);
  for (std::int64_t i = rows.begin; i < rows.end; ++i) {
    const float* at = x + (i * g.width + columns.begin) * g.channels;
    for (std::int64_t j = columns.begin; j < columns.end; ++j, at += g.channels) sum = hn::Add(sum, hn::LoadU(d, at));
  }
  const auto taps = static_cast<float>((rows.end - rows.begin) * (columns.end - columns.begin));
  const auto value = hn::Div(sum, hn::Set(d, taps));
  hn::StoreU(hn::Min(hn::Set(d, g.most), hn::Max(hn::Set(d, g.least), value)), d, y);
}

// f(vectors' tag, first channel, the window's taps, its corner in x, where its result goes) for all windows.
template <class F>
HWY_INLINE void for_each_window(const ChannelWindows& g, const float* x, float* y, const F& f) {
  const Window &v = g.vertical, &h = g.horizontal;
  for (std::int64_t image = 0; image < g.images; ++image, x += g.height * g.width * g.channels) {
    for (std::int64_t o = 0; o < v.output * h.output; ++o, y += g.channels) {
      const std::int64_t row = o / h.output, column = o % h.output;
      const float* corner = x + (v.start(row) * g.width + h.start(column)) * g.channels;
      const Taps rows = inside(v, row, g.height), columns = inside(h, column, g.width);
      for_each_vector(
          g.channels, [&](auto d, std::int64_t channel) HWY_ATTR
          __attribute__((always_inline)) { f(d, channel, rows, columns, corner + channel, y + channel); });
    }
  }
}

void any_filter(const ChannelWindows& g, const float* weights, const float* bias, const float* x, float* y) {
  for_each_window(
      g, x, y,
      [&](auto d, std::int64_t channel, const Taps& rows, const Taps& columns, const float* corner, float* to) HWY_ATTR
      __attribute__((always_inline)) {
        one_output(d, g, rows, columns, weights + channel, bias + channel, corner, to);
      });
}

void mean(const ChannelWindows& g, const float* x, float* y) {
  for_each_window(
      g, x, y,
      [&](auto d, std::int64_t, const Taps& rows, const Taps& columns, const float* corner, float* to) HWY_ATTR
      __attribute__((always_inline)) { mean_of(d, g, rows, columns, corner, to); });
}

}  // namespace
}  // namespace mirim::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mirim::simd {

HWY_EXPORT(three_by_three);
HWY_EXPORT(any_filter);
HWY_EXPORT(mean);

void depthwise(const ChannelWindows& windows, const float* weights, const float* bias, const float* x, float* y) {
  if (windows.vertical.filter == 3 && windows.horizontal.filter == 3) {
    HWY_DYNAMIC_DISPATCH(three_by_three)(windows, weights, bias, x, y);
  } else {
    HWY_DYNAMIC_DISPATCH(any_filter)(windows, weights, bias, x, y);
  }
}

void average(const ChannelWindows& windows, const float* x, float* y) { HWY_DYNAMIC_DISPATCH(mean)(windows, x, y); }

}  // namespace mirim::simd
#endif  // HWY_ONCE
