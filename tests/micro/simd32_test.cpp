// The kernels for cores with the instructions of simd32.hpp, run here in their plain form, against the plain kernels.
#include "mirim/micro/simd32.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <vector>

#include "mirim/micro/conv2d.hpp"
#include "mirim/micro/depthwise_conv2d.hpp"
#include "mirim/micro/fully_connected.hpp"

namespace mirim::micro {
namespace {

static_assert(!kSimd32, "on the host the kernels are the plain ones");

// std::mt19937 has the same numbers everywhere; the library's distributions have not.
struct Random : std::mt19937 {
  using std::mt19937::mt19937;
  std::int64_t below(std::int64_t n) { return static_cast<std::int64_t>((*this)()) % n; }
};

std::int32_t between(Random& random, std::int32_t low, std::int32_t high) {
  return static_cast<std::int32_t>(low + random.below(std::int64_t{high} - low + 1));
}

std::vector<std::int8_t> random_bytes(Random& random, std::int32_t count) {
  std::vector<std::int8_t> bytes(static_cast<std::size_t>(count));
  for (std::int8_t& b : bytes) b = static_cast<std::int8_t>(between(random, -128, 127));
  return bytes;
}

// Biases, and multipliers with their shifts: mostly what layers have, sometimes no shift or one to the left.
struct Sums {
  Sums(Random& random, std::int32_t channels) {
    for (std::int32_t c = 0; c < channels; ++c) {
      bias.push_back(between(random, -100'000, 100'000));
      multiplier.push_back(between(random, 1 << 30, std::numeric_limits<std::int32_t>::max() - 1));
      shift.push_back(random.below(8) == 0 ? between(random, -2, 2) : between(random, -14, -4));
    }
    if (random.below(8) == 0) bias[0] = 5 << 28;  // twice the sum leaves 32 bits
  }
  const std::int32_t* bias_or_none() const { return with_bias ? bias.data() : nullptr; }

