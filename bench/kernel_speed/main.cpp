// Instructions and estimated cycles a multiplication of the int8 kernels on the emulated Cortex-M4, for bench/kernels.

#include <fmt/format.h>

#include <cstdio>

#include "bench/kernel_speed/compressed.hpp"
#include "mirim/micro/conv2d_winograd.hpp"
#include "mirim/offers/conv2d_winograd_pack.hpp"
#include "tests/offers/on_board.hpp"

namespace mirim {
namespace {

using test::BoardKernel;

struct Shape {
  const char* name;
  bool depthwise;
  std::int32_t height, width, channels;
  std::int32_t filter_height, filter_width;
  std::int32_t filters;  ///< of a depthwise layer: outputs of a channel
  std::int32_t stride;
};

// Layers of MLPerf Tiny's models, and of micro_speech; all padded SAME.
const Shape kShapes[] = {{"3x3, 64 to 64", false, 8, 8, 64, 3, 3, 64, 1},
                         {"3x3, 32 to 32", false, 16, 16, 32, 3, 3, 32, 1},
                         {"3x3, 16 to 16", false, 32, 32, 16, 3, 3, 16, 1},
                         {"1x1, 128 to 128", false, 6, 6, 128, 1, 1, 128, 1},
                         {"1x1, 64 to 64", false, 25, 5, 64, 1, 1, 64, 1},
                         {"1x1, 32 to 32", false, 24, 24, 32, 1, 1, 32, 1},
                         {"1x1, 16 to 32", false, 24, 24, 16, 1, 1, 32, 1},
                         {"1x1, 8 to 16", false, 48, 48, 8, 1, 1, 16, 1},
                         {"1x1, 256 to 256, 3x3 pixels", false, 3, 3, 256, 1, 1, 256, 1},
                         {"first 3x3, 3 to 16", false, 32, 32, 3, 3, 3, 16, 1},
                         {"first 3x3, 3 to 8, stride 2", false, 96, 96, 3, 3, 3, 8, 2},
                         {"first 10x4, 1 to 64, stride 2", false, 49, 10, 1, 10, 4, 64, 2},
                         {"fully connected, 128 to 128, 4 rows", false, 4, 1, 128, 1, 1, 128, 1},
                         {"fully connected, 640 to 128", false, 1, 1, 640, 1, 1, 128, 1},
                         {"depthwise 3x3, 48x48x8", true, 48, 48, 8, 3, 3, 1, 1},
                         {"depthwise 3x3, 24x24x32", true, 24, 24, 32, 3, 3, 1, 1},
                         {"depthwise 3x3, 12x12x64", true, 12, 12, 64, 3, 3, 1, 1},
                         {"depthwise 3x3, 6x6x128", true, 6, 6, 128, 3, 3, 1, 1},
                         {"depthwise 3x3, 3x3x256", true, 3, 3, 256, 3, 3, 1, 1},
                         {"depthwise 3x3, 25x5x64", true, 25, 5, 64, 3, 3, 1, 1},
                         {"depthwise 3x3, 48x48x16, stride 2", true, 48, 48, 16, 3, 3, 1, 2},
                         {"depthwise 3x3, 12x12x64, stride 2", true, 12, 12, 64, 3, 3, 1, 2},
                         {"depthwise 5x5, 12x12x64", true, 12, 12, 64, 5, 5, 1, 1},
                         {"depthwise 10x8, 49x40, 8 outputs, stride 2", true, 49, 40, 1, 10, 8, 8, 2}};

struct Measured {
  std::size_t first = 0;  ///< call: the plain kernel, then the new ones
  std::size_t calls = 0;
  std::int64_t products = 0;
  std::size_t answer_bytes = 0;
};

std::int32_t padding(std::int32_t outputs, std::int32_t stride, std::int32_t taps, std::int32_t inputs) {
  return std::max(0, (outputs - 1) * stride + taps - inputs) / 2;
}

template <class Params>
void set_geometry(const Shape& s, Params& p) {
  p.batches = 1;
  p.input_height = s.height, p.input_width = s.width, p.input_channels = s.channels;
  p.filter_height = s.filter_height, p.filter_width = s.filter_width;
  p.output_height = (s.height + s.stride - 1) / s.stride, p.output_width = (s.width + s.stride - 1) / s.stride;
  p.stride_height = p.stride_width = s.stride;
  p.dilation_height = 1;
  p.padding_top = padding(p.output_height, s.stride, s.filter_height, s.height);
  p.padding_left = padding(p.output_width, s.stride, s.filter_width, s.width);
  p.input_offset = 3, p.output_offset = -5, p.activation_min = -128, p.activation_max = 127;
}

std::vector<std::int8_t> numbers(test::CaseRandom& random, std::int32_t count, std::int32_t most) {
  std::vector<std::int8_t> values(static_cast<std::size_t>(count));
  for (std::int8_t& v : values) v = static_cast<std::int8_t>(random.between(-most, most));
  return values;
}

Measured add_convolution(const Shape& s, test::CaseRandom& random, test::BoardCalls& calls) {
  micro::Conv2dParams plain{};
  set_geometry(s, plain);
  plain.dilation_width = 1, plain.filter_channels = s.channels, plain.output_channels = s.filters;
  plain.multiplier_stride = 1;
  const std::int32_t size = s.filter_height * s.filter_width * s.channels;
  const auto input = numbers(random, s.height * s.width * s.channels, 127),
             weights = numbers(random, s.filters * size, 64);
  const std::vector<std::int32_t> bias(static_cast<std::size_t>(s.filters), 1000), shift(bias.size(), -9),
      multiplier(bias.size(), 1'234'567'890);
  const bool winograd = s.filter_height == 3 && s.filter_width == 3 && s.stride == 1 && s.channels % 16 == 0 &&
                        s.channels < 64;  // whose weights do not fit a sample
  const Measured m{.first = calls.count(),
                   .calls = winograd ? std::size_t{5} : 4,
                   .products = std::int64_t{plain.output_height} * plain.output_width * s.filters * size,
                   .answer_bytes = static_cast<std::size_t>(plain.output_height * plain.output_width * s.filters)};
  calls.add(BoardKernel::conv2d, plain, input, weights, bias, multiplier, shift);
  micro::Conv2dPairedParams p{};
  set_geometry(s, p);
  p.dilation_width = 1, p.output_channels = s.filters;
  for (const auto kernel : {BoardKernel::paired_4x2, BoardKernel::paired_2x4, BoardKernel::paired_4x1}) {
    const PairedPack pack = pack_conv2d_paired({.weights = weights,
                                                .filters = s.filters,
                                                .size = size,
                                                .rows = s.filter_height,
                                                .input_offset = p.input_offset,
                                                .bias = bias,
                                                .multiplier = multiplier,
                                                .shift = shift},
                                               kernel == BoardKernel::paired_2x4 ? 2 : 4);
    p.chunk = pack.chunk;
    calls.add(kernel, p, input, pack.words);
  }
  if (winograd) {
    micro::Conv2dWinogradParams w{.batches = 1,
                                  .input_height = p.input_height,
                                  .input_width = p.input_width,
                                  .input_channels = p.input_channels,
                                  .output_height = p.output_height,
                                  .output_width = p.output_width,
                                  .output_channels = p.output_channels,
                                  .padding_top = p.padding_top,
                                  .padding_left = p.padding_left,
                                  .input_offset = p.input_offset,
                                  .output_offset = p.output_offset,
                                  .activation_min = p.activation_min,
                                  .activation_max = p.activation_max};
    const WinogradPack pack = pack_conv2d_winograd({.weights = weights,
                                                    .filters = s.filters,
                                                    .size = size,
                                                    .rows = 3,
                                                    .input_offset = p.input_offset,
                                                    .bias = bias,
                                                    .multiplier = multiplier,
                                                    .shift = shift});
    calls.add(BoardKernel::winograd, w, input, pack.words);
  }
  return m;
}

Measured add_depthwise(const Shape& s, test::CaseRandom& random, test::BoardCalls& calls) {
  micro::DepthwiseConv2dParams plain{};
  set_geometry(s, plain);
  plain.dilation_width = 1, plain.depth_multiplier = s.filters, plain.multiplier_stride = 1;
  const std::int32_t outputs = s.channels * s.filters, taps = s.filter_height * s.filter_width;
  const auto input = numbers(random, s.height * s.width * s.channels, 127),
             weights = numbers(random, taps * outputs, 127);
  const std::vector<std::int32_t> bias(static_cast<std::size_t>(outputs), 1000), shift(bias.size(), -7),
      multiplier(bias.size(), 1'234'567'890);
  const Measured m{.first = calls.count(),
                   .calls = 2,
                   .products = std::int64_t{plain.output_height} * plain.output_width * outputs * taps,
                   .answer_bytes = static_cast<std::size_t>(plain.output_height * plain.output_width * outputs)};
  calls.add(BoardKernel::depthwise, plain, input, weights, bias, multiplier, shift);
  micro::DepthwisePlaneParams p{};
  set_geometry(s, p);
  p.depth_multiplier = s.filters;
  p.transposed = plane_is_better_transposed(p) ? 1 : 0;
  p.strip_height = p.transposed ? p.output_width : p.output_height;
  const DepthwisePlanePack pack = pack_depthwise_plane({.weights = weights,
                                                        .filter_height = s.filter_height,
                                                        .filter_width = s.filter_width,
                                                        .outputs = outputs,
                                                        .transposed = p.transposed != 0,
                                                        .input_offset = p.input_offset,
                                                        .bias = bias,
                                                        .multiplier = multiplier,
                                                        .shift = shift});
  calls.add(BoardKernel::plane, p, input, pack.words);
  return m;
}

int measure() {
  if (!test::has_board()) fail("bench/kernels needs Debian's packages gcc-arm-none-eabi and qemu-system-arm");
  test::CaseRandom random(1);
  test::BoardCalls calls;
  std::vector<Measured> measured;
  for (const Shape& s : kShapes) {
    measured.push_back(s.depthwise ? add_depthwise(s, random, calls) : add_convolution(s, random, calls));
  }
  calls.run({.cycles = true, .flags = {"-DMIRIM_ALL_KERNELS"}});
  fmt::print(
      "Instructions (estimated cycles) a multiplication, all included.\n\n"
      "| layer | without packed weights | lanes 4x2, or plane | lanes 2x4 | lanes 4x1 | Winograd's "
      "|\n|---|---|---|---|---|---|\n");
  int wrong = 0;
  for (std::size_t i = 0; i < measured.size(); ++i) {
    const Measured& m = measured[i];
    fmt::print("| {} |", kShapes[i].name);
    for (std::size_t call = m.first; call < m.first + m.calls; ++call) {
      const auto each = [&](std::int64_t count) {
        return static_cast<double>(count) / static_cast<double>(m.products);
      };
      fmt::print(" {:.3f} ({:.3f}) |", each(calls.instructions(call)), each(calls.cycles(call)));
      wrong += calls.answer(call, m.answer_bytes) == calls.answer(m.first, m.answer_bytes) ? 0 : 1;
    }
    fmt::print("{}\n", m.calls == 2 ? " | | |" : m.calls == 4 ? " |" : "");
  }
  if (wrong > 0) fail("{} calls have other bits than the kernels without packed weights", wrong);
  measure_compressed();
  return 0;
}

}  // namespace
}  // namespace mirim

int main() {
  try {
    return mirim::measure();
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
