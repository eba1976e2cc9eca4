#include "mirim/micro/fully_connected.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "mirim/graph/hollow.hpp"
#include "mirim/micro/fully_connected_paired.hpp"
#include "mirim/micro/fully_connected_short.hpp"
#include "mirim/offers/kernels.hpp"
#include "mirim/offers/operands.hpp"
#include "mirim/offers/paired_rows_pack.hpp"
#include "mirim/offers/short_rescale.hpp"

namespace mirim {
namespace {

/// Smaller layers are not worth the code of lanes.
constexpr std::int64_t kFewProducts = 4096;

/// Of a row of inputs, widened whole or piece by piece: more would take RAM from the activations.
constexpr std::int32_t kWholeInputs = 640, kPieceInputs = 256;

// Cycles of a Cortex-M4, measured on the emulated board.
struct LanesPrice {
  static constexpr double kProduct = 1.31, kInput = 1.75, kOutput = 24, kFourOutputs = 30, kPiece = 120, kCall = 150;
};
struct ShortPrice {
  static constexpr double kProduct = 2.5, kRest = 3, kOutput = 12, kCall = 10;
};

std::string refusal(const Work& work, const Target& target) {
  if (!is_int8(work)) return "its operands are not all int8";
  return target.dsp ? "" : fmt::format("{} has no SMLAD", target.name);
}

/// The layer as the short rescaling takes it.
struct ShortLayer {
  std::vector<std::int8_t> weights;  ///< those of outputs with one result are 0
  std::vector<std::int32_t> bias{}, multiplier{};
  std::vector<std::uint8_t> right{};
  bool hollow = false;     ///< there are no weights
  bool one_scale = false;  ///< then multiplier and right have one number
  std::string refusal{};
};

ShortLayer short_layer(const Work& work, const micro::FullyConnectedParams& f) {
  const Scales scales = scales_of(work.plain);
  const auto biases = bias_of(work);
  const auto weights = work.in[1].values<std::int8_t>();
  ShortLayer layer{.weights = {weights.begin(), weights.end()}, .hollow = is_hollow(work.in[1])};
  // Of hollow weights the sums are those of weights of a quarter of the most, more than trained ones have on average.
  const SumRange of_hollow{.least = std::int64_t{f.inputs} * -32 * 128, .most = std::int64_t{f.inputs} * 32 * 127};
  const auto inputs = static_cast<std::size_t>(f.inputs), outputs = static_cast<std::size_t>(f.outputs);
  for (std::size_t o = 0; o < outputs; ++o) {
    const std::span row =
        layer.hollow ? std::span<std::int8_t>() : std::span(layer.weights).subspan(o * inputs, inputs);
    SumRange range = layer.hollow ? of_hollow : SumRange{};
    std::int64_t sum = biases.empty() ? 0 : biases[o];
    for (const std::int8_t w : row) range.add(w), sum += std::int64_t{w} * f.input_offset;
    const std::size_t scale = scales.multiplier.size() > 1 ? o : 0;
    const ShortChannel channel = short_channel(sum, range, scales.multiplier[scale], scales.shift[scale]);
    if (!channel.refusal.empty()) {
      layer.refusal = fmt::format("output {}: {}", o, channel.refusal);
      return layer;
    }
    if (channel.constant) std::ranges::fill(row, std::int8_t{0});
    layer.bias.push_back(static_cast<std::int32_t>(channel.bias));
    layer.multiplier.push_back(channel.multiplier);
    layer.right.push_back(static_cast<std::uint8_t>(channel.right));
  }
  const auto all_equal = [](const auto& values) {
    return std::ranges::adjacent_find(values, std::ranges::not_equal_to{}) == values.end();
  };
  layer.one_scale = all_equal(layer.multiplier) && all_equal(layer.right);
  if (layer.one_scale) layer.multiplier.resize(1), layer.right.resize(1);
  return layer;
}

template <int kStride>
KernelCall call_in_lanes(const micro::FullyConnectedPairedParams& params, bool in_pieces) {
  KernelCall call = make_kernel_call(
      "mirim/micro/fully_connected_paired.hpp",
      fmt::format("fully_connected_paired{}<{}>", in_pieces ? "_in_pieces" : "", kStride), "FullyConnectedPairedParams",
      in_pieces ? &micro::fully_connected_paired_in_pieces<kStride> : &micro::fully_connected_paired<kStride>, params,
      {kernel_input(0), kernel_constant(0), kernel_constant(1), kernel_constant(2), kernel_constant(3),
       kernel_scratch(), kernel_output(0)});
  call.scratch_bytes = in_pieces ? micro::fully_connected_pieces_scratch_bytes(params)
                                 : micro::fully_connected_paired_scratch_bytes(params);
  return call;
}

}  // namespace

Answer offer_fully_connected_paired(const Work& work, const Target& target) {
  if (std::string why = refusal(work, target); !why.empty()) return why;
  const auto& f = *work.plain.parameters_as<micro::FullyConnectedParams>();
  const std::int64_t products = std::int64_t{f.batches} * f.inputs * f.outputs;
  if (products < kFewProducts) return fmt::format("it has fewer than {} products", kFewProducts);
  ShortLayer layer = short_layer(work, f);
  if (!layer.refusal.empty()) return layer.refusal;
  const PairedRows rows =
      layer.hollow ? hollow_paired_rows(f.outputs, f.inputs) : pack_paired_rows(layer.weights, f.inputs);
  if (!rows.refusal.empty()) return rows.refusal;
  for (std::int32_t& bias : layer.bias) bias *= 2;
  layer.bias.resize((layer.bias.size() + 3) / 4 * 4);
  const bool in_pieces = rows.chunk < rows.steps || f.inputs > kWholeInputs;
  const micro::FullyConnectedPairedParams params{
      .batches = f.batches,
      .inputs = f.inputs,
      .outputs = f.outputs,
      .output_offset = f.output_offset,
      .activation_min = f.activation_min,
      .activation_max = f.activation_max,
      .piece = in_pieces ? std::min(rows.chunk, kPieceInputs / 2) : rows.steps};
  Offer offer{.call = layer.one_scale ? call_in_lanes<0>(params, in_pieces) : call_in_lanes<1>(params, in_pieces)};
  offer.call.constants = {make_kernel_constant("weights", rows.words), make_kernel_constant("starts", layer.bias),
                          make_kernel_constant("multiplier", layer.multiplier),
                          make_kernel_constant("right", layer.right)};
  offer.hollow_bytes = hollow_bytes(rows.words, rows.words_size);
  const std::int32_t fours = (f.outputs + 3) / 4, pieces = (rows.steps + params.piece - 1) / params.piece;
  const double row = 8.0 * rows.steps * fours * LanesPrice::kProduct + f.inputs * LanesPrice::kInput +
                     f.outputs * LanesPrice::kOutput +
                     fours * (in_pieces ? pieces * LanesPrice::kPiece : LanesPrice::kFourOutputs) + LanesPrice::kCall;
  offer.cycles = static_cast<std::int64_t>(f.batches * row);
  return offer;
}

Answer offer_fully_connected_short(const Work& work, const Target& target) {
  if (std::string why = refusal(work, target); !why.empty()) return why;
  const auto& f = *work.plain.parameters_as<micro::FullyConnectedParams>();
  const ShortLayer layer = short_layer(work, f);
  if (!layer.refusal.empty()) return layer.refusal;
  const micro::FullyConnectedShortParams params{.batches = f.batches,
                                                .inputs = f.inputs,
                                                .outputs = f.outputs,
                                                .output_offset = f.output_offset,
                                                .multiplier_stride = layer.one_scale ? 0 : 1,
                                                .activation_min = f.activation_min,
                                                .activation_max = f.activation_max};
  Offer offer{.call = make_kernel_call("mirim/micro/fully_connected_short.hpp", "fully_connected_short",
                                       "FullyConnectedShortParams", &micro::fully_connected_short, params,
                                       {kernel_input(0), kernel_constant(0), kernel_constant(1), kernel_constant(2),
                                        kernel_constant(3), kernel_output(0)})};
  offer.call.constants = {make_kernel_constant("weights", layer.weights), make_kernel_constant("bias", layer.bias),
                          make_kernel_constant("multiplier", layer.multiplier),
                          make_kernel_constant("right", layer.right)};
  if (layer.hollow) offer.hollow_bytes = std::int64_t{f.inputs} * f.outputs;
  const double output =
      f.inputs / 4 * 4 * ShortPrice::kProduct + f.inputs % 4 * ShortPrice::kRest + ShortPrice::kOutput;
  offer.cycles = static_cast<std::int64_t>(f.batches * (f.outputs * output + ShortPrice::kCall));
  return offer;
}

}  // namespace mirim
