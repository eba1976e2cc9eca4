// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

/// Float functions without a library. Each states its largest error in units in the last place of the result (ulp),
/// which tests/micro/float_math_test.cpp checks. NaN gives NaN.
namespace mirim {
namespace micro {
inline namespace v0 {

/// The bits of an IEEE single, and the single with these bits. Copied byte by byte, the only way that C++17 allows;
/// compilers turn it into a move.
inline uint32_t bits_of(float x) {
  uint32_t bits = 0;
  const auto* from = reinterpret_cast<const unsigned char*>(&x);
  auto* to = reinterpret_cast<unsigned char*>(&bits);
  for (int i = 0; i < 4; ++i) to[i] = from[i];
  return bits;
}
inline float float_of(uint32_t bits) {
  float x = 0;
  const auto* from = reinterpret_cast<const unsigned char*>(&bits);
  auto* to = reinterpret_cast<unsigned char*>(&x);
  for (int i = 0; i < 4; ++i) to[i] = from[i];
  return x;
}

inline float infinity() { return float_of(UINT32_C(0x7F800000)); }
inline float not_a_number() { return float_of(UINT32_C(0x7FC00000)); }
inline float absolute(float x) { return x < 0 ? -x : x; }

/// 2^n, n in [-126, 127].
inline float power_of_two(int32_t n) { return float_of(static_cast<uint32_t>(n + 127) << 23); }

/// The largest whole number <= x. From 2^23 on every float is whole.
inline float rounded_down(float x) {
  if (!(absolute(x) < 8388608.0F)) return x;
  const auto whole = static_cast<float>(static_cast<int32_t>(x));
  return whole > x ? whole - 1 : whole;
}

/// The nearest whole number, ties to even.
inline float rounded_to_even(float x) {
  if (!(absolute(x) < 8388608.0F)) return x;
  const float down = rounded_down(x), rest = x - down;
  const bool odd = (static_cast<int32_t>(down) & 1) != 0;
  return rest > 0.5F || (rest == 0.5F && odd) ? down + 1 : down;
}

/// The remainder of a after subtracting b as often as it fits, with a's sign: C's fmod, exactly.
inline float remainder(float a, float b) {
  const float divisor = absolute(b);
  float rest = absolute(a), multiple = divisor;
  if (a != a || b != b || rest == infinity() || divisor == 0) return not_a_number();
  if (divisor == infinity()) return a;
  // b is doubled while it fits; then its multiples are subtracted, the largest first, so no step rounds.
  while (multiple <= rest * 0.5F) multiple += multiple;
  for (; multiple >= divisor; multiple *= 0.5F) {
    if (rest >= multiple) rest -= multiple;
    if (multiple == divisor) break;
  }
  return a < 0 ? -rest : rest;
}

/// x = quotient * log(2) + rest, |rest| <= log(2) / 2. For |x| < 128.
struct ByLogTwo {
  int32_t quotient;
  float rest;
};
inline ByLogTwo divided_by_log_two(float x) {
  const auto n = static_cast<int32_t>(x * 1.44269504F + (x < 0 ? -0.5F : 0.5F));
  const auto whole = static_cast<float>(n);
  // log(2) in two parts, so that the first product is exact.
  return {n, (x - whole * 0.693359375F) + whole * 2.12194440e-4F};
}

/// e^r - 1 for |r| <= log(2) / 2: the Taylor series, whose next term is 2^-27 at most.
inline float small_exponential_minus_one(float r) {
  const float tail = 1.0F / 24 + r * (1.0F / 120 + r * (1.0F / 720 + r * (1.0F / 5040)));
  return r + r * r * (0.5F + r * (1.0F / 6 + r * tail));
}

/// e^x, to 1.5 ulp (to 2^-149 if the result is denormal).
inline float exponential(float x) {
  if (x != x) return x;
  if (x < -104.0F) return 0;
  if (x > 88.73F) return infinity();
  const ByLogTwo d = divided_by_log_two(x);
  // In two steps, since neither 2^128 nor 2^-150 is a normal number.
  const int32_t half = d.quotient / 2;
  return (1 + small_exponential_minus_one(d.rest)) * power_of_two(half) * power_of_two(d.quotient - half);
}

/// e^x - 1, to 2 ulp, also near zero.
inline float exponential_minus_one(float x) {
  if (x != x) return x;
  if (x < -17.5F) return -1;
  if (x > 18.0F) return exponential(x);
  const ByLogTwo d = divided_by_log_two(x);
  const float scale = power_of_two(d.quotient);
  return scale * small_exponential_minus_one(d.rest) + (scale - 1);
}

/// log(x) = n log(2) + log(m), sqrt(1/2) <= m < sqrt(2), and log(m) = 2 (f + f^3/3 + f^5/5 + ...) with
/// f = (m - 1) / (m + 1); to 2.5 ulp. -infinity for 0, NaN below.
inline float logarithm(float x) {
  if (x == 0) return -infinity();
  if (!(x > 0)) return not_a_number();
  if (x == infinity()) return x;
  int32_t n = 0;
  if (x < 1.17549435e-38F) {  // denormal
    x *= 8388608.0F;
    n = -23;
  }
  const uint32_t bits = bits_of(x);
  n += static_cast<int32_t>(bits >> 23) - 127;
  float m = float_of((bits & UINT32_C(0x007FFFFF)) | UINT32_C(0x3F800000));
  if (m > 1.41421356F) {
    m *= 0.5F;
    ++n;
  }
  const float f = (m - 1) / (m + 1), s = f * f;
  const float series = s * (1.0F / 3 + s * (1.0F / 5 + s * (1.0F / 7 + s * (1.0F / 9))));
  const auto whole = static_cast<float>(n);
  return whole * 0.693359375F + (2 * f + (2 * f * series - whole * 2.12194440e-4F));
}

/// log(1 + x), to 4 ulp, also near zero: a factor corrects the rounding of 1 + x.
inline float logarithm_one_plus(float x) {
  const float sum = 1 + x;
  if (sum == 1 || sum == infinity()) return x;
  const float rounded = sum - 1;
  return rounded == x ? logarithm(sum) : logarithm(sum) * (x / rounded);
}

/// 1 / sqrt(x), to 2 ulp, by Newton's steps from a guess that halves the exponent. infinity for 0, NaN below.
inline float inverse_square_root(float x) {
  if (x == 0) return infinity();
  if (!(x > 0)) return not_a_number();
  if (x == infinity()) return 0;
  float scale = 1;
  if (x < 1.17549435e-38F) {  // denormal
    x *= 16777216.0F;
    scale = 4096;
  }
  float y = float_of(UINT32_C(0x5F3759DF) - (bits_of(x) >> 1));
  for (int step = 0; step < 4; ++step) y += 0.5F * y * (1 - x * y * y);
  return y * scale;
}

/// sqrt(x), to 1 ulp. NaN below 0.
inline float square_root(float x) {
  if (x == 0 || x == infinity()) return x;
  if (!(x > 0)) return not_a_number();
  float scale = 1;
  if (x < 1.17549435e-38F) {  // denormal
    x *= 16777216.0F;
    scale = 1.0F / 4096;
  }
  const float y = inverse_square_root(x), root = x * y;
  return (root + 0.5F * y * (x - root * root)) * scale;
}

/// sin(x + quarters * pi / 2), to 3e-7 absolute: x is reduced to |r| <= pi / 4 from the nearest quarter turn, then a
/// Taylor series. NaN from 1e9 on, where adjacent floats are ten turns apart.
inline float sine(float x, int32_t quarters = 0) {
  if (!(absolute(x) < 1e9F)) return not_a_number();
  const auto n = static_cast<int32_t>(static_cast<double>(x) * 0.63661977236758134 + (x < 0 ? -0.5 : 0.5));
  const auto r = static_cast<float>(static_cast<double>(x) - static_cast<double>(n) * 1.5707963267948966);
  const float s = r * r;
  const uint32_t quarter = (static_cast<uint32_t>(n) + static_cast<uint32_t>(quarters)) & 3;
  float y = r + r * s * (-1.0F / 6 + s * (1.0F / 120 + s * (-1.0F / 5040 + s * (1.0F / 362880))));
  if (quarter & 1) y = 1 + s * (-0.5F + s * (1.0F / 24 + s * (-1.0F / 720 + s * (1.0F / 40320))));
  return quarter & 2 ? -y : y;
}

inline float cosine(float x) { return sine(x, 1); }

/// log(x) for a finite x > 0, to 1e-12 relative to the largest of it and 1: the series of `logarithm` with more terms.
inline double precise_logarithm(float x) {
  int32_t n = 0;
  if (x < 1.17549435e-38F) {  // denormal
    x *= 8388608.0F;
    n = -23;
  }
  const uint32_t bits = bits_of(x);
  n += static_cast<int32_t>(bits >> 23) - 127;
  double m = static_cast<double>(float_of((bits & UINT32_C(0x007FFFFF)) | UINT32_C(0x3F800000)));
  if (m > 1.4142135623730951) {
    m *= 0.5;
    ++n;
  }
  const double f = (m - 1) / (m + 1), s = f * f;
  double series = 1.0 / 17;
  for (int32_t k = 15; k > 0; k -= 2) series = 1.0 / k + s * series;
  return n * 0.69314718055994531 + 2 * f * series;
}

/// x^y = e^(y log(x)), to 2 ulp, as C's pow: 1 for y = 0 and for x = 1; NaN for x < 0 unless y is whole.
inline float power(float x, float y) {
  if (y == 0 || x == 1) return 1;
  if (x != x || y != y) return not_a_number();
  // Floats from 2^24 on are even.
  const bool whole = absolute(y) >= 8388608.0F || rounded_down(y) == y;
  const bool odd = whole && absolute(y) < 16777216.0F && rounded_down(y / 2) != y / 2;
  const bool negative = (bits_of(x) >> 31) != 0;
  const float sign = negative && odd ? -1.0F : 1.0F;
  const float a = absolute(x);
  if (a == 0) return sign * (y > 0 ? 0.0F : infinity());
  if (a == infinity()) return sign * (y > 0 ? infinity() : 0.0F);
  if (absolute(y) == infinity()) return a == 1 ? 1.0F : (a > 1) == (y > 0) ? infinity() : 0.0F;
  if (negative && !whole) return not_a_number();
  const double z = static_cast<double>(y) * precise_logarithm(a);
  if (z < -104) return sign * 0.0F;
  if (z > 88.73) return sign * infinity();
  const auto n = static_cast<int32_t>(z * 1.4426950408889634 + (z < 0 ? -0.5 : 0.5));
  const auto rest = static_cast<float>(z - n * 0.69314718055994531);
  const int32_t half = n / 2;
  return sign * (1 + small_exponential_minus_one(rest)) * power_of_two(half) * power_of_two(n - half);
}

/// The angle of the point (x, y) in [-pi, pi], to 3 ulp: the series of atan(u) = u - u^3 / 3 + ... for |u| <= tan(pi /
/// 8).
inline float angle_of(float y, float x) {
  if (x != x || y != y) return not_a_number();
  const float a = absolute(x), b = absolute(y);
  const bool steep = b > a;
  // The smaller over the larger; both 0 or both infinite are the axis and the diagonal.
  float u = a == b ? (a == 0 ? 0.0F : 1.0F) : steep ? a / b : b / a;
  const bool diagonal = u > 0.414213562F;
  if (diagonal) u = (u - 1) / (u + 1);
  const float s = u * u;
  float series = -1.0F / 19;
  series = 1.0F / 17 + s * series;
  series = -1.0F / 15 + s * series;
  series = 1.0F / 13 + s * series;
  series = -1.0F / 11 + s * series;
  series = 1.0F / 9 + s * series;
  series = -1.0F / 7 + s * series;
  series = 1.0F / 5 + s * series;
  series = -1.0F / 3 + s * series;
  float angle = u + u * s * series;
  if (diagonal) angle += 0.785398163F;
  if (steep) angle = 1.57079633F - angle;
  if ((bits_of(x) >> 31) != 0) angle = 3.14159265F - angle;
  return (bits_of(y) >> 31) != 0 ? -angle : angle;
}

/// tanh(x) = -t / (t + 2) with t = exp(-2 |x|) - 1, to 3 ulp.
inline float hyperbolic_tangent(float x) {
  const float t = exponential_minus_one(-2 * absolute(x));
  const float y = t / (t + 2);
  return x < 0 ? y : -y;
}

/// 1 / (1 + exp(-x)), to 3 ulp, without overflow.
inline float logistic_function(float x) {
  const float e = exponential(-absolute(x));
  return x < 0 ? e / (1 + e) : 1 / (1 + e);
}

/// log(1 + exp(x)), to 4 ulp, without overflow.
inline float soft_plus(float x) { return (x > 0 ? x : 0) + logarithm_one_plus(exponential(-absolute(x))); }

/// erf(x), to 4 ulp: up to 1 its Taylor series; above, 1 - exp(-x^2) times a polynomial in 1 / (2 + |x|) (a Chebyshev
/// fit of exp(x^2) erfc(x) on [1, 4], relative error 5e-8).
inline float error_function(float x) {
  if (x != x) return x;
  const float a = absolute(x);
  if (a <= 1) {
    const float s = x * x;
    float series = 1.0F / 76204800;  // 1 / (k! (2k + 1)), k = 10 down to 0, signs alternating
    series = -1.0F / 6894720 + s * series;
    series = 1.0F / 685440 + s * series;
    series = -1.0F / 75600 + s * series;
    series = 1.0F / 9360 + s * series;
    series = -1.0F / 1320 + s * series;
    series = 1.0F / 216 + s * series;
    series = -1.0F / 42 + s * series;
    series = 1.0F / 10 + s * series;
    series = -1.0F / 3 + s * series;
    return 1.12837917F * (x + x * s * series);
  }
  float y = 1;
  if (a < 4) {
    const float u = 12 / (2 + a) - 3;
    const float high = 4.60757823e-5F + u * (-2.80299105e-5F + u * -1.14756122e-6F);
    const float fit = 0.255395676F + u * (0.142395330F + u * (0.0268509124F + u * (0.00292475274F + u * high)));
    y = 1 - exponential(-a * a) * fit;
  }
  return x < 0 ? -y : y;
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
