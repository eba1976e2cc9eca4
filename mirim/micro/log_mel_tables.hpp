// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

namespace mirim {
namespace micro {
inline namespace v0 {

/// The tables of log_mel.hpp. Only + - * / of doubles are used, so every machine has the same bits.

struct CosineAndSine {
  double cosine, sine;
};

/// Of `part` of a turn, part in [0, 1]: the Taylor series around the nearest quarter, to 1e-15.
inline CosineAndSine of_turn(double part) {
  const int32_t quarter = static_cast<int32_t>(8 * part + 1) / 2;  // the nearest
  const double x = (part - 0.25 * quarter) * 6.283185307179586476925;
  double c = 1, s = 1, square = x * x;
  for (int32_t k = 20; k > 0; k -= 2) {
    c = 1 - c * square / (k * (k - 1));
    s = 1 - s * square / (k * (k + 1));
  }
  s *= x;
  switch (quarter & 3) {
    case 1:
      return {-s, c};
    case 2:
      return {-c, -s};
    case 3:
      return {s, -c};
    default:
      return {c, s};
  }
}

/// A Hann window, one period of it: 0.5 - 0.5 cos(2 pi n / size).
inline void fill_hann_window(int32_t size, float* window) {
  for (int32_t n = 0; n < size; ++n)
    window[n] = static_cast<float>(0.5 - 0.5 * of_turn(static_cast<double>(n) / size).cosine);
}

/// The factors of fft.hpp: exp(-2 pi sqrt(-1) k / points), k in [0, points / 2).
inline void fill_twiddles(int32_t points, float* twiddles) {
  for (int32_t k = 0; k < points / 2; ++k) {
    const CosineAndSine turn = of_turn(static_cast<double>(k) / points);
    twiddles[2 * k] = static_cast<float>(turn.cosine);
    twiddles[2 * k + 1] = static_cast<float>(-turn.sine);
  }
}

/// The root of degree `degree` of a number from 1 on, by Newton's steps from above.
inline double root_of(double number, int32_t degree) {
  double root = 1 + (number - 1) / degree;
  for (int32_t step = 0; step < 200; ++step) {
    double power = 1;  // root^(degree - 1)
    for (int32_t k = 1; k < degree; ++k) power *= root;
    const double next = root - (root - number / power) / degree;
    if (!(next < root)) break;
    root = next;
  }
  return root;
}

/// Triangles whose corners are equally far apart in mel, 2595 log10(1 + f / 700): band b rises from corner b to b + 1,
/// where it is 1, and falls to corner b + 2, straight in Hz. Corner 0 is `low`, the last one `high`, both in Hz. Equal
/// steps of mel are equal factors of 1 + f / 700. `first` and `count` are [bands], `weights` has room for points + 2.
/// Returns how many weights there are, or -1 - b if band b is so narrow that no k is in it.
inline int32_t fill_mel_bands(int32_t rate, int32_t points, int32_t bands, double low, double high, int16_t* first,
                              int16_t* count, float* weights) {
  const double step = root_of((700 + high) / (700 + low), bands + 1);
  double corners[3] = {low, (700 + low) * step - 700, (700 + low) * step * step - 700};
  int32_t used = 0;
  for (int32_t b = 0; b < bands; ++b) {
    first[b] = count[b] = 0;
    for (int32_t k = 0; k <= points / 2; ++k) {
      const double f = static_cast<double>(k) * rate / points;
      const double rise = (f - corners[0]) / (corners[1] - corners[0]);
      const double fall = (corners[2] - f) / (corners[2] - corners[1]);
      const double weight = rise < fall ? rise : fall;
      if (!(weight > 1e-9)) continue;  // rounding at a corner
      if (count[b] == 0) first[b] = static_cast<int16_t>(k);
      ++count[b];
      weights[used++] = static_cast<float>(weight);
    }
    if (count[b] == 0) return -1 - b;
    corners[0] = corners[1];
    corners[1] = corners[2];
    corners[2] = (700 + corners[2]) * step - 700;
  }
  return used;
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
