#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "mirim/base/error.hpp"
#include "mirim/graph/op.hpp"
#include "mirim/ops/activation.hpp"
#include "mirim/ops/window.hpp"

/// Converts scales and zero points to the integers of the device kernels, with the arithmetic of TensorFlow Lite's
/// kernels (double precision, frexp), so that results agree bit for bit.
namespace mirim {

/// multiplier / 2^31 * 2^shift, multiplier in [2^30, 2^31) or its negative; 0 for 0.
struct QuantizedMultiplier {
  std::int32_t multiplier = 0;
  std::int32_t shift = 0;

  bool operator==(const QuantizedMultiplier&) const = default;
};

/// The nearest to `real`; 0 when |real| < 2^-32. Throws Error when |real| >= 2^30 or is not finite: no kernel could
/// shift that far.
QuantizedMultiplier quantize_multiplier(double real);

/// The largest |x| for which x * 2^left_shift still fits a fixed-point number of `integer_bits` integer bits.
int input_radius(int integer_bits, int left_shift);

/// A per-tensor scale and zero point.
struct PerTensor {
  float scale = 1;
  std::int32_t zero_point = 0;

  bool operator==(const PerTensor&) const = default;
};

/// Of an integer operand, called `what` in messages. Throws Error when it has no scale or several, a scale that is not
/// a positive number, or a zero point outside its type.
PerTensor per_tensor(std::string_view op, std::string_view what, const Operand& operand);

/// Whether integers of this operand represent reals.
inline bool is_quantized(const Operand& operand) { return operand.quantization && !operand.quantization->empty(); }

/// The fused activation in steps of an output of this type. Throws Error if it is no interval.
IntegerRange output_range(std::string_view op, Activation activation, const PerTensor& output,
                          DType dtype = DType::int8);

/// The fused activation for the float kernels: the constant `activation`, {least, most}. Without one it ends at the
/// largest floats, as in TFLite. Throws Error if it is no interval.
KernelConstant activation_bounds(std::string_view op, Activation activation);

/// A count, size or offset as the device's int32. Throws Error when it does not fit.
std::int32_t device_int(std::string_view op, std::int64_t value);

/// Throws Error unless inputs `first` to `last` and the output are all of one of these types and have fewer than 2^31
/// bytes each.
void require_one_type(std::string_view op, Types in, Types out, int first, int last,
                      std::initializer_list<DType> supported);
inline void require_int8(std::string_view op, Types in, Types out, int first, int last) {
  require_one_type(op, in, out, first, last, {DType::int8});
}

/// f(T{}) with T the C++ type of int8, uint8 or int16: picks the instance of a kernel that is a template. Throws Error
/// for any other type.
template <class F>
auto with_integer_type(std::string_view op, DType dtype, F f) {
  switch (dtype) {
    case DType::int8:
      return f(std::int8_t{});
    case DType::uint8:
      return f(std::uint8_t{});
    case DType::int16:
      return f(std::int16_t{});
    default:
      fail("{}: the device kernel takes int8, uint8 or int16, not {}", op, name(dtype));
  }
}

/// Throws Error unless input and output have one scale and zero point: the kernel copies steps unchanged.
void require_same_quantization(std::string_view op, Types in, Types out, int inputs);

/// Throws Error unless every position that the window can reach, padding included, fits the device's 32 bits.
void require_window(std::string_view op, const Window& window, std::int64_t input);

/// The same for both axes of a convolution's input, and for the offset of its first window before it, in elements.
void require_windows(std::string_view op, const Window& vertical, const Window& horizontal, const Shape& input);

}  // namespace mirim
