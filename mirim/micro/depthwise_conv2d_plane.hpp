// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/isa/plane_rows.hpp"
#include "mirim/micro/requantize.hpp"
#include "mirim/micro/simd32.hpp"
#include "mirim/micro/unroll.hpp"
#include "mirim/micro/window.hpp"

/// An int8 depthwise convolution through a plane: one channel at a time is written to scratch as 16-bit numbers, with
/// the input's zero point around it. So there is no border to care for, the zero point is in the bias, and two products
/// take one instruction. A channel's outputs may take the place of its inputs: with a multiplier of 1 and one strip,
/// `output` may be `input`.
///
/// Order of `packed`, for each output channel (`pack_depthwise_plane` in mirim/offers/depthwise_plane_pack.hpp): twice
/// its bias, its multiplier, then bytes: the weights of its filter row by row, ShortRescale::right, and 0 up to a whole
/// word.
namespace mirim {
namespace micro {
inline namespace v0 {

/// input [batches, input_height, input_width, input_channels], output [batches, output_height, output_width,
/// input_channels * depth_multiplier].
struct DepthwisePlaneParams {
  int32_t batches;
  int32_t input_height;
  int32_t input_width;
  int32_t input_channels;
  int32_t filter_height;
  int32_t filter_width;  ///< with the zeros that pack_depthwise_plane puts between dilated columns
  int32_t depth_multiplier;
  int32_t output_height;
  int32_t output_width;
  int32_t stride_height;
  int32_t stride_width;
  int32_t dilation_height;
  int32_t padding_top;
  int32_t padding_left;
  int32_t input_offset;   ///< minus the input's zero point
  int32_t output_offset;  ///< the output's zero point
  int32_t activation_min;
  int32_t activation_max;
  int32_t strip_height;  ///< output rows for which the plane is made at a time; fewer take less scratch
  int32_t transposed;    ///< 1: the plane's rows are the image's columns, so that they are long where those are short
};

template <class V>
constexpr void fields(V&& v, const DepthwisePlaneParams& p) {
  v("batches", p.batches);
  v("input_height", p.input_height);
  v("input_width", p.input_width);
  v("input_channels", p.input_channels);
  v("filter_height", p.filter_height);
  v("filter_width", p.filter_width);
  v("depth_multiplier", p.depth_multiplier);
  v("output_height", p.output_height);
  v("output_width", p.output_width);
  v("stride_height", p.stride_height);
  v("stride_width", p.stride_width);
  v("dilation_height", p.dilation_height);
  v("padding_top", p.padding_top);
  v("padding_left", p.padding_left);
  v("input_offset", p.input_offset);
  v("output_offset", p.output_offset);
  v("activation_min", p.activation_min);
  v("activation_max", p.activation_max);
  v("strip_height", p.strip_height);
  v("transposed", p.transposed);
}

/// The same layer of the transposed image, for filters that are transposed too.
constexpr DepthwisePlaneParams transposed_plane(const DepthwisePlaneParams& p) {
  DepthwisePlaneParams t = p;
  t.input_height = p.input_width, t.input_width = p.input_height;
  t.filter_height = p.filter_width, t.filter_width = p.filter_height;
  t.output_height = p.output_width, t.output_width = p.output_height;
  t.stride_height = p.stride_width, t.stride_width = p.stride_height;
  t.padding_top = p.padding_left, t.padding_left = p.padding_top;
  return t;
}

/// How the scratch is used: sums, then the words of a filter (3x3 ones need none), then the plane.
struct PlaneLayout {
  bool three;             ///< 3x3 with the stride 1 or 2: plane_rows_3x3
  int32_t columns;        ///< outputs of a row, rounded up to what is computed together
  int32_t rows_together;  ///< output rows whose sums wait for their rescaling
  int32_t filter_words;
  int32_t height;
  int32_t pitch;

  static constexpr PlaneLayout of(const DepthwisePlaneParams& p) {
    const bool three = p.filter_height == 3 && p.filter_width == 3 && p.dilation_height == 1 &&
                       p.stride_height == p.stride_width && p.stride_width <= 2;
    const int32_t together = three ? 2 : 4;
    const int32_t columns = (p.output_width + together - 1) / together * together;
    const int32_t rows = columns < 128 ? 128 / columns : 1;
    const int32_t row_words = (p.filter_width + 1) / 2;
    return {three, columns, rows < p.strip_height ? rows : p.strip_height, three ? 0 : p.filter_height * row_words,
            (p.strip_height - 1) * p.stride_height + (p.filter_height - 1) * p.dilation_height + 1,
            // One more number in each row where the last pair of weights has only one, but for 3x3 with stride 1.
            ((columns - 1) * p.stride_width + (three && p.stride_width == 1 ? 3 : 2 * row_words) + 1) / 2 * 2};
  }
  constexpr int32_t sums() const { return rows_together * columns; }
};

constexpr int32_t depthwise_plane_scratch_bytes(const DepthwisePlaneParams& p) {
  const PlaneLayout layout = PlaneLayout::of(p.transposed ? transposed_plane(p) : p);
  return 4 * (layout.sums() + layout.filter_words) + 2 * layout.height * layout.pitch;
}

/// Words of an output channel in `packed`.
constexpr int32_t depthwise_plane_channel_words(const DepthwisePlaneParams& p) {
  return 2 + (p.filter_height * p.filter_width + 1 + 3) / 4;
}

/// The weights of a filter as 16-bit numbers, each row of whole words.
inline void widen_plane_filter(const DepthwisePlaneParams& p, const int8_t* weights, uint32_t* to) {
  const auto pair = [](int32_t low, int32_t high) {
    return (static_cast<uint32_t>(low) & 0xffff) | static_cast<uint32_t>(high) << 16;
  };
  for (int32_t i = 0; i < p.filter_height; ++i, weights += p.filter_width) {
    int32_t j = 0;
    MIRIM_UNROLL(1)
    for (; j + 1 < p.filter_width; j += 2) *to++ = pair(weights[j], weights[j + 1]);
    if (j < p.filter_width) *to++ = pair(weights[j], 0);
  }
}

/// Where a strip's rows are. Of the input those under the plane, from its top: `before` rows outside the image, then
/// two runs of rows in memory (the second continues where a ring begins again; its count may be 0), then rows outside.
struct PlaneMemory {
  int32_t before;
  const int8_t* rows[2];
  int32_t count[2];
  int32_t row_bytes;
  int32_t column_bytes;
  int8_t* output;
  int32_t output_row_bytes;
  int32_t output_column_bytes;
};

inline void clamp_plane_outputs(const DepthwisePlaneParams& p, const PlaneSums& s) {
  for (int32_t y = 0; y < s.rows; ++y) {
    MIRIM_UNROLL(1)
    for (int32_t x = 0; x < s.columns; ++x) {
      clamp_results(s.output + y * s.row_bytes + x * s.step, 1, p.activation_min, p.activation_max);
    }
  }
}

/// One strip: p.strip_height output rows. Takes no notice of p.transposed.
[[gnu::noinline]] inline void depthwise_plane_strip(const DepthwisePlaneParams& p, const PlaneMemory& memory,
                                                    const uint32_t* packed, uint32_t* scratch) {
  const PlaneLayout layout = PlaneLayout::of(p);
  int32_t* const sums = reinterpret_cast<int32_t*>(scratch);
  uint32_t* const weights = scratch + layout.sums();
  uint32_t* const plane_words = weights + layout.filter_words;
  int16_t* const plane = reinterpret_cast<int16_t*>(plane_words);
  const uint32_t zero = both_halves(-p.input_offset);
  MIRIM_UNROLL(4)
  for (int32_t n = layout.height * layout.pitch / 2, i = 0; i < n; ++i) plane_words[i] = zero;

  const int32_t filter_size = p.filter_height * p.filter_width;
  const int32_t channel_words = depthwise_plane_channel_words(p);
  const TapRange inside = taps_inside(-p.padding_left, layout.pitch, 1, p.input_width);
  const int32_t first_byte = (inside.begin - p.padding_left) * memory.column_bytes;

  PlaneFill fills[2];
  int32_t row = memory.before;
  for (int i = 0; i < 2; row += memory.count[i++]) {
    fills[i].from = memory.rows[i] + first_byte;
    fills[i].step = memory.column_bytes, fills[i].row_bytes = memory.row_bytes;
    fills[i].to = plane + row * layout.pitch + inside.begin, fills[i].pitch = layout.pitch;
    fills[i].rows = memory.count[i], fills[i].columns = inside.end - inside.begin;
  }
  PlaneRows r = {};
  r.pitch = layout.pitch, r.sums = sums, r.columns = layout.columns;
  r.stride_height = p.stride_height, r.stride_width = p.stride_width;
  r.filter_height = p.filter_height, r.filter_words = (p.filter_width + 1) / 2;
  r.dilation_height = p.dilation_height;
  PlaneSums s = {};
  s.sums = sums, s.step = memory.output_column_bytes;
  // Rows of sums, and those of outputs, follow each other without a gap.
  const bool joined =
      layout.columns == p.output_width && memory.output_row_bytes == p.output_width * memory.output_column_bytes;
  for (int32_t channel = 0; channel < p.input_channels; ++channel) {
    for (PlaneFill& fill : fills) {
      fill_plane(fill);
      ++fill.from;
    }
    for (int32_t o = channel * p.depth_multiplier, end = o + p.depth_multiplier; o < end; ++o) {
      const int8_t* bytes = reinterpret_cast<const int8_t*>(packed + 2);
      if (!layout.three) widen_plane_filter(p, bytes, weights);
      s.twice_bias = static_cast<int32_t>(packed[0]);
      const auto rescale = ShortRescale::of(static_cast<int32_t>(packed[1]), bytes[filter_size], p.output_offset);
      packed += channel_words;
      s.output = memory.output + o;
      for (int32_t y = 0; y < p.strip_height; y += r.rows) {
        r.plane = plane + y * p.stride_height * layout.pitch;
        r.rows = min(layout.rows_together, p.strip_height - y);
        if (!layout.three) {
          plane_rows(r, weights);
        } else if (p.stride_width == 1) {
          plane_rows_3x3<1>(r, bytes);
        } else {
          plane_rows_3x3<2>(r, bytes);
        }
        s.rows = joined ? 1 : r.rows, s.columns = joined ? r.rows * p.output_width : p.output_width;
        s.pitch = joined ? s.columns : layout.columns;
        s.row_bytes = memory.output_row_bytes;
        finish_plane_sums(s, rescale);
        if (p.activation_min != -128 || p.activation_max != 127) clamp_plane_outputs(p, s);
        s.output += r.rows * memory.output_row_bytes;
      }
    }
  }
}

/// All outputs. `scratch`: depthwise_plane_scratch_bytes. A transposed layer is not dilated.
inline void depthwise_conv2d_plane(const DepthwisePlaneParams& p, const int8_t* input, const uint32_t* packed,
                                   uint32_t* scratch, int8_t* output) {
  const int32_t outputs = p.input_channels * p.depth_multiplier;
  const int32_t input_row = p.input_width * p.input_channels, output_row = p.output_width * outputs;
  DepthwisePlaneParams strip = p.transposed ? transposed_plane(p) : p;
  PlaneMemory memory = {};
  memory.row_bytes = p.transposed ? p.input_channels : input_row;
  memory.column_bytes = p.transposed ? input_row : p.input_channels;
  memory.output_row_bytes = p.transposed ? outputs : output_row;
  memory.output_column_bytes = p.transposed ? output_row : outputs;
  for (int32_t b = 0; b < p.batches; ++b, input += p.input_height * input_row, output += p.output_height * output_row) {
    for (int32_t y = 0; y < strip.output_height; y += p.strip_height) {
      strip.strip_height = min(p.strip_height, strip.output_height - y);
      const int32_t top = y * strip.stride_height - strip.padding_top;
      const TapRange inside = taps_inside(top, PlaneLayout::of(strip).height, 1, strip.input_height);
      memory.before = inside.begin, memory.count[0] = inside.end - inside.begin;
      memory.rows[0] = memory.rows[1] = input + (top + inside.begin) * memory.row_bytes;
      memory.output = output + y * memory.output_row_bytes;
      depthwise_plane_strip(strip, memory, packed, scratch);
    }
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
