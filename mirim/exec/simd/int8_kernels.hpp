#pragma once

#include <cstdint>

/// Loops over integers on the vectors of the machine at hand. Sums of products of int16 in int32 are exact in any
/// order, so they have the bits of the plain loops in mirim/micro.
namespace mirim::simd {

/// Rows for `dot_rows` are this many elements long or a multiple of it, filled up with zeros.
inline constexpr std::int64_t kInt16Block = 32;

/// y[i] = x[i] + offset
void widen(const std::int8_t* x, std::int32_t offset, std::int16_t* y, std::int64_t count);

/// sums[r] += sum over k of a[k] * rows[r * length + k]; length is a multiple of kInt16Block.
void dot_rows(const std::int16_t* a, const std::int16_t* rows, std::int64_t row_count, std::int64_t length,
              std::int32_t* sums);

/// sums[i] += a[i] * b[i]
void multiply_add(const std::int16_t* a, const std::int16_t* b, std::int32_t* sums, std::int64_t count);

}  // namespace mirim::simd
