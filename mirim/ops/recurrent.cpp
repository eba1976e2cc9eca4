#include "mirim/ops/recurrent.hpp"

#include <cassert>

#include "mirim/ops/gru.hpp"
#include "mirim/ops/unidirectional_sequence_lstm.hpp"
#include "mirim/ops/unidirectional_sequence_rnn.hpp"

namespace mirim {

std::optional<RecurrentOperands> recurrent_operands(const Op& op) {
  if (const auto* of = op.as<UnidirectionalSequenceLstm>()) {
    using namespace lstm;
    return RecurrentOperands{.weights = kWeights,
                             .recurrent = kRecurrent,
                             .vectors = kPeephole,
                             .bias = kBias,
                             .vectors_end = kProjection,
                             .state = kState,
                             .state_end = kLayerNorm,
                             .count = kOperands,
                             .time_major = of->time_major,
                             .last_only = of->last_only};
  }
  if (const auto* of = op.as<Gru>()) {
    using namespace gru;
    return RecurrentOperands{.weights = kWeights,
                             .recurrent = kRecurrent,
                             .vectors = kBias,
                             .bias = kBias,
                             .vectors_end = kState,
                             .state = kState,
                             .state_end = kOperands,
                             .count = kOperands,
                             .time_major = of->time_major,
                             .last_only = of->last_only};
  }
  if (const auto* of = op.as<UnidirectionalSequenceRnn>()) {
    using namespace rnn;
    return RecurrentOperands{.weights = kWeights,
                             .recurrent = kRecurrent,
                             .vectors = kBias,
                             .bias = kBias,
                             .vectors_end = kState,
                             .state = kState,
                             .state_end = kOperands,
                             .count = kOperands,
                             .time_major = of->time_major,
                             .last_only = false};
  }
  return std::nullopt;
}

void set_time_major(Op& op, bool time_major) {
  if (auto* lstm = op.as<UnidirectionalSequenceLstm>()) lstm->time_major = time_major;
  if (auto* gru = op.as<Gru>()) gru->time_major = time_major;
  if (auto* rnn = op.as<UnidirectionalSequenceRnn>()) rnn->time_major = time_major;
  assert(recurrent_operands(op).has_value());
}

}  // namespace mirim
