#pragma once

#include "mirim/graph/op.hpp"

// clang-format off
/// Operators that find the position of the first extreme element along an axis, a row each:
///   X(type, name, TFLite's code, its options table, the kernel)
/// Inputs: x, any type of numbers, at least one along the axis; the axis, a constant integer, which disappears. Output
/// int32 or int64 by `output_type`.
#define MIRIM_ARG_MAX(X)                 \
  X(ArgMax, "ARG_MAX", 56, 40, arg_max)  \
  X(ArgMin, "ARG_MIN", 79, 57, arg_min)
// clang-format on

namespace mirim {

#define X(Type, tflite_name, code, table, kernel)                     \
  struct Type {                                                       \
    static constexpr std::string_view name = tflite_name;             \
    static constexpr int tflite_code = code;                          \
    static constexpr int tflite_options = table;                      \
    static constexpr std::array roles{role::activation, role::index}; \
    static constexpr OperatorKind kind = OperatorKind::pool;          \
    DType output_type = DType::int32;                                 \
    std::vector<TensorType> infer(Types in) const;                    \
    Cost cost(Types in) const;                                        \
    void forward(Inputs x, Outputs y) const;                          \
    QuantizationRule quantization(Types in) const;                    \
    KernelCall lower(Types in, Types out) const;                      \
    int tflite_version(Types in, Types out) const;                    \
    void options(Options& o);                                         \
    bool operator==(const Type&) const = default;                     \
  };
MIRIM_ARG_MAX(X)
#undef X

}  // namespace mirim
