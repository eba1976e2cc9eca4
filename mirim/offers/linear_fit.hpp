#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace mirim {

/// What a kernel makes of int8 inputs, its activation included: the judge of a fit.
struct Int8Results {
  std::vector<std::int8_t> of;  ///< of a at a + 128; of a and b at (a + 128) * 256 + b + 128
  std::int32_t activation_min = -128;
  std::int32_t activation_max = 127;

  /// By f(a) and f(a, b), which have the activation's range.
  template <class F>
  static Int8Results of_one(std::int32_t activation_min, std::int32_t activation_max, F f) {
    Int8Results results{{}, activation_min, activation_max};
    for (std::int32_t a = -128; a <= 127; ++a) results.of.push_back(static_cast<std::int8_t>(f(a)));
    return results;
  }
  template <class F>
  static Int8Results of_pairs(std::int32_t activation_min, std::int32_t activation_max, F f) {
    Int8Results results{{}, activation_min, activation_max};
    for (std::int32_t a = -128; a <= 127; ++a) {
      for (std::int32_t b = -128; b <= 127; ++b) results.of.push_back(static_cast<std::int8_t>(f(a, b)));
    }
    return results;
  }
};

/// The numbers of mirim/micro/linear_int8.hpp.
struct LinearFit {
  int shift = 0;
  std::int32_t slope1 = 0;
  std::int32_t slope2 = 0;
  std::int32_t start = 0;
};
inline constexpr std::array kFitShifts = {22, 21, 20};

/// Numbers with which the kernel has these results for every input, if some near the real slopes (output steps for one
/// of the input) have. An input that comes out just between two int8 may
/// exclude all of them, and so may a plain kernel whose first rounding is coarse.
std::optional<LinearFit> fit_linear(const Int8Results& results, double slope);
std::optional<LinearFit> fit_linear_pair(const Int8Results& results, double slope1, double slope2);

}  // namespace mirim
