#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "mirim/micro/conv2d.hpp"
#include "mirim/micro/conv2d_paired.hpp"
#include "mirim/micro/depthwise_conv2d.hpp"
#include "mirim/micro/depthwise_conv2d_fours.hpp"
#include "mirim/micro/depthwise_conv2d_plane.hpp"
#include "mirim/offers/conv2d_paired_pack.hpp"
#include "mirim/offers/depthwise_fours_pack.hpp"
#include "mirim/offers/depthwise_plane_pack.hpp"

/// Random layers with the outputs of the plain kernels, which are the judges of those in mirim/offers.
namespace mirim::test {

// std::mt19937 has the same numbers everywhere; the library's distributions have not.
struct CaseRandom : std::mt19937 {
  using std::mt19937::mt19937;
  std::int32_t between(std::int32_t low, std::int32_t high) {
    const auto count = static_cast<std::uint32_t>(static_cast<std::int64_t>(high) - low + 1);
    return static_cast<std::int32_t>(low + static_cast<std::int64_t>((*this)() % count));
  }
  bool one_in(std::int32_t n) { return between(1, n) == 1; }
};

/// Random, or all at one end, or at both.
inline std::vector<std::int8_t> case_bytes(CaseRandom& random, std::int64_t count, std::int32_t least) {
  const std::int32_t kind = random.between(0, 7);
  std::vector<std::int8_t> bytes(static_cast<std::size_t>(count));
  for (std::int8_t& b : bytes) {
    std::int32_t value = random.between(least, 127);
    if (kind == 0) value = 127;
    if (kind == 1) value = least;
    if (kind == 2) value = random.one_in(2) ? 127 : least;
    b = static_cast<std::int8_t>(value);
  }
  return bytes;
}

/// Biases and scales; a scale's shift is about that of outputs which use int8's range.
struct CaseScales {
  CaseScales(CaseRandom& random, std::int32_t channels, std::int32_t taps) {
    stride = random.between(0, 1);
    int magnitude = -6;
    for (std::int32_t n = taps; n > 1; n /= 4) --magnitude;
    for (std::int32_t c = 0; c < channels; ++c) {
      bias.push_back(random.between(-20'000, 20'000));
      multiplier.push_back(random.between(1 << 30, std::numeric_limits<std::int32_t>::max()));
      shift.push_back(random.one_in(10) ? random.between(-20, -1)
                                        : std::clamp(random.between(magnitude - 3, magnitude + 2), -20, -1));
    }
    if (random.one_in(10)) multiplier[0] = 1 << 30;  // ties of the first rounding
    if (random.one_in(20)) multiplier[0] = 0;
    if (random.one_in(10)) bias.clear();
  }
  const std::int32_t* bias_or_null() const { return bias.empty() ? nullptr : bias.data(); }

