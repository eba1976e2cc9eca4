#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/base/random.hpp"
#include "mirim/graph/graph.hpp"
#include "mirim/ops/window.hpp"

namespace mirim {

// A layer is a plain struct of sizes. Every one has a `name` (made from its kind and a number if empty) and, if it
// reads something, `from`: the value that it reads, by default the previous layer's.

/// The network's input, one sample (a batch of 1 is prepended). Raw data x becomes x * scale + offset inside the model,
/// or (x - mean[c]) / deviation[c]: a MUL and an ADD at the front, of one number or one per channel.
struct InputLayer {
  Shape shape{};                     ///< 28x28x1
  std::vector<float> scale{};        ///< none, one, or one per channel
  std::vector<float> offset{};       ///< likewise
  std::vector<float> mean{};         ///< likewise; with deviation, instead of scale and offset
  std::vector<float> deviation{};    ///< likewise
  bool normalize_from_data = false;  ///< instead of all these: mean and deviation of the training samples, by `train`
  std::string name = "input";
};

/// CONV_2D, then BATCH_NORM if asked for, then the activation.
struct Conv2dLayer {
  std::int64_t filters = 0;
  Size2d kernel = {3, 3};
  Size2d stride{};
  Size2d dilation{};
  std::int64_t groups = 1;  ///< of channels, each with filters / groups filters of its own
  Padding padding = Padding::same;
  bool bias = true;
  bool batch_norm = false;
  std::string activation = "linear";
  std::string name{};
  std::optional<ValueId> from{};
};

/// TRANSPOSE_CONV, then BATCH_NORM if asked for, then the activation. Makes images larger: height * stride with SAME
/// padding, (height - 1) * stride + kernel with VALID.
struct TransposedConv2dLayer {
  std::int64_t filters = 0;
  Size2d kernel = {3, 3};
  Size2d stride{};
  Padding padding = Padding::same;
  bool bias = true;
  bool batch_norm = false;
  std::string activation = "linear";
  std::string name{};
  std::optional<ValueId> from{};
};

/// DEPTHWISE_CONV_2D with `multiplier` filters for each channel, then BATCH_NORM if asked for, then the activation.
struct DepthwiseConv2dLayer {
  std::int64_t multiplier = 1;
  Size2d kernel = {3, 3};
  Size2d stride{};
  Size2d dilation{};
  Padding padding = Padding::same;
  bool bias = true;
  bool batch_norm = false;
  std::string activation = "linear";
  std::string name{};
  std::optional<ValueId> from{};
};

/// FULLY_CONNECTED on the flattened input, then BATCH_NORM if asked for, then the activation.
struct FullyConnectedLayer {
  std::int64_t units = 0;
  bool bias = true;
  bool batch_norm = false;
  std::string activation = "linear";
  std::string name{};
  std::optional<ValueId> from{};
};

struct BatchNormLayer {
  float epsilon = 1e-3F;
  float momentum = 0.99F;
  std::string activation = "linear";
  std::string name{};
  std::optional<ValueId> from{};
};

/// One of `activation_names()`.
struct ActivationLayer {
  std::string kind = "relu";
  std::optional<float> alpha{};  ///< slope below 0: leaky_relu's (default 0.01), or prelu's initial one (0.25)
  std::string name{};
  std::optional<ValueId> from{};
};

/// MAX_POOL_2D or AVERAGE_POOL_2D. A stride of 0 is the size of the window.
struct PoolLayer {
  Size2d size = {2, 2};
  Size2d stride = {0, 0};
  Padding padding = Padding::valid;
  std::string name{};
  std::optional<ValueId> from{};
};

/// A layer without sizes: softmax, flatten, global_average_pool.
struct PlainLayer {
  std::string name{};
  std::optional<ValueId> from{};
};

struct DropoutLayer {
  float rate = 0.5F;
  std::string name{};
  std::optional<ValueId> from{};
};

struct ReshapeLayer {
  Shape shape{};  ///< of one sample
  std::string name{};
  std::optional<ValueId> from{};
};

/// PAD with zeros along height and width.
struct PadLayer {
  std::int32_t top = 0;
  std::int32_t bottom = 0;
  std::int32_t left = 0;
  std::int32_t right = 0;
  std::string name{};
  std::optional<ValueId> from{};
};

/// LOCAL_RESPONSE_NORMALIZATION over 2 * radius + 1 channels; Krizhevsky et al., 2012, have these numbers.
struct LocalResponseNormLayer {
  std::int32_t radius = 2;
  float bias = 2;
  float alpha = 1e-4F;
  float beta = 0.75F;
  std::string name{};
  std::optional<ValueId> from{};
};

/// ADD or MUL of two values of shapes that broadcast, then the activation.
struct JoinLayer {
  std::vector<ValueId> from{};  ///< two
  std::string activation = "linear";
  std::string name{};
};

/// CONCATENATION along the channels.
struct ConcatenationLayer {
  std::vector<ValueId> from{};
  std::string name{};
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
///     const ValueId before = builder.conv2d({.filters = 16, .kernel = {3, 3}, .activation = "relu"});
///     const ValueId after = builder.conv2d({.filters = 16, .batch_norm = true});
///     builder.add({.from = {before, after}, .activation = "relu"});
///     Graph graph = builder.build();
///
/// Each function appends a layer and returns its result. It throws Error with the layer's name for an unknown
/// activation, a size out of range, and whatever the operators refuse. Constants are named after their layer:
/// "conv1/weights", "conv1/bias", "conv1/batch_norm/gamma".
class Builder {
 public:
  explicit Builder(std::string name, std::uint64_t seed = 1, WeightContent content = WeightContent::initialised);

