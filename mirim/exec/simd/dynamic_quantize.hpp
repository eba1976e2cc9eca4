#pragma once

#include <cstdint>

#include "mirim/micro/dynamic_quantize.hpp"

/// mirim/micro/dynamic_quantize.hpp on vectors, bit for bit.
namespace mirim::simd {

/// The smallest and largest of some floats and 0, and whether all of them are finite (else the two do not count).
struct DynamicRange {
  micro::FloatRange ends;
  bool finite;
};

/// quantize_asymmetric or quantize_symmetric; steps are stored with the bits of `flip` turned.
micro::DynamicScale quantize_dynamic(const float* x, std::int64_t count, bool asymmetric, std::uint8_t flip,
                                     std::int8_t* steps);

/// What becomes of the sums of a layer's channels, where one step of the input stands for `input_scale`:
///   y[c] = min(max((sum[c] - zero_point * total[c]) * (scale[c] * input_scale) + bias[c], least), most)
/// The arrays are filled up to a multiple of 16.
struct DynamicResult {
  const std::int32_t* total;  ///< of the channel's weights
  const float* scale;
  const float* bias;
  float least;
  float most;
};

/// In place: y holds int32 sums [rows][channels] and becomes floats.
void finish_dynamic(const DynamicResult& result, float input_scale, std::int32_t zero_point, void* y, std::int64_t rows,
                    std::int64_t channels);

}  // namespace mirim::simd
