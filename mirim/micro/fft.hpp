// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

namespace mirim {
namespace micro {
inline namespace v0 {

/// Fast Fourier transforms of powers of two in floats, in place. A complex number is a pair of real and imaginary part.
/// `twiddles` has the factors exp(-2 pi sqrt(-1) k / length), k in [0, length / 2), for any transform of at most
/// `length` points.

/// Exchanges the points whose numbers have each other's bits in reverse.
inline void reverse_bits_order(float* x, int32_t points, int32_t stride) {
  int32_t reversed = 0;
  for (int32_t i = 1; i < points; ++i) {
    int32_t bit = points / 2;
    for (; reversed & bit; bit /= 2) reversed -= bit;
    reversed += bit;
    if (i >= reversed) continue;
    float* a = x + 2 * stride * i;
    float* b = x + 2 * stride * reversed;
    for (int k = 0; k < 2; ++k) {
      const float kept = a[k];
      a[k] = b[k];
      b[k] = kept;
    }
  }
}

/// X[u] = sum over k of x[k] exp(-2 pi sqrt(-1) u k / points); point k is at x + 2 * stride * k. By halves
/// (Cooley-Tukey).
inline void complex_fft(float* x, int32_t points, int32_t stride, const float* twiddles, int32_t length) {
  reverse_bits_order(x, points, stride);
  for (int32_t half = 1; half < points; half *= 2) {
    const int32_t step = length / (2 * half);  // from one factor of this stage to the next
    for (int32_t k = 0; k < half; ++k) {
      const float re = twiddles[2 * step * k], im = twiddles[2 * step * k + 1];
      for (int32_t i = k; i < points; i += 2 * half) {
        float* a = x + 2 * stride * i;
        float* b = a + 2 * stride * half;
        const float turned_re = b[0] * re - b[1] * im, turned_im = b[0] * im + b[1] * re;
        b[0] = a[0] - turned_re;
        b[1] = a[1] - turned_im;
        a[0] += turned_re;
        a[1] += turned_im;
      }
    }
  }
}

/// The first points / 2 + 1 numbers of the transform of the real x[0 .. points), which become 2 more floats. Even and
/// odd numbers are the two parts of half as many complex ones, Z. With E and O the transforms of the even and odd ones,
/// Z[k] = E[k] + sqrt(-1) O[k], both of them symmetric, and X[k] = E[k] + factor[k] O[k].
inline void real_fft(float* x, int32_t points, const float* twiddles, int32_t length) {
  if (points == 1) {
    x[1] = 0;
    return;
  }
  const int32_t half = points / 2;
  complex_fft(x, half, 1, twiddles, length);
  const float re = x[0], im = x[1];
  x[0] = re + im;
  x[1] = 0;
  x[2 * half] = re - im;
  x[2 * half + 1] = 0;
  const int32_t step = length / points;
  for (int32_t k = 1; k <= half - k; ++k) {
    float* a = x + 2 * k;
    float* b = x + 2 * (half - k);
    const float even_re = 0.5F * (a[0] + b[0]), even_im = 0.5F * (a[1] - b[1]);
    const float odd_re = 0.5F * (a[1] + b[1]), odd_im = 0.5F * (b[0] - a[0]);
    const float w_re = twiddles[2 * step * k], w_im = twiddles[2 * step * k + 1];
    const float turned_re = odd_re * w_re - odd_im * w_im, turned_im = odd_re * w_im + odd_im * w_re;
    a[0] = even_re + turned_re;
    a[1] = even_im + turned_im;
    b[0] = even_re - turned_re;
    b[1] = turned_im - even_im;
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
