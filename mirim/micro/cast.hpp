// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

namespace mirim {
namespace micro {
inline namespace v0 {

struct CastParams {
  int32_t count;
};

template <class V>
constexpr void fields(V&& v, const CastParams& p) {
  v("count", p.count);
}

/// A float or double as an integer: truncated and clamped to its range, where C++ leaves it undefined. NaN becomes the
/// least.
template <class To, class Real>
inline To integer_of(Real x) {
  constexpr bool is_signed = static_cast<To>(-1) < To{0};
  constexpr int bits = 8 * static_cast<int>(sizeof(To)) - (is_signed ? 1 : 0);
  constexpr auto limit = static_cast<Real>(uint64_t{1} << bits);  // the first that is too large
  constexpr To most = static_cast<To>((uint64_t{1} << bits) - 1);
  constexpr To least = is_signed ? static_cast<To>(-most - 1) : To{0};
  if (!(x > static_cast<Real>(least))) return least;
  return x >= limit ? most : static_cast<To>(x);
}

template <class To, class From>
struct Casting {
  static To of(From x) { return static_cast<To>(x); }
};
template <class From>
struct Casting<bool, From> {
  static bool of(From x) { return x != From{}; }
};
template <class To>
struct Casting<To, float> {
  static To of(float x) { return integer_of<To>(x); }
};
template <class To>
struct Casting<To, double> {
  static To of(double x) { return integer_of<To>(x); }
};
template <>
struct Casting<float, float> {
  static float of(float x) { return x; }
};
template <>
struct Casting<double, float> {
  static double of(float x) { return static_cast<double>(x); }
};
template <>
struct Casting<float, double> {
  static float of(double x) { return static_cast<float>(x); }
};
template <>
struct Casting<double, double> {
  static double of(double x) { return x; }
};
template <>
struct Casting<bool, double> {
  static bool of(double x) { return x != 0.0; }
};
template <>
struct Casting<bool, float> {
  static bool of(float x) { return x != 0.0F; }
};

/// output[i] = input[i] converted to the other type; integers that do not fit lose their upper bits.
template <class From, class To>
inline void cast(const CastParams& p, const From* input, To* output) {
  for (int32_t i = 0; i < p.count; ++i) output[i] = Casting<To, From>::of(input[i]);
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
