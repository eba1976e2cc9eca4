#pragma once

#include "mirim/graph/op.hpp"

// clang-format off
/// What is known of a complex number z as one real number, a row each:
///   X(type, TFLite's name and number, the operations for one)
/// x complex64 of any shape; output float32 of the same shape.
#define MIRIM_COMPLEX_PARTS(X)            \
  X(ComplexAbs, "COMPLEX_ABS", 135, 6)    \
  X(Imag,       "IMAG",        133, 0)    \
  X(Real,       "REAL",        134, 0)
// clang-format on

namespace mirim {

#define X(Type, tflite_name, code, operations)            \
  struct Type {                                           \
    static constexpr std::string_view name = tflite_name; \
    static constexpr int tflite_code = code;              \
    static constexpr int tflite_options = 0;              \
    std::vector<TensorType> infer(Types in) const;        \
    Cost cost(Types in) const;                            \
    void forward(Inputs x, Outputs y) const;              \
    KernelCall lower(Types in, Types out) const;          \
    void options(Options&) {}                             \
    bool operator==(const Type&) const = default;         \
  };
MIRIM_COMPLEX_PARTS(X)
#undef X

}  // namespace mirim