  std::vector<std::int32_t> bias, multiplier, shift;
  std::int32_t stride = 1;
};

template <class Params>
void case_range(CaseRandom& random, Params& p) {
  p.input_offset = random.one_in(4) ? random.between(0, 1) * 255 - 127 : random.between(-127, 128);
  p.output_offset = random.between(-128, 127);
  p.activation_min = random.one_in(2) ? -128 : random.between(-128, 0);
  p.activation_max = random.one_in(2) ? 127 : random.between(1, 127);
}

struct PairedCase {
  micro::Conv2dPairedParams p{};
  std::vector<std::int8_t> input;
  PairedPack pack;
  std::vector<std::int8_t> expected{};
};

/// The outputs of the plain kernel.
inline std::vector<std::int8_t> plain_outputs(const micro::Conv2dPairedParams& p, const std::vector<std::int8_t>& input,
                                              const std::vector<std::int8_t>& weights, const CaseScales& scales) {
  const micro::Conv2dParams plain{.batches = p.batches,
                                  .input_height = p.input_height,
                                  .input_width = p.input_width,
                                  .input_channels = p.input_channels,
                                  .filter_height = p.filter_height,
                                  .filter_width = p.filter_width,
                                  .filter_channels = p.input_channels,
                                  .output_height = p.output_height,
                                  .output_width = p.output_width,
                                  .output_channels = p.output_channels,
                                  .stride_height = p.stride_height,
                                  .stride_width = p.stride_width,
                                  .dilation_height = p.dilation_height,
                                  .dilation_width = p.dilation_width,
                                  .padding_top = p.padding_top,
                                  .padding_left = p.padding_left,
                                  .input_offset = p.input_offset,
                                  .weights_offset = 0,
                                  .output_offset = p.output_offset,
                                  .multiplier_stride = scales.stride,
                                  .activation_min = p.activation_min,
                                  .activation_max = p.activation_max};
  std::vector<std::int8_t> y(
      static_cast<std::size_t>(p.batches * p.output_height * p.output_width * p.output_channels));
  micro::conv2d(plain, input.data(), weights.data(), scales.bias_or_null(), scales.multiplier.data(),
                scales.shift.data(), y.data());
  return y;
}

/// A layer of any shape: up to 700 weights in up to 70 filters.
struct ConvolutionCase {
  explicit ConvolutionCase(CaseRandom& random) {
    case_range(random, p);
    p.batches = random.one_in(5) ? 2 : 1;
    const bool square = random.one_in(2);
    p.filter_height = square ? random.between(1, 3) : random.between(1, 5);
    p.filter_width = square ? p.filter_height : random.between(1, 5);
    const std::int32_t eight_or_nine = random.one_in(6) ? random.between(2, 3) : 0;  // bytes of a row of taps
    if (eight_or_nine > 0) p.filter_width = eight_or_nine == 2 ? 4 : 3;
    const std::int32_t taps = p.filter_height * p.filter_width;
    p.input_channels = random.one_in(2) ? random.between(1, std::max(1, std::min(12, 700 / taps)))
                                        : random.between(1, std::max(1, 700 / taps));
    if (random.one_in(2)) p.input_channels = std::max(1, p.input_channels / 4) * 4;
    if (eight_or_nine > 0) p.input_channels = eight_or_nine;
    p.output_channels = random.one_in(3) ? random.between(1, 70) : random.between(1, 12);
    p.stride_height = random.between(1, 2), p.stride_width = random.between(1, 3);
    p.dilation_height = random.one_in(4) ? 2 : 1, p.dilation_width = random.one_in(4) ? random.between(2, 3) : 1;
    p.input_height = random.between(1, 6), p.input_width = random.between(1, 6);
    p.padding_top = random.between(0, p.filter_height), p.padding_left = random.between(0, p.filter_width);
    p.output_height = (p.input_height + p.padding_top) / p.stride_height + 1;
    p.output_width = (p.input_width + p.padding_left) / p.stride_width + 1;
    size = taps * p.input_channels;
    input = case_bytes(random, p.batches * p.input_height * p.input_width * p.input_channels, -128);
  }

  PairedLayer layer(const CaseScales& scales) const {
    return {.weights = weights,
            .filters = p.output_channels,
            .size = size,
            .rows = p.filter_height,
            .input_offset = p.input_offset,
            .bias = scales.bias,
            .multiplier = scales.multiplier,
            .shift = scales.shift,
            .multiplier_stride = scales.stride};
  }

  micro::Conv2dPairedParams p{};
  std::int32_t size = 0;  ///< weights of a filter
  std::vector<std::int8_t> input;
  std::vector<std::int8_t> weights{};  ///< [output_channels, size], not yet set
};

inline PairedCase paired_case(std::uint32_t seed, int tile_filters) {
  CaseRandom random(seed);
  ConvolutionCase layer(random);
  layer.weights = case_bytes(random, layer.p.output_channels * layer.size, -127);
  if (random.one_in(8)) {  // -128 wherever a lane holds it
    for (std::int32_t filter = 0; filter < layer.p.output_channels; filter += 2) {
      layer.weights[static_cast<std::size_t>(std::int64_t{filter} * layer.size + random.between(0, layer.size - 1))] =
          -128;
    }
  }
  const CaseScales scales(random, layer.p.output_channels, layer.size);
  PairedCase c{.p = layer.p, .input = layer.input, .pack = pack_conv2d_paired(layer.layer(scales), tile_filters)};
  c.p.chunk = c.pack.chunk;
  c.expected = plain_outputs(c.p, c.input, layer.weights, scales);
  return c;
}

struct PlaneCase {
  micro::DepthwisePlaneParams p{};
  std::vector<std::int8_t> input;
  DepthwisePlanePack pack;
  std::vector<std::int8_t> expected;

