#pragma once

#include <cstdint>

namespace mirim::simd {

/// Floats that the steps may read after a part of the sums of gates.
inline constexpr std::int64_t kGateSlack = 16;

/// One step of an LSTM layer after the products: with i, f, o = logistic of its gate and n = tanh of its gate, cell =
/// clip(f * cell + i * n) and y = o * tanh(cell). A gate is the sum of two parts, [4][units] each, in the order input,
/// forget, cell, output, with kGateSlack readable floats after them.
struct LstmStep {
  const float* from_input;
  const float* from_state;
  float* cell;
  float* y;
  std::int64_t units;
  float clip;  ///< the cell stays in [-clip, clip]
};

void run_lstm_step(const LstmStep& step);

/// The gates of a step of a GRU layer, whose sums are parts as above, [3][units]: update, reset, candidate.
struct GruStep {
  const float* from_input;
  const float* from_state;  ///< without reset_after the first two only
  const float* last;        ///< the output before
  float* y;                 ///< may be `last`
  std::int64_t units;
};

/// With z, r = logistic of their gates and n = tanh(from_input + r * from_state): y = z * last + (1 - z) * n.
void run_gru_step(const GruStep& step);

/// Without reset_after, first: y = r * last. Its product with the candidate's recurrent weights follows.
void run_gru_reset(const GruStep& step);

/// Then, with that product [units] and slack: n = tanh(from_input + product), y = z * last + (1 - z) * n.
void run_gru_candidate(const GruStep& step, const float* product);

}  // namespace mirim::simd
