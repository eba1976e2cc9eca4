#pragma once

#include "mirim/exec/int8/kernels.hpp"

/// The loops of Kernels over the primitives of an instruction set. `Set` has
/// - lanes, flip, registers (of vectors), floats (whether it rescales in floats)
/// - Sums: a vector of int32; X, W: bytes of the input and of weights, four in each lane
/// - load_sums(p), store_sums(p, sums), load_x(p), load_w(p), broadcast(p): the same four bytes for each lane,
/// prefetch(p)
/// - dot(sums, x, w): sums[lane] += sum over the lane's four of x * w
/// - load_scale(rescale, channel), rescaled(sums, scale): Rescale up to the zero point
/// - pack(a, b, c, d, rescale): zero point and clamp; Packed holds the int8 of four vectors of sums one after the other
/// - put_all(y, packed); put<part>(y, count, packed): the first `count` lanes of a, b, c or d
/// - widen(x, count): int8 to int32; plus(a, b), minus(a, b), filled(value)
/// - interleave(rows, at, count, to): lane l gets rows[0..3][at + l] ^ flip; writes 4 * lanes bytes
/// - copy(from, to, count): flipped
namespace mirim::int8 {
namespace {

constexpr int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

/// The taps [begin, end) of a window at `start` that lie inside [0, size).
struct Inside {
  int64_t begin, end;
};
inline Inside inside(int64_t start, int64_t taps, int64_t dilation, int64_t size) {
  int64_t begin = start < 0 ? -start : 0, end = start < size ? size - start : 0;
  if (dilation > 1) {  // a division takes as long as a small patch
    begin = (begin + dilation - 1) / dilation;
    end = (end + dilation - 1) / dilation;
  }
  return {least(begin, taps), least(end, taps)};
}

template <class Set>
struct Loops {
  using Sums = typename Set::Sums;
  static constexpr int64_t lanes = Set::lanes;
  static constexpr int64_t kAhead = 1024;  ///< bytes: a product of one row waits for its weights

  static void copy(const int8_t* from, int8_t* to, int64_t count) { Set::copy(from, to, count); }

  static void gather(const Windows& w, const int8_t* x, int64_t first, int64_t count, int8_t* patches, int64_t step) {
    const int64_t pixels = w.output_height * w.output_width;
    const int64_t run = w.filter_width * w.channels;
    const int64_t row_bytes = w.width * w.channels;
    const auto outside = static_cast<int8_t>(w.zero_point ^ static_cast<int8_t>(Set::flip));
    int64_t column = first % w.output_width, row = first / w.output_width % w.output_height, image = first / pixels;
    for (int64_t p = 0; p < count; ++p, patches += step) {
      const int64_t top = row * w.stride_height - w.top, left = column * w.stride_width - w.left;
      const Inside rows = inside(top, w.filter_height, w.dilation_height, w.height);
      const Inside columns = inside(left, w.filter_width, w.dilation_width, w.width);
      const bool whole =
          rows.begin == 0 && rows.end == w.filter_height && columns.begin == 0 && columns.end == w.filter_width;
      if (!whole) {
        for (int64_t i = 0; i < w.filter_height * run; ++i) patches[i] = outside;
      }
      const int8_t* from = x + (image * w.height + top) * row_bytes + left * w.channels;
      for (int64_t i = rows.begin; i < rows.end; ++i) {
        const int8_t* line = from + i * w.dilation_height * row_bytes;
        int8_t* to = patches + i * run;
        if (w.dilation_width == 1) {
          Set::copy(line + columns.begin * w.channels, to + columns.begin * w.channels,
                    (columns.end - columns.begin) * w.channels);
          continue;
        }
        for (int64_t j = columns.begin; j < columns.end; ++j) {
          Set::copy(line + j * w.dilation_width * w.channels, to + j * w.channels, w.channels);
        }
      }
      if (++column == w.output_width) {
        column = 0;
        if (++row == w.output_height) row = 0, ++image;
      }
    }
  }

