#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include "mirim/graph/op.hpp"

/// Weights of 4 and 2 bits, which the device keeps packed.
namespace mirim {

/// Whether the weights are int4 or int2.
bool is_packed(const Operand& weights);

/// Weights of a byte each: int8, or int4 or int2 as a graph holds them.
std::span<const std::int8_t> byte_weights(const Operand& weights);

/// How the elements of packed weights [outputs, ...] are cut.
struct PackedLayout {
  std::int64_t groups = 1;    ///< of outputs, each filled up to a multiple of four
  std::int64_t blocks = 1;    ///< of a row, each filled up to a multiple of four
  bool int16_inputs = false;  ///< the order in a word depends on the inputs' type
};

/// The constant `weights` in the order of mirim/micro/packed_rows.hpp. Throws Unsupported if it is no constant.
KernelConstant pack_rows(std::string_view op, const Operand& weights, const PackedLayout& layout);

/// f(std::integral_constant<int, bits>) for int4 or int2.
template <class F>
auto with_packed_bits(DType weights, F f) {
  if (weights == DType::int2) return f(std::integral_constant<int, 2>{});
  return f(std::integral_constant<int, 4>{});
}

/// f(Activation{}, Bias{}, bits) with the C++ types of a layer of int8 or int16 activations, to pick the instance of a
/// kernel. int16 without a bias uses the sums of an int64 bias.
template <class F>
KernelCall with_packed_types(Types in, F f) {
  return with_packed_bits(in[1].dtype(), [&](auto bits) {
    if (in[0].dtype() != DType::int16) return f(std::int8_t{}, std::int32_t{}, bits);
    if (in.has(2) && in[2].dtype() == DType::int32) return f(std::int16_t{}, std::int32_t{}, bits);
    return f(std::int16_t{}, std::int64_t{}, bits);
  });
}

}  // namespace mirim
