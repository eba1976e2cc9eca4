#pragma once

#include "mirim/exec/int8/kernels.hpp"

/// The loops of Kernels over the primitives of an instruction set. `Set` has
///   lanes, flip, registers (of vectors)
///   Sums: a vector of int32; X: bytes of the input, W: bytes of weights, four in each lane; Scale: Rescale's of a
///   vector load_sums(p), broadcast(p): the same four bytes for each lane; load_x(p), load_w(p) dot(sums, x, w):
///   sums[lane] += sum over the lane's four of x * w load_scale(rescale, channel), rescaled(sums, scale): before the
///   clamp store(y, count, sums, min, max): clamps, the first `count` lanes widen(x, count): int8 to int32; plus(a, b),
///   minus(a, b), filled(value) interleave(rows, at, count, to): lane l gets rows[0..3][at + l] ^ flip; writes 4 *
///   lanes bytes copy(from, to, count): flipped
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

  /// `rows` rows of x times `vectors` vectors of channels, from channel vector `n`.
  template <int rows, int vectors>
  static void tile(const Product& p, const int8_t* x, int64_t step, int64_t n, int8_t* y) {
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
        for (int v = 0; v < vectors; ++v) w[v] = Set::load_w(weights + v * vector_bytes);
        for (int m = 0; m < rows; ++m) {
          const auto four = Set::broadcast(from + m * step);
          for (int v = 0; v < vectors; ++v) sums[m][v] = Set::dot(sums[m][v], four, w[v]);
        }
      }
    }
    for (int v = 0; v < vectors; ++v) {
      const int64_t channel = (n + v) * lanes;
      const auto scale = Set::load_scale(p.rescale, channel);
      for (int m = 0; m < rows; ++m) {
        Set::store(y + m * p.channels + channel, least(lanes, p.channels - channel), Set::rescaled(sums[m][v], scale),
                   p.rescale.min, p.rescale.max);
      }
    }
  }

  /// All rows for some vectors of channels, as many at a time as there are registers for.
  template <int vectors>
  static void columns(const Product& p, const int8_t* x, int64_t step, int64_t rows, int64_t n, int8_t* y) {
    constexpr int kAtOnce = Set::registers == 32 && vectors <= 2 ? 8 : Set::registers == 32 || vectors <= 2 ? 4 : 2;
    const auto next = [&](int done) {
      x += done * step;
      y += done * p.channels;
      rows -= done;
    };
    for (; rows >= kAtOnce; next(kAtOnce)) tile<kAtOnce, vectors>(p, x, step, n, y);
    if (kAtOnce > 4 && rows >= 4) tile<4, vectors>(p, x, step, n, y), next(4);
    if (kAtOnce > 2 && rows >= 2) tile<2, vectors>(p, x, step, n, y), next(2);
    if (rows >= 1) tile<1, vectors>(p, x, step, n, y);
  }

  static void product(const Product& p, const int8_t* x, int64_t step, int64_t rows, int8_t* y) {
    const int64_t vectors = (p.channels + lanes - 1) / lanes;
    int64_t n = 0;
    if (rows == 1) {  // bound by reading the weights: many streams at once
      for (; n + 8 <= vectors; n += 8) tile<1, 8>(p, x, step, n, y);
    }
    for (; n + 4 <= vectors; n += 4) columns<4>(p, x, step, rows, n, y);
    for (; n + 2 <= vectors; n += 2) columns<2>(p, x, step, rows, n, y);
    for (; n < vectors; ++n) columns<1>(p, x, step, rows, n, y);
  }

  /// One row of outputs for one vector of channels; `line` holds the columns of the window's rows.
  static void depthwise_row(const Depthwise& d, int64_t groups, const int8_t* weights, int64_t channel, int8_t* y) {
    const Windows& w = d.windows;
    const auto scale = Set::load_scale(d.rescale, channel);
    const Sums bias = Set::load_sums(d.bias + channel);
    const int64_t count = least(lanes, w.channels - channel);
    const int64_t step = w.stride_width * groups * kColumnBytes, tap = w.dilation_width * groups * kColumnBytes;
    const int8_t* at = d.line;
    if (groups == 1 && w.filter_width == 3) {
      const auto w0 = Set::load_w(weights), w1 = Set::load_w(weights + 4 * lanes),
                 w2 = Set::load_w(weights + 8 * lanes);
      for (int64_t x = 0; x < w.output_width; ++x, at += step, y += w.channels) {
        Sums sums = Set::dot(bias, Set::load_x(at), w0);
        sums = Set::dot(sums, Set::load_x(at + tap), w1);
        sums = Set::dot(sums, Set::load_x(at + 2 * tap), w2);
        Set::store(y, count, Set::rescaled(sums, scale), d.rescale.min, d.rescale.max);
      }
      return;
    }
    for (int64_t x = 0; x < w.output_width; ++x, at += step, y += w.channels) {
      Sums sums = bias;
      for (int64_t g = 0; g < groups; ++g) {
        for (int64_t j = 0; j < w.filter_width; ++j) {
          sums = Set::dot(sums, Set::load_x(at + j * tap + g * kColumnBytes),
                          Set::load_w(weights + (g * w.filter_width + j) * 4 * lanes));
        }
      }
      Set::store(y, count, Set::rescaled(sums, scale), d.rescale.min, d.rescale.max);
    }
  }

  /// For each row of outputs: the window's rows, four of them together for each column, then the dot products.
  static void depthwise(const Depthwise& d, const int8_t* x, int8_t* y) {
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
        depthwise_row(d, groups, weights, channel, y + channel);
        weights += groups * w.filter_width * 4 * lanes;
      }
    }
  }

  static void add(const Addition& a, const int8_t* x1, const int8_t* x2, int8_t* y, int64_t count) {
    const auto scale1 = Set::load_scale(a.scale1, 0), scale2 = Set::load_scale(a.scale2, 0);
    const auto scale = Set::load_scale(a.scale, 0);
    const Sums offset1 = Set::filled(a.offset1), offset2 = Set::filled(a.offset2);
    for (int64_t i = 0; i < count; i += lanes) {
      const int64_t some = least(lanes, count - i);
      const Sums left = Set::rescaled(Set::plus(Set::widen(x1 + i, some), offset1), scale1);
      const Sums right = Set::rescaled(Set::plus(Set::widen(x2 + i, some), offset2), scale2);
      const Sums sum = a.subtract ? Set::minus(left, right) : Set::plus(left, right);
      Set::store(y + i, some, Set::rescaled(sum, scale), a.scale.min, a.scale.max);
    }
  }
};

}  // namespace
}  // namespace mirim::int8
