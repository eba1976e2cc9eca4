#pragma once

#include <cstdint>

/// What stands between the products of a recurrent layer in training, for `rows` sequences at one step. Arrays are
/// [rows, units] with whole vectors of units (a multiple of `vector_lanes()`). `sums` are several such arrays beside
/// each other in each row; the forward step turns sums into gates, the backward step gates into dL/dsums.
namespace mirim::simd {

struct LstmRows {
  std::int64_t rows;
  std::int64_t units;
  float* sums;             ///< [rows][4][units]: input, forget, cell, output gate
  const float* last_cell;  ///< before the step
  float* cell;             ///< after it
  float* bent;             ///< its tanh
  float* h;                ///< output; backward: dL/dh, then what of it passes the step beside the sums: 0
  float* cell_gradient;    ///< backward: dL/dcell, after the step, then before it
  float clip;              ///< the cell stays in [-clip, clip]; no gradient passes what is clipped
};
void lstm_forward(const LstmRows& r);
void lstm_backward(const LstmRows& r);

/// Sums of a GRU: [rows][4][units]: the input's part of the candidate, update, reset, and the state's part of the
/// candidate.
struct GruRows {
  std::int64_t rows;
  std::int64_t units;
  float* sums;
  const float* last;  ///< output before the step
  float* h;           ///< output; backward: dL/dh, then what of it passes the step beside the sums
};
/// z, r = logistic, n = tanh(first part + r * last part), h = z * last + (1 - z) * n
void gru_forward(const GruRows& r);
void gru_backward(const GruRows& r);

/// Without reset_after the last part is r * last. First z, r and that; then, when its product is in the first part,
/// n = tanh(first part) and h.
void gru_gate(const GruRows& r);
void gru_finish(const GruRows& r);
/// Backward in the same two halves: first dL/dsums of candidate and update; then that of reset from `inner`, dL/d(r *
/// last).
void gru_backward_candidate(const GruRows& r);
void gru_backward_reset(const GruRows& r, const float* inner);

/// to[r][c] += from[r][c]
struct AddedRows {
  std::int64_t rows, columns;
  const float* from;
  std::int64_t from_row;
  float* to;
  std::int64_t to_row;
};
void add_rows(const AddedRows& r);

/// Simple units: [rows][units].
struct RnnRows {
  std::int64_t count;     ///< rows * units
  float* sums;            ///< backward: dL/dsums is written there
  float* h;               ///< output
  const float* gradient;  ///< backward: dL/dh
  bool bends;             ///< tanh; else clamps to [least, most]
  float least, most;
};
void rnn_forward(const RnnRows& r);
void rnn_backward(const RnnRows& r);

}  // namespace mirim::simd
