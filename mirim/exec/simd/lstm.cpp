#include "mirim/exec/simd/lstm.hpp"

#include <algorithm>
#include <limits>
#include <memory>

#include "mirim/exec/simd/packed_dense.hpp"
#include "mirim/exec/simd/recurrent_gates.hpp"
#include "mirim/exec/simd/recurrent_steps.hpp"
#include "mirim/ops/unidirectional_sequence_lstm.hpp"

namespace mirim::simd {
namespace {

using namespace lstm;

PackedDense packed(const Inputs& x, int first, const std::vector<float>& bias) {
  constexpr float kAll = std::numeric_limits<float>::infinity();
  return {concatenated_gates(x, first, kGates), bias, kGates * x[first].shape()[0], -kAll, kAll};
}

class Lstm {
 public:
  Lstm(const UnidirectionalSequenceLstm& op, const BoundNode& bound)
      : time_major_(op.time_major),
        last_only_(op.last_only),
        clip_(op.cell_clip > 0 ? op.cell_clip : std::numeric_limits<float>::infinity()),
        batches_(bound.x[kInput].shape()[op.time_major ? 1 : 0]),
        steps_(bound.x[kInput].shape()[op.time_major ? 0 : 1]),
        units_(bound.x[kWeights].shape()[0]),
        x_(bound.x[kInput].as<float>().data()),
        y_(bound.y[0].as<float>().data()),
        state_(bound.y[1].as<float>().data()),
        cell_(bound.y[2].as<float>().data()),
        input_(packed(bound.x, kWeights, concatenated_gates(bound.x, kBias, kGates))),
        recurrent_(packed(bound.x, kRecurrent, {})),
        from_input_(static_cast<std::size_t>(batches_ * steps_ * kGates * units_ + kGateSlack)),
        from_state_(static_cast<std::size_t>(kGates * units_ + kGateSlack)) {}

  void run() {
    input_.run(x_, from_input_.data(), batches_ * steps_);
    for (std::int64_t b = 0; b < batches_; ++b) {
      float* state = state_ + b * units_;
      const float* last = state;
      for (std::int64_t t = 0; t < steps_; ++t) {
        const std::int64_t at = time_major_ ? t * batches_ + b : b * steps_ + t;
        recurrent_.run(last, from_state_.data(), 1);
        float* y = y_ + (last_only_ ? b : at) * units_;
        run_lstm_step({.from_input = from_input_.data() + at * kGates * units_,
                       .from_state = from_state_.data(),
                       .cell = cell_ + b * units_,
                       .y = y,
                       .units = units_,
                       .clip = clip_});
        last = y;
      }
      if (steps_ > 0) std::copy_n(last, units_, state);
    }
  }

 private:
  bool time_major_, last_only_;
  float clip_;
  std::int64_t batches_, steps_, units_;
  const float* x_;
  float* y_;
  float* state_;
  float* cell_;
  PackedDense input_, recurrent_;
  std::vector<float> from_input_, from_state_;
};

}  // namespace

std::function<void()> prepare_lstm(const BoundNode& bound) {
  const auto* op = bound.node.op.as<UnidirectionalSequenceLstm>();
  if (!op || bound.x[kWeights].dtype() != DType::float32 || bound.sums != Sums::fastest) return {};
  for (int i = kWeights; i < kBias + kGates; ++i) {
    if (!bound.is_fixed(i)) return {};
  }
  if (bound.x[kWeights].shape().elements() == 0 || bound.y[0].shape().elements() == 0) return {};
  const auto layer = std::make_shared<Lstm>(*op, bound);
  return [layer] { layer->run(); };
}

}  // namespace mirim::simd
