#pragma once

#include "mirim/graph/op.hpp"

// clang-format off
/// Operators that combine many elements into one along given axes, a row each:
///   X(type, name, TFLite's code, dy/dx)
/// In dy/dx, x is an element, y its result and count the number of elements in it. The axes disappear or, with
/// keep_dims, stay with size 1.
///
/// Inputs: x (at most 6 dimensions), and the axes as constant integers, negative ones from the end. float32, int32,
/// int64; int8, uint8 and int16 quantized, except for the product.
#define MIRIM_REDUCE(X)                                       \
  X(Mean,       "MEAN",        40, 1 / count)                 \
  X(ReduceMax,  "REDUCE_MAX",  82, x == y ? 1.0F : 0.0F)      \
  X(ReduceMin,  "REDUCE_MIN",  89, x == y ? 1.0F : 0.0F)      \
  X(ReduceProd, "REDUCE_PROD", 81, y / x)                     \
  X(Sum,        "SUM",         74, 1.0F)

/// The same for bool: X(type, name, TFLite's code)
#define MIRIM_REDUCE_BOOL(X)      \
  X(ReduceAll, "REDUCE_ALL", 140) \
  X(ReduceAny, "REDUCE_ANY", 91)
// clang-format on

namespace mirim {

#define X(Type, tflite_name, code, slope)                                            \
  struct Type {                                                                      \
    static constexpr std::string_view name = tflite_name;                            \
    static constexpr int tflite_code = code;                                         \
    static constexpr int tflite_options = 27;                                        \
    static constexpr std::array roles{role::activation, role::index};                \
    static constexpr OperatorKind kind = OperatorKind::pool;                         \
    bool keep_dims = false;                                                          \
    std::vector<TensorType> infer(Types in) const;                                   \
    Cost cost(Types in) const;                                                       \
    void forward(Inputs x, Outputs y) const;                                         \
    void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const; \
    std::optional<QuantizationRule> quantization(Types in) const;                    \
    KernelCall lower(Types in, Types out) const;                                     \
    int tflite_version(Types in, Types out) const;                                   \
    void options(Options& o);                                                        \
    bool operator==(const Type&) const = default;                                    \
  };
MIRIM_REDUCE(X)
#undef X

#define X(Type, tflite_name, code)                                    \
  struct Type {                                                       \
    static constexpr std::string_view name = tflite_name;             \
    static constexpr int tflite_code = code;                          \
    static constexpr int tflite_options = 27;                         \
    static constexpr std::array roles{role::activation, role::index}; \
    static constexpr OperatorKind kind = OperatorKind::pool;          \
    bool keep_dims = false;                                           \
    std::vector<TensorType> infer(Types in) const;                    \
    Cost cost(Types in) const;                                        \
    void forward(Inputs x, Outputs y) const;                          \
    KernelCall lower(Types in, Types out) const;                      \
    void options(Options& o);                                         \
    bool operator==(const Type&) const = default;                     \
  };
MIRIM_REDUCE_BOOL(X)
#undef X

}  // namespace mirim
