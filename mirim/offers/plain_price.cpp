#include "mirim/offers/plain_price.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include "mirim/micro/conv2d.hpp"
#include "mirim/micro/depthwise_conv2d.hpp"
#include "mirim/micro/fully_connected.hpp"
#include "mirim/micro/lookup_table.hpp"
#include "mirim/micro/pool.hpp"

namespace mirim {
namespace {

/// Cycles of the kernels of layers with weights, for one of each.
struct Weighted {
  double product;         ///< of a convolution
  double gathered_words;  ///< an input of an output pixel of a convolution, in whole words
  double gathered_bytes;  ///< and one by one, where the channels are no multiple of 4
  double convolved;       ///< output of a convolution
  double tap;             ///< product of a depthwise convolution
  double pixel;           ///< of its outputs, all channels
  double filtered;        ///< output of it
  double dense;           ///< product of any other layer
  double connected;       ///< output of any other layer
};

// int8 on a Cortex-M4: convolutions of bench/kernels are within 10 %. Other cores have no model of cycles: what QEMU
// counted for layers of MLPerf Tiny's models, 1.35 and 1.45 cycles an instruction.
constexpr Weighted kDsp{1.44, 5.7, 39, 45, 5.7, 176, 31, 2.3, 60};         // Cortex-M4, M7, M33
constexpr Weighted kLongProduct{4, 15, 45, 100, 6.8, 200, 100, 5.7, 100};  // Cortex-M3; the LX6 for want of an emulator
constexpr Weighted kPlain{10, 23, 60, 210, 16, 300, 210, 13, 210};         // Cortex-M0, M0+: no 64-bit product
// On a Cortex-M4, less exact: layers of the public float models, and small ones of int16.
constexpr Weighted kFloat{3, 62, 62, 42, 8, 150, 35, 6.2, 10};
constexpr Weighted kInt16{9, 9, 9, 124, 12, 150, 100, 9, 60};

bool has_no_dsp(const Target& target) { return target.core == "Cortex-M3" || target.core == "Xtensa LX6"; }
bool is_m0(const Target& target) { return target.core.starts_with("Cortex-M0"); }

const Weighted& weighted(const Work& work, const Target& target) {
  const DType made = work.out[0].dtype();
  if (is_m0(target)) return kPlain;
  if (has_no_dsp(target)) return kLongProduct;
  return made == DType::float32 ? kFloat : made == DType::int16 ? kInt16 : kDsp;
}

/// The other operators on a Cortex-M4: cycles of an operation and of a product as Op::cost counts them, of an element
/// of the outputs, and of a call.
struct Other {
  std::string_view op;
  std::optional<DType> made;  ///< type of the output; any other if absent
  double operation, product, output, call;
};
// Medians over the layers of tests/golden and the public models; an operator's rows stand together, the last is for any
// other type.
constexpr Other kOthers[] = {
    {"ADD", DType::float32, 0, 0, 20, 60},
    {"ADD", DType::int16, 0, 0, 30, 60},
    {"ADD", {}, 0, 0, 33, 60},
    {"ARG_MAX", {}, 6.5, 0, 5, 60},
    {"ARG_MIN", {}, 6.5, 0, 5, 60},
    {"BATCH_MATMUL", {}, 0, 7, 20, 60},
    {"CONCATENATION", {}, 0, 0, 12, 60},
    {"DEQUANTIZE", {}, 11, 0, 0, 60},
    {"DIV", DType::int8, 600, 0, 0, 60},
    {"EXP", {}, 17, 0, 0, 60},
    {"FLOOR_DIV", {}, 40, 0, 0, 60},
    {"FLOOR_MOD", {}, 80, 0, 0, 60},
    {"L2_NORMALIZATION", {}, 20, 0, 0, 100},
    {"LEAKY_RELU", {}, 22, 0, 0, 60},
    {"LOGISTIC", {}, 28, 0, 0, 60},
    {"LOG_SOFTMAX", {}, 44, 0, 0, 60},
    {"LOOKUP_TABLE", {}, 0, 0, 4.7, 60},
    {"MUL", {}, 0, 0, 15, 60},
    {"PACK", {}, 0, 0, 13, 60},
    {"PAD", {}, 0, 0, 1.5, 100},
    {"PADV2", {}, 0, 0, 3, 100},
    {"PRELU", {}, 17, 0, 0, 60},
    {"QUANTIZE", {}, 25, 0, 0, 60},
    {"RELU", {}, 17, 0, 0, 60},
    {"RELU6", {}, 17, 0, 0, 60},
    {"RESIZE_BILINEAR", {}, 8, 0, 0, 100},
    {"RESIZE_NEAREST_NEIGHBOR", {}, 0, 0, 3, 100},
    {"SOFTMAX", DType::float32, 18, 0, 0, 60},
    {"SOFTMAX", DType::int16, 14, 0, 0, 60},
    {"SOFTMAX", {}, 35, 0, 0, 60},
    {"SUB", {}, 0, 0, 15, 60},
    {"UNIDIRECTIONAL_SEQUENCE_LSTM", DType::float32, 20, 6.2, 0, 200},
    {"UNIDIRECTIONAL_SEQUENCE_LSTM", {}, 50, 2.4, 0, 200},
};
constexpr Other kAnyOther{"", {}, 8, 6, 4, 60};

const Other& other(std::string_view op, DType made) {
  const Other* found = nullptr;
  for (const Other& each : kOthers) {
    if (each.op != op) continue;
    if (!each.made || *each.made == made) return each;
    found = &each;
  }
  return found ? *found : kAnyOther;
}

// Taps of the filter that are inside of the input, over all outputs of an axis.
std::int64_t taps_inside(std::int32_t outputs, std::int32_t inputs, std::int32_t filter, std::int32_t stride,
                         std::int32_t dilation, std::int32_t before) {
  std::int64_t taps = 0;
  for (std::int32_t o = 0; o < outputs; ++o) {
    for (std::int32_t k = 0; k < filter; ++k) {
      const std::int32_t at = o * stride - before + k * dilation;
      taps += at >= 0 && at < inputs ? 1 : 0;
    }
  }
  return taps;
}

double of_convolution(const micro::Conv2dParams& p, const Weighted& w) {
  const auto pixels = static_cast<double>(std::int64_t{p.batches} * p.output_height * p.output_width);
  const auto size = static_cast<double>(std::int64_t{p.filter_height} * p.filter_width * p.filter_channels);
  const double groups = std::max(1, p.input_channels / std::max(1, p.filter_channels));
  const double gathered = p.filter_channels % 4 == 0 ? w.gathered_words : w.gathered_bytes;
  return pixels * (size * (w.product * p.output_channels + gathered * groups) + w.convolved * p.output_channels);
}

double of_depthwise(const micro::DepthwiseConv2dParams& p, const Weighted& w) {
  const auto taps = static_cast<double>(
      taps_inside(p.output_height, p.input_height, p.filter_height, p.stride_height, p.dilation_height, p.padding_top) *
      taps_inside(p.output_width, p.input_width, p.filter_width, p.stride_width, p.dilation_width, p.padding_left));
  const double channels = static_cast<double>(p.input_channels) * p.depth_multiplier;
  const double pixels = static_cast<double>(p.output_height) * p.output_width;
  constexpr double kLeftOver = 24;  // an output where four channels at a time leave some
  const double each = w.filtered + (p.input_channels % 4 != 0 ? kLeftOver : 0);
  return p.batches * (taps * channels * w.tap + pixels * (w.pixel + channels * each));
}

double of_pool(const micro::Pool2dParams& p) {
  const auto taps = static_cast<double>(
      taps_inside(p.output_height, p.input_height, p.filter_height, p.stride_height, 1, p.padding_top) *
      taps_inside(p.output_width, p.input_width, p.filter_width, p.stride_width, 1, p.padding_left));
  return p.batches * p.channels * (3.0 * taps + 16.0 * p.output_height * p.output_width);
}

double of_others(const Work& work, const Target& target) {
  const Cost cost = work.op.cost(work.in);
  std::int64_t outputs = 0;
  for (int i = 0; i < work.out.size(); ++i) {
    if (work.out.has(i)) outputs += work.out[i].shape().elements();
  }
  const DType made = work.out.size() > 0 && work.out.has(0) ? work.out[0].dtype() : DType::int8;
  // In int8 most operators of one operand are a look-up, whatever their formula.
  const bool looks_up = made == DType::int8 && work.plain.parameters_as<micro::LookupTableParams>() != nullptr;
  const Other& its = other(looks_up ? "LOOKUP_TABLE" : work.op.name(), made);
  const double core = is_m0(target) ? 5 : has_no_dsp(target) ? 1.9 : 1;
  return its.call + core * (its.operation * static_cast<double>(cost.operations) +
                            its.product * static_cast<double>(cost.macs) + its.output * static_cast<double>(outputs));
}

double price(const Work& work, const Target& target) {
  if (work.out.size() == 0 || !work.out.has(0)) return of_others(work, target);
  const Weighted& w = weighted(work, target);
  if (const auto* p = work.plain.parameters_as<micro::Conv2dParams>()) return of_convolution(*p, w);
  if (const auto* p = work.plain.parameters_as<micro::DepthwiseConv2dParams>()) return of_depthwise(*p, w);
  if (const auto* p = work.plain.parameters_as<micro::Pool2dParams>()) return of_pool(*p);
  if (work.op.name() == "FULLY_CONNECTED") {
    const Cost cost = work.op.cost(work.in);
    return 60 + w.dense * static_cast<double>(cost.macs) +
           w.connected * static_cast<double>(work.out[0].shape().elements());
  }
  return of_others(work, target);
}

}  // namespace

std::int64_t plain_price(const Work& work, const Target& target) {
  return static_cast<std::int64_t>(price(work, target));
}

std::int64_t plain_passes(const Work& work) {
  const auto pixels = [](const auto& p) { return std::int64_t{p.batches} * p.output_height * p.output_width; };
  if (const auto* p = work.plain.parameters_as<micro::Conv2dParams>()) return (pixels(*p) + 1) / 2;
  if (const auto* p = work.plain.parameters_as<micro::DepthwiseConv2dParams>()) return pixels(*p);
  if (const auto* p = work.plain.parameters_as<micro::FullyConnectedParams>()) return p->batches;
  return 1;
}

}  // namespace mirim
