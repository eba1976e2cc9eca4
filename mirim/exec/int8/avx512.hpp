#pragma once

#include <immintrin.h>

#include "mirim/exec/int8/kernels.hpp"

namespace mirim::int8 {
namespace {

/// The primitives of loops.hpp on AVX-512 with VNNI: VPDPBUSD makes 64 products of uint8 and int8 at once, exactly.
struct Avx512 {
  static constexpr int64_t lanes = 16;
  static constexpr uint8_t flip = 0x80;
  static constexpr int registers = 32;
  using Sums = __m512i;
  using X = __m512i;
  using W = __m512i;
  struct Scale {
    __m512i left, multiplier, multiplier_odd, nudge, right, zero_point;
    __mmask16 ties;
  };

  static __mmask16 first(int64_t count) { return static_cast<__mmask16>((1U << count) - 1U); }

  static Sums load_sums(const int32_t* p) { return _mm512_loadu_si512(p); }
  static W load_w(const int8_t* p) { return _mm512_loadu_si512(p); }
  static X load_x(const int8_t* p) { return _mm512_loadu_si512(p); }
  static X broadcast(const int8_t* p) {
    int32_t four;
    __builtin_memcpy(&four, p, 4);
    return _mm512_set1_epi32(four);
  }
  static Sums dot(Sums sums, X x, W w) { return _mm512_dpbusd_epi32(sums, x, w); }
  static Sums filled(int32_t value) { return _mm512_set1_epi32(value); }
  static Sums plus(Sums a, Sums b) { return _mm512_add_epi32(a, b); }
  static Sums minus(Sums a, Sums b) { return _mm512_sub_epi32(a, b); }
  static Sums widen(const int8_t* p, int64_t count) {
    return _mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(first(count), p));
  }

  static Scale load_scale(const Rescale& r, int64_t channel) {
    const __m512i multiplier = load_sums(r.multiplier + channel);
    return {load_sums(r.left + channel),
            multiplier,
            _mm512_srli_epi64(multiplier, 32),
            load_sums(r.nudge + channel),
            load_sums(r.right + channel),
            _mm512_set1_epi32(r.zero_point),
            _mm512_movepi32_mask(load_sums(r.tie + channel))};
  }
  static Sums rescaled(Sums sums, const Scale& s) {
    const __m512i half = _mm512_set1_epi64(int64_t{1} << 30);
    const __m512i x = _mm512_sllv_epi32(sums, s.left);
    const __m512i even = _mm512_add_epi64(_mm512_mul_epi32(x, s.multiplier), half);
    const __m512i odd = _mm512_add_epi64(_mm512_mul_epi32(_mm512_srli_epi64(x, 32), s.multiplier_odd), half);
    const __m512i high = _mm512_mask_blend_epi32(0xAAAA, _mm512_srli_epi64(even, 31), _mm512_slli_epi64(odd, 1));
    const __mmask16 ties = _mm512_mask_cmplt_epi32_mask(s.ties, sums, _mm512_setzero_si512());
    const __m512i y = _mm512_add_epi32(high, s.nudge);
    const __m512i tied = _mm512_mask_sub_epi32(y, ties, y, _mm512_set1_epi32(1));
    return _mm512_add_epi32(_mm512_srav_epi32(tied, s.right), s.zero_point);
  }
  static void store(int8_t* y, int64_t count, Sums sums, int32_t min, int32_t max) {
    __m128i bytes = _mm512_cvtsepi32_epi8(sums);
    bytes = _mm_max_epi8(_mm_set1_epi8(static_cast<char>(min)), bytes);
    bytes = _mm_min_epi8(_mm_set1_epi8(static_cast<char>(max)), bytes);
    if (count == lanes) {
      _mm_storeu_si128(reinterpret_cast<__m128i*>(y), bytes);
    } else {
      _mm_mask_storeu_epi8(y, first(count), bytes);
    }
  }

  static void interleave(const int8_t* const rows[4], int64_t at, int64_t count, int8_t* to) {
    const __mmask16 mask = first(count);
    __m512i z = _mm512_castsi128_si512(_mm_maskz_loadu_epi8(mask, rows[0] + at));
    z = _mm512_inserti32x4(z, _mm_maskz_loadu_epi8(mask, rows[1] + at), 1);
    z = _mm512_inserti32x4(z, _mm_maskz_loadu_epi8(mask, rows[2] + at), 2);
    z = _mm512_inserti32x4(z, _mm_maskz_loadu_epi8(mask, rows[3] + at), 3);
    // Four channels of all rows into each 128 bits, then bytes across.
    z = _mm512_permutexvar_epi32(_mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), z);
    const __m128i across = _mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    z = _mm512_shuffle_epi8(z, _mm512_broadcast_i32x4(across));
    _mm512_storeu_si512(to, _mm512_xor_si512(z, _mm512_set1_epi8(static_cast<char>(flip))));
  }

  static void copy(const int8_t* from, int8_t* to, int64_t count) {
    const __m512i bits = _mm512_set1_epi8(static_cast<char>(flip));
    for (; count >= 64; count -= 64, from += 64, to += 64) {
      _mm512_storeu_si512(to, _mm512_xor_si512(_mm512_loadu_si512(from), bits));
    }
    if (count <= 0) return;
    const auto mask = static_cast<__mmask64>((uint64_t{1} << count) - 1);
    _mm512_mask_storeu_epi8(to, mask, _mm512_xor_si512(_mm512_maskz_loadu_epi8(mask, from), bits));
  }
};

}  // namespace
}  // namespace mirim::int8