  /// `rows` rows of x times `vectors` vectors of channels, from channel vector `n`; rescaled for int8 y, unchanged for
  /// int32.
  template <int rows, int vectors, class Y>
  static void tile(const Product& p, const int8_t* x, int64_t step, int64_t n, Y* y) {
    Sums sums[rows][vectors];
    for (int v = 0; v < vectors; ++v) {
      const Sums bias = Set::load_sums(p.bias + (n + v) * lanes);
      for (int m = 0; m < rows; ++m) sums[m][v] = bias;
    }
    const int64_t vector_bytes = p.vector_bytes(lanes);
    for (int64_t s = 0; s < p.segments; ++s) {
      const int8_t* weights = p.weights + n * vector_bytes + s * p.packed_fours * 4 * lanes;
      const int8_t* from = x + s * p.segment_step;
      for (int64_t k = 0; k < p.fours; ++k, weights += 4 * lanes, from += 4) {
        typename Set::W w[vectors];
        for (int v = 0; v < vectors; ++v) {
          w[v] = Set::load_w(weights + v * vector_bytes);
          if (rows == 1) Set::prefetch(weights + v * vector_bytes + kAhead);
        }
        for (int m = 0; m < rows; ++m) {
          const auto four = Set::broadcast(from + m * step);
          for (int v = 0; v < vectors; ++v) sums[m][v] = Set::dot(sums[m][v], four, w[v]);
        }
      }
    }
    finish<rows, vectors>(p, sums, n, y);
  }

  template <int rows, int vectors>
  static void finish(const Product& p, Sums (&sums)[rows][vectors], int64_t n, int8_t* y) {
    if constexpr (vectors % 4 == 0) {
      for (int v = 0; v < vectors; v += 4) finish_wide<rows, vectors>(p, sums, v, n, y);
    } else {
      for (int v = 0; v < vectors; ++v) {
        Sums column[rows];
        for (int m = 0; m < rows; ++m) column[m] = sums[m][v];
        finish_column<rows>(p, column, n + v, y);
      }
    }
  }
  template <int rows, int vectors>
  static void finish(const Product& p, Sums (&sums)[rows][vectors], int64_t n, int32_t* y) {
    for (int v = 0; v < vectors; ++v) {
      const int64_t channel = (n + v) * lanes, count = least(lanes, p.channels - channel);
      for (int m = 0; m < rows; ++m) put_sums(sums[m][v], y + m * p.channels + channel, count);
    }
  }
  static void put_sums(const Sums& sums, int32_t* y, int64_t count) {
    if (count == lanes) return Set::store_sums(y, sums);
    int32_t values[kMostLanes];
    Set::store_sums(values, sums);
    for (int64_t i = 0; i < count; ++i) y[i] = values[i];
  }

  /// Four vectors of channels, of every row: they are contiguous in y.
  template <int rows, int vectors>
  static void finish_wide(const Product& p, Sums (&sums)[rows][vectors], int v, int64_t n, int8_t* y) {
    for (int i = v; i < v + 4; ++i) {
      const auto scale = Set::load_scale(p.rescale, (n + i) * lanes);
      for (int m = 0; m < rows; ++m) sums[m][i] = Set::rescaled(sums[m][i], scale);
    }
    const int64_t channel = (n + v) * lanes, count = p.channels - channel;
    y += channel;
    for (int m = 0; m < rows; ++m, y += p.channels) {
      const auto packed = Set::pack(sums[m][v], sums[m][v + 1], sums[m][v + 2], sums[m][v + 3], p.rescale);
      if (count >= 4 * lanes) {
        Set::put_all(y, packed);
      } else {
        Set::template put<0>(y, lanes, packed);
        Set::template put<1>(y + lanes, lanes, packed);
        Set::template put<2>(y + 2 * lanes, lanes, packed);
        Set::template put<3>(y + 3 * lanes, count - 3 * lanes, packed);
      }
    }
  }

