#include "mirim/exec/simd/gru.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>

#include "mirim/exec/simd/packed_dense.hpp"
#include "mirim/exec/simd/recurrent_gates.hpp"
#include "mirim/exec/simd/recurrent_steps.hpp"
#include "mirim/ops/gru.hpp"

namespace mirim::simd {
namespace {

using namespace gru;
constexpr int kCandidate = 2;

PackedDense packed(std::span<const float> weights, std::span<const float> bias, std::int64_t rows) {
  constexpr float kAll = std::numeric_limits<float>::infinity();
  return {weights, bias, rows, -kAll, kAll};
}

// Of R h: the candidate's bias is added to it, those of the gates are among the input's.
std::vector<float> recurrent_bias(const Inputs& x, std::int64_t units) {
  if (!x.has(kRecurrentBias)) return {};
  std::vector<float> bias(static_cast<std::size_t>(kCandidate * units), 0);
  const auto own = x[kRecurrentBias].as<float>();
  bias.insert(bias.end(), own.begin(), own.end());
  return bias;
}

class Layer {
 public:
  Layer(const Gru& op, const BoundNode& bound)
      : op_(op),
        batches_(bound.x[kInput].shape()[op.time_major ? 1 : 0]),
        steps_(bound.x[kInput].shape()[op.time_major ? 0 : 1]),
        units_(bound.x[kRecurrent].shape()[0]),
        x_(bound.x[kInput].as<float>().data()),
        y_(bound.y[0].as<float>().data()),
        variable_(bound.x.has(kState) ? bound.y[1].as<float>().data() : nullptr),
        input_(packed(concatenated_gates(bound.x, kWeights, kGates), concatenated_gates(bound.x, kBias, kGates),
                      kGates * units_)),
        recurrent_(packed(concatenated_gates(bound.x, kRecurrent, gates_with_state()), recurrent_bias(bound.x, units_),
                          gates_with_state() * units_)),
        from_input_(static_cast<std::size_t>(batches_ * steps_ * kGates * units_ + kGateSlack)),
        from_state_(static_cast<std::size_t>(kGates * units_ + kGateSlack)),
        gated_(static_cast<std::size_t>(units_)),
        product_(static_cast<std::size_t>(units_ + kGateSlack)),
        begin_(static_cast<std::size_t>(units_), 0) {
    if (!op.reset_after) candidate_ = packed(bound.x[kRecurrent + kCandidate].as<float>(), {}, units_);
  }

  void run() {
    input_.run(x_, from_input_.data(), batches_ * steps_);
    for (std::int64_t b = 0; b < batches_; ++b) {
      const float* last = variable_ ? variable_ + b * units_ : begin_.data();
      for (std::int64_t t = 0; t < steps_; ++t) {
        const std::int64_t at = op_.time_major ? t * batches_ + b : b * steps_ + t;
        float* y = y_ + (op_.last_only ? b : at) * units_;
        run_step(from_input_.data() + at * kGates * units_, last, y);
        last = y;
      }
      if (variable_ && steps_ > 0) std::copy_n(last, units_, variable_ + b * units_);
    }
  }

 private:
  int gates_with_state() const { return op_.reset_after ? kGates : kCandidate; }

  void run_step(const float* from_input, const float* last, float* y) {
    recurrent_.run(last, from_state_.data(), 1);
    GruStep step{.from_input = from_input, .from_state = from_state_.data(), .last = last, .y = y, .units = units_};
    if (!candidate_) return run_gru_step(step);
    step.y = gated_.data();
    run_gru_reset(step);
    candidate_->run(gated_.data(), product_.data(), 1);
    step.y = y;
    run_gru_candidate(step, product_.data());
  }

  Gru op_;
  std::int64_t batches_, steps_, units_;
  const float* x_;
  float* y_;
  float* variable_;
  PackedDense input_, recurrent_;
  std::optional<PackedDense> candidate_;  // without reset_after
  std::vector<float> from_input_, from_state_, gated_, product_, begin_;
};

}  // namespace

std::function<void()> prepare_gru(const BoundNode& bound) {
  const auto* op = bound.node.op.as<Gru>();
  if (!op || bound.sums != Sums::fastest) return {};
  for (int i = kWeights; i < kState; ++i) {
    if (bound.x.has(i) && !bound.is_fixed(i)) return {};
  }
  if (bound.x[kWeights].shape().elements() == 0 || bound.y[0].shape().elements() == 0) return {};
  const auto layer = std::make_shared<Layer>(*op, bound);
  return [layer] { layer->run(); };
}

}  // namespace mirim::simd
