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
  static constexpr bool floats = true;
  using Sums = __m512i;
  using X = __m512i;
  using W = __m512i;
  struct Scale {
    __m512i left, even, odd, half_even, half_odd, right;
    __mmask16 ties;
    bool shifts_left, simple;
    bool floats;  ///< of the members above only `simple` is set then
    __m512 scale, half;
  };
  /// 64 results: those of four vectors of sums.
  using Packed = __m512i;

  static __mmask16 first(int64_t count) { return static_cast<__mmask16>((1U << count) - 1U); }

  static Sums load_sums(const int32_t* p) { return _mm512_loadu_si512(p); }
  static void store_sums(int32_t* p, Sums sums) { _mm512_storeu_si512(p, sums); }
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

  static void prefetch(const int8_t* p) { _mm_prefetch(p, _MM_HINT_T0); }

  /// The products of even and odd lanes have 64 bits each. Twice the multiplier less 2^32 fits 32 bits, so sum *
  /// multiplier / 2^31 is the high half of a product, without a shift, plus the sum. Half a step and the nudge are
  /// added in 64 bits.
  static Scale load_scale(const Rescale& r, int64_t channel) {
    if (r.in_floats && r.in_floats[channel / lanes]) {
      Scale scale;
      scale.simple = r.simple;
      scale.floats = true;
      scale.scale = _mm512_loadu_ps(r.scale + channel);
      scale.half = _mm512_loadu_ps(r.half + channel);
      return scale;
    }
    const __m512i twice = _mm512_slli_epi32(load_sums(r.multiplier + channel), 1);
    const __m512i nudge = load_sums(r.nudge + channel), half = _mm512_set1_epi64(int64_t{1} << 31);
    const __m512i high_halves = _mm512_set1_epi64(-(int64_t{1} << 32));
    return {load_sums(r.left + channel),
            twice,
            _mm512_srli_epi64(twice, 32),
            _mm512_or_si512(_mm512_slli_epi64(nudge, 32), half),
            _mm512_or_si512(_mm512_and_si512(nudge, high_halves), half),
            load_sums(r.right + channel),
            _mm512_movepi32_mask(load_sums(r.tie + channel)),
            r.shifts_left,
            r.simple,
            false,
            _mm512_setzero_ps(),
            _mm512_setzero_ps()};
  }
  /// float_scale.hpp; a product plus a half, rounded towards zero, truncates to the same integer as the exact one.
  static Sums rescaled_in_floats(Sums sums, const Scale& s) {
    const __m512 x = _mm512_cvtepi32_ps(sums);
    __m512 half = s.half;
    if (!s.simple) {
      constexpr int kSignOrHalf = 0xEA;  // a & b | c
      half = _mm512_castsi512_ps(_mm512_ternarylogic_epi32(_mm512_castps_si512(x), _mm512_set1_epi32(INT32_MIN),
                                                           _mm512_castps_si512(half), kSignOrHalf));
    }
    return _mm512_cvttps_epi32(_mm512_fmadd_round_ps(x, s.scale, half, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC));
  }
  static Sums rescaled(Sums sums, const Scale& s) {
    if (s.floats) return rescaled_in_floats(sums, s);
    const __m512i x = s.shifts_left ? _mm512_sllv_epi32(sums, s.left) : sums;
    return rescaled(x, _mm512_srli_epi64(x, 32), s);
  }
  /// For sums in memory: each row is loaded twice, the second time one lane on. That saves a shuffle to bring odd lanes
  /// to even places, which only one port does. Reads four bytes after the sums.
  static Sums rescaled(const int32_t* sums, const Scale& s) {
    if (s.floats || s.shifts_left) return rescaled(load_sums(sums), s);
    return rescaled(load_sums(sums), load_sums(sums + 1), s);
  }
  static Sums rescaled(__m512i x, __m512i odd_x, const Scale& s) {
    const __m512i even = _mm512_add_epi64(_mm512_mul_epi32(x, s.even), s.half_even);
    const __m512i odd = _mm512_add_epi64(_mm512_mul_epi32(odd_x, s.odd), s.half_odd);
    const __m512i high = _mm512_mask_shuffle_epi32(odd, 0x5555, even, _MM_PERM_DDBB);
    const __m512i y = _mm512_add_epi32(high, x);
    if (s.simple) return _mm512_srav_epi32(y, s.right);
    const __mmask16 ties = _mm512_mask_cmplt_epi32_mask(s.ties, x, _mm512_setzero_si512());
    return _mm512_srav_epi32(_mm512_mask_sub_epi32(y, ties, y, _mm512_set1_epi32(1)), s.right);
  }

  static Packed pack(Sums a, Sums b, Sums c, Sums d, const Rescale& r) {
    __m512i low = _mm512_packs_epi32(a, b), high = _mm512_packs_epi32(c, d);
    if (r.zero_point != 0) {
      const __m512i zero_point = _mm512_set1_epi16(static_cast<int16_t>(r.zero_point));
      low = _mm512_adds_epi16(low, zero_point);
      high = _mm512_adds_epi16(high, zero_point);
    }
    // Packing works within 128 bits: each of them holds four bytes of each of a, b, c, d.
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    __m512i bytes = _mm512_permutexvar_epi32(order, _mm512_packs_epi16(low, high));
    if (r.min == -128 && r.max == 127) return bytes;
    bytes = _mm512_max_epi8(bytes, _mm512_set1_epi8(static_cast<char>(r.min)));
    return _mm512_min_epi8(bytes, _mm512_set1_epi8(static_cast<char>(r.max)));
  }
  static void put_all(int8_t* y, Packed p) { _mm512_storeu_si512(y, p); }
  template <int part>
  static void put(int8_t* y, int64_t count, Packed p) {
    const __m128i bytes = _mm512_extracti32x4_epi32(p, part);
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
