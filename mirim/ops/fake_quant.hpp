#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// Rounds to the numbers that an integer of `num_bits` with this range can represent, but stays float:
///   y = (round(clamp(x, least, most) / scale - zero) + zero) * scale, roughly; scale = (max - min) / (levels - 1)
/// with the range nudged so that it represents 0. The gradient passes unchanged inside the range and is 0 outside
/// (Jacob et al., "Quantization and Training of Neural Networks", 2017, section 3). float32. TFLite's FAKE_QUANT.
struct FakeQuant {
  static constexpr std::string_view name = "FAKE_QUANT";
  static constexpr int tflite_code = 80;
  static constexpr int tflite_options = 58;
  static constexpr OperatorKind kind = OperatorKind::type;
  static constexpr bool elementwise = true;

  float min = -6;
  float max = 6;
  std::int32_t num_bits = 8;  ///< 2 to 16
  bool narrow_range = false;  ///< leaves out the lowest integer, as int8 weights do

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  void options(Options& o);
  bool operator==(const FakeQuant&) const = default;
};

}  // namespace mirim
