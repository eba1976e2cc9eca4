#pragma once

#include <cstdint>

#include "mirim/micro/dynamic_quantize.hpp"
#include "mirim/micro/fully_connected_blocks.hpp"

/// Vectorised mirim/micro/dynamic_quantize.hpp and what fully_connected_blocks.hpp adds to it, bit for bit.
namespace mirim::simd {

/// The smallest and largest of some floats and 0, valid only if all of them are finite.
struct DynamicRange {
  micro::FloatRange ends;
  bool finite;
};

/// quantize_asymmetric or quantize_symmetric; the steps are stored with the bits of `flip` inverted.
micro::DynamicScale quantize_dynamic(const float* x, std::int64_t count, bool asymmetric, std::uint8_t flip,
                                     std::int8_t* steps);

/// Turns the sums of a layer's channels into floats; one step of the input is `input_scale`:
///   y[c] = min(max((sum[c] - zero_point * total[c]) * (scale[c] * input_scale) + bias[c], least), most)
/// where `weights_first` says that the sum is first multiplied with scale[c], then with input_scale.
/// The arrays are padded to a multiple of 16.
struct DynamicResult {
  const std::int32_t* total;  ///< of the channel's weights
  const float* scale;
  const float* bias;
  float least;
  float most;
  bool weights_first;
};

/// micro::quantize_to_even; the steps are stored with the bits of `flip` inverted.
micro::DynamicScale quantize_to_even(const float* x, std::int64_t count, std::uint8_t flip, std::int8_t* steps);

/// y[c] += (sum[c] - zero_point * total[c]) * scale[c]
void add_dynamic_block(const std::int32_t* sum, std::int32_t zero_point, const std::int32_t* total, const float* scale,
                       std::int64_t channels, float* y);

/// y[c] = min(max(y[c] * input_scale + bias[c], least), most) of `r`.
void finish_dynamic_blocks(const DynamicResult& r, float input_scale, std::int64_t channels, float* y);

/// In place: y holds int32 sums [rows][channels] and becomes floats.
void finish_dynamic(const DynamicResult& result, float input_scale, std::int32_t zero_point, void* y, std::int64_t rows,
                    std::int64_t channels);

}  // namespace mirim::simd
