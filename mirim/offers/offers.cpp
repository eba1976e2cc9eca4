#include <fmt/format.h>

#include <limits>
#include <utility>

#include "mirim/offers/kernels.hpp"
#include "mirim/offers/offer.hpp"
#include "mirim/offers/plain_price.hpp"

namespace mirim {

const std::vector<Kernel>& all_kernels() {
  static const std::vector<Kernel> kernels = {
      {"two filters in a lane, tiles of 4 x 2", "CONV_2D", &offer_conv2d_paired_4x2},
      {"two filters in a lane, tiles of 2 x 4", "CONV_2D", &offer_conv2d_paired_2x4},
      {"two filters in a lane, tiles of 4 x 1", "CONV_2D", &offer_conv2d_paired_4x1},
      {"Winograd's", "CONV_2D", &offer_conv2d_winograd},
      {"four filters in a lane, 4 bits", "CONV_2D", &offer_conv2d_nibbles},
      {"indices into a codebook", "CONV_2D", &offer_conv2d_codebook},
      {"fours of zeros left out", "CONV_2D", &offer_conv2d_sparse},
      {"entropy-coded", "CONV_2D", &offer_conv2d_entropy},
      {"two filters in a lane, tiles of 4 x 2", "FULLY_CONNECTED", &offer_conv2d_paired_4x2},
      {"two outputs in a lane", "FULLY_CONNECTED", &offer_fully_connected_paired},
      {"with the short rescaling", "FULLY_CONNECTED", &offer_fully_connected_short},
      {"four filters in a lane, 4 bits", "FULLY_CONNECTED", &offer_conv2d_nibbles},
      {"indices into a codebook", "FULLY_CONNECTED", &offer_conv2d_codebook},
      {"fours of zeros left out", "FULLY_CONNECTED", &offer_conv2d_sparse},
      {"entropy-coded", "FULLY_CONNECTED", &offer_conv2d_entropy},
      {"two filters in a lane, tiles of 4 x 2", "DEPTHWISE_CONV_2D", &offer_conv2d_paired_4x2},
      {"two filters in a lane, tiles of 2 x 4", "DEPTHWISE_CONV_2D", &offer_conv2d_paired_2x4},
      {"four filters in a lane, 4 bits", "DEPTHWISE_CONV_2D", &offer_conv2d_nibbles},
      {"indices into a codebook", "DEPTHWISE_CONV_2D", &offer_conv2d_codebook},
      {"fours of zeros left out", "DEPTHWISE_CONV_2D", &offer_conv2d_sparse},
      {"entropy-coded", "DEPTHWISE_CONV_2D", &offer_conv2d_entropy},
      {"through a plane", "DEPTHWISE_CONV_2D", &offer_depthwise_plane},
      {"four channels at a time", "DEPTHWISE_CONV_2D", &offer_depthwise_fours},
      {"two gates in a lane", "UNIDIRECTIONAL_SEQUENCE_LSTM", &offer_lstm_paired},
      {"two filters in a lane", "SVDF", &offer_svdf_paired},
      {"four channels at a time", "MAX_POOL_2D", &offer_max_pool_words},
      {"four channels at a time", "AVERAGE_POOL_2D", &offer_average_pool_words},
      {"four channels at a time", "MEAN", &offer_mean_words},
      {"four channels at a time", "SUM", &offer_mean_words},
      {"with exponentials kept", "SOFTMAX", &offer_softmax_kept},
      {"as one linear function", "ADD", &offer_linear_pair},
      {"as one linear function", "SUB", &offer_linear_pair},
      {"as one linear function", "QUANTIZE", &offer_linear},
      {"by a table", "QUANTIZE", &offer_table},
      {"with the short rescaling", "MUL", &offer_product_pair},
  };
  return kernels;
}

std::int64_t flash_of(const Work& work, const KernelCall& call) {
  std::int64_t bytes = 0;
  for (const KernelConstant& constant : call.constants) bytes += static_cast<std::int64_t>(constant.bytes.size());
  for (const KernelArgument& argument : call.arguments) {
    const bool read = argument.from == KernelArgument::From::input && work.in.has(argument.index);
    if (read && work.in[argument.index].is_constant()) bytes += work.in[argument.index].type->bytes();
  }
  return bytes;
}

namespace {

/// The least is the best: first, then second where those are equal.
std::pair<std::int64_t, std::int64_t> badness(std::int64_t cycles, std::int64_t flash, std::int64_t scratch,
                                              Optimize optimize) {
  constexpr std::int64_t kByteOfFlash = 32, kByteOfScratch = 8;
  if (optimize == Optimize::size) return {flash, cycles};
  if (optimize == Optimize::ram) return {scratch, cycles};
  if (optimize == Optimize::speed) return {cycles, flash};
  return {cycles + kByteOfFlash * flash + kByteOfScratch * scratch, flash};
}

}  // namespace

Choice choose_kernel(const Work& work, const Target& target, Optimize optimize) {
  Choice choice{.call = work.plain, .kernel = "plain"};
  auto least = std::pair{std::numeric_limits<std::int64_t>::max(), std::int64_t{0}};
  if (optimize == Optimize::size) least = {flash_of(work, work.plain), 0};
  for (const Kernel& kernel : all_kernels()) {
    if (kernel.op != work.op.name()) continue;
    Answer answer = kernel.answer(work, target);
    if (const auto* refusal = std::get_if<std::string>(&answer)) {
      choice.considered.push_back({.kernel = std::string(kernel.name), .refusal = *refusal});
      continue;
    }
    Offer& offer = std::get<Offer>(answer);
    const std::int64_t flash = flash_of(work, offer.call) + offer.hollow_bytes;
    choice.considered.push_back({.kernel = std::string(kernel.name),
                                 .cycles = offer.cycles,
                                 .flash = flash,
                                 .flash_read = offer.flash_read > 0 ? offer.flash_read : flash});
    const auto its = badness(offer.cycles * work.calls, flash, offer.call.scratch_bytes, optimize);
    if (its >= least) continue;
    least = its;
    choice.kernel = kernel.name;
    choice.call = std::move(offer.call);
  }
  const std::int64_t flash = flash_of(work, work.plain);
  choice.considered.push_back({.kernel = "plain",
                               .cycles = plain_price(work, target),
                               .flash = flash,
                               .flash_read = flash * plain_passes(work)});
  return choice;
}

}  // namespace mirim