  ValueId input(InputLayer layer);
  ValueId conv2d(Conv2dLayer layer);
  ValueId transposed_conv2d(TransposedConv2dLayer layer);
  ValueId depthwise_conv2d(DepthwiseConv2dLayer layer);
  ValueId fully_connected(FullyConnectedLayer layer);
  ValueId batch_norm(BatchNormLayer layer = {});
  ValueId activation(ActivationLayer layer);
  ValueId softmax(PlainLayer layer = {});
  ValueId max_pool2d(PoolLayer layer = {});
  ValueId average_pool2d(PoolLayer layer = {});
  /// AVERAGE_POOL_2D over the whole height and width, flattened.
  ValueId global_average_pool(PlainLayer layer = {});
  ValueId flatten(PlainLayer layer = {});
  ValueId reshape(ReshapeLayer layer);
  ValueId pad(PadLayer layer);
  ValueId dropout(DropoutLayer layer);
  ValueId local_response_norm(LocalResponseNormLayer layer = {});
  ValueId add(JoinLayer layer);
  ValueId mul(JoinLayer layer);
  ValueId concatenation(ConcatenationLayer layer);

  /// The targets of training may have any size: training scales them by mean and deviation, and appends the layers that
  /// undo the scaling.
  void normalize_output_from_data();

  /// The shape of a value made so far.
  const Shape& shape(ValueId id) const { return graph_[id].type.shape; }

  /// The network. Its output is the last layer's, or these. Throws Error if there is no input or no layer.
  Graph build() const;
  Graph build(std::vector<ValueId> outputs) const;

 private:
  std::string named(const std::string& given, std::string_view kind);
  ValueId source(const std::optional<ValueId>& from, const std::string& layer) const;
  ValueId finish(ValueId id, bool batch_norm, const std::string& activation, const std::string& name);
  ValueId activate(ValueId id, const std::string& kind, std::optional<float> alpha, const std::string& name);
  ValueId normalize(ValueId id, const BatchNormLayer& layer, const std::string& name);
  ValueId weights(Shape shape, std::int64_t fan_in, std::int64_t fan_out, const std::string& activation,
                  const std::string& name);
  void count_elements(const std::string& name, const Shape& dimensions);
  void count_small(const std::string& name, std::int64_t elements);
  ValueId bias(const std::string& layer, std::int64_t outputs);
  ValueId constant(const std::string& name, Shape shape, const std::vector<float>& values);
  ValueId indices(const std::string& name, Shape shape, const std::vector<std::int32_t>& values);
  ValueId node(Op op, std::vector<ValueId> inputs, const std::string& name);

  Graph graph_;
  Random random_;
  WeightContent content_;
  std::map<std::string, int, std::less<>> count_;
  std::int64_t elements_ = 0;
  std::int64_t small_elements_ = 0;  ///< of biases, slopes and batch norms, which are never hollow
  ValueId last_ = kNoValue;
};

}  // namespace mirim