  /// Whether the output may take the place of the input.
  bool in_place() const {
    return p.depth_multiplier == 1 && p.strip_height == (p.transposed ? p.output_width : p.output_height) &&
           expected.size() <= input.size();
  }
};

/// A depthwise layer of any shape, 3x3 every second time.
/// Sizes, strides and padding of a depthwise layer, and its ranges.
inline micro::DepthwiseConv2dParams depthwise_case(CaseRandom& random) {
  micro::DepthwiseConv2dParams plain{};
  case_range(random, plain);
  plain.batches = random.one_in(5) ? 2 : 1;
  const bool three = random.one_in(2);
  plain.filter_height = three ? 3 : random.between(1, random.one_in(4) ? 10 : 5);
  plain.filter_width = three ? 3 : random.between(1, random.one_in(4) ? 8 : 5);
  plain.depth_multiplier = random.one_in(3) ? random.between(2, 8) : 1;
  plain.input_channels = random.between(1, 9);
  plain.stride_height = random.between(1, 2);
  plain.stride_width = random.one_in(4) ? random.between(1, 3) : plain.stride_height;
  plain.dilation_height = random.one_in(6) ? 2 : 1, plain.dilation_width = random.one_in(6) ? random.between(2, 3) : 1;
  const std::int32_t largest = random.one_in(10) ? 50 : 12;
  plain.input_height = random.between(1, largest), plain.input_width = random.between(1, largest);
  if (random.one_in(2)) {  // SAME
    plain.output_height = (plain.input_height + plain.stride_height - 1) / plain.stride_height;
    plain.output_width = (plain.input_width + plain.stride_width - 1) / plain.stride_width;
    const auto padding = [](std::int32_t outputs, std::int32_t stride, std::int32_t taps, std::int32_t inputs) {
      return std::max(0, (outputs - 1) * stride + taps - inputs) / 2;
    };
    plain.padding_top = padding(plain.output_height, plain.stride_height,
                                (plain.filter_height - 1) * plain.dilation_height + 1, plain.input_height);
    plain.padding_left = padding(plain.output_width, plain.stride_width,
                                 (plain.filter_width - 1) * plain.dilation_width + 1, plain.input_width);
  } else {  // some outputs see nothing but padding
    plain.padding_top = random.between(0, plain.filter_height),
    plain.padding_left = random.between(0, plain.filter_width);
    plain.output_height = (plain.input_height + plain.padding_top) / plain.stride_height + 1;
    plain.output_width = (plain.input_width + plain.padding_left) / plain.stride_width + 1;
  }
  return plain;
}

inline PlaneCase plane_case(std::uint32_t seed) {
  CaseRandom random(seed);
  PlaneCase c;
  micro::DepthwiseConv2dParams plain = depthwise_case(random);
  const std::int32_t outputs = plain.input_channels * plain.depth_multiplier;
  const std::int32_t taps = plain.filter_height * plain.filter_width;
  c.input = case_bytes(random, plain.batches * plain.input_height * plain.input_width * plain.input_channels, -128);
  const auto weights = case_bytes(random, taps * outputs, -128);
  const CaseScales scales(random, outputs, taps);
  plain.multiplier_stride = scales.stride;
  const bool transposed = plain.dilation_height == 1 && plain.dilation_width == 1 && random.one_in(3);
  c.pack = pack_depthwise_plane({.weights = weights,
                                 .filter_height = plain.filter_height,
                                 .filter_width = plain.filter_width,
                                 .outputs = outputs,
                                 .dilation_width = plain.dilation_width,
                                 .transposed = transposed,
                                 .input_offset = plain.input_offset,
                                 .bias = scales.bias,
                                 .multiplier = scales.multiplier,
                                 .shift = scales.shift,
                                 .multiplier_stride = scales.stride});
  c.expected.resize(
      static_cast<std::size_t>(std::int64_t{plain.batches} * plain.output_height * plain.output_width * outputs));
  micro::depthwise_conv2d(plain, c.input.data(), weights.data(), scales.bias_or_null(), scales.multiplier.data(),
                          scales.shift.data(), c.expected.data());
  c.p = {.batches = plain.batches,
         .input_height = plain.input_height,
         .input_width = plain.input_width,
         .input_channels = plain.input_channels,
         .filter_height = plain.filter_height,
         .filter_width = c.pack.filter_width,
         .depth_multiplier = plain.depth_multiplier,
         .output_height = plain.output_height,
         .output_width = plain.output_width,
         .stride_height = plain.stride_height,
         .stride_width = plain.stride_width,
         .dilation_height = plain.dilation_height,
         .padding_top = plain.padding_top,
         .padding_left = plain.padding_left,
         .input_offset = plain.input_offset,
         .output_offset = plain.output_offset,
         .activation_min = plain.activation_min,
         .activation_max = plain.activation_max,
         .strip_height = transposed ? plain.output_width : plain.output_height,
         .transposed = transposed ? 1 : 0};
  if (random.one_in(4)) c.p.strip_height = random.between(1, c.p.strip_height);
  return c;
}

struct FoursCase {
  micro::DepthwiseFoursParams p{};
  std::vector<std::int8_t> input;
  DepthwiseFoursPack pack;
  std::vector<std::int8_t> expected;
};

/// A depthwise layer of 4 to 16 channels.
inline FoursCase fours_case(std::uint32_t seed) {
  CaseRandom random(seed);
  FoursCase c;
  micro::DepthwiseConv2dParams plain = depthwise_case(random);
  plain.depth_multiplier = 1, plain.input_channels = 4 * random.between(1, 4);
  const std::int32_t taps = plain.filter_height * plain.filter_width;
  c.input = case_bytes(random, plain.batches * plain.input_height * plain.input_width * plain.input_channels, -128);
  const auto weights = case_bytes(random, taps * plain.input_channels, -128);
  const CaseScales scales(random, plain.input_channels, taps);
  plain.multiplier_stride = scales.stride;
  c.pack = pack_depthwise_fours({.weights = weights,
                                 .filter_height = plain.filter_height,
                                 .filter_width = plain.filter_width,
                                 .outputs = plain.input_channels,
                                 .input_offset = plain.input_offset,
                                 .bias = scales.bias,
                                 .multiplier = scales.multiplier,
                                 .shift = scales.shift,
                                 .multiplier_stride = scales.stride});
  c.expected.resize(static_cast<std::size_t>(std::int64_t{plain.batches} * plain.output_height * plain.output_width *
                                             plain.input_channels));
  micro::depthwise_conv2d(plain, c.input.data(), weights.data(), scales.bias_or_null(), scales.multiplier.data(),
                          scales.shift.data(), c.expected.data());
  c.p = {.batches = plain.batches,
         .input_height = plain.input_height,
         .input_width = plain.input_width,
         .channels = plain.input_channels,
         .filter_height = plain.filter_height,
         .filter_width = plain.filter_width,
         .output_height = plain.output_height,
         .output_width = plain.output_width,
         .stride_height = plain.stride_height,
         .stride_width = plain.stride_width,
         .dilation_height = plain.dilation_height,
         .dilation_width = plain.dilation_width,
         .padding_top = plain.padding_top,
         .padding_left = plain.padding_left,
         .input_offset = plain.input_offset,
         .output_offset = plain.output_offset,
         .activation_min = plain.activation_min,
         .activation_max = plain.activation_max};
  return c;
}

}  // namespace mirim::test
