#include "mirim/micro/float_math.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

// Against libm in long double, on floats whose bits are a prime apart: every exponent, either sign, all of the
// neighbourhoods that count.
namespace mirim::micro {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

long double ulp(long double y) {
  int exponent = 0;
  std::frexp(y, &exponent);
  return std::ldexp(1.0L, std::max(exponent - 24, -149));
}

// The largest |f(x) - exact(x)| in units of the last place of the right result; the x where it is, for the message.
template <class F, class Exact>
long double largest_error(F f, Exact exact, float* worst) {
  long double most = 0;
  for (std::uint64_t bits = 0; bits < (std::uint64_t{1} << 32); bits += 4099) {
    const float x = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    if (std::isnan(x)) continue;
    const long double right = exact(static_cast<long double>(x));
    const float y = f(x);
    if (std::isnan(right) && std::isnan(y)) continue;
    if (std::isinf(static_cast<float>(right)) && y == static_cast<float>(right)) continue;
    const long double error = std::fabs(static_cast<long double>(y) - right) / ulp(right);
    if (error <= most) continue;
    most = error;
    *worst = x;
  }
  return most;
}

#define EXPECT_WITHIN(limit, f, exact)                                                                              \
  do {                                                                                                              \
    float worst = 0;                                                                                                \
    const long double most = largest_error([](float x) { return f; }, [](long double x) { return exact; }, &worst); \
    EXPECT_LE(most, limit) << "at " << worst;                                                                       \
    EXPECT_GT(most, 0) << "nothing was compared";                                                                   \
    RecordProperty("ulp", std::to_string(most));                                                                    \
  } while (false)

TEST(FloatMath, the_exponential_is_right_to_one_and_a_half_units) { EXPECT_WITHIN(1.5L, exponential(x), std::exp(x)); }

TEST(FloatMath, the_exponential_less_one_keeps_its_digits_near_zero) {
  EXPECT_WITHIN(2, exponential_minus_one(x), std::expm1(x));
}

TEST(FloatMath, the_logarithm_is_right_to_two_and_a_half_units) { EXPECT_WITHIN(2.5L, logarithm(x), std::log(x)); }

TEST(FloatMath, the_logarithm_of_one_and_more_keeps_its_digits_near_zero) {
  EXPECT_WITHIN(4, logarithm_one_plus(x), std::log1p(x));
}

TEST(FloatMath, roots_are_right_to_one_and_two_units) {
  EXPECT_WITHIN(1, square_root(x), std::sqrt(x));
  EXPECT_WITHIN(2, inverse_square_root(x), 1 / std::sqrt(x));
}

TEST(FloatMath, tanh_and_logistic_are_right_to_three_units) {
  EXPECT_WITHIN(3, hyperbolic_tangent(x), std::tanh(x));
  EXPECT_WITHIN(3, logistic_function(x), 1 / (1 + std::exp(-x)));
}

TEST(FloatMath, soft_plus_and_erf_are_right_to_four_units) {
  EXPECT_WITHIN(4, soft_plus(x), x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)));
  EXPECT_WITHIN(4, error_function(x), std::erf(x));
}

TEST(FloatMath, powers_are_right_to_two_units) {
  EXPECT_WITHIN(2, power(x, 3), std::pow(x, 3.0L));
  EXPECT_WITHIN(2, power(x, -0.75F), std::pow(x, -0.75L));
  EXPECT_WITHIN(2, power(1.25F, x), std::pow(1.25L, x));
  EXPECT_WITHIN(2, power(-3, x), std::pow(-3.0L, x));
}

TEST(FloatMath, angles_are_right_to_three_units) {
  EXPECT_WITHIN(3, angle_of(x, 1), std::atan2(x, 1.0L));
  EXPECT_WITHIN(3, angle_of(-2, x), std::atan2(-2.0L, x));
  for (const float y : {0.0F, -0.0F, 1.0F, -1.0F, kInfinity, -kInfinity}) {
    for (const float x : {0.0F, -0.0F, 1.0F, -1.0F, kInfinity, -kInfinity}) {
      EXPECT_FLOAT_EQ(angle_of(y, x), std::atan2(y, x)) << y << " " << x;
      EXPECT_EQ(std::signbit(angle_of(y, x)), std::signbit(std::atan2(y, x))) << y << " " << x;
      EXPECT_EQ(power(y, x), std::pow(y, x)) << y << " " << x;
    }
  }
}

