#pragma once

#include "mirim/graph/op.hpp"

// clang-format off
/// Operators on the bits of every pair of integers of 8, 16 or 32 bits, broadcast as in TFLite, whatever scale they have;
/// a row each. A shift keeps the sign; one outside of 0 to all bits but one becomes the nearest of these.
///   X(type, name, TFLite's code, its options table)
/// The kernel has the same name in mirim/micro/number_pairs.hpp.
#define MIRIM_BITWISE(X)                     \
  X(BitwiseXor, "BITWISE_XOR", 160, 125)     \
  X(RightShift, "RIGHT_SHIFT", 161, 126)
// clang-format on

namespace mirim {

#define X(Type, tflite_name, code, table)                 \
  struct Type {                                           \
    static constexpr std::string_view name = tflite_name; \
    static constexpr int tflite_code = code;              \
    static constexpr int tflite_options = table;          \
    static constexpr bool elementwise = true;             \
    std::vector<TensorType> infer(Types in) const;        \
    Cost cost(Types in) const;                            \
    void forward(Inputs x, Outputs y) const;              \
    KernelCall lower(Types in, Types out) const;          \
    void options(Options&) {}                             \
    bool operator==(const Type&) const = default;         \
  };
MIRIM_BITWISE(X)
#undef X

}  // namespace mirim
