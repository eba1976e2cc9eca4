#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "mirim/offers/offer.hpp"

/// Operands of the operators with weights, as offers read them: input, weights, bias.
namespace mirim {

/// Whether input, constant weights (without a zero point) and output are int8, and the bias is a constant of int32 or
/// absent.
bool is_int8(const Work& work);
/// The same with weights of int4 or int2.
bool is_int8_packed(const Work& work);

/// Offer::hollow_bytes of a pack that should have `size` words.
inline std::int64_t hollow_bytes(const std::vector<std::uint32_t>& words, std::size_t size) {
  return 4 * static_cast<std::int64_t>(size - words.size());
}

/// Why kernels for particular weights refuse hollow ones.
inline constexpr const char* kWeightsUnknown = "its weights are not known";

/// Empty without one.
std::span<const std::int32_t> bias_of(const Work& work);

/// The numbers of a constant of a plain call.
template <class T>
std::span<const T> values_of(const KernelConstant& constant) {
  return {reinterpret_cast<const T*>(constant.bytes.data()), constant.bytes.size() / sizeof(T)};
}

/// The first two constants of a plain call.
struct Scales {
  std::span<const std::int32_t> multiplier, shift;
};
Scales scales_of(const KernelCall& plain);

}  // namespace mirim
