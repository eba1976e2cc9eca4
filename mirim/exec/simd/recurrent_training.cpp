#include "mirim/exec/simd/recurrent_training.hpp"

// One copy of this file for each instruction set: Highway includes it again for each. As for the products, no scalable
// vectors: both count units in the same vectors.
#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "mirim/exec/simd/recurrent_training.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include "mirim/exec/simd/curves-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace mirim::simd::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

using namespace curves;

// body(i, sums): element i of the [rows, units] arrays, and where its first sum stands.
template <class Rows, class Body>
HWY_INLINE void for_each_vector(const Rows& r, std::int64_t parts, const Body& body) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (std::int64_t row = 0; row < r.rows; ++row) {
    for (std::int64_t u = 0; u < r.units; u += lanes) body(row * r.units + u, r.sums + row * parts * r.units + u);
  }
}

// v * (1 - v)
HWY_INLINE V logistic_slope(V v) { return hn::NegMulAdd(v, v, v); }
// 1 - v * v
HWY_INLINE V tanh_slope(V v) { return hn::NegMulAdd(v, v, number(1.0F)); }

void forward_of_lstm(const LstmRows& r) {
  for_each_vector(r, 4, [&](std::int64_t i, float* sums) {
    V in, forget, content, out;
    divide(logistic_quotient(hn::LoadU(d, sums)), logistic_quotient(hn::LoadU(d, sums + r.units)),
           tanh_quotient(hn::LoadU(d, sums + 2 * r.units)), logistic_quotient(hn::LoadU(d, sums + 3 * r.units)), in,
           forget, content, out);
    V cell = hn::MulAdd(in, content, hn::Mul(forget, hn::LoadU(d, r.last_cell + i)));
    cell = hn::Min(number(r.clip), hn::Max(number(-r.clip), cell));  // in this order NaN stays
    hn::StoreU(in, d, sums);
    hn::StoreU(forget, d, sums + r.units);
    hn::StoreU(content, d, sums + 2 * r.units);
    hn::StoreU(out, d, sums + 3 * r.units);
    const V bent = hyperbolic_tangent(cell);
    hn::StoreU(cell, d, r.cell + i);
    hn::StoreU(bent, d, r.bent + i);
    hn::StoreU(hn::Mul(out, bent), d, r.h + i);
  });
}

void backward_of_lstm(const LstmRows& r) {
  for_each_vector(r, 4, [&](std::int64_t i, float* sums) {
    const V in = hn::LoadU(d, sums), forget = hn::LoadU(d, sums + r.units), content = hn::LoadU(d, sums + 2 * r.units),
            out = hn::LoadU(d, sums + 3 * r.units), cell = hn::LoadU(d, r.cell + i), dh = hn::LoadU(d, r.h + i);
    const V bent = hn::LoadU(d, r.bent + i);
    V dc = hn::MulAdd(hn::Mul(dh, out), tanh_slope(bent), hn::LoadU(d, r.cell_gradient + i));
    dc = hn::IfThenElse(hn::Ge(hn::Abs(cell), number(r.clip)), hn::Zero(d), dc);
    hn::StoreU(hn::Mul(hn::Mul(dc, content), logistic_slope(in)), d, sums);
    hn::StoreU(hn::Mul(hn::Mul(dc, hn::LoadU(d, r.last_cell + i)), logistic_slope(forget)), d, sums + r.units);
    hn::StoreU(hn::Mul(hn::Mul(dc, in), tanh_slope(content)), d, sums + 2 * r.units);
    hn::StoreU(hn::Mul(hn::Mul(dh, bent), logistic_slope(out)), d, sums + 3 * r.units);
    hn::StoreU(hn::Mul(dc, forget), d, r.cell_gradient + i);
    hn::StoreU(hn::Zero(d), d, r.h + i);
  });
}

// z * last + (1 - z) * next
HWY_INLINE V between(V z, V last, V next) { return hn::MulAdd(z, hn::Sub(last, next), next); }

void forward_of_gru(const GruRows& r) {
  for_each_vector(r, 4, [&](std::int64_t i, float* sums) {
    V z, reset;
    divide(logistic_quotient(hn::LoadU(d, sums + r.units)), logistic_quotient(hn::LoadU(d, sums + 2 * r.units)), z,
           reset);
    const V n = hyperbolic_tangent(hn::MulAdd(reset, hn::LoadU(d, sums + 3 * r.units), hn::LoadU(d, sums)));
    hn::StoreU(n, d, sums);
    hn::StoreU(z, d, sums + r.units);
    hn::StoreU(reset, d, sums + 2 * r.units);
    hn::StoreU(between(z, hn::LoadU(d, r.last + i), n), d, r.h + i);
  });
}

void backward_of_gru(const GruRows& r) {
  for_each_vector(r, 4, [&](std::int64_t i, float* sums) {
    const V n = hn::LoadU(d, sums), z = hn::LoadU(d, sums + r.units), reset = hn::LoadU(d, sums + 2 * r.units),
            inner = hn::LoadU(d, sums + 3 * r.units), dh = hn::LoadU(d, r.h + i);
    const V candidate = hn::Mul(hn::Mul(dh, hn::Sub(number(1.0F), z)), tanh_slope(n));
    hn::StoreU(candidate, d, sums);
    hn::StoreU(hn::Mul(hn::Mul(dh, hn::Sub(hn::LoadU(d, r.last + i), n)), logistic_slope(z)), d, sums + r.units);
    hn::StoreU(hn::Mul(hn::Mul(candidate, inner), logistic_slope(reset)), d, sums + 2 * r.units);
    hn::StoreU(hn::Mul(candidate, reset), d, sums + 3 * r.units);
    hn::StoreU(hn::Mul(dh, z), d, r.h + i);
  });
}

