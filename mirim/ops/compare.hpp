#pragma once

#include "mirim/graph/op.hpp"

// clang-format off
/// Operators that compare every pair of elements, broadcast as in TFLite; the output is bool. float32, int32, int64,
/// bool; int8 and uint8, by their real values if they have scales; int16. A row each:
///   X(type, name, TFLite's code, its options table, its version for int8, for int16)
/// The kernel has the same name in mirim/micro/compare.hpp.
#define MIRIM_COMPARE(X)                               \
  X(Equal,        "EQUAL",         71, 53, 2, 4)       \
  X(Greater,      "GREATER",       61, 44, 2, 1)       \
  X(GreaterEqual, "GREATER_EQUAL", 62, 45, 2, 3)       \
  X(Less,         "LESS",          58, 41, 2, 3)       \
  X(LessEqual,    "LESS_EQUAL",    63, 46, 2, 1)       \
  X(LogicalAnd,   "LOGICAL_AND",   86, 62, 1, 1)       \
  X(LogicalOr,    "LOGICAL_OR",    84, 60, 1, 1)       \
  X(NotEqual,     "NOT_EQUAL",     72, 54, 2, 1)
// clang-format on

namespace mirim {

#define X(Type, tflite_name, code, table, version_int8, version_int16) \
  struct Type {                                                        \
    static constexpr std::string_view name = tflite_name;              \
    static constexpr int tflite_code = code;                           \
    static constexpr int tflite_options = table;                       \
    static constexpr bool elementwise = true;                          \
    std::vector<TensorType> infer(Types in) const;                     \
    Cost cost(Types in) const;                                         \
    void forward(Inputs x, Outputs y) const;                           \
    QuantizationRule quantization(Types in) const;                     \
    KernelCall lower(Types in, Types out) const;                       \
    int tflite_version(Types in, Types out) const;                     \
    void options(Options&) {}                                          \
    bool operator==(const Type&) const = default;                      \
  };
MIRIM_COMPARE(X)
#undef X

}  // namespace mirim
