#pragma once

#include "mirim/micro/conv2d_winograd.hpp"
#include "mirim/offers/conv2d_winograd_pack.hpp"
#include "tests/offers/cases.hpp"

/// Random layers of 3x3 filters for Winograd's convolution, with the outputs of the plain kernel.
namespace mirim::test {

struct WinogradCase {
  micro::Conv2dWinogradParams p{};
  std::vector<std::int8_t> input;
  WinogradPack pack;
  std::vector<std::int8_t> expected;
};

inline WinogradCase winograd_case(std::uint32_t seed) {
  CaseRandom random(seed);
  WinogradCase c;
  micro::Conv2dPairedParams plain{};
  case_range(random, plain);
  plain.batches = random.one_in(5) ? 2 : 1;
  plain.filter_height = plain.filter_width = 3;
  plain.stride_height = plain.stride_width = plain.dilation_height = plain.dilation_width = 1;
  plain.input_channels = 16 * random.between(1, random.one_in(3) ? 4 : 2);
  plain.output_channels = 4 * random.between(1, 5);
  plain.input_height = random.between(1, 9), plain.input_width = random.between(1, 9);
  plain.padding_top = random.between(0, 2), plain.padding_left = random.between(0, 2);
  plain.output_height = std::max(1, plain.input_height + plain.padding_top - random.between(0, 2));
  plain.output_width = std::max(1, plain.input_width + plain.padding_left - random.between(0, 2));
  const std::int32_t size = 9 * plain.input_channels;
  c.input = case_bytes(random, plain.batches * plain.input_height * plain.input_width * plain.input_channels, -128);
  const auto weights = case_bytes(random, plain.output_channels * size, -128);
  const CaseScales scales(random, plain.output_channels, size);
  c.pack = pack_conv2d_winograd({.weights = weights,
                                 .filters = plain.output_channels,
                                 .size = size,
                                 .rows = 3,
                                 .input_offset = plain.input_offset,
                                 .bias = scales.bias,
                                 .multiplier = scales.multiplier,
                                 .shift = scales.shift,
                                 .multiplier_stride = scales.stride});
  c.p = {.batches = plain.batches,
         .input_height = plain.input_height,
         .input_width = plain.input_width,
         .input_channels = plain.input_channels,
         .output_height = plain.output_height,
         .output_width = plain.output_width,
         .output_channels = plain.output_channels,
         .padding_top = plain.padding_top,
         .padding_left = plain.padding_left,
         .input_offset = plain.input_offset,
         .output_offset = plain.output_offset,
         .activation_min = plain.activation_min,
         .activation_max = plain.activation_max};
  c.expected = plain_outputs(plain, c.input, weights, scales);
  return c;
}

}  // namespace mirim::test
