#pragma once

#include "mirim/graph/op.hpp"

// clang-format off
/// Operators that combine the rows of each segment, a row each:
///   X(type, name, TFLite's code, options table, the device kernel, what an empty segment is, dy/dx)
/// y[s] = all x[r] with segments[r] = s, combined. In dy/dx, x is an element of a row and y that of its segment.
///
/// Inputs: x [rows..., ...], float32 or int32; segments [rows...], int32, below 0 for a row that counts nowhere; the
/// number of segments, a constant int32. Segments that are too high are refused as constants, and left out otherwise.
#define MIRIM_UNSORTED_SEGMENT(X)                                                                                      \
  X(UnsortedSegmentMax,  "UNSORTED_SEGMENT_MAX",  154, 119, unsorted_segment_max,  std::numeric_limits<T>::lowest(), x == y ? 1.0F : 0.0F) \
  X(UnsortedSegmentMin,  "UNSORTED_SEGMENT_MIN",  157, 120, unsorted_segment_min,  std::numeric_limits<T>::max(),    x == y ? 1.0F : 0.0F) \
  X(UnsortedSegmentProd, "UNSORTED_SEGMENT_PROD", 153, 118, unsorted_segment_prod, T{1},                             y / x)                \
  X(UnsortedSegmentSum,  "UNSORTED_SEGMENT_SUM",  155, 121, unsorted_segment_sum,  T{0},                             1.0F)
// clang-format on

namespace mirim {

#define X(Type, tflite_name, code, options_table, kernel, empty, slope)              \
  struct Type {                                                                      \
    static constexpr std::string_view name = tflite_name;                            \
    static constexpr int tflite_code = code;                                         \
    static constexpr int tflite_options = options_table;                             \
    static constexpr std::array roles{role::activation, role::index, role::index};   \
    std::vector<TensorType> infer(Types in) const;                                   \
    Cost cost(Types in) const;                                                       \
    void forward(Inputs x, Outputs y) const;                                         \
    void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const; \
    KernelCall lower(Types in, Types out) const;                                     \
    void options(Options&) {}                                                        \
    bool operator==(const Type&) const = default;                                    \
  };
MIRIM_UNSORTED_SEGMENT(X)
#undef X

}  // namespace mirim
