#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mirim/zoo/layer.hpp"

namespace mirim {

class Builder;

/// A recurrent layer over a sequence [steps, features]: UNIDIRECTIONAL_SEQUENCE_LSTM, GRU or
/// UNIDIRECTIONAL_SEQUENCE_RNN. As in Keras the weights of the input are Glorot's uniform ones, those of the last
/// output orthogonal, of all gates together, and biases 0, but 1 for an LSTM's forget gate. `bidirectional` adds a
/// second layer that reads the steps from the last to the first; its results stand behind the first's.
struct RecurrentLayer {
  enum class Kind { lstm, gru, rnn };
  Kind kind = Kind::lstm;
  std::int64_t units = 0;
  std::string returns =
      "last";  ///< "last": the output of the last step that is read; "all": of each; "mean": their mean
  bool bidirectional = false;
  bool reset_after = true;          ///< of a GRU: see Gru
  std::string activation = "tanh";  ///< of simple units: tanh, linear, relu or relu6
  std::string name{};
  std::optional<ValueId> from{};

  std::string_view type() const { return kind == Kind::lstm ? "lstm" : kind == Kind::gru ? "gru" : "rnn"; }
  void keys(LayerKeys& k);
  ValueId append(Builder& builder) const;
};

/// [1, features], the mean over the steps of a sequence [1, steps, features].
ValueId mean_over_steps(Builder& builder, ValueId sequence, const std::string& name);

}  // namespace mirim
