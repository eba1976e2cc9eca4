#pragma once

#include <cstdint>

namespace mirim::simd {

/// One step of an LSTM layer after the products: with i, f, o = logistic of its gate and n = tanh of its gate, cell =
/// clip(f * cell + i * n) and y = o * tanh(cell). A gate is the sum of two parts, [4][units] each, in the order input,
/// forget, cell, output, with kLstmSlack readable floats after them.
struct LstmStep {
  const float* from_input;
  const float* from_state;
  float* cell;
  float* y;
  std::int64_t units;
  float clip;  ///< the cell stays in [-clip, clip]
};
inline constexpr std::int64_t kLstmSlack = 16;

void run_lstm_step(const LstmStep& step);

}  // namespace mirim::simd
