// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/isa/short_rescale.hpp"
#include "mirim/micro/isa/winograd_blocks.hpp"
#include "mirim/micro/requantize.hpp"
#include "mirim/micro/simd32.hpp"
#include "mirim/micro/unroll.hpp"

/// An int8 convolution of 3x3 filters with stride 1 by Winograd's F(2x2, 3x3) (Lavin and Gray, arXiv 1509.09308): a
/// tile of 2x2 outputs takes 16 products a channel instead of 36.
///
/// It is exact. Filters are doubled along both axes, U = G w G' with G = (2 0 0; 1 1 1; 1 -1 1; 0 0 2), when the model
/// is compiled: |U| <= 9 * 128. Inputs become V = B' d B, |V| <= 4 * 128. Both fit 16 bits. The sums over channels of U
/// * V, transformed by A, are four times the outputs' sums: the division by 4 has no rest. Sums between may wrap.
///
/// Two tiles at a time: their V are made for all channels, then for four filters at a time the 16 sums and the outputs.
/// Inputs outside the image are the zero point, which so is in the bias everywhere.
///
/// Order of `packed` for each four filters (`pack_conv2d_winograd` in mirim/offers): U in the order of
/// isa/winograd_blocks.hpp, of four channels first the even ones and then the odd ones; twice the bias of each filter;
/// the multiplier of each; one word with ShortRescale::right of each, the first in the lowest bits.
namespace mirim {
namespace micro {
inline namespace v0 {

/// input [batches, input_height, input_width, input_channels], output [batches, output_height, output_width,
/// output_channels]; channels in 16s, output channels in fours.
struct Conv2dWinogradParams {
  int32_t batches;
  int32_t input_height;
  int32_t input_width;
  int32_t input_channels;
  int32_t output_height;
  int32_t output_width;
  int32_t output_channels;
  int32_t padding_top;
  int32_t padding_left;
  int32_t input_offset;   ///< minus the input's zero point
  int32_t output_offset;  ///< the output's zero point
  int32_t activation_min;
  int32_t activation_max;
};

template <class V>
constexpr void fields(V&& v, const Conv2dWinogradParams& p) {
  v("batches", p.batches);
  v("input_height", p.input_height);
  v("input_width", p.input_width);
  v("input_channels", p.input_channels);
  v("output_height", p.output_height);
  v("output_width", p.output_width);
  v("output_channels", p.output_channels);
  v("padding_top", p.padding_top);
  v("padding_left", p.padding_left);
  v("input_offset", p.input_offset);
  v("output_offset", p.output_offset);
  v("activation_min", p.activation_min);
  v("activation_max", p.activation_max);
}

/// V of two tiles, the sums, and a pixel of zero points.
constexpr int32_t winograd_scratch_bytes(const Conv2dWinogradParams& p) {
  return 4 * (kWinogradPlaces * p.input_channels + kWinogradSums) + p.input_channels;
}

/// V of two channels, each in a half, of a tile's 16 pixels, to every `step`-th word of `to`.
inline void transform_tile(const uint32_t* pixels, uint32_t* to, int32_t step) {
  uint32_t t[16];
  MIRIM_UNROLL(4)
  for (int j = 0; j < 4; ++j) {
    const uint32_t d0 = pixels[j], d1 = pixels[4 + j], d2 = pixels[8 + j], d3 = pixels[12 + j];
    t[j] = subtract_halves(d0, d2), t[4 + j] = add_halves(d1, d2);
    t[8 + j] = subtract_halves(d2, d1), t[12 + j] = subtract_halves(d1, d3);
  }
  MIRIM_UNROLL(4)
  for (int i = 0; i < 16; i += 4, to += 4 * step) {
    to[0] = subtract_halves(t[i], t[i + 2]), to[step] = add_halves(t[i + 1], t[i + 2]);
    to[2 * step] = subtract_halves(t[i + 2], t[i + 1]), to[3 * step] = subtract_halves(t[i + 1], t[i + 3]);
  }
}

/// V of all channels of a tile, whose pixels are at `pixels`. `to`: its first word.
[[gnu::noinline]] inline void transform_channels(const int8_t* const* pixels, int32_t channels, uint32_t* to) {
  for (int32_t c = 0; c < channels; c += 4, to += 2 * kWinogradTiles) {
    uint32_t even[16], odd[16];
    MIRIM_UNROLL(4)
    for (int i = 0; i < 16; ++i) {
      const uint32_t bytes = load_word(pixels[i] + c);
      even[i] = even_bytes(bytes), odd[i] = odd_bytes(bytes);
    }
    transform_tile(even, to, channels);
    transform_tile(odd, to + kWinogradTiles, channels);
  }
}

/// Where the outputs of a tile go: [0][0], [0][1], [1][0], [1][1]. One that is not there has the place of another that
/// is written after it: they are written from the last to the first.
struct WinogradOutputs {
  int8_t* of[4];
};

/// The outputs of filter `o` for one tile. `m`: its sums, every eighth.
inline void finish_tile(const int32_t* m, int32_t twice_bias, const ShortRescale& rescale,
                        const WinogradOutputs& outputs, int32_t o) {
  const auto sum = [](int32_t a, int32_t b) { return wrapping_add(a, b); };
  const auto difference = [](int32_t a, int32_t b) {
    return static_cast<int32_t>(static_cast<uint32_t>(a) - static_cast<uint32_t>(b));
  };
  constexpr int32_t kStep = kWinogradFilters * kWinogradTiles;
  int32_t upper[4], lower[4];
  MIRIM_UNROLL(4)
  for (int j = 0; j < 4; ++j) {
    const int32_t m0 = m[j * kStep], m1 = m[(4 + j) * kStep], m2 = m[(8 + j) * kStep], m3 = m[(12 + j) * kStep];
    upper[j] = sum(sum(m0, m1), m2), lower[j] = difference(difference(m1, m2), m3);
  }
  const auto store = [&](int place, int32_t four_times) {
    outputs.of[place][o] = static_cast<int8_t>(rescale.result(wrapping_add(twice_bias, four_times >> 1)));
  };
  store(3, difference(difference(lower[1], lower[2]), lower[3]));
  store(2, sum(sum(lower[0], lower[1]), lower[2]));
  store(1, difference(difference(upper[1], upper[2]), upper[3]));
  store(0, sum(sum(upper[0], upper[1]), upper[2]));
}

/// The outputs of four filters, from o on, for both tiles, the second first.
[[gnu::noinline]] inline void finish_tiles(const int32_t* sums, const uint32_t* finish, int32_t output_offset,
                                           const WinogradOutputs* outputs, int32_t o) {
  for (int f = 0; f < kWinogradFilters; ++f, sums += kWinogradTiles) {
    const auto twice_bias = static_cast<int32_t>(finish[f]);
    const auto rescale =
        ShortRescale::of(static_cast<int32_t>(finish[kWinogradFilters + f]),
                         static_cast<int32_t>(finish[2 * kWinogradFilters] >> (8 * f) & 0xff), output_offset);
    MIRIM_UNROLL(1)
    for (int tile = kWinogradTiles - 1; tile >= 0; --tile) {
      finish_tile(sums + tile, twice_bias, rescale, outputs[tile], o + f);
    }
  }
}

/// The pixels of the tile whose first output is [y, x], and where its outputs go.
[[gnu::noinline]] inline void place_tile(const Conv2dWinogradParams& p, const int8_t* image, const int8_t* zeros,
                                         int32_t y, int32_t x, int8_t* output, const int8_t** pixels,
                                         WinogradOutputs& outputs) {
  for (int i = 0; i < 4; ++i) {
    const int32_t row = y - p.padding_top + i;
    for (int j = 0; j < 4; ++j) {
      const int32_t column = x - p.padding_left + j;
      const bool inside = row >= 0 && row < p.input_height && column >= 0 && column < p.input_width;
      pixels[4 * i + j] = inside ? image + (row * p.input_width + column) * p.input_channels : zeros;
    }
  }
  int8_t* const first = output + (y * p.output_width + x) * p.output_channels;
  const int32_t right = x + 1 < p.output_width ? p.output_channels : 0;
  const int32_t down = y + 1 < p.output_height ? p.output_width * p.output_channels : 0;
  outputs.of[0] = first, outputs.of[1] = first + right, outputs.of[2] = first + down;
  outputs.of[3] = first + down + right;
}

/// All outputs. `scratch`: winograd_scratch_bytes.
inline void conv2d_winograd(const Conv2dWinogradParams& p, const int8_t* input, const uint32_t* packed,
                            uint32_t* scratch, int8_t* output) {
  uint32_t* const transformed = scratch;
  int32_t* const sums = reinterpret_cast<int32_t*>(scratch + kWinogradPlaces * p.input_channels);
  int8_t* const zeros = reinterpret_cast<int8_t*>(sums + kWinogradSums);
  for (int32_t c = 0; c < p.input_channels; ++c) zeros[c] = static_cast<int8_t>(-p.input_offset);
  for (int32_t b = 0; b < p.batches; ++b) {
    for (int32_t y = 0; y < p.output_height; y += 2) {
      for (int32_t x = 0; x < p.output_width; x += 2 * kWinogradTiles) {
        WinogradOutputs outputs[kWinogradTiles];
        for (int32_t tile = 0; tile < kWinogradTiles; ++tile) {
          const int8_t* pixels[16];
          const int32_t column = x + 2 * tile < p.output_width ? x + 2 * tile : x;
          place_tile(p, input, zeros, y, column, output, pixels, outputs[tile]);
          transform_channels(pixels, p.input_channels, transformed + tile);
        }
        const uint32_t* weights = packed;
        for (int32_t o = 0; o < p.output_channels; o += kWinogradFilters) {
          weights = winograd_block(weights, transformed, sums, p.input_channels);
          finish_tiles(sums, weights, p.output_offset, outputs, o);
          weights += 2 * kWinogradFilters + 1;
        }
        if (p.activation_min == -128 && p.activation_max == 127) continue;
        for (const WinogradOutputs& tile : outputs) {
          for (int8_t* pixel : tile.of) clamp_results(pixel, p.output_channels, p.activation_min, p.activation_max);
        }
      }
    }
    input += p.input_height * p.input_width * p.input_channels;
    output += p.output_height * p.output_width * p.output_channels;
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
