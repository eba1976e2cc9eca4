#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "mirim/learn/rows.hpp"

namespace mirim {

/// A restricted Boltzmann machine: visible and hidden units, 0 or 1, joined to one another but not among themselves.
///   p(h_j = 1 | v) = s(sum_i W_ji v_i + c_j),  p(v_i = 1 | h) = s(sum_j W_ji h_j + b_i),  s(x) = 1 / (1 + exp(-x))
struct RestrictedMachine {
  Rows weights{};                     ///< W [hidden, visible]
  std::vector<float> hidden_bias{};   ///< c
  std::vector<float> visible_bias{};  ///< b
};

struct DivergenceOptions {
  float rate = 0.05F;
  float momentum = 0;       ///< part of the last step that the next one repeats
  float decay = 0;          ///< of weights, towards 0: rate * decay of each in a step
  bool persistent = false;  ///< states of the model's own go on from batch to batch, one for each sample of the first
};

/// Fills numbers uniform in [0, 1).
using Uniform = std::function<void(std::span<float>)>;

/// Learns a machine batch by batch: what samples do to hidden units, less what states of the model itself do. These
/// come
///   from the samples, one step away (CD-1): hidden units drawn once, visible ones as probabilities (Hinton, 2002)
///   or from chains that go on (persistent): visible units drawn, later hidden ones (Tieleman, 2008), as scikit-learn's
///   BernoulliRBM does it
class DivergenceLearner {
 public:
  DivergenceLearner(RestrictedMachine start, const DivergenceOptions& options);

  /// One step by a batch of visible states or probabilities in [0, 1], [samples, visible].
  void step(const Rows& visible, const Uniform& uniform);

  const RestrictedMachine& machine() const { return machine_; }

 private:
  RestrictedMachine machine_;
  RestrictedMachine velocity_;
  DivergenceOptions options_;
  Rows chains_{};  ///< hidden states [samples, hidden]
};

/// Mean square of v - E(v | E(h | v)): how well hidden units rebuild samples.
double rebuilding_error(const RestrictedMachine& machine, const Rows& visible);

}  // namespace mirim