TEST(FloatMath, sine_and_cosine_are_right_to_a_third_of_a_millionth_up_to_1e9) {
  long double most = 0;
  for (std::uint32_t bits = 0; bits < std::bit_cast<std::uint32_t>(1e9F); bits += 997) {
    for (const float x : {std::bit_cast<float>(bits), -std::bit_cast<float>(bits)}) {
      most = std::max(most, std::fabs(static_cast<long double>(sine(x)) - std::sin(static_cast<long double>(x))));
      most = std::max(most, std::fabs(static_cast<long double>(cosine(x)) - std::cos(static_cast<long double>(x))));
    }
  }
  EXPECT_LE(most, 3e-7L);
  EXPECT_TRUE(std::isnan(sine(2e9F)));
}

TEST(FloatMath, rounding_is_that_of_the_library) {
  for (std::uint64_t bits = 0; bits < (std::uint64_t{1} << 32); bits += 4099) {
    const float x = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    if (std::isnan(x)) continue;
    ASSERT_EQ(rounded_down(x), std::floor(x)) << x;
    ASSERT_EQ(rounded_to_even(x), std::nearbyint(x)) << x;
  }
  EXPECT_EQ(rounded_to_even(2.5F), 2);
  EXPECT_EQ(rounded_to_even(-3.5F), -4);
}

TEST(FloatMath, remainder_is_that_of_the_library) {
  for (std::uint64_t bits = 0; bits < (std::uint64_t{1} << 32); bits += 1299709) {
    const float a = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    for (const float b : {a * 0.3F, 1.0F, -3.7F, 1e-30F, 3e38F, 1e-44F, kInfinity}) {
      const float expected = std::fmod(a, b);
      if (std::isnan(expected)) {
        ASSERT_TRUE(std::isnan(remainder(a, b))) << a << " by " << b;
      } else {
        ASSERT_EQ(remainder(a, b), expected) << a << " by " << b;
      }
    }
  }
  EXPECT_TRUE(std::isnan(remainder(1, 0)));
}

TEST(FloatMath, the_ends_are_those_of_the_library) {
  EXPECT_EQ(exponential(-kInfinity), 0);
  EXPECT_EQ(exponential(kInfinity), kInfinity);
  EXPECT_EQ(exponential(0), 1);
  EXPECT_EQ(exponential_minus_one(-kInfinity), -1);
  EXPECT_EQ(logarithm(0), -kInfinity);
  EXPECT_EQ(logarithm(1), 0);
  EXPECT_EQ(logarithm(kInfinity), kInfinity);
  EXPECT_TRUE(std::isnan(logarithm(-1)));
  EXPECT_EQ(square_root(kInfinity), kInfinity);
  EXPECT_TRUE(std::isnan(square_root(-1)));
  EXPECT_EQ(inverse_square_root(0), kInfinity);
  EXPECT_EQ(hyperbolic_tangent(kInfinity), 1);
  EXPECT_EQ(hyperbolic_tangent(-kInfinity), -1);
  EXPECT_EQ(logistic_function(-kInfinity), 0);
  EXPECT_EQ(logistic_function(kInfinity), 1);
  EXPECT_EQ(soft_plus(kInfinity), kInfinity);
  EXPECT_EQ(error_function(-kInfinity), -1);
}

TEST(FloatMath, no_number_gives_no_number) {
  const float nan = not_a_number();
  for (const float y : {exponential(nan), exponential_minus_one(nan), logarithm(nan), logarithm_one_plus(nan),
                        square_root(nan), inverse_square_root(nan), sine(nan), cosine(nan), hyperbolic_tangent(nan),
                        logistic_function(nan), soft_plus(nan), error_function(nan), rounded_down(nan)}) {
    EXPECT_TRUE(std::isnan(y));
  }
}

}  // namespace
}  // namespace mirim::micro
