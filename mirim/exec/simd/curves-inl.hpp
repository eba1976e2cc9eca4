// logistic and tanh of vectors, for files that Highway compiles for each instruction set; they include hwy/highway.h
// first.
#if defined(MIRIM_EXEC_SIMD_CURVES_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef MIRIM_EXEC_SIMD_CURVES_INL
#undef MIRIM_EXEC_SIMD_CURVES_INL
#else
#define MIRIM_EXEC_SIMD_CURVES_INL
#endif

HWY_BEFORE_NAMESPACE();
namespace mirim::simd::HWY_NAMESPACE {
namespace curves {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;
constexpr D d;
constexpr hn::RebindToSigned<D> integers;

HWY_INLINE V number(float value) { return hn::Set(d, value); }

// e^x = 2^n (1 + rest) for x <= 0: the series of mirim/micro/float_math.hpp. Below -87 it is e^-87.
struct Exponential {
  V power;  ///< 2^n
  V rest;
};
HWY_INLINE Exponential exponential(V x) {
  x = hn::Max(number(-87.0F), x);  // in this order NaN stays
  // 1.5 * 2^23 leaves no digits behind the point: n, the nearest whole number, is in the lowest bits.
  const V shifted = hn::MulAdd(x, number(1.44269504F), number(12582912.0F));
  const V whole = hn::Sub(shifted, number(12582912.0F));
  // log(2) in two parts, so that the first product is exact.
  const V r = hn::MulAdd(whole, number(2.12194440e-4F), hn::NegMulAdd(whole, number(0.693359375F), x));
  V tail = hn::MulAdd(r, number(1.0F / 5040), number(1.0F / 720));
  tail = hn::MulAdd(r, hn::MulAdd(r, tail, number(1.0F / 120)), number(1.0F / 24));
  tail = hn::MulAdd(r, hn::MulAdd(r, tail, number(1.0F / 6)), number(0.5F));
  const auto power = hn::Add(hn::ShiftLeft<23>(hn::BitCast(integers, shifted)), hn::Set(integers, 127 << 23));
  return {hn::BitCast(d, power), hn::MulAdd(hn::Mul(r, r), tail, r)};
}

/// A quotient that is not computed yet. Numerators and denominators are in [0, 2] and [1, 2].
struct Quotient {
  V numerator;
  V denominator;
};

HWY_INLINE Quotient logistic_quotient(V x) {
  const Exponential e = exponential(hn::Neg(hn::Abs(x)));
  const V value = hn::MulAdd(e.power, e.rest, e.power), one = number(1.0F);
  return {hn::IfThenElse(hn::Lt(x, hn::Zero(d)), value, one), hn::Add(one, value)};
}

// tanh(x) = -t / (t + 2) with t = exp(-2 |x|) - 1, which stays precise near zero.
HWY_INLINE Quotient tanh_quotient(V x) {
  const Exponential e = exponential(hn::Mul(number(-2.0F), hn::Abs(x)));
  const V t = hn::MulAdd(e.power, e.rest, hn::Sub(e.power, number(1.0F)));
  return {hn::CopySign(t, x), hn::Add(t, number(2.0F))};
}

HWY_INLINE V logistic(V x) {
  const Quotient q = logistic_quotient(x);
  return hn::Div(q.numerator, q.denominator);
}

HWY_INLINE V hyperbolic_tangent(V x) {
  const Quotient q = tanh_quotient(x);
  return hn::Div(q.numerator, q.denominator);
}

// Two and four quotients by one division, which takes as long as ten products.
HWY_INLINE void divide(const Quotient& a, const Quotient& b, V& of_a, V& of_b) {
  const V inverse = hn::Div(number(1.0F), hn::Mul(a.denominator, b.denominator));
  of_a = hn::Mul(a.numerator, hn::Mul(inverse, b.denominator));
  of_b = hn::Mul(b.numerator, hn::Mul(inverse, a.denominator));
}
HWY_INLINE void divide(const Quotient& a, const Quotient& b, const Quotient& c, const Quotient& e, V& of_a, V& of_b,
                       V& of_c, V& of_e) {
  const V ab = hn::Mul(a.denominator, b.denominator), ce = hn::Mul(c.denominator, e.denominator);
  const V inverse = hn::Div(number(1.0F), hn::Mul(ab, ce));
  const V inverse_ab = hn::Mul(inverse, ce), inverse_ce = hn::Mul(inverse, ab);
  of_a = hn::Mul(a.numerator, hn::Mul(inverse_ab, b.denominator));
  of_b = hn::Mul(b.numerator, hn::Mul(inverse_ab, a.denominator));
  of_c = hn::Mul(c.numerator, hn::Mul(inverse_ce, e.denominator));
  of_e = hn::Mul(e.numerator, hn::Mul(inverse_ce, c.denominator));
}

}  // namespace curves
}  // namespace mirim::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