  /// One vector of channels, of `rows` rows, in registers or in memory (int32_t).
  template <int rows, class S>
  static void finish_column(const Product& p, const S* sums, int64_t n, int8_t* y) {
    const auto scale = Set::load_scale(p.rescale, n * lanes);
    const int64_t channel = n * lanes, count = least(lanes, p.channels - channel);
    for (int m = 0; m < rows; m += 4) {
      put_rows<(rows < 4 ? rows : 4)>(row(sums, m), scale, p.rescale, y + m * p.channels + channel, p.channels, count);
    }
  }

  static const Sums* row(const Sums* sums, int m) { return sums + m; }
  static const int32_t* row(const int32_t* sums, int m) { return sums + m * lanes; }
  static Sums rescaled(const Sums* sums, const typename Set::Scale& scale) { return Set::rescaled(*sums, scale); }
  static Sums rescaled(const int32_t* sums, const typename Set::Scale& scale) { return Set::rescaled(sums, scale); }

  /// Up to four vectors of sums with the same scale, stored `step` apart.
  template <int rows, class S>
  static void put_rows(const S* sums, const typename Set::Scale& scale, const Rescale& rescale, int8_t* y, int64_t step,
                       int64_t count) {
    Sums s[4];
    for (int m = 0; m < 4; ++m) s[m] = m < rows ? rescaled(row(sums, m), scale) : s[0];
    const auto packed = Set::pack(s[0], s[1], s[2], s[3], rescale);
    Set::template put<0>(y, count, packed);
    if constexpr (rows > 1) Set::template put<1>(y + step, count, packed);
    if constexpr (rows > 2) Set::template put<2>(y + 2 * step, count, packed);
    if constexpr (rows > 3) Set::template put<3>(y + 3 * step, count, packed);
  }

  /// All rows for some vectors of channels, as many at a time as there are registers for.
  template <int vectors, class Y>
  static void columns(const Product& p, const int8_t* x, int64_t step, int64_t rows, int64_t n, Y* y) {
    constexpr int kAtOnce = Set::registers == 32 && vectors <= 2 ? 8 : Set::registers == 32 || vectors <= 2 ? 4 : 2;
    while (rows >= kAtOnce) some<kAtOnce, vectors>(p, x, step, rows, n, y);
    if (kAtOnce > 4 && rows >= 4) some<4, vectors>(p, x, step, rows, n, y);
    if (kAtOnce > 2 && rows >= 2) some<2, vectors>(p, x, step, rows, n, y);
    if (rows >= 1) some<1, vectors>(p, x, step, rows, n, y);
  }

  /// A tile, then the rows after it.
  template <int done, int vectors, class Y>
  static void some(const Product& p, const int8_t*& x, int64_t step, int64_t& rows, int64_t n, Y*& y) {
    tile<done, vectors>(p, x, step, n, y);
    x += done * step;
    y += done * p.channels;
    rows -= done;
  }

  template <class Y>
  static void product(const Product& p, const int8_t* x, int64_t step, int64_t rows, Y* y) {
    const int64_t vectors = (p.channels + lanes - 1) / lanes;
    int64_t n = 0;
    if (rows == 1) {  // bound by reading the weights: many streams at once
      for (; n + 8 <= vectors; n += 8) tile<1, 8>(p, x, step, n, y);
    }
    for (; n + 4 <= vectors; n += 4) columns<4>(p, x, step, rows, n, y);
    for (; n + 2 <= vectors; n += 2) columns<2>(p, x, step, rows, n, y);
    for (; n < vectors; ++n) columns<1>(p, x, step, rows, n, y);
  }

  /// The sums of one output of a depthwise convolution; `at` is its first column.
  struct Taps {
    const Depthwise& d;
    int64_t groups, step, tap;
    const int8_t* weights;
    Sums bias;

    Sums operator()(const int8_t* at) const {
      Sums sums = bias;
      for (int64_t g = 0; g < groups; ++g) {
        for (int64_t j = 0; j < d.windows.filter_width; ++j) {
          sums = Set::dot(sums, Set::load_x(at + j * tap + g * kColumnBytes),
                          Set::load_w(weights + (g * d.windows.filter_width + j) * 4 * lanes));
        }
      }
      return sums;
    }
  };
  /// The usual 3 x 3, its weights in registers.
  struct ThreeTaps {
    explicit ThreeTaps(const Taps& t)
        : tap(t.tap),
          bias(t.bias),
          w0(Set::load_w(t.weights)),
          w1(Set::load_w(t.weights + 4 * lanes)),
          w2(Set::load_w(t.weights + 8 * lanes)) {}
    int64_t tap;
    Sums bias;
    typename Set::W w0, w1, w2;

