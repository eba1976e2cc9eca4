#pragma once

#include <cstdint>
#include <span>

#include "mirim/offers/offer.hpp"

/// Operands of the operators with weights, as offers read them: input, weights, bias.
namespace mirim {

/// Whether input, constant weights (without a zero point) and output are int8, and the bias is a constant of int32 or
/// absent.
bool is_int8(const Work& work);
/// The same with weights of int4 or int2.
bool is_int8_packed(const Work& work);

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
