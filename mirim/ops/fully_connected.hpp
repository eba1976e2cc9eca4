#pragma once

#include "mirim/graph/op.hpp"
#include "mirim/ops/activation.hpp"

namespace mirim {

/// How a file stores the weights of FULLY_CONNECTED; the numbers are TFLite's.
enum class WeightsFormat { standard = 0, shuffled4x16int8 = 1 };

/// The schema's names by number: "DEFAULT", "SHUFFLED4x16INT8".
std::span<const std::string_view> enum_names(WeightsFormat);

/// y[b,o] = activation(bias[o] + sum over i of weights[o,i] * x[b,i])
///
/// Inputs: x of any shape, read as [B,I]; weights [O,I]; bias [O] (optional). Output [B,O], or with keep_num_dims the
/// shape of x with the last dimension O. float32, or int8 with an int32 bias. TFLite's FULLY_CONNECTED.
struct FullyConnected {
  static constexpr std::string_view name = "FULLY_CONNECTED";
  static constexpr int tflite_code = 9;
  static constexpr int tflite_options = 8;
  static constexpr std::array roles{role::activation, role::weights(0), role::bias};

  Activation activation = Activation::none;
  WeightsFormat weights_format = WeightsFormat::standard;
  bool keep_num_dims = false;
  bool asymmetric_quantize_inputs = false;     ///< for dynamic-range files only; kept for the file
  DType quantized_bias_type = DType::float32;  ///< for int16 activations only; kept for the file

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  int tflite_version(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const FullyConnected&) const = default;
};

}  // namespace mirim