  std::vector<std::int32_t> bias, multiplier, shift;
  bool with_bias = true;
};

template <class Params>
void random_range(Random& random, Params& p) {
  p.input_offset = between(random, -127, 128);
  p.output_offset = between(random, -128, 127);
  p.multiplier_stride = between(random, 0, 1);
  p.activation_min = random.below(2) == 0 ? -128 : between(random, -128, 0);
  p.activation_max = random.below(2) == 0 ? 127 : between(random, 1, 127);
}

// Some outputs see nothing but padding.
template <class Params>
void random_window(Random& random, Params& p) {
  p.batches = between(random, 1, 2);
  p.filter_height = between(random, 1, 4), p.filter_width = between(random, 1, 4);
  p.dilation_height = between(random, 1, 2), p.dilation_width = between(random, 1, 2);
  p.stride_height = between(random, 1, 2), p.stride_width = between(random, 1, 2);
  p.padding_top = between(random, 0, p.filter_height), p.padding_left = between(random, 0, p.filter_width);
  p.input_height = between(random, 1, 7), p.input_width = between(random, 1, 7);
  p.output_height = (p.input_height + p.padding_top) / p.stride_height + 1;
  p.output_width = (p.input_width + p.padding_left) / p.stride_width + 1;
}

std::vector<std::int8_t> output_of(std::int32_t batches, std::int32_t height, std::int32_t width,
                                   std::int32_t channels) {
  return std::vector<std::int8_t>(static_cast<std::size_t>(batches * height * width * channels));
}

TEST(Simd32, rescales_to_the_bits_of_two_roundings) {
  Random random(1);
  const std::int32_t most = std::numeric_limits<std::int32_t>::max(), least = std::numeric_limits<std::int32_t>::min();
  const auto same = [](std::int32_t x, std::int32_t multiplier, std::int32_t shift) {
    ASSERT_EQ(rescaled_by_simd32(x, multiplier, shift), multiply_by_quantized_multiplier(x, multiplier, shift))
        << x << " * " << multiplier << " * 2^" << shift;
  };
  for (std::int32_t shift = -31; shift <= 3; ++shift) {
    // Ties of both roundings among them: with 2^30 a product is a half or a quarter, and so on by the shift.
    for (const std::int32_t multiplier : {1 << 30, (1 << 30) + 1, most, most - 1, 3 << 29}) {
      for (std::int32_t x = -300; x <= 300; ++x) same(x, multiplier, shift);
      for (const std::int32_t x : {most, most - 1, least, least + 1, 1 << 30, (1 << 30) - 1, -(1 << 30)}) {
        same(x, multiplier, shift);
      }
      for (int i = 0; i < 1000; ++i) same(static_cast<std::int32_t>(random()), multiplier, shift);
    }
  }
}

TEST(Simd32, convolutions_have_the_bits_of_the_plain_kernel) {
  Random random(2);
  for (int i = 0; i < 3000; ++i) {
    SCOPED_TRACE(i);
    Conv2dParams p{};
    random_window(random, p);
    random_range(random, p);
    const std::int32_t groups = random.below(4) == 0 ? 2 : 1;
    p.filter_channels = random.below(8) == 0 ? between(random, 40, 80) : between(random, 1, 20);
    p.input_channels = groups * p.filter_channels;
    p.output_channels = groups * between(random, 1, 9);
    const std::int32_t size = p.filter_height * p.filter_width * p.filter_channels;
    const auto input = random_bytes(random, p.batches * p.input_height * p.input_width * p.input_channels);
    const auto weights = random_bytes(random, p.output_channels * size);
    Sums sums(random, p.output_channels);
    sums.with_bias = random.below(4) != 0;
    auto plain = output_of(p.batches, p.output_height, p.output_width, p.output_channels), fast = plain, rows = plain;
    conv2d(p, input.data(), weights.data(), sums.bias_or_none(), sums.multiplier.data(), sums.shift.data(),
           plain.data());
    const auto channels = Int8Channels::of(p, sums.bias_or_none(), sums.multiplier.data(), sums.shift.data());
    conv2d_by_simd32(p, input.data(), p.input_offset, weights.data(), channels, fast.data());
    ASSERT_EQ(fast, plain);
    conv2d_by_four_rows(p, input.data(), p.input_offset, weights.data(), channels, rows.data());
    ASSERT_EQ(rows, plain);
  }
}

TEST(Simd32, depthwise_convolutions_have_the_bits_of_the_plain_kernel) {
  Random random(3);
  for (int i = 0; i < 3000; ++i) {
    SCOPED_TRACE(i);
    DepthwiseConv2dParams p{};
    random_window(random, p);
    random_range(random, p);
    p.input_channels = between(random, 1, 13);
    p.depth_multiplier = random.below(2) == 0 ? 1 : between(random, 2, 9);
    const std::int32_t outputs = p.input_channels * p.depth_multiplier;
    const auto input = random_bytes(random, p.batches * p.input_height * p.input_width * p.input_channels);
    const auto weights = random_bytes(random, p.filter_height * p.filter_width * outputs);
    Sums sums(random, outputs);
    sums.with_bias = random.below(4) != 0;
    auto plain = output_of(p.batches, p.output_height, p.output_width, outputs), fast = plain;
    depthwise_conv2d(p, input.data(), weights.data(), sums.bias_or_none(), sums.multiplier.data(), sums.shift.data(),
                     plain.data());
    depthwise_conv2d_by_simd32(p, input.data(), p.input_offset, weights.data(),
                               Int8Channels::of(p, sums.bias_or_none(), sums.multiplier.data(), sums.shift.data()),
                               fast.data());
    ASSERT_EQ(fast, plain);
  }
}

TEST(Simd32, dense_layers_have_the_bits_of_the_plain_kernel) {
  Random random(4);
  for (int i = 0; i < 1000; ++i) {
    SCOPED_TRACE(i);
    FullyConnectedParams p{};
    random_range(random, p);
    p.batches = 1, p.inputs = between(random, 1, 40), p.outputs = between(random, 1, 13);
    const auto input = random_bytes(random, p.inputs), weights = random_bytes(random, p.inputs * p.outputs);
    const Sums sums(random, p.outputs);
    std::vector<std::int8_t> plain(static_cast<std::size_t>(p.outputs)), fast = plain;
    fully_connected(p, input.data(), weights.data(), sums.bias.data(), sums.multiplier.data(), sums.shift.data(),
                    plain.data());
    fully_connected_by_simd32(p, input.data(), p.input_offset, weights.data(),
                              Int8Channels::of(p, sums.bias.data(), sums.multiplier.data(), sums.shift.data()),
                              fast.data());
    ASSERT_EQ(fast, plain);
  }
}

}  // namespace
}  // namespace mirim::micro
