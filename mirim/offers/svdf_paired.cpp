#include "mirim/micro/svdf_paired.hpp"

#include <fmt/format.h>

#include "mirim/micro/svdf.hpp"
#include "mirim/offers/kernels.hpp"
#include "mirim/offers/operands.hpp"
#include "mirim/offers/paired_rows_pack.hpp"

namespace mirim {
namespace {

/// Smaller layers are not worth the kernel's code.
constexpr std::int64_t kFewProducts = 1024;

/// Cycles of a Cortex-M4, measured on the emulated board: of each product with the input and with the memory, filter,
/// unit, chunk of four filters, and call.
constexpr double kProduct = 1.31, kStep = 3.5, kFilter = 50, kUnit = 30, kChunk = 150, kCall = 200;

/// What the zero point of `values` adds to each of `rows` sums of weights.
template <class T>
std::vector<std::int64_t> zero_point_sums(std::span<const T> weights, std::int64_t rows, std::int64_t zero_point) {
  const std::size_t size = weights.size() / static_cast<std::size_t>(rows);
  std::vector<std::int64_t> sums;
  for (std::size_t at = 0; at < weights.size(); at += size) {
    std::int64_t sum = 0;
    for (const T w : weights.subspan(at, size)) sum += w;
    sums.push_back(-sum * zero_point);
  }
  return sums;
}

std::int32_t wrapped(std::int64_t x) { return static_cast<std::int32_t>(static_cast<std::uint32_t>(x)); }

template <class State>
KernelCall make_call(const Work& work, const micro::SvdfParams& plain, const PairedRows& rows,
                     std::vector<std::int32_t> starts) {
  starts.resize((starts.size() + 3) / 4 * 4);
  const auto of_units = zero_point_sums(work.in[2].values<State>(), plain.units, plain.state_zero_point);
  std::vector<std::int32_t> bias;
  for (std::size_t unit = 0; unit < of_units.size(); ++unit) {
    bias.push_back(wrapped(of_units[unit] + (work.in.has(3) ? work.in[3].values<std::int32_t>()[unit] : 0)));
  }
  const micro::SvdfPairedParams p{.batches = plain.batches,
                                  .inputs = plain.inputs,
                                  .units = plain.units,
                                  .rank = plain.rank,
                                  .memory = plain.memory,
                                  .state_zero_point = plain.state_zero_point,
                                  .state_multiplier = plain.state_multiplier,
                                  .state_shift = plain.state_shift,
                                  .output_multiplier = plain.output_multiplier,
                                  .output_shift = plain.output_shift,
                                  .output_offset = plain.output_offset,
                                  .chunk = rows.chunk};
  KernelCall call =
      make_kernel_call("mirim/micro/svdf_paired.hpp", "svdf_paired", "SvdfPairedParams", &micro::svdf_paired<State>, p,
                       {kernel_input(0), kernel_constant(0), kernel_constant(1), kernel_input(2), kernel_constant(2),
                        kernel_variable(4), kernel_scratch(), kernel_output(0)});
  call.constants = {make_kernel_constant("feature", rows.words), make_kernel_constant("starts", starts),
                    make_kernel_constant("bias", bias)};
  call.scratch_bytes = micro::svdf_paired_scratch_bytes(p);
  return call;
}

}  // namespace

Answer offer_svdf_paired(const Work& work, const Target& target) {
  const auto* plain = work.plain.parameters_as<micro::SvdfParams>();
  if (!plain) return "its operands are not all int8";
  if (!target.dsp) return fmt::format("{} has no SMLAD", target.name);
  const std::int64_t filters = std::int64_t{plain->units} * plain->rank;
  const std::int64_t products = plain->batches * filters * plain->inputs;
  if (products < kFewProducts) return fmt::format("it has fewer than {} products with its input", kFewProducts);
  if (plain->state_shift < -30 || plain->state_shift > -1) {
    return fmt::format("a shift of {} is not in [-30, -1]", plain->state_shift);
  }
  const auto feature = work.in[1].values<std::int8_t>();
  // lower checks that the sums fit 32 bits; here twice their value has to.
  std::vector<std::int32_t> starts;
  for (const std::int64_t sum : zero_point_sums(feature, filters, -std::int64_t{plain->input_offset})) {
    constexpr std::int64_t kMost = std::int64_t{1} << 30;
    const std::int64_t products_of_row = std::int64_t{128} * 128 * plain->inputs;
    if (std::abs(sum) + products_of_row >= kMost) return "its sums need more than 31 bits";
    starts.push_back(static_cast<std::int32_t>(2 * sum));
  }
  const PairedRows rows = pack_paired_rows(feature, plain->inputs);
  if (!rows.refusal.empty()) return rows.refusal;
  const bool wide = work.in[4].dtype() == DType::int16;
  Offer offer{.call = wide ? make_call<std::int16_t>(work, *plain, rows, std::move(starts))
                           : make_call<std::int8_t>(work, *plain, rows, std::move(starts))};
  const std::int64_t batches = plain->batches;
  const std::int64_t chunks = rows.chunk < rows.steps ? (rows.steps + rows.chunk - 1) / rows.chunk : 0;
  offer.cycles = static_cast<std::int64_t>(
      static_cast<double>(batches * chunks * (filters + 3) / 4) * kChunk + static_cast<double>(products) * kProduct +
      static_cast<double>(batches * filters * plain->memory) * kStep +
      static_cast<double>(batches * filters) * kFilter + static_cast<double>(batches * plain->units) * kUnit + kCall);
  return offer;
}

}  // namespace mirim
