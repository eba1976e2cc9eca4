#pragma once

#include <cmath>

#include "mirim/micro/add.hpp"
#include "mirim/micro/linear_int8.hpp"
#include "mirim/micro/mul.hpp"
#include "mirim/micro/product_int8.hpp"
#include "mirim/micro/quantize.hpp"
#include "mirim/offers/linear_fit.hpp"
#include "mirim/ops/quantization_math.hpp"
#include "tests/offers/cases.hpp"

/// Random elementwise layers with the outputs of the plain kernels.
namespace mirim::test {

inline double case_scale(CaseRandom& random) { return std::exp(random.between(-1500, 500) / 1000.0) / 64; }

/// Sizes and strides of a pair: rows of any length, of which input 2 may be one that is repeated.
template <class Params>
void case_rows(CaseRandom& random, Params& p, bool repeated) {
  const std::int32_t rows = random.between(1, 5), count = random.between(1, 70);
  const std::int32_t size[5] = {1, 1, 1, rows, count};
  for (int k = 0; k < 5; ++k) p.size[k] = size[k], p.input1_stride[k] = p.input2_stride[k] = 0;
  p.input1_stride[3] = count, p.input1_stride[4] = p.input2_stride[4] = 1;
  p.input2_stride[3] = repeated ? 0 : count;
}

template <class Params>
std::size_t case_elements(const Params& p) {
  return static_cast<std::size_t>(std::int64_t{p.size[3]} * p.size[4]);
}

struct AddCase {
  micro::AddParams plain{};
  bool subtracts = false;
  double slope1 = 0, slope2 = 0;  ///< output steps for one of an input
  std::vector<std::int8_t> input1, input2, expected;

  Int8Results results() const {
    return Int8Results::of_pairs(plain.activation_min, plain.activation_max, [this](std::int32_t a, std::int32_t b) {
      const std::int32_t x = micro::scaled_input1(plain, a), y = micro::scaled_input2(plain, b);
      return micro::rescaled_sum(plain, subtracts ? x - y : x + y);
    });
  }
};

inline AddCase add_case(std::uint32_t seed) {
  CaseRandom random(seed);
  AddCase c;
  micro::AddParams& p = c.plain;
  const double a = case_scale(random), b = random.one_in(4) ? a : case_scale(random);
  const double y = random.one_in(4) ? 2 * a : case_scale(random);
  const double twice_larger = 2 * std::max(a, b);
  p.left_shift = 20;
  const auto set = [](double real, std::int32_t& multiplier, std::int32_t& shift) {
    const QuantizedMultiplier q = quantize_multiplier(real);
    multiplier = q.multiplier, shift = q.shift;
  };
  set(a / twice_larger, p.input1_multiplier, p.input1_shift);
  set(b / twice_larger, p.input2_multiplier, p.input2_shift);
  set(twice_larger / (y * (1 << 20)), p.output_multiplier, p.output_shift);
  p.input1_offset = random.between(-127, 128), p.input2_offset = random.between(-127, 128);
  p.output_offset = random.between(-128, 127);
  p.activation_min = random.one_in(2) ? -128 : random.between(-128, 0);
  p.activation_max = random.one_in(2) ? 127 : random.between(1, 127);
  const bool repeated = random.one_in(3);
  case_rows(random, p, repeated);
  c.subtracts = random.one_in(3);
  c.slope1 = a / y, c.slope2 = (c.subtracts ? -b : b) / y;
  const std::size_t count = case_elements(p);
  c.input1 = case_bytes(random, static_cast<std::int64_t>(count), -128);
  c.input2 = case_bytes(random, repeated ? p.size[4] : static_cast<std::int64_t>(count), -128);
  c.expected.resize(count);
  (c.subtracts ? micro::sub<std::int8_t> : micro::add<std::int8_t>)(p, c.input1.data(), c.input2.data(),
                                                                    c.expected.data());
  return c;
}

struct MulCase {
  micro::MulParams plain{};
  std::vector<std::int8_t> input1, input2, expected;
};

inline MulCase mul_case(std::uint32_t seed) {
  CaseRandom random(seed);
  MulCase c;
  micro::MulParams& p = c.plain;
  const double slope = random.one_in(4) ? 1.0 / (1 << random.between(2, 8)) : case_scale(random) / 2;
  const QuantizedMultiplier q = quantize_multiplier(slope);
  p.output_multiplier = q.multiplier, p.output_shift = q.shift;
  p.input1_offset = random.between(-127, 128), p.input2_offset = random.between(-127, 128);
  p.output_offset = random.between(-128, 127);
  p.activation_min = random.one_in(2) ? -128 : random.between(-128, 0);
  p.activation_max = random.one_in(2) ? 127 : random.between(1, 127);
  const bool repeated = random.one_in(3);
  case_rows(random, p, repeated);
  const std::size_t count = case_elements(p);
  c.input1 = case_bytes(random, static_cast<std::int64_t>(count), -128);
  c.input2 = case_bytes(random, repeated ? p.size[4] : static_cast<std::int64_t>(count), -128);
  c.expected.resize(count);
  micro::mul(p, c.input1.data(), c.input2.data(), c.expected.data());
  return c;
}

struct RequantizeCase {
  micro::RequantizeParams plain{};
  double slope = 0;
  std::vector<std::int8_t> input, expected;

  Int8Results results() const {
    return Int8Results::of_one(-128, 127, [this](std::int32_t x) {
      micro::RequantizeParams one = plain;
      one.count = 1;
      const auto from = static_cast<std::int8_t>(x);
      std::int8_t to = 0;
      micro::requantize(one, &from, &to);
      return to;
    });
  }
};

inline RequantizeCase requantize_case(std::uint32_t seed) {
  CaseRandom random(seed);
  RequantizeCase c;
  c.slope = random.one_in(4) ? 0.5 * random.between(1, 3) : case_scale(random) * 64;
  const QuantizedMultiplier q = quantize_multiplier(c.slope);
  c.plain = {.count = random.between(1, 300),
             .input_offset = random.between(-127, 128),
             .output_offset = random.between(-128, 127),
             .multiplier = q.multiplier,
             .shift = q.shift};
  c.input = case_bytes(random, c.plain.count, -128);
  c.expected.resize(c.input.size());
  micro::requantize(c.plain, c.input.data(), c.expected.data());
  return c;
}

/// The parameters of the kernels for these.
template <class Params, class Plain>
Params pair_params(const Plain& plain) {
  Params p{};
  for (int k = 0; k < 5; ++k) {
    p.size[k] = plain.size[k];
    p.input1_stride[k] = plain.input1_stride[k], p.input2_stride[k] = plain.input2_stride[k];
  }
  p.activation_min = plain.activation_min, p.activation_max = plain.activation_max;
  return p;
}
inline micro::LinearPairParams fitted(const AddCase& c, const LinearFit& fit) {
  auto p = pair_params<micro::LinearPairParams>(c.plain);
  p.slope1 = fit.slope1, p.slope2 = fit.slope2, p.start = fit.start;
  return p;
}
inline micro::LinearParams fitted(const RequantizeCase& c, const LinearFit& fit) {
  return {c.plain.count, fit.slope1, fit.start, -128, 127};
}
inline micro::ProductPairParams product_params(const MulCase& c) {
  auto p = pair_params<micro::ProductPairParams>(c.plain);
  p.input1_offset = c.plain.input1_offset, p.input2_offset = c.plain.input2_offset;
  p.output_offset = c.plain.output_offset;
  p.multiplier = c.plain.output_multiplier, p.right = -c.plain.output_shift - 1;
  return p;
}

}  // namespace mirim::test
