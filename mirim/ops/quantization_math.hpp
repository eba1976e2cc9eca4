#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "mirim/graph/op.hpp"
#include "mirim/ops/activation.hpp"
#include "mirim/ops/window.hpp"

/// From scales and zero points to the integers that the device kernels take, with the arithmetic of TensorFlow Lite's
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

/// A tensor's one scale and zero point.
struct PerTensor {
  float scale = 1;
  std::int32_t zero_point = 0;

  bool operator==(const PerTensor&) const = default;
};

/// Of an int8 operand, which messages call `what`. Throws Error when it has no scale or several, a scale that is not a
/// positive number, or a zero point outside int8.
PerTensor per_tensor(std::string_view op, std::string_view what, const Operand& operand);

/// What int8 results are clamped to.
struct Int8Range {
  std::int32_t min = -128;
  std::int32_t max = 127;
};

/// The fused activation in steps of the output. Throws Error for those that are no interval.
Int8Range int8_range(std::string_view op, Activation activation, const PerTensor& output);

/// A count, size or offset as the device's int32. Throws Error when it does not fit.
std::int32_t device_int(std::string_view op, std::int64_t value);

/// Throws Error unless inputs `first` to `last` are int8, as is the output, and all have fewer than 2^31 bytes.
void require_int8(std::string_view op, Types in, Types out, int first, int last);

/// Throws Error unless input and output have one scale and zero point: the kernel copies steps as they are.
void require_same_quantization(std::string_view op, Types in, Types out, int inputs);

/// How convolutions and fully connected layers are quantized: activations, symmetric weights with a scale for each
/// index of `channel_axis`, and a bias.
QuantizationRule weighted_rule(int channel_axis);

/// What convolutions and fully connected layers need beside their geometry.
struct WeightedParameters {
  PerTensor input;
  PerTensor output;
  Int8Range range;
  std::int32_t multiplier_stride = 0;     ///< 1: `constants` have an entry for each channel; 0: one for all
  std::vector<KernelConstant> constants;  ///< multiplier and shift: input scale * weights scale / output scale
};

/// For inputs x, weights, bias (optional). `channel_axis` is the weights' axis of output channels. Throws Error for
/// weights that are not symmetric, or per channel along another axis, and where a sum could leave 32 bits.
WeightedParameters weighted_parameters(std::string_view op, Types in, Types out, int channel_axis,
                                       Activation activation);

/// Throws Error unless every position that the window can reach, padding included, fits the device's 32 bits.
void require_window(std::string_view op, const Window& window, std::int64_t input);

/// KernelCall::input_rows of a window, for images one at a time.
std::function<std::pair<std::int64_t, std::int64_t>(std::int64_t, std::int64_t)> window_rows(const Window& vertical,
                                                                                             std::int64_t height);

}  // namespace mirim
