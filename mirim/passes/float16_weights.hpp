#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Stores float32 constants that nodes read as float16, each behind a DEQUANTIZE, as TensorFlow Lite's float16
/// quantization does: half the file, the same arithmetic. Rounds to the nearest half. A constant stays float32 if a
/// number of it would become infinite, if it is an output or a variable, or if it has fewer elements than a DEQUANTIZE
/// takes bytes for (kSmallForFloat16).
void narrow_to_float16(Graph& graph);

inline constexpr std::int64_t kSmallForFloat16 = 32;

}  // namespace mirim
