#include "mirim/zoo/layers/recurrent.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <utility>

#include "mirim/base/error.hpp"
#include "mirim/base/spelling.hpp"
#include "mirim/ops/concatenation.hpp"
#include "mirim/ops/gru.hpp"
#include "mirim/ops/reduce.hpp"
#include "mirim/ops/reverse_v2.hpp"
#include "mirim/ops/strided_slice.hpp"
#include "mirim/ops/unidirectional_sequence_lstm.hpp"
#include "mirim/ops/unidirectional_sequence_rnn.hpp"
#include "mirim/zoo/builder.hpp"

namespace mirim {
namespace {

constexpr std::array kLstmGates{"input", "forget", "cell", "output"};
constexpr std::array kGruGates{"update", "reset", "candidate"};

Activation activation_called(const RecurrentLayer& layer) {
  constexpr std::array known{std::pair("tanh", Activation::tanh), std::pair("linear", Activation::none),
                             std::pair("relu", Activation::relu), std::pair("relu6", Activation::relu6)};
  std::vector<std::string> names;
  for (const auto& [name, activation] : known) {
    if (layer.activation == name) return activation;
    names.emplace_back(name);
  }
  fail("layer '{}': activation '{}' is none of rnn; {}", layer.name, layer.activation,
       suggestion(layer.activation, names));
}

/// Saxe et al., 2014: the factor Q of a matrix of normal numbers, whose signs make it unique. Transposed, its `units`
/// rows of gates * units numbers are orthogonal and have length 1.
std::vector<float> orthogonal(Random& random, std::int64_t rows, std::int64_t columns) {
  Eigen::MatrixXf numbers(rows, columns);
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = 0; c < columns; ++c) numbers(r, c) = random.normal();
  }
  const Eigen::HouseholderQR<Eigen::MatrixXf> parts(numbers);
  const Eigen::MatrixXf q = parts.householderQ() * Eigen::MatrixXf::Identity(rows, columns);
  std::vector<float> result(static_cast<std::size_t>(rows * columns));
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = 0; c < columns; ++c) {
      result[static_cast<std::size_t>(r * columns + c)] = parts.matrixQR()(c, c) < 0 ? -q(r, c) : q(r, c);
    }
  }
  return result;
}

/// One direction of a layer.
class Direction {
 public:
  Direction(Builder& builder, const RecurrentLayer& layer, std::string name)
      : builder_(builder), layer_(layer), name_(std::move(name)) {}

  // [1, steps, units], or [1, units] if only the last output is wanted.
  ValueId append(ValueId x) {
    using Kind = RecurrentLayer::Kind;
    const bool last = layer_.returns == "last";
    std::vector<ValueId> inputs{x};
    if (layer_.kind == Kind::gru) {
      add_weights(inputs, kGruGates);
      if (layer_.reset_after) inputs.push_back(builder_.bias(name_ + "/state", layer_.units));
      return builder_.node(Gru{.reset_after = layer_.reset_after, .last_only = last}, std::move(inputs), name_);
    }
    ValueId all = kNoValue;
    if (layer_.kind == Kind::lstm) {
      const auto gates = add_weights(inputs, kLstmGates);
      if (builder_.has_numbers()) {
        builder_.set_numbers(gates[1], std::vector<float>(static_cast<std::size_t>(layer_.units), 1));
      }
      inputs.insert(inputs.begin() + lstm::kPeephole, 3, kNoValue);
      inputs.insert(inputs.end(), 2, kNoValue);
      inputs.push_back(state("/state"));
      inputs.push_back(state("/cell"));
      inputs.insert(inputs.end(), lstm::kOperands - lstm::kLayerNorm, kNoValue);
      all = builder_.node(UnidirectionalSequenceLstm{}, std::move(inputs), name_);
    } else {
      add_weights(inputs, std::array{""});
      inputs.push_back(state("/state"));
      all = builder_.node(UnidirectionalSequenceRnn{.activation = activation_called(layer_)}, std::move(inputs), name_);
    }
    return last ? last_of(all) : all;
  }

 private:
  ValueId state(const char* suffix) { return builder_.variable(name_ + suffix, {1, layer_.units}); }