void gate_of_gru(const GruRows& r) {
  for_each_vector(r, 4, [&](std::int64_t i, float* sums) {
    V z, reset;
    divide(logistic_quotient(hn::LoadU(d, sums + r.units)), logistic_quotient(hn::LoadU(d, sums + 2 * r.units)), z,
           reset);
    hn::StoreU(z, d, sums + r.units);
    hn::StoreU(reset, d, sums + 2 * r.units);
    hn::StoreU(hn::Mul(reset, hn::LoadU(d, r.last + i)), d, sums + 3 * r.units);
  });
}

void finish_of_gru(const GruRows& r) {
  for_each_vector(r, 4, [&](std::int64_t i, float* sums) {
    const V n = hyperbolic_tangent(hn::LoadU(d, sums));
    hn::StoreU(n, d, sums);
    hn::StoreU(between(hn::LoadU(d, sums + r.units), hn::LoadU(d, r.last + i), n), d, r.h + i);
  });
}

void backward_of_candidate(const GruRows& r) {
  for_each_vector(r, 4, [&](std::int64_t i, float* sums) {
    const V n = hn::LoadU(d, sums), z = hn::LoadU(d, sums + r.units), dh = hn::LoadU(d, r.h + i);
    hn::StoreU(hn::Mul(hn::Mul(dh, hn::Sub(number(1.0F), z)), tanh_slope(n)), d, sums);
    hn::StoreU(hn::Mul(hn::Mul(dh, hn::Sub(hn::LoadU(d, r.last + i), n)), logistic_slope(z)), d, sums + r.units);
    hn::StoreU(hn::Mul(dh, z), d, r.h + i);
  });
}

void backward_of_reset(const GruRows& r, const float* inner) {
  for_each_vector(r, 4, [&](std::int64_t i, float* sums) {
    const V reset = hn::LoadU(d, sums + 2 * r.units), gradient = hn::LoadU(d, inner + i);
    hn::StoreU(hn::MulAdd(gradient, reset, hn::LoadU(d, r.h + i)), d, r.h + i);
    hn::StoreU(hn::Mul(hn::Mul(gradient, hn::LoadU(d, r.last + i)), logistic_slope(reset)), d, sums + 2 * r.units);
  });
}

void sum_of_rows(const AddedRows& r) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (std::int64_t row = 0; row < r.rows; ++row) {
    const float* from = r.from + row * r.from_row;
    float* to = r.to + row * r.to_row;
    std::int64_t c = 0;
    for (; c + lanes <= r.columns; c += lanes) {
      hn::StoreU(hn::Add(hn::LoadU(d, to + c), hn::LoadU(d, from + c)), d, to + c);
    }
    for (; c < r.columns; ++c) to[c] += from[c];
  }
}

void forward_of_rnn(const RnnRows& r) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (std::int64_t i = 0; i < r.count; i += lanes) {
    const V sum = hn::LoadU(d, r.sums + i);
    const V clamped = hn::Min(number(r.most), hn::Max(number(r.least), sum));  // in this order NaN stays
    hn::StoreU(r.bends ? hyperbolic_tangent(sum) : clamped, d, r.h + i);
  }
}

void backward_of_rnn(const RnnRows& r) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (std::int64_t i = 0; i < r.count; i += lanes) {
    const V h = hn::LoadU(d, r.h + i), gradient = hn::LoadU(d, r.gradient + i);
    const auto inside = hn::And(hn::Lt(number(r.least), h), hn::Lt(h, number(r.most)));
    const V passed = hn::IfThenElseZero(inside, gradient);
    hn::StoreU(r.bends ? hn::Mul(gradient, tanh_slope(h)) : passed, d, r.sums + i);
  }
}

}  // namespace
}  // namespace mirim::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mirim::simd {

HWY_EXPORT(forward_of_lstm);
HWY_EXPORT(backward_of_lstm);
HWY_EXPORT(forward_of_gru);
HWY_EXPORT(backward_of_gru);
HWY_EXPORT(gate_of_gru);
HWY_EXPORT(finish_of_gru);
HWY_EXPORT(backward_of_candidate);
HWY_EXPORT(backward_of_reset);
HWY_EXPORT(sum_of_rows);
HWY_EXPORT(forward_of_rnn);
HWY_EXPORT(backward_of_rnn);

void lstm_forward(const LstmRows& r) { HWY_DYNAMIC_DISPATCH(forward_of_lstm)(r); }
void lstm_backward(const LstmRows& r) { HWY_DYNAMIC_DISPATCH(backward_of_lstm)(r); }
void gru_forward(const GruRows& r) { HWY_DYNAMIC_DISPATCH(forward_of_gru)(r); }
void gru_backward(const GruRows& r) { HWY_DYNAMIC_DISPATCH(backward_of_gru)(r); }
void gru_gate(const GruRows& r) { HWY_DYNAMIC_DISPATCH(gate_of_gru)(r); }
void gru_finish(const GruRows& r) { HWY_DYNAMIC_DISPATCH(finish_of_gru)(r); }
void gru_backward_candidate(const GruRows& r) { HWY_DYNAMIC_DISPATCH(backward_of_candidate)(r); }
void gru_backward_reset(const GruRows& r, const float* inner) { HWY_DYNAMIC_DISPATCH(backward_of_reset)(r, inner); }
void add_rows(const AddedRows& r) { HWY_DYNAMIC_DISPATCH(sum_of_rows)(r); }
void rnn_forward(const RnnRows& r) { HWY_DYNAMIC_DISPATCH(forward_of_rnn)(r); }
void rnn_backward(const RnnRows& r) { HWY_DYNAMIC_DISPATCH(backward_of_rnn)(r); }

}  // namespace mirim::simd
#endif  // HWY_ONCE
