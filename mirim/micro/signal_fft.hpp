// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/fft.hpp"
#include "mirim/micro/requantize.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

/// Transforms of rows in fixed point and in floats. A complex number is a pair of real and imaginary part.
struct SignalFftParams {
  int32_t rows;
  int32_t given;   ///< numbers of a row that the forward transform reads; the rest is 0
  int32_t length;  ///< a power of two, at least 4
};

template <class V>
constexpr void fields(V&& v, const SignalFftParams& p) {
  v("rows", p.rows);
  v("given", p.given);
  v("length", p.length);
}

/// What fixed-point numbers of 16 and of 32 bits multiply with: fractions of 15 and of 31 bits, sums that wrap around.
template <class T>
struct FftNumber;
template <>
struct FftNumber<int16_t> {
  using Product = int32_t;
  using Wrapping = uint32_t;
  static constexpr int kFraction = 15;
  static constexpr int32_t kOne = INT16_MAX;
};
template <>
struct FftNumber<int32_t> {
  using Product = int64_t;
  using Wrapping = uint64_t;
  static constexpr int kFraction = 31;
  static constexpr int32_t kOne = INT32_MAX;
};

/// A sum of products back to T, rounded.
template <class T>
inline T rounded_fraction(typename FftNumber<T>::Wrapping sum) {
  using F = FftNumber<T>;
  const auto half = static_cast<typename F::Wrapping>(1) << (F::kFraction - 1);
  return static_cast<T>(static_cast<typename F::Product>(sum + half) >> F::kFraction);
}

template <class T>
struct FixedComplex {
  T re;
  T im;
};

template <class T>
inline T wrapped_sum(T a, T b) {
  return static_cast<T>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b));
}
template <class T>
inline T wrapped_difference(T a, T b) {
  return static_cast<T>(static_cast<uint32_t>(a) - static_cast<uint32_t>(b));
}
template <class T>
inline FixedComplex<T> operator+(FixedComplex<T> a, FixedComplex<T> b) {
  return {wrapped_sum(a.re, b.re), wrapped_sum(a.im, b.im)};
}
template <class T>
inline FixedComplex<T> operator-(FixedComplex<T> a, FixedComplex<T> b) {
  return {wrapped_difference(a.re, b.re), wrapped_difference(a.im, b.im)};
}
template <class T>
inline FixedComplex<T> operator*(FixedComplex<T> a, FixedComplex<T> b) {
  using W = typename FftNumber<T>::Wrapping;
  const auto product = [](T x, T y) { return static_cast<W>(static_cast<typename FftNumber<T>::Product>(x) * y); };
  return {rounded_fraction<T>(product(a.re, b.re) - product(a.im, b.im)),
          rounded_fraction<T>(product(a.re, b.im) + product(a.im, b.re))};
}
template <class T>
inline FixedComplex<T> conjugate(FixedComplex<T> a) {
  return {a.re, wrapped_difference(T(0), a.im)};
}

/// x / divisor, by a multiplication with a fraction that is slightly too small.
template <class T>
inline T fixed_quotient(T x, int32_t divisor) {
  using F = FftNumber<T>;
  const auto fraction = static_cast<typename F::Product>(F::kOne / divisor);
  return rounded_fraction<T>(static_cast<typename F::Wrapping>(static_cast<typename F::Product>(x) * fraction));
}
template <class T>
inline FixedComplex<T> operator/(FixedComplex<T> a, int32_t divisor) {
  return {fixed_quotient(a.re, divisor), fixed_quotient(a.im, divisor)};
}

/// Where point `from` of `points` must be before the stages: the digits of its number, to base 4 and at last 2, in
/// reverse.
inline int32_t place_before_stages(int32_t from, int32_t points) {
  int32_t place = 0;
  for (int32_t left = points; left > 1;) {
    const int32_t radix = left % 4 == 0 ? 4 : 2;
    left /= radix;
    place += from % radix * left;
    from /= radix;
  }
  return place;
}

/// One stage of `radix` 2 or 4: joins `radix` transforms of m points each. Every sum is divided by the radix first.
/// factors: exp(-2 pi sqrt(-1) k / points), its conjugate for the way back (`inverse`).
template <class T>
inline void fixed_stage(FixedComplex<T>* x, int32_t points, int32_t radix, int32_t m, const FixedComplex<T>* factors,
                        bool inverse) {
  const int32_t step = points / (radix * m);
  for (int32_t first = 0; first < points; first += radix * m) {
    for (int32_t k = 0; k < m; ++k) {
      FixedComplex<T>* a = x + first + k;
      if (radix == 2) {
        const FixedComplex<T> left = a[0] / 2, right = a[m] / 2 * factors[step * k];
        a[m] = left - right;
        a[0] = left + right;
        continue;
      }
      const FixedComplex<T> b = a[m] / 4 * factors[step * k], c = a[2 * m] / 4 * factors[2 * step * k];
      const FixedComplex<T> d = a[3 * m] / 4 * factors[3 * step * k], zero = a[0] / 4;
      const FixedComplex<T> even = zero + c, odd = zero - c, sum = b + d, difference = b - d;
      const FixedComplex<T> turned = {difference.im, wrapped_difference(T(0), difference.re)};  // times -sqrt(-1)
      a[0] = even + sum;
      a[2 * m] = even - sum;
      a[m] = inverse ? odd - turned : odd + turned;
      a[3 * m] = inverse ? odd + turned : odd - turned;
    }
  }
}

