#include <fmt/format.h>

#include "mirim/offers/kernels.hpp"
#include "mirim/offers/offer.hpp"

namespace mirim {

const std::vector<Kernel>& all_kernels() {
  static const std::vector<Kernel> kernels = {
      {"two filters in a lane, tiles of 4 x 2", "CONV_2D", &offer_conv2d_paired_4x2},
      {"two filters in a lane, tiles of 2 x 4", "CONV_2D", &offer_conv2d_paired_2x4},
      {"two filters in a lane, tiles of 4 x 1", "CONV_2D", &offer_conv2d_paired_4x1},
      {"two filters in a lane, tiles of 4 x 2", "FULLY_CONNECTED", &offer_conv2d_paired_4x2},
      {"two filters in a lane, tiles of 4 x 1", "FULLY_CONNECTED", &offer_conv2d_paired_4x1},
      {"through a plane", "DEPTHWISE_CONV_2D", &offer_depthwise_plane},
      {"as one linear function", "ADD", &offer_linear_pair},
      {"as one linear function", "SUB", &offer_linear_pair},
      {"as one linear function", "QUANTIZE", &offer_linear},
      {"by a table", "QUANTIZE", &offer_table},
      {"with the short rescaling", "MUL", &offer_product_pair},
  };
  return kernels;
}

Choice choose_kernel(const Work& work, const Target& target) {
  Choice choice{.call = work.plain, .kernel = "plain"};
  std::int64_t least = 0;
  for (const Kernel& kernel : all_kernels()) {
    if (kernel.op != work.op.name()) continue;
    Answer answer = kernel.answer(work, target);
    if (const auto* refusal = std::get_if<std::string>(&answer)) {
      choice.considered.push_back({.kernel = std::string(kernel.name), .refusal = *refusal});
      continue;
    }
    Offer& offer = std::get<Offer>(answer);
    choice.considered.push_back({.kernel = std::string(kernel.name), .cycles = offer.cycles});
    if (least > 0 && offer.cycles >= least) continue;
    least = offer.cycles;
    choice.kernel = kernel.name;
    choice.call = std::move(offer.call);
  }
  return choice;
}

}  // namespace mirim
