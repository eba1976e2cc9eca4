#include "mirim/micro/pool_words.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mirim/offers/kernels.hpp"

namespace mirim {
namespace {

// Cycles of a Cortex-M4, measured on the emulated board: of each word that is compared or added, row of a window, word
// of outputs, and pixel, and of four means. Unrolled windows take up to a third less.
constexpr double kComparison = 7, kSum = 5.5, kRow = 6, kOutputs = 12, kPixel = 25, kMeans = 75;

std::string refusal(const Work& work, const Target& target, std::int64_t channels) {
  if (work.in[0].dtype() != DType::int8 || work.out[0].dtype() != DType::int8) return "its operands are not all int8";
  if (!target.dsp) return fmt::format("{} has no SSUB8", target.name);
  return channels < 4 ? "it has fewer than 4 channels" : "";
}

// All windows cost as much as whole ones.
std::int64_t price(const micro::Pool2dParams& p, double word, double outputs) {
  const double rows = std::min(p.filter_height, p.input_height), columns = std::min(p.filter_width, p.input_width);
  const double words = (p.channels + 3) / 4;
  const double pixel = kPixel + words * (rows * (columns * word + kRow) + outputs);
  return static_cast<std::int64_t>(std::int64_t{p.batches} * p.output_height * p.output_width * pixel);
}

Offer offer_of(const Work& work, const char* function,
               void (*kernel)(const micro::Pool2dParams&, const std::int8_t*, std::int8_t*), double word,
               double outputs) {
  const auto& p = *work.plain.parameters_as<micro::Pool2dParams>();
  return {
      .call = make_kernel_call("mirim/micro/pool_words.hpp", function, "Pool2dParams", kernel, p, work.plain.arguments),
      .cycles = price(p, word, outputs)};
}

}  // namespace

Answer offer_max_pool_words(const Work& work, const Target& target) {
  const auto& p = *work.plain.parameters_as<micro::Pool2dParams>();
  if (std::string why = refusal(work, target, p.channels); !why.empty()) return why;
  return offer_of(work, "max_pool_2d_words", &micro::max_pool_2d_words, kComparison, kOutputs);
}

Answer offer_average_pool_words(const Work& work, const Target& target) {
  const auto& p = *work.plain.parameters_as<micro::Pool2dParams>();
  if (std::string why = refusal(work, target, p.channels); !why.empty()) return why;
  if (std::int64_t{p.filter_height} * p.filter_width > micro::kMostInLanes) {
    return fmt::format("its windows have more than {} elements", micro::kMostInLanes);
  }
  return offer_of(work, "average_pool_2d_words", &micro::average_pool_2d_words, kSum, kOutputs + kMeans);
}

Answer offer_mean_words(const Work& work, const Target& target) {
  const auto* p = work.plain.parameters_as<micro::MeanParams>();
  if (!p) return "its operands are not all int8";
  if (std::string why = refusal(work, target, p->kept_stride[2] == 1 ? p->kept_size[2] : 0); !why.empty()) return why;
  if (p->reduced_size[0] * p->reduced_size[1] != 1) return "it adds along axes that are no neighbours";
  Offer offer{.call = make_kernel_call("mirim/micro/pool_words.hpp", "mean_words", "MeanParams", &micro::mean_words, *p,
                                       work.plain.arguments)};
  const double words = static_cast<double>(p->kept_size[0]) * p->kept_size[1] * ((p->kept_size[2] + 3) / 4);
  offer.cycles = static_cast<std::int64_t>(words * (p->reduced_size[2] * kSum + kOutputs + kMeans));
  return offer;
}

}  // namespace mirim
