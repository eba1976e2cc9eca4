#include "mirim/micro/softmax_kept.hpp"

#include <fmt/format.h>

#include "mirim/offers/kernels.hpp"

namespace mirim {

Answer offer_softmax_kept(const Work& work, const Target& target) {
  const auto* p = work.plain.parameters_as<micro::SoftmaxParams>();
  if (!p || work.in[0].dtype() != DType::int8 || work.out[0].dtype() != DType::int8) {
    return "its operands are not all int8";
  }
  if (!target.dsp) return fmt::format("{} has no SMMLAR", target.name);
  if (p->depth > micro::kMostKept) return fmt::format("it has more than {} classes", micro::kMostKept);
  Offer offer{.call = make_kernel_call("mirim/micro/softmax_kept.hpp", "softmax_kept", "SoftmaxParams",
                                       &micro::softmax_kept, *p,
                                       {work.plain.arguments[0], kernel_scratch(), work.plain.arguments[1]})};
  offer.call.scratch_bytes = std::int64_t{4} * p->depth;
  offer.call.may_overwrite = work.plain.may_overwrite;
  // Cycles of a Cortex-M4, measured on the emulated board.
  constexpr double kRow = 50, kClass = 88;
  offer.cycles = static_cast<std::int64_t>(p->rows * (kRow + p->depth * kClass));
  return offer;
}

}  // namespace mirim
