#include "mirim/micro/unidirectional_sequence_lstm_paired.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mirim/offers/kernels.hpp"
#include "mirim/offers/operands.hpp"
#include "mirim/offers/paired_rows_pack.hpp"
#include "mirim/offers/short_rescale.hpp"

namespace mirim {
namespace {

/// Smaller layers are not worth the kernel's code.
constexpr std::int64_t kFewProducts = 4096;

/// Cycles of a Cortex-M4, measured on the emulated board: of each product, unit, and step.
constexpr double kProduct = 1.31, kUnit = 290, kStep = 150;

/// Empty if the short rescaling takes it.
std::string shift_refusal(const micro::UnidirectionalSequenceLstmParams& p) {
  const auto refuse = [](std::int32_t shift, std::int32_t most) {
    return shift < -30 || shift > most ? fmt::format("a shift of {} is not in [-30, {}]", shift, most) : std::string{};
  };
  std::string why;
  for (int gate = 0; why.empty() && gate < 4; ++gate) {
    why = refuse(p.input_shift[gate], 30);
    if (why.empty()) why = refuse(p.recurrent_shift[gate], 30);
  }
  if (why.empty()) why = refuse(p.cell_shift, -1);
  if (why.empty()) why = refuse(p.output_shift, -1);
  return why;
}

/// Twice the biases of the rows of gates, or why twice a row's sums, shifted to the left by the gate's shift, may not
/// fit 32 bits.
std::string double_biases(std::span<const std::int32_t> bias, std::span<const std::int8_t> weights, std::int32_t size,
                          const std::int32_t (&shift)[4], std::vector<std::int32_t>& starts) {
  for (std::size_t row = 0; row < bias.size(); ++row) {
    const std::int64_t most = ((std::int64_t{1} << 30) - 1) >> std::max(shift[row % 4], 0);
    SumRange range;
    for (const std::int8_t w : weights.subspan(row * static_cast<std::size_t>(size), static_cast<std::size_t>(size))) {
      range.add(w);
    }
    if (bias[row] + range.least < -most || bias[row] + range.most > most || bias[row] < -most || bias[row] > most) {
      return fmt::format("sums around {} do not fit 32 bits when they are shifted", bias[row]);
    }
    starts.push_back(2 * bias[row]);
  }
  return {};
}

}  // namespace

Answer offer_lstm_paired(const Work& work, const Target& target) {
  const auto* p = work.plain.parameters_as<micro::UnidirectionalSequenceLstmParams>();
  if (!p || work.in[0].dtype() != DType::int8) return "its operands are not all int8";
  if (!target.dsp) return fmt::format("{} has no SMLAD", target.name);
  const std::int64_t products = std::int64_t{p->batches} * p->steps * 4 * p->units * (p->inputs + p->units);
  if (products < kFewProducts) return fmt::format("it has fewer than {} products", kFewProducts);
  if (std::string why = shift_refusal(*p); !why.empty()) return why;
  const auto weights = values_of<std::int8_t>(work.plain.constants.at(0));
  const auto recurrent = values_of<std::int8_t>(work.plain.constants.at(1));
  const auto bias = values_of<std::int32_t>(work.plain.constants.at(2));
  const std::size_t half = bias.size() / 2;
  std::vector<std::int32_t> starts;
  std::string why = double_biases(bias.first(half), weights, p->inputs, p->input_shift, starts);
  if (why.empty()) why = double_biases(bias.subspan(half), recurrent, p->units, p->recurrent_shift, starts);
  if (!why.empty()) return why;
  const PairedRows of_input = pack_paired_rows(weights, p->inputs), of_last = pack_paired_rows(recurrent, p->units);
  for (const PairedRows& rows : {of_input, of_last}) {
    if (!rows.refusal.empty()) return rows.refusal;
    if (rows.chunk < rows.steps) return "its rows are longer than a lane holds";
  }
  const auto table = values_of<std::uint16_t>(work.plain.constants.at(3));
  std::vector<std::int16_t> above_half;
  for (const std::uint16_t entry : table) above_half.push_back(static_cast<std::int16_t>(entry - 32768));
  above_half.push_back(above_half.back());
  Offer offer{.call = make_kernel_call("mirim/micro/unidirectional_sequence_lstm_paired.hpp",
                                       "unidirectional_sequence_lstm_paired", "UnidirectionalSequenceLstmParams",
                                       &micro::unidirectional_sequence_lstm_paired, *p,
                                       {work.plain.arguments[0], kernel_constant(0), kernel_constant(1),
                                        kernel_constant(2), kernel_constant(3), kernel_scratch(),
                                        work.plain.arguments[5], work.plain.arguments[6], work.plain.arguments[7]})};
  offer.call.constants = {make_kernel_constant("weights", of_input.words),
                          make_kernel_constant("recurrent", of_last.words), make_kernel_constant("starts", starts),
                          make_kernel_constant("sigmoid", above_half)};
  offer.call.scratch_bytes = micro::lstm_paired_scratch_bytes(*p);
  const std::int64_t steps = std::int64_t{p->batches} * p->steps;
  offer.cycles =
      static_cast<std::int64_t>(static_cast<double>(products) * kProduct +
                                static_cast<double>(steps * p->units) * kUnit + static_cast<double>(steps) * kStep);
  return offer;
}

}  // namespace mirim
