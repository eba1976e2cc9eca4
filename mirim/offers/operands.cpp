#include "mirim/offers/operands.hpp"

#include <algorithm>

namespace mirim {
namespace {

bool is_int8_with(DType weights_type, const Work& work) {
  if (work.in[0].dtype() != DType::int8 || work.in[1].dtype() != weights_type || work.out[0].dtype() != DType::int8) {
    return false;
  }
  const Quantization* weights = work.in[1].quantization;
  const bool symmetric = weights == nullptr || std::ranges::all_of(weights->zero_point, [](auto z) { return z == 0; });
  const bool bias = !work.in.has(2) || (work.in[2].is_constant() && work.in[2].dtype() == DType::int32);
  return work.in[1].is_constant() && symmetric && bias;
}

}  // namespace

bool is_int8(const Work& work) { return is_int8_with(DType::int8, work); }

bool is_int8_packed(const Work& work) { return is_int8_with(DType::int4, work) || is_int8_with(DType::int2, work); }

std::span<const std::int32_t> bias_of(const Work& work) {
  return work.in.has(2) ? work.in[2].values<std::int32_t>() : std::span<const std::int32_t>{};
}

Scales scales_of(const KernelCall& plain) {
  return {values_of<std::int32_t>(plain.constants.at(0)), values_of<std::int32_t>(plain.constants.at(1))};
}

}  // namespace mirim
