#pragma once

#include "mirim/graph/op.hpp"
#include "mirim/ops/activation.hpp"

// clang-format off
/// Operators y = activation(f(a, b)) on every pair of elements, the operands broadcast as TFLite does, a row each:
///   X(type, name, TFLite's code, its options table, its version for int8, f(a, b), df/da, df/db)
/// First those with an int8 kernel for the device.
#define MIRIM_DEPLOYABLE_ARITHMETIC(X)                                  \
  X(Add, "ADD",  0, 11, 2, a + b, 1.0F,  1.0F)                          \
  X(Mul, "MUL", 18, 21, 2, a * b, b,     a)                             \
  X(Sub, "SUB", 41, 28, 2, a - b, 1.0F,  -1.0F)
#define MIRIM_ARITHMETIC(X)                                             \
  X(Div, "DIV", 42, 29, 1, a / b, 1 / b, -a / (b * b))

/// The same without a fused activation, all with an int8 kernel. Where both are equal the gradient goes to a.
#define MIRIM_ELEMENTWISE_BINARY(X)                                                                     \
  X(Maximum, "MAXIMUM", 55, 39, 2, a >= b ? a : b,    a >= b ? 1.0F : 0.0F, a >= b ? 0.0F : 1.0F)       \
  X(Minimum, "MINIMUM", 57, 39, 2, a <= b ? a : b,    a <= b ? 1.0F : 0.0F, a <= b ? 0.0F : 1.0F)       \
  X(Prelu,   "PRELU",   54,  0, 1, a >= 0 ? a : a * b, a >= 0 ? 1.0F : b,   a >= 0 ? 0.0F : a)
// clang-format on

namespace mirim {

#define MIRIM_BINARY_MEMBERS(Type, tflite_name, code, table)                       \
  static constexpr std::string_view name = tflite_name;                            \
  static constexpr int tflite_code = code;                                         \
  static constexpr int tflite_options = table;                                     \
  std::vector<TensorType> infer(Types in) const;                                   \
  Cost cost(Types in) const;                                                       \
  void forward(Inputs x, Outputs y) const;                                         \
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const; \
  int tflite_version(Types in, Types out) const;                                   \
  bool operator==(const Type&) const = default;

#define X(Type, tflite_name, code, table, version_int8, f, slope_a, slope_b) \
  struct Type {                                                              \
    Activation activation = Activation::none;                                \
    void options(Options& o);                                                \
    QuantizationRule quantization(Types in) const;                           \
    KernelCall lower(Types in, Types out) const;                             \
    MIRIM_BINARY_MEMBERS(Type, tflite_name, code, table)                     \
  };
MIRIM_DEPLOYABLE_ARITHMETIC(X)
#undef X

#define X(Type, tflite_name, code, table, version_int8, f, slope_a, slope_b) \
  struct Type {                                                              \
    Activation activation = Activation::none;                                \
    void options(Options& o);                                                \
    MIRIM_BINARY_MEMBERS(Type, tflite_name, code, table)                     \
  };
MIRIM_ARITHMETIC(X)
#undef X

#define X(Type, tflite_name, code, table, version_int8, f, slope_a, slope_b) \
  struct Type {                                                              \
    void options(Options&) {}                                                \
    QuantizationRule quantization(Types in) const;                           \
    KernelCall lower(Types in, Types out) const;                             \
    MIRIM_BINARY_MEMBERS(Type, tflite_name, code, table)                     \
  };
MIRIM_ELEMENTWISE_BINARY(X)
#undef X
#undef MIRIM_BINARY_MEMBERS

}  // namespace mirim