  /// Of all gates those of the input, those of the last output, the biases; returns these.
  template <std::size_t kGates>
  std::vector<ValueId> add_weights(std::vector<ValueId>& inputs, const std::array<const char*, kGates>& gates) {
    const std::int64_t features = builder_.shape(inputs[0]).back(), units = layer_.units;
    const auto all = static_cast<std::int64_t>(kGates) * units;
    const auto named = [&](const char* gate, const char* of) {
      return name_ + (*gate ? "/" : "") + gate + (*of ? "/" : "") + of;
    };
    for (const char* gate : gates) {
      inputs.push_back(builder_.weights({units, features}, features, all, "linear", named(gate, "")));
    }
    std::vector<ValueId> recurrent;
    for (const char* gate : gates) {
      recurrent.push_back(builder_.weights({units, units}, units, all, "linear", named(gate, "recurrent")));
    }
    if (builder_.has_numbers()) {
      const std::vector<float> numbers = orthogonal(builder_.random(), all, units);
      for (std::size_t g = 0; g < kGates; ++g) {
        const auto first = numbers.begin() + static_cast<std::ptrdiff_t>(g) * units * units;
        builder_.set_numbers(recurrent[g], std::vector<float>(first, first + units * units));
      }
    }
    inputs.insert(inputs.end(), recurrent.begin(), recurrent.end());
    std::vector<ValueId> biases;
    for (const char* gate : gates) biases.push_back(builder_.bias(named(gate, ""), units));
    inputs.insert(inputs.end(), biases.begin(), biases.end());
    return biases;
  }

  ValueId last_of(ValueId all) {
    const std::string name = name_ + "/last";
    const auto indices = [&](const char* what, std::vector<std::int32_t> values) {
      return builder_.indices(name + "/" + what, {3}, values);
    };
    constexpr std::int32_t kEnds = 5, kSteps = 2;  // whole axes 0 and 2, and one step of axis 1 that loses its axis
    const auto step = static_cast<std::int32_t>(builder_.shape(all)[1] - 1);
    const ValueId begin = indices("begin", {0, step, 0}), end = indices("end", {0, step + 1, 0}),
                  strides = indices("strides", {1, 1, 1});
    return builder_.node(StridedSlice{.begin_mask = kEnds, .end_mask = kEnds, .shrink_axis_mask = kSteps},
                         {all, begin, end, strides}, name);
  }

  Builder& builder_;
  const RecurrentLayer& layer_;
  std::string name_;
};

}  // namespace

void RecurrentLayer::keys(LayerKeys& k) {
  k.needed("units", units, std::string(type()) + " needs it: how many numbers its state has");
  k.key("return", returns);
  k.key("bidirectional", bidirectional);
  if (kind == Kind::gru) k.key("reset_after", reset_after);
  if (kind == Kind::rnn) k.key("activation", activation);
  k.from(from);
}

ValueId RecurrentLayer::append(Builder& builder) const {
  const ValueId x = builder.source(from, name);
  check_size(name, "units", units);
  if (returns != "last" && returns != "all" && returns != "mean") {
    fail("layer '{}': return '{}' is unknown; {}", name, returns, suggestion(returns, {"all", "last", "mean"}));
  }
  check_sequence(name, builder.shape(x));
  const auto axis = [&](const std::string& of) { return builder.indices(of + "/axis", {1}, {1}); };
  ValueId result = kNoValue;
  if (!bidirectional) {
    result = Direction(builder, *this, name).append(x);
  } else {
    const ValueId forward = Direction(builder, *this, name + "/forward").append(x);
    const std::string turned = name + "/backward/input";
    ValueId backward = builder.node(ReverseV2{}, {x, axis(turned)}, turned);
    backward = Direction(builder, *this, name + "/backward").append(backward);
    const std::string back = name + "/backward/output";
    if (returns != "last") backward = builder.node(ReverseV2{}, {backward, axis(back)}, back);
    result = builder.node(Concatenation{.axis = -1}, {forward, backward}, returns == "mean" ? name + "/all" : name);
  }
  return returns == "mean" ? mean_over_steps(builder, result, name + "/mean") : result;
}

ValueId mean_over_steps(Builder& builder, ValueId sequence, const std::string& name) {
  return builder.node(Mean{}, {sequence, builder.indices(name + "/axis", {1}, {1})}, name);
}

}  // namespace mirim
