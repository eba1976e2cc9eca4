// QUANTIZE, ADD, SUB and MUL as linear functions against the plain kernels. tests/compile runs the same cases on an
// emulated board.
#include <gtest/gtest.h>

#include "tests/offers/linear_cases.hpp"

namespace mirim {
namespace {

// f<kShift>() with the shift of a fit.
template <class F>
void with_shift(int shift, F f) {
  if (shift == 20) f.template operator()<20>();
  if (shift == 21) f.template operator()<21>();
  if (shift == 22) f.template operator()<22>();
}

TEST(LinearPair, has_the_bits_of_add_and_sub) {
  int fitted = 0;
  for (std::uint32_t seed = 1; seed <= 150; ++seed) {
    SCOPED_TRACE(seed);
    const test::AddCase c = test::add_case(seed);
    const auto fit = fit_linear_pair(c.results(), c.slope1, c.slope2);
    if (!fit) continue;
    ++fitted;
    const micro::LinearPairParams p = test::fitted(c, *fit);
    std::vector<std::int8_t> y(c.expected.size());
    with_shift(fit->shift, [&]<int kShift>() {
      micro::linear_pair<kShift, true>(p, c.input1.data(), c.input2.data(), y.data());
      ASSERT_EQ(y, c.expected);
      if (p.activation_min != -128 || p.activation_max != 127) return;
      y = c.input1;  // in place
      micro::linear_pair<kShift, false>(p, y.data(), c.input2.data(), y.data());
      ASSERT_EQ(y, c.expected);
    });
  }
  EXPECT_GT(fitted, 110);
}

TEST(ProductPair, has_the_bits_of_mul) {
  for (std::uint32_t seed = 1; seed <= 1000; ++seed) {
    SCOPED_TRACE(seed);
    const test::MulCase c = test::mul_case(seed);
    const micro::ProductPairParams p = test::product_params(c);
    std::vector<std::int8_t> y(c.expected.size());
    micro::product_pair<true>(p, c.input1.data(), c.input2.data(), y.data());
    ASSERT_EQ(y, c.expected);
    if (p.activation_min != -128 || p.activation_max != 127) continue;
    y = c.input1;  // in place
    micro::product_pair<false>(p, y.data(), c.input2.data(), y.data());
    ASSERT_EQ(y, c.expected);
  }
}

TEST(Linear, has_the_bits_of_quantize) {
  int fitted = 0;
  for (std::uint32_t seed = 1; seed <= 400; ++seed) {
    SCOPED_TRACE(seed);
    const test::RequantizeCase c = test::requantize_case(seed);
    const auto fit = fit_linear(c.results(), c.slope);
    if (!fit) continue;
    ++fitted;
    const micro::LinearParams p = test::fitted(c, *fit);
    std::vector<std::int8_t> y = c.input;
    with_shift(fit->shift, [&]<int kShift>() {
      micro::linear<kShift, false>(p, y.data(), y.data());
      ASSERT_EQ(y, c.expected);
    });
  }
  EXPECT_GT(fitted, 250);
}

TEST(LinearFit, rounds_ties_away_from_zero) {
  // x / 2: 1 becomes 0.5, which is 1; -1 becomes -0.5, which is -1.
  const auto halves = Int8Results::of_one(-128, 127, [](std::int32_t x) { return (x + (x < 0 ? -1 : 1)) / 2; });
  const auto fit = fit_linear(halves, 0.5);
  ASSERT_TRUE(fit);
  for (std::int32_t x = -128; x <= 127; ++x) {
    EXPECT_EQ((fit->start + ((std::int64_t{fit->slope1} * x) >> 8)) >> fit->shift, (x + (x < 0 ? -1 : 1)) / 2);
  }
}

TEST(LinearFit, is_none_for_what_is_not_linear) {
  EXPECT_FALSE(fit_linear(Int8Results::of_one(-128, 127, [](std::int32_t x) { return x < 0 ? x / 8 : x; }), 1));
}

}  // namespace
}  // namespace mirim
