#pragma once

#include "mirim/graph/op.hpp"
#include "mirim/ops/activation.hpp"

// clang-format off
/// Operators y = activation(f(a, b)) on every pair of elements, the operands broadcast as TFLite does, a row each:
///   X(type, name, TFLite's code, its options table, f(a, b), df/da, df/db)
/// float32; int8, uint8 and int16 quantized; int32 and int64 as they are (see binary_types).
#define MIRIM_ARITHMETIC(X)                       \
  X(Div, "DIV", 42, 29, a / b, 1 / b, -a / (b * b)) \
  X(Mul, "MUL", 18, 21, a * b, b,     a)
/// Those whose options hold pot_scale_int16, which says how a TFLite of old scaled int16. TFLite Micro does not ask.
#define MIRIM_ADDITIVE(X)                         \
  X(Add, "ADD",  0, 11, a + b, 1.0F,  1.0F)       \
  X(Sub, "SUB", 41, 28, a - b, 1.0F,  -1.0F)

/// The same without a fused activation, with what b is and the name as a layer. Where both are equal the gradient goes
/// to a.
///   X(type, name, TFLite's code, its options table, role of b, its name as a layer, f(a, b), df/da, df/db)
#define MIRIM_ELEMENTWISE_BINARY(X)                                                                                     \
  X(Maximum, "MAXIMUM", 55, 39, role::activation, kNoActivation, a >= b ? a : b, a >= b ? 1.0F : 0.0F, a >= b ? 0.0F : 1.0F) \
  X(Minimum, "MINIMUM", 57, 39, role::activation, kNoActivation, a <= b ? a : b, a <= b ? 1.0F : 0.0F, a <= b ? 0.0F : 1.0F) \
  X(Prelu, "PRELU", 54, 0, role::slope, rectifier_called("prelu"), a >= 0 ? a : a * b, a >= 0 ? 1.0F : b, a >= 0 ? 0.0F : a) \
  X(SquaredDifference, "SQUARED_DIFFERENCE", 99, 76, role::activation, kNoActivation, (a - b) * (a - b), 2 * (a - b), 2 * (b - a))

/// Of numbers only, never quantized. A quotient is rounded down, so the remainder has the sign of b. A negative power of
/// an int32 is rounded towards 0. ATAN2 is the angle of the point (b, a).
#define MIRIM_OF_NUMBERS(X)                                                                             \
  X(Atan2,    "ATAN2",    156, 122, std::atan2(a, b),  b / (a * a + b * b), -a / (a * a + b * b))       \
  X(FloorDiv, "FLOOR_DIV", 90,  65, std::floor(a / b), 0.0F, 0.0F)                                      \
  X(FloorMod, "FLOOR_MOD", 95,  72, floor_mod(a, b),   1.0F, -std::floor(a / b))                        \
  X(Pow,      "POW",       78,  56, std::pow(a, b),    b * std::pow(a, b - 1), a > 0 ? std::pow(a, b) * std::log(a) : 0.0F)
// clang-format on

namespace mirim {

#define MIRIM_BINARY_MEMBERS(Type, tflite_name, code, table)                       \
  static constexpr std::string_view name = tflite_name;                            \
  static constexpr int tflite_code = code;                                         \
  static constexpr int tflite_options = table;                                     \
  static constexpr bool elementwise = true;                                        \
  std::vector<TensorType> infer(Types in) const;                                   \
  Cost cost(Types in) const;                                                       \
  void forward(Inputs x, Outputs y) const;                                         \
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const; \
  KernelCall lower(Types in, Types out) const;                                     \
  int tflite_version(Types in, Types out) const;                                   \
  bool operator==(const Type&) const = default;

#define X(Type, tflite_name, code, table, f, slope_a, slope_b) \
  struct Type {                                                \
    Activation activation = Activation::none;                  \
    void options(Options& o);                                  \
    QuantizationRule quantization(Types in) const;             \
    MIRIM_BINARY_MEMBERS(Type, tflite_name, code, table)       \
  };
MIRIM_ARITHMETIC(X)
#undef X

#define X(Type, tflite_name, code, table, f, slope_a, slope_b) \
  struct Type {                                                \
    Activation activation = Activation::none;                  \
    bool pot_scale_int16 = true;                               \
    void options(Options& o);                                  \
    QuantizationRule quantization(Types in) const;             \
    MIRIM_BINARY_MEMBERS(Type, tflite_name, code, table)       \
  };
MIRIM_ADDITIVE(X)
#undef X

#define X(Type, tflite_name, code, table, role_of_b, known_as, f, slope_a, slope_b) \
  struct Type {                                                                     \
    static constexpr std::array roles{role::activation, role_of_b};                 \
    static constexpr ActivationName activation_name = known_as;                     \
    void options(Options&) {}                                                       \
    QuantizationRule quantization(Types in) const;                                  \
    MIRIM_BINARY_MEMBERS(Type, tflite_name, code, table)                            \
  };
MIRIM_ELEMENTWISE_BINARY(X)
#undef X

#define X(Type, tflite_name, code, table, f, slope_a, slope_b) \
  struct Type {                                                \
    void options(Options&) {}                                  \
    MIRIM_BINARY_MEMBERS(Type, tflite_name, code, table)       \
  };
MIRIM_OF_NUMBERS(X)
#undef X
#undef MIRIM_BINARY_MEMBERS

}  // namespace mirim