/// All stages, the innermost first.
template <class T>
inline void fixed_stages(FixedComplex<T>* x, int32_t points, const FixedComplex<T>* factors, bool inverse) {
  int32_t odd_bit = 1;  // 2 if points is an odd power of two: then the innermost stage has radix 2
  for (int32_t n = points; n > 1; n /= 4) {
    if (n == 2) odd_bit = 2;
  }
  if (odd_bit == 2) fixed_stage(x, points, 2, 1, factors, inverse);
  for (int32_t m = odd_bit; m < points; m *= 4) fixed_stage(x, points, 4, m, factors, inverse);
}

/// input [rows, given], output [rows, length + 2], scratch [length]. factors: of length / 2 points, as pairs; turns:
/// exp(-pi sqrt(-1) ((k + 1) / (length / 2) + 1 / 2)), as pairs.
template <class T>
inline void signal_rfft(const SignalFftParams& p, const T* input, const T* factors, const T* turns, T* scratch,
                        T* output) {
  const int32_t half = p.length / 2;
  auto* z = reinterpret_cast<FixedComplex<T>*>(scratch);
  const auto* turn = reinterpret_cast<const FixedComplex<T>*>(turns);
  for (int32_t r = 0; r < p.rows; ++r, input += p.given, output += p.length + 2) {
    for (int32_t k = 0; k < half; ++k) {
      const T re = 2 * k < p.given ? input[2 * k] : T(0), im = 2 * k + 1 < p.given ? input[2 * k + 1] : T(0);
      z[place_before_stages(k, half)] = {re, im};
    }
    fixed_stages(z, half, reinterpret_cast<const FixedComplex<T>*>(factors), false);
    auto* y = reinterpret_cast<FixedComplex<T>*>(output);
    const FixedComplex<T> mean = z[0] / 2;
    y[0] = {wrapped_sum(mean.re, mean.im), T(0)};
    y[half] = {wrapped_difference(mean.re, mean.im), T(0)};
    for (int32_t k = 1; k <= half / 2; ++k) {
      const FixedComplex<T> a = z[k] / 2, b = conjugate(z[half - k]) / 2;
      const FixedComplex<T> even = a + b, odd = (a - b) * turn[k - 1];
      // Sums of two numbers, halved before they are narrowed.
      const auto halved = [](int64_t sum) { return static_cast<T>(sum >> 1); };
      const bool wide = sizeof(T) == 4;  // there the sum itself has 32 bits
      const auto total = [&](T s, T t) { return halved(wide ? int64_t{wrapped_sum(s, t)} : int64_t{s} + t); };
      const auto rest = [&](T s, T t) { return halved(wide ? int64_t{wrapped_difference(s, t)} : int64_t{s} - t); };
      y[k] = {total(even.re, odd.re), total(even.im, odd.im)};
      y[half - k] = {rest(even.re, odd.re), rest(odd.im, even.im)};
    }
  }
}

/// The way back: input [rows, length + 2], output [rows, length]; factors and turns are the conjugates.
template <class T>
inline void signal_irfft(const SignalFftParams& p, const T* input, const T* factors, const T* turns, T* output) {
  const int32_t half = p.length / 2;
  const auto* turn = reinterpret_cast<const FixedComplex<T>*>(turns);
  for (int32_t r = 0; r < p.rows; ++r, input += p.length + 2, output += p.length) {
    const auto* x = reinterpret_cast<const FixedComplex<T>*>(input);
    auto* z = reinterpret_cast<FixedComplex<T>*>(output);
    const FixedComplex<T> ends = {wrapped_sum(x[0].re, x[half].re), wrapped_difference(x[0].re, x[half].re)};
    z[0] = ends / 2;
    for (int32_t k = 1; k <= half / 2; ++k) {
      const FixedComplex<T> a = x[k] / 2, b = conjugate(x[half - k]) / 2;
      const FixedComplex<T> even = a + b, odd = (a - b) * turn[k - 1];
      z[place_before_stages(k, half)] = even + odd;
      z[place_before_stages(half - k, half)] = conjugate(even - odd);
    }
    fixed_stages(z, half, reinterpret_cast<const FixedComplex<T>*>(factors), true);
  }
}

/// In floats: twiddles as fft.hpp wants them for `length`.
inline void signal_rfft_float(const SignalFftParams& p, const float* input, const float* twiddles, float* output) {
  for (int32_t r = 0; r < p.rows; ++r, input += p.given, output += p.length + 2) {
    for (int32_t i = 0; i < p.length + 2; ++i) output[i] = i < p.given ? input[i] : 0;
    real_fft(output, p.length, twiddles, p.length);
  }
}

/// The conjugate of the transform of conjugates is the transform back. Even and odd numbers are the two parts of half
/// as many complex ones, as in real_fft.
inline void signal_irfft_float(const SignalFftParams& p, const float* input, const float* twiddles, float* output) {
  const int32_t half = p.length / 2;
  const float scale = 1.0F / static_cast<float>(p.length);
  for (int32_t r = 0; r < p.rows; ++r, input += p.length + 2, output += p.length) {
    output[0] = input[0] + input[2 * half];
    output[1] = input[2 * half] - input[0];
    for (int32_t k = 1; k < half; ++k) {
      const float* a = input + 2 * k;
      const float* b = input + 2 * (half - k);
      const float even_re = a[0] + b[0], even_im = a[1] - b[1], odd_re = a[0] - b[0], odd_im = a[1] + b[1];
      const float w_re = twiddles[2 * k], w_im = -twiddles[2 * k + 1];  // the way back turns the other way
      const float turned_re = odd_re * w_re - odd_im * w_im, turned_im = odd_re * w_im + odd_im * w_re;
      output[2 * k] = even_re - turned_im;
      output[2 * k + 1] = -(even_im + turned_re);
    }
    complex_fft(output, half, 1, twiddles, p.length);
    for (int32_t i = 0; i < p.length; i += 2) {
      output[i] *= scale;
      output[i + 1] *= -scale;
    }
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
