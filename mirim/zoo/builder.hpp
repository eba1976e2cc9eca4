#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/base/random.hpp"
#include "mirim/graph/graph.hpp"
#include "mirim/graph/random_input.hpp"
#include "mirim/ops/window.hpp"

namespace mirim {

/// The network's input, one sample (a batch of 1 is prepended). Raw data x becomes x * scale + offset inside the model,
/// or (x - mean[c]) / deviation[c]: a MUL and an ADD at the front, of one number or one per channel.
struct InputLayer {
  Shape shape{};                     ///< 28x28x1
  DType dtype = DType::float32;      ///< or int32, without normalisation: symbols
  std::vector<float> scale{};        ///< none, one, or one per channel
  std::vector<float> offset{};       ///< likewise
  std::vector<float> mean{};         ///< likewise; with deviation, instead of scale and offset
  std::vector<float> deviation{};    ///< likewise
  bool normalize_from_data = false;  ///< instead of all these: mean and deviation of the training samples, by `train`
  std::string name = "input";
};

/// The names of activations that `activation` keys and ActivationLayer::kind take: step, linear, sigmoid, tanh, relu,
/// relu6, leaky_relu, prelu, elu, selu, softplus, softsign, swish, hard_swish, gelu, mish; and softmax.
const std::vector<std::string>& activation_names();

/// What the weights of convolutions and fully connected layers hold.
enum class WeightContent {
  initialised,  ///< numbers to train from; a tensor has at most 2^24 elements, all together 2^25
  hollow,       ///< nothing (graph/hollow.hpp): any network can be counted; a tensor has at most 2^31 - 1 elements
};

/// Builds a network layer by layer, with weights initialised from a seed (He's normal before the ReLU family, else
/// Glorot's uniform; both Keras's defaults for such layers), biases 0.
///
///     Builder builder("lenet5", /*seed=*/1);
///     builder.input({.shape = {28, 28, 1}});
///     const ValueId before = builder.append(Conv2dLayer{.filters = 16, .kernel = {3, 3}, .activation = "relu"});
///     const ValueId after = builder.append(Conv2dLayer{.filters = 16, .batch_norm = true});
///     builder.append(JoinLayer{.activation = "relu", .from = {before, after}});
///     Graph graph = builder.build();
///
/// The layers are in layers/all.hpp. A constant is named after its layer: "conv1/weights", "conv1/bias",
/// "conv1/batch_norm/gamma".
class Builder {
 public:
  explicit Builder(std::string name, std::uint64_t seed = 1, WeightContent content = WeightContent::initialised);

  /// The network's input. Throws Error for a shape or a normalisation that cannot be.
  ValueId input(InputLayer layer);

  /// Appends a layer and returns its result. Throws Error with the layer's name for an unknown activation, a size out
  /// of range, and whatever the operators refuse.
  template <class Layer>
  ValueId append(Layer layer) {
    layer.name = named(layer.name, layer.type());
    last_name_ = layer.name;
    return last_ = layer.append(*this);
  }
  /// The name of the layer appended last: its own, or "conv2d_3", the third of its type.
  const std::string& last_name() const { return last_name_; }

  /// The targets of training may have any size: training scales them by mean and deviation, and appends the layers that
  /// undo the scaling.
  void normalize_output_from_data();

  /// The shape of a value made so far.
  const Shape& shape(ValueId id) const { return graph_[id].type.shape; }
  const TensorType& type(ValueId id) const { return graph_[id].type; }

  /// The network. Its output is the last layer's, or these. Throws Error if there is no input or no layer.
  Graph build() const;
  Graph build(std::vector<ValueId> outputs) const;

  /// The layers that follow are of this part of the network (exec/player.hpp); "": of none.
  void set_part(std::string part) { part_ = std::move(part); }
  /// Appends the layers of a part once more, with the same weights, behind another value. The part must read one value
  /// of the same shape. Throws Error otherwise.
  ValueId again(const std::string& part, ValueId from, const std::string& name);

  // What layers are made of. Each throws Error for sizes that are too large.

  /// What a layer reads: the layer before unless given.
  ValueId source(const std::optional<ValueId>& from, const std::string& layer) const;
  /// LAYER/weights, initialised for this activation.
  ValueId weights(Shape shape, std::int64_t fan_in, std::int64_t fan_out, const std::string& activation,
                  const std::string& layer);
  /// LAYER/bias, zeros.
  ValueId bias(const std::string& layer, std::int64_t outputs);
  /// Numbers by chance, each drawn by `draw`, which are not trained (kFrozen): a rule sets them, or nothing does.
  ValueId drawn_constant(const std::string& name, Shape shape, const std::function<float(Random&)>& draw);
  /// The same, normal with mean 0 and this standard deviation.
  ValueId random_constant(const std::string& name, Shape shape, float deviation);
  /// Numbers that training changes, each begun by `draw`, though their operand is not one of weights (kTrained).
  ValueId trained_constant(const std::string& name, Shape shape, const std::function<float(Random&)>& draw);
  /// What all numbers by chance are drawn from.
  Random& random() { return random_; }
  /// Whether constants have numbers: not of a hollow network.
  bool has_numbers() const { return content_ == WeightContent::initialised; }
  std::vector<float> numbers(ValueId constant) const;
  void set_numbers(ValueId constant, const std::vector<float>& values);
  /// One more input of the network, [1, shape], with numbers of its own in each run. It does not become the layer
  /// before.
  ValueId random_input(const std::string& name, const Shape& shape, Distribution distribution);
  /// State that is kept from run to run; at first these numbers, or zeros.
  ValueId variable(const std::string& name, Shape shape, const std::vector<float>& first = {});
  /// An int32 that a loop counts with.
  ValueId counter(const std::string& name);
  ValueId constant(const std::string& name, Shape shape, const std::vector<float>& values);
  ValueId indices(const std::string& name, Shape shape, const std::vector<std::int32_t>& values);
  /// int16 zeros, for a rule to set.
  ValueId small_indices(const std::string& name, Shape shape);
  ValueId node(Op op, std::vector<ValueId> inputs, const std::string& name);
  /// A node with several results.
  std::vector<ValueId> nodes(Op op, std::vector<ValueId> inputs, const std::string& name);
  /// A node without a result.
  void run(Op op, std::vector<ValueId> inputs, const std::string& name);
  /// Numbers that are never hollow: those of biases, slopes and batch norms.
  void count_small(const std::string& name, std::int64_t elements);

 private:
  std::string named(const std::string& given, std::string_view type);
  bool is_of(const Node& node, const std::string& part) const;
  ValueId drawn(const std::string& name, Shape shape, const std::function<float(Random&)>& draw);
  void count_elements(const std::string& name, const Shape& dimensions);

  Graph graph_;
  Random random_;
  WeightContent content_;
  std::map<std::string, int, std::less<>> count_;
  std::int64_t elements_ = 0;
  std::int64_t small_elements_ = 0;
  ValueId last_ = kNoValue;
  std::string last_name_;
  std::string part_;
};

}  // namespace mirim
