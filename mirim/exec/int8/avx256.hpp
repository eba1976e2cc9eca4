#pragma once

#include <immintrin.h>

#include "mirim/exec/int8/kernels.hpp"

namespace mirim::int8 {
namespace {

/// The primitives of loops.hpp that AVX2 and AVX-VNNI share: all but the dot product.
struct Avx256 {
  static constexpr int64_t lanes = 8;
  static constexpr uint8_t flip = 0x80;
  static constexpr int registers = 16;
  static constexpr bool floats = false;
  using Sums = __m256i;
  struct Scale {
    __m256i left, even, odd, half_even, half_odd, tie, right;
    bool shifts_left, simple;
  };
  /// 32 results: those of four vectors of sums.
  using Packed = __m256i;

  static __m256i load(const void* p) { return _mm256_loadu_si256(static_cast<const __m256i*>(p)); }
  static __m256i broadcast_bytes(const int8_t* p) {
    int32_t four;
    __builtin_memcpy(&four, p, 4);
    return _mm256_set1_epi32(four);
  }
  static Sums load_sums(const int32_t* p) { return load(p); }
  static void store_sums(int32_t* p, Sums sums) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), sums); }
  static Sums filled(int32_t value) { return _mm256_set1_epi32(value); }
  static Sums plus(Sums a, Sums b) { return _mm256_add_epi32(a, b); }
  static Sums minus(Sums a, Sums b) { return _mm256_sub_epi32(a, b); }

  /// Up to 8 bytes.
  static __m128i load_few(const int8_t* p, int64_t count) {
    int64_t eight = 0;
    if (count == 8) {
      __builtin_memcpy(&eight, p, 8);
    } else {
      __builtin_memcpy(&eight, p, static_cast<unsigned long>(count));
    }
    return _mm_cvtsi64_si128(eight);
  }
  static Sums widen(const int8_t* p, int64_t count) { return _mm256_cvtepi8_epi32(load_few(p, count)); }

  static void prefetch(const int8_t* p) { _mm_prefetch(p, _MM_HINT_T0); }

  /// As in avx512.hpp.
  static Scale load_scale(const Rescale& r, int64_t channel) {
    const __m256i twice = _mm256_slli_epi32(load(r.multiplier + channel), 1);
    const __m256i nudge = load(r.nudge + channel), half = _mm256_set1_epi64x(int64_t{1} << 31);
    const __m256i high_halves = _mm256_set1_epi64x(-(int64_t{1} << 32));
    return {load(r.left + channel),
            twice,
            _mm256_srli_epi64(twice, 32),
            _mm256_or_si256(_mm256_slli_epi64(nudge, 32), half),
            _mm256_or_si256(_mm256_and_si256(nudge, high_halves), half),
            load(r.tie + channel),
            load(r.right + channel),
            r.shifts_left,
            r.simple};
  }
  static Sums rescaled(Sums sums, const Scale& s) {
    const __m256i x = s.shifts_left ? _mm256_sllv_epi32(sums, s.left) : sums;
    const __m256i even = _mm256_add_epi64(_mm256_mul_epi32(x, s.even), s.half_even);
    const __m256i odd = _mm256_add_epi64(_mm256_mul_epi32(_mm256_srli_epi64(x, 32), s.odd), s.half_odd);
    const __m256i high = _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA);
    const __m256i y = _mm256_add_epi32(high, x);
    if (s.simple) return _mm256_srav_epi32(y, s.right);
    const __m256i ties = _mm256_and_si256(_mm256_srai_epi32(x, 31), s.tie);
    return _mm256_srav_epi32(_mm256_add_epi32(y, ties), s.right);
  }

  static Packed pack(Sums a, Sums b, Sums c, Sums d, const Rescale& r) {
    const __m256i zero_point = _mm256_set1_epi16(static_cast<int16_t>(r.zero_point));
    const __m256i low = _mm256_adds_epi16(_mm256_packs_epi32(a, b), zero_point);
    const __m256i high = _mm256_adds_epi16(_mm256_packs_epi32(c, d), zero_point);
    // Packing works within 128 bits: both hold four bytes of each of a, b, c, d.
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    __m256i bytes = _mm256_permutevar8x32_epi32(_mm256_packs_epi16(low, high), order);
    bytes = _mm256_max_epi8(bytes, _mm256_set1_epi8(static_cast<char>(r.min)));
    return _mm256_min_epi8(bytes, _mm256_set1_epi8(static_cast<char>(r.max)));
  }
  static void put_all(int8_t* y, Packed p) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(y), p); }
  template <int part>
  static void put(int8_t* y, int64_t count, Packed p) {
    const int64_t eight = _mm256_extract_epi64(p, part);
    if (count == lanes) {
      __builtin_memcpy(y, &eight, 8);
    } else {
      __builtin_memcpy(y, &eight, static_cast<unsigned long>(count));
    }
  }

  static void interleave(const int8_t* const rows[4], int64_t at, int64_t count, int8_t* to) {
    const __m128i low = _mm_unpacklo_epi64(load_few(rows[0] + at, count), load_few(rows[1] + at, count));
    const __m128i high = _mm_unpacklo_epi64(load_few(rows[2] + at, count), load_few(rows[3] + at, count));
    __m256i z = _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
    // Four channels of all rows into each 128 bits, then bytes across.
    z = _mm256_permutevar8x32_epi32(z, _mm256_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7));
    const __m128i across = _mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    z = _mm256_shuffle_epi8(z, _mm256_broadcastsi128_si256(across));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm256_xor_si256(z, _mm256_set1_epi8(static_cast<char>(flip))));
  }

  static void copy(const int8_t* from, int8_t* to, int64_t count) {
    const __m256i bits = _mm256_set1_epi8(static_cast<char>(flip));
    for (; count >= 32; count -= 32, from += 32, to += 32) {
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm256_xor_si256(load(from), bits));
    }
    for (int64_t i = 0; i < count; ++i) to[i] = static_cast<int8_t>(from[i] ^ static_cast<int8_t>(flip));
  }
};

}  // namespace
}  // namespace mirim::int8
