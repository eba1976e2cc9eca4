#pragma once

#include "mirim/graph/op.hpp"

// clang-format off
/// Operators that compare every pair of elements, broadcast as TFLite does; the output is bool. float32. A row each:
///   X(type, name, TFLite's code, its options table, f(a, b))
#define MIRIM_COMPARE(X) \
  X(Greater, "GREATER", 61, 44, a > b)
// clang-format on

namespace mirim {

#define X(Type, tflite_name, code, table, f)              \
  struct Type {                                           \
    static constexpr std::string_view name = tflite_name; \
    static constexpr int tflite_code = code;              \
    static constexpr int tflite_options = table;          \
    std::vector<TensorType> infer(Types in) const;        \
    Cost cost(Types in) const;                            \
    void forward(Inputs x, Outputs y) const;              \
    void options(Options&) {}                             \
    bool operator==(const Type&) const = default;         \
  };
MIRIM_COMPARE(X)
#undef X

}  // namespace mirim