    Sums operator()(const int8_t* at) const {
      const Sums sums = Set::dot(Set::dot(bias, Set::load_x(at), w0), Set::load_x(at + tap), w1);
      return Set::dot(sums, Set::load_x(at + 2 * tap), w2);
    }
  };

  /// One row of outputs for one vector of channels; `line` holds the columns of the window's rows.
  template <class F>
  static void depthwise_row(const Depthwise& d, int64_t step, int64_t channel, const F& sums_at, int32_t* y) {
    const int64_t channels = d.windows.channels, count = least(lanes, channels - channel);
    const int8_t* at = d.line;
    for (int64_t i = 0; i < d.windows.output_width; ++i, at += step, y += channels) put_sums(sums_at(at), y, count);
  }
  template <class F>
  static void depthwise_row(const Depthwise& d, int64_t step, int64_t channel, const F& sums_at, int8_t* y) {
    const auto scale = Set::load_scale(d.rescale, channel);
    const int64_t channels = d.windows.channels, count = least(lanes, channels - channel);
    const int8_t* at = d.line;
    int64_t left = d.windows.output_width;
    for (; left >= 4; left -= 4, at += 4 * step, y += 4 * channels) {
      const Sums sums[4] = {sums_at(at), sums_at(at + step), sums_at(at + 2 * step), sums_at(at + 3 * step)};
      put_rows<4>(sums, scale, d.rescale, y, channels, count);
    }
    for (; left > 0; --left, at += step, y += channels) {
      const Sums sums = sums_at(at);
      put_rows<1>(&sums, scale, d.rescale, y, channels, count);
    }
  }

  /// For each row of outputs: four of the window's rows interleaved in each column, then the dot products.
  template <class Y>
  static void depthwise(const Depthwise& d, const int8_t* x, Y* y) {
    const Windows& w = d.windows;
    const int64_t groups = (w.filter_height + 3) / 4;
    const int64_t reach = (w.output_width - 1) * w.stride_width + (w.filter_width - 1) * w.dilation_width + 1;
    const int64_t first = least(w.left, reach),
                  last = least(w.left + w.width, reach);  // columns of the image in `line`
    for (int64_t row = 0; row < w.output_height; ++row, y += w.output_width * w.channels) {
      const int64_t top = row * w.stride_height - w.top;
      const int8_t* weights = d.weights;
      for (int64_t channel = 0; channel < w.channels; channel += lanes) {
        const int64_t count = least(lanes, w.channels - channel);
        for (int64_t g = 0; g < groups; ++g) {
          const int8_t* rows[4];
          for (int64_t i = 0; i < 4; ++i) {
            const int64_t at = top + (4 * g + i) * w.dilation_height;
            rows[i] =
                at >= 0 && at < w.height && 4 * g + i < w.filter_height ? x + at * w.width * w.channels : d.outside;
          }
          const int8_t* nothing[4] = {d.outside, d.outside, d.outside, d.outside};
          int8_t* to = d.line + g * kColumnBytes;
          for (int64_t c = 0; c < first; ++c) Set::interleave(nothing, 0, count, to + c * groups * kColumnBytes);
          for (int64_t c = first; c < last; ++c) {
            Set::interleave(rows, (c - w.left) * w.channels + channel, count, to + c * groups * kColumnBytes);
          }
          for (int64_t c = last; c < reach; ++c) Set::interleave(nothing, 0, count, to + c * groups * kColumnBytes);
        }
        const Taps taps{d,
                        groups,
                        w.stride_width * groups * kColumnBytes,
                        w.dilation_width * groups * kColumnBytes,
                        weights,
                        Set::load_sums(d.bias + channel)};
        if (groups == 1 && w.filter_width == 3) {
          depthwise_row(d, taps.step, channel, ThreeTaps(taps), y + channel);
        } else {
          depthwise_row(d, taps.step, channel, taps, y + channel);
        }
        weights += groups * w.filter_width * 4 * lanes;
      }
    }
  }

