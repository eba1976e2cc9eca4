// Run by neon_test.py under qemu-user: the int8 kernels on NEON against the device kernels, every bit, on random
// layers. By itself, since no library of an Arm system is needed.
#include <cstdio>
#include <cstdlib>

#include "mirim/base/error.hpp"
#include "mirim/base/random.hpp"
#include "mirim/exec/int8/packing.hpp"
#include "mirim/micro/conv2d.hpp"
#include "mirim/micro/depthwise_conv2d.hpp"

namespace {

using namespace mirim;
using int8::Kernels;

std::vector<std::int8_t> random_int8(Random& random, std::int64_t count) {
  std::vector<std::int8_t> values(static_cast<std::size_t>(count));
  const bool extremes = random.below(4) == 0;
  for (auto& v : values) v = static_cast<std::int8_t>(extremes ? random.below(2) * 255 - 128 : random.below(256) - 128);
  return values;
}

struct Layer {
  std::vector<std::int8_t> x, weights;
  std::vector<std::int32_t> bias, multiplier, shift;
  int8::Windows w{};
  std::int64_t outputs = 0;
  std::int32_t output_zero_point = 0;
};

Layer random_layer(Random& random, bool depthwise) {
  const auto some = [&](std::int64_t n) { return 1 + random.below(n); };
  Layer l;
  l.w = {.height = some(6) + 4,
         .width = some(20) + 4,
         .channels = some(20),
         .filter_height = some(depthwise ? 5 : 3),
         .filter_width = some(3),
         .output_height = 0,
         .output_width = 0,
         .stride_height = some(2),
         .stride_width = some(2),
         .dilation_height = some(2),
         .dilation_width = some(2),
         .top = random.below(2),
         .left = random.below(2),
         .zero_point = static_cast<std::int8_t>(random.below(256) - 128)};
  const auto positions = [](std::int64_t size, std::int64_t filter, std::int64_t dilation, std::int64_t stride) {
    return std::max<std::int64_t>(1, (size - (filter - 1) * dilation - 1) / stride + 1);
  };
  l.w.output_height = positions(l.w.height, l.w.filter_height, l.w.dilation_height, l.w.stride_height);
  l.w.output_width = positions(l.w.width, l.w.filter_width, l.w.dilation_width, l.w.stride_width);
  l.outputs = depthwise ? l.w.channels : some(30);
  l.x = random_int8(random, l.w.height * l.w.width * l.w.channels);
  l.weights = random_int8(random, l.w.filter_height * l.w.filter_width * (depthwise ? 1 : l.w.channels) * l.outputs);
  for (std::int64_t c = 0; c < l.outputs; ++c) {
    l.bias.push_back(static_cast<std::int32_t>(random.below(20000) - 10000));
    l.multiplier.push_back(static_cast<std::int32_t>((std::int64_t{1} << 30) + random.below(std::int64_t{1} << 30)));
    l.shift.push_back(static_cast<std::int32_t>(2 - random.below(random.below(8) ? 14 : 33)));
  }
  l.output_zero_point = static_cast<std::int32_t>(random.below(256) - 128);
  return l;
}

template <class Params>
Params params_of(const Layer& l) {
  const auto i = [](std::int64_t v) { return static_cast<std::int32_t>(v); };
  Params p{};
  p.batches = 1;
  p.input_height = i(l.w.height), p.input_width = i(l.w.width), p.input_channels = i(l.w.channels);
  p.filter_height = i(l.w.filter_height), p.filter_width = i(l.w.filter_width);
  p.output_height = i(l.w.output_height), p.output_width = i(l.w.output_width);
  p.stride_height = i(l.w.stride_height), p.stride_width = i(l.w.stride_width);
  p.dilation_height = i(l.w.dilation_height), p.dilation_width = i(l.w.dilation_width);
  p.padding_top = i(l.w.top), p.padding_left = i(l.w.left);
  p.input_offset = -l.w.zero_point, p.output_offset = l.output_zero_point, p.multiplier_stride = 1;
  p.activation_min = -100, p.activation_max = 127;
  return p;
}

// False where the layer's sums are beyond Rescale.
bool run_fast(const Layer& l, bool depthwise, const Kernels& kernels, std::vector<std::int8_t>& y) {
  const std::int64_t taps = l.w.filter_height * l.w.filter_width, count = depthwise ? taps : taps * l.w.channels;
  const int8::WeightOrder order{l.outputs, count, 1, depthwise ? 1 : count, depthwise ? l.outputs : 1};
  const int8::Sums sums = int8::sums(l.weights.data(), order, l.bias.data(), l.w.zero_point, kernels);
  const auto rescale = int8::RescaleTable::make({.multiplier = l.multiplier,
                                                 .shift = l.shift,
                                                 .stride = 1,
                                                 .zero_point = l.output_zero_point,
                                                 .min = -100,
                                                 .max = 127},
                                                sums.largest);
  if (!rescale) return false;
  if (depthwise) {
    const auto packed = int8::pack_depthwise(l.weights.data(), l.w, kernels);
    const std::vector<std::int8_t> outside(static_cast<std::size_t>(l.w.width * l.w.channels), l.w.zero_point);
    std::vector<std::int8_t> line(static_cast<std::size_t>((l.w.width + 8) * 2 * 2 * int8::kColumnBytes));
    kernels.depthwise({l.w, packed.data(), sums.bias.data(), rescale->view(), outside.data(), line.data()}, l.x.data(),
                      y.data());
  } else {
    const auto packed = int8::pack_product(l.weights.data(), order, kernels);
    const std::int64_t fours = int8::round_up(count, 4) / 4, pixels = l.w.output_height * l.w.output_width;
    std::vector<std::int8_t> patches(static_cast<std::size_t>(pixels * fours * 4));
    kernels.gather(l.w, l.x.data(), 0, pixels, patches.data(), fours * 4);
    kernels.product({1, 0, fours, fours, l.outputs, packed.data(), sums.bias.data(), rescale->view()}, patches.data(),
                    fours * 4, pixels, y.data());
  }
  return true;
}

bool same_bits(Random& random, bool depthwise, int& taken) {
  const Layer l = random_layer(random, depthwise);
  std::vector<std::int8_t> fast(static_cast<std::size_t>(l.w.output_height * l.w.output_width * l.outputs));
  std::vector<std::int8_t> plain(fast.size());
  if (!run_fast(l, depthwise, *int8::neon_kernels(), fast)) return true;
  ++taken;
  if (depthwise) {
    auto p = params_of<micro::DepthwiseConv2dParams>(l);
    p.depth_multiplier = 1;
    micro::depthwise_conv2d(p, l.x.data(), l.weights.data(), l.bias.data(), l.multiplier.data(), l.shift.data(),
                            plain.data());
  } else {
    auto p = params_of<micro::Conv2dParams>(l);
    p.output_channels = static_cast<std::int32_t>(l.outputs), p.filter_channels = p.input_channels;
    micro::conv2d(p, l.x.data(), l.weights.data(), l.bias.data(), l.multiplier.data(), l.shift.data(), plain.data());
  }
  return fast == plain;
}

}  // namespace

int main() {
  Random random(1);
  int taken = 0, wrong = 0;
  for (int i = 0; i < 400; ++i) wrong += same_bits(random, i % 2 == 0, taken) ? 0 : 1;
  std::printf("%d layers, %d wrong\n", taken, wrong);
  return wrong == 0 && taken > 300 ? EXIT_SUCCESS : EXIT_FAILURE;
}