  static void mean(const Mean& m, const int8_t* x, int8_t* y) {
    const Windows& w = m.windows;
    const int64_t row_bytes = w.width * w.channels;
    for (int64_t image = 0; image < m.images; ++image, x += w.height * row_bytes) {
      for (int64_t i = 0; i < w.output_height * w.output_width; ++i, y += w.channels) {
        const int64_t top = i / w.output_width * w.stride_height - w.top,
                      left = i % w.output_width * w.stride_width - w.left;
        const Inside rows = inside(top, w.filter_height, 1, w.height),
                     columns = inside(left, w.filter_width, 1, w.width);
        const auto taps = static_cast<int32_t>((rows.end - rows.begin) * (columns.end - columns.begin));
        for (int64_t channel = 0; channel < w.channels; channel += lanes) {
          const int64_t count = least(lanes, w.channels - channel);
          Sums sums = Set::filled(0);
          for (int64_t row = rows.begin; row < rows.end; ++row) {
            const int8_t* at = x + (top + row) * row_bytes + (left + columns.begin) * w.channels + channel;
            for (int64_t column = columns.begin; column < columns.end; ++column, at += w.channels) {
              sums = Set::plus(sums, Set::widen(at, count));
            }
          }
          int32_t values[kMostLanes];
          Set::store_sums(values, sums);
          for (int64_t c = 0; c < count; ++c) {
            const int32_t value = (values[c] > 0 ? values[c] + taps / 2 : values[c] - taps / 2) / taps;
            y[channel + c] = static_cast<int8_t>(value < m.min ? m.min : value > m.max ? m.max : value);
          }
        }
      }
    }
  }

  static void add(const Addition& a, const int8_t* x1, const int8_t* x2, int8_t* y, int64_t count) {
    const auto scale1 = Set::load_scale(a.scale1, 0), scale2 = Set::load_scale(a.scale2, 0);
    const auto scale = Set::load_scale(a.scale, 0);
    const Sums offset1 = Set::filled(a.offset1), offset2 = Set::filled(a.offset2);
    const auto sum_at = [&](int64_t i, int64_t some) {
      const Sums left = Set::rescaled(Set::plus(Set::widen(x1 + i, some), offset1), scale1);
      const Sums right = Set::rescaled(Set::plus(Set::widen(x2 + i, some), offset2), scale2);
      return a.subtract ? Set::minus(left, right) : Set::plus(left, right);
    };
    int64_t i = 0;
    for (; i + 4 * lanes <= count; i += 4 * lanes) {
      Sums sums[4];
      for (int v = 0; v < 4; ++v) sums[v] = Set::rescaled(sum_at(i + v * lanes, lanes), scale);
      Set::put_all(y + i, Set::pack(sums[0], sums[1], sums[2], sums[3], a.scale));
    }
    for (; i < count; i += lanes) {
      const int64_t some = least(lanes, count - i);
      const Sums sums = sum_at(i, some);
      put_rows<1>(&sums, scale, a.scale, y + i, 0, some);
    }
  }
};

/// The kernels of a set whose products are those of its vectors.
template <class Set>
constexpr Kernels vector_kernels(const char* name) {
  using L = Loops<Set>;
  return {.name = name,
          .lanes = Set::lanes,
          .fours = 1,
          .flip = Set::flip,
          .slack = 0,
          .floats = Set::floats,
          .narrow = nullptr,
          .gather = &L::gather,
          .copy = &L::copy,
          .product = &L::product,
          .depthwise = &L::depthwise,
          .product_sums = &L::product,
          .depthwise_sums = &L::depthwise,
          .mean = &L::mean,
          .add = &L::add};
}

}  // namespace
}  // namespace mirim::int8
