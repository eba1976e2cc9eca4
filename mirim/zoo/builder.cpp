#include "mirim/zoo/builder.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "mirim/base/error.hpp"
#include "mirim/graph/hollow.hpp"
#include "mirim/graph/meaning.hpp"
#include "mirim/ops/batch_norm.hpp"
#include "mirim/ops/concatenation.hpp"
#include "mirim/ops/conv2d.hpp"
#include "mirim/ops/depthwise_conv2d.hpp"
#include "mirim/ops/dropout.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/ops/elementwise_unary.hpp"
#include "mirim/ops/fully_connected.hpp"
#include "mirim/ops/local_response_normalization.hpp"
#include "mirim/ops/pad.hpp"
#include "mirim/ops/pool2d.hpp"
#include "mirim/ops/reshape.hpp"
#include "mirim/ops/softmax.hpp"
#include "mirim/ops/transpose_conv.hpp"
#include "mirim/zoo/activation.hpp"

namespace mirim {
namespace {

// A microcontroller's network is far below these; only a typo or a hostile file is above.
constexpr std::int64_t kMostElements = std::int64_t{1} << 24;       // of one tensor
constexpr std::int64_t kMostElementsInAll = std::int64_t{1} << 25;  // of all tensors together
// Hollow ones: kernels and other runtimes count in 32 bits. Biases and batch norms are there in any case.
constexpr std::int64_t kMostHollowElements = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kMostSmallElements = std::int64_t{1} << 22;
constexpr std::int64_t kLargestDimension = std::int64_t{1} << 24;

void check_size(const std::string& layer, std::string_view what, std::int64_t value) {
  if (value < 1 || value > kLargestDimension) {
    fail("layer '{}': {} is {}; it must be from 1 to {}", layer, what, value, kLargestDimension);
  }
}

void check_size(const std::string& layer, std::string_view what, Size2d value) {
  check_size(layer, what, value.height);
  check_size(layer, what, value.width);
}

void check_rank(const std::string& layer, const Shape& shape) {
  if (shape.rank() != 4) {
    fail("layer '{}' needs an input of height, width and channels, and gets {}", layer, to_string(shape));
  }
}

/// Checks that `values` has one number for all channels or one for each. Throws Error otherwise.
void check_channels(const std::string& what, const std::vector<float>& values, std::int64_t channels) {
  const auto count = static_cast<std::int64_t>(values.size());
  if (count > 1 && count != channels) {
    fail("normalize: {} has {} numbers; give 1, or {}, one per channel", what, count, channels);
  }
  for (const float value : values) {
    if (!std::isfinite(value)) fail("normalize: {} holds a number that is not finite", what);
  }
}

}  // namespace

Builder::Builder(std::string name, std::uint64_t seed, WeightContent content) : random_(seed), content_(content) {
  graph_.name = std::move(name);
  if (content == WeightContent::hollow) mark_hollow(graph_);
}

ValueId Builder::input(InputLayer layer) {
  std::vector<std::int64_t> dimensions = {1};
  for (const std::int64_t size : layer.shape) {
    check_size(layer.name, "the shape", size);
    dimensions.push_back(size);
  }
  if (layer.shape.rank() < 1 || layer.shape.rank() > 5) {
    fail("input '{}': the shape has {} dimensions; give 1 to 5, without the batch", layer.name, layer.shape.rank());
  }
  count_elements(layer.name, Shape(dimensions));
  for (const auto& [what, values] : {std::pair{"scale", &layer.scale},
                                     {"offset", &layer.offset},
                                     {"mean", &layer.mean},
                                     {"deviation", &layer.deviation}}) {
    check_channels(what, *values, layer.shape.back());
  }
  if (!(layer.mean.empty() && layer.deviation.empty())) {
    if (!(layer.scale.empty() && layer.offset.empty())) fail("normalize: give scale and offset, or mean and deviation");
    // (x - mean) / deviation = x * (1 / deviation) + (-mean / deviation)
    const auto at = [](const std::vector<float>& v, std::size_t i, float none) {
      return v.empty() ? none : v[v.size() == 1 ? 0 : i];
    };
    const std::size_t count = std::max(layer.mean.size(), layer.deviation.size());
    for (std::size_t c = 0; c < count; ++c) {
      const float deviation = at(layer.deviation, c, 1);
      if (!(deviation > 0)) fail("normalize: the deviation must be above 0, not {}", deviation);
      layer.scale.push_back(1 / deviation);
      layer.offset.push_back(-at(layer.mean, c, 0) / deviation);
    }
  }
  for (const float scale : layer.scale) {
    if (!(scale > 0)) fail("normalize: the scale must be above 0, not {}", scale);
  }

  if (layer.normalize_from_data) {
    if (!layer.scale.empty() || !layer.offset.empty()) fail("normalize: give numbers, or take them from the data");
    graph_.extras[std::string(kNormalizeInput)] = {};
  }
  last_ = graph_.add(Value{.name = layer.name, .type = {DType::float32, Shape(dimensions)}});
  graph_.inputs.push_back(last_);
  const auto numbers = [&](const std::vector<float>& values, const std::string& name) {
    return constant(name, {static_cast<std::int64_t>(values.size())}, values);
  };
  if (!layer.scale.empty()) {
    const std::string name = layer.name + "/scale";
    last_ = node(Mul{}, {last_, numbers(layer.scale, name + "/factor")}, name);
  }
  if (std::any_of(layer.offset.begin(), layer.offset.end(), [](float v) { return v != 0; })) {
    const std::string name = layer.name + "/offset";
    last_ = node(Add{}, {last_, numbers(layer.offset, name + "/term")}, name);
  }
  return last_;
}

void Builder::normalize_output_from_data() { graph_.extras[std::string(kNormalizeOutput)] = {}; }

ValueId Builder::conv2d(Conv2dLayer layer) {
  const std::string name = named(layer.name, "conv2d");
  const ValueId x = source(layer.from, name);
  check_rank(name, shape(x));
  check_size(name, "filters", layer.filters);
  check_size(name, "kernel", layer.kernel);
  check_size(name, "groups", layer.groups);
  if (shape(x).back() % layer.groups != 0 || layer.filters % layer.groups != 0) {
    fail("layer '{}': {} channels and {} filters are not in {} groups; choose a divisor of both", name, shape(x).back(),
         layer.filters, layer.groups);
  }
  const std::int64_t channels = shape(x).back() / layer.groups;
  const std::int64_t area = std::int64_t{layer.kernel.height} * layer.kernel.width;
  std::vector<ValueId> inputs = {
      x, weights({layer.filters, layer.kernel.height, layer.kernel.width, channels}, area * channels,
                 area * (layer.filters / layer.groups), layer.activation, name)};
  if (layer.bias) inputs.push_back(bias(name, layer.filters));
  const Conv2d op{.padding = layer.padding, .stride = layer.stride, .dilation = layer.dilation};
  return finish(node(op, std::move(inputs), name), layer.batch_norm, layer.activation, name);
}

ValueId Builder::transposed_conv2d(TransposedConv2dLayer layer) {
  const std::string name = named(layer.name, "transposed_conv2d");
  const ValueId x = source(layer.from, name);
  check_rank(name, shape(x));
  check_size(name, "filters", layer.filters);
  check_size(name, "kernel", layer.kernel);
  check_size(name, "stride", layer.stride);
  const auto output = [&](int axis, std::int32_t kernel, std::int32_t stride) {
    const std::int64_t size =
        layer.padding == Padding::same ? shape(x)[axis] * stride : (shape(x)[axis] - 1) * stride + kernel;
    check_size(name, axis == 1 ? "the height of the result" : "the width of the result", size);
    return static_cast<std::int32_t>(size);
  };
  const std::vector<std::int32_t> result = {1, output(1, layer.kernel.height, layer.stride.height),
                                            output(2, layer.kernel.width, layer.stride.width),
                                            static_cast<std::int32_t>(layer.filters)};
  const std::int64_t channels = shape(x).back();
  const std::int64_t area = std::int64_t{layer.kernel.height} * layer.kernel.width;
  // With a stride an output reads only some of the window, an input still reaches all of it.
  const std::int64_t steps = std::int64_t{layer.stride.height} * layer.stride.width;
  const ValueId target = indices(name + "/shape", {4}, result);
  std::vector<ValueId> inputs = {
      target,
      weights({layer.filters, layer.kernel.height, layer.kernel.width, channels},
              std::max<std::int64_t>(1, area * channels / steps), area * layer.filters, layer.activation, name),
      x};
  if (layer.bias) inputs.push_back(bias(name, layer.filters));
  const TransposeConv op{.padding = layer.padding, .stride = layer.stride};
  return finish(node(op, std::move(inputs), name), layer.batch_norm, layer.activation, name);
}

ValueId Builder::depthwise_conv2d(DepthwiseConv2dLayer layer) {
  const std::string name = named(layer.name, "depthwise_conv2d");
  const ValueId x = source(layer.from, name);
  check_rank(name, shape(x));
  check_size(name, "multiplier", layer.multiplier);
  check_size(name, "kernel", layer.kernel);
  const std::int64_t channels = shape(x).back() * layer.multiplier;
  check_size(name, "multiplier * channels", channels);
  const std::int64_t area = std::int64_t{layer.kernel.height} * layer.kernel.width;
  std::vector<ValueId> inputs = {x, weights({1, layer.kernel.height, layer.kernel.width, channels}, area,
                                            area * layer.multiplier, layer.activation, name)};
  if (layer.bias) inputs.push_back(bias(name, channels));
  const DepthwiseConv2d op{.padding = layer.padding,
                           .stride = layer.stride,
                           .depth_multiplier = static_cast<std::int32_t>(layer.multiplier),
                           .dilation = layer.dilation};
  return finish(node(op, std::move(inputs), name), layer.batch_norm, layer.activation, name);
}

ValueId Builder::fully_connected(FullyConnectedLayer layer) {
  const std::string name = named(layer.name, "fully_connected");
  ValueId x = source(layer.from, name);
  check_size(name, "units", layer.units);
  if (shape(x).rank() != 2) x = flatten({.name = name + "/flatten", .from = x});
  const std::int64_t features = shape(x).back();
  std::vector<ValueId> inputs = {x, weights({layer.units, features}, features, layer.units, layer.activation, name)};
  if (layer.bias) inputs.push_back(bias(name, layer.units));
  return finish(node(FullyConnected{}, std::move(inputs), name), layer.batch_norm, layer.activation, name);
}

ValueId Builder::batch_norm(BatchNormLayer layer) {
  const std::string name = named(layer.name, "batch_norm");
  return finish(normalize(source(layer.from, name), layer, name), false, layer.activation, name);
}

ValueId Builder::activation(ActivationLayer layer) {
  const std::string name = named(layer.name, layer.kind);
  return last_ = in_context("layer '" + name + "'",
                            [&] { return activate(source(layer.from, name), layer.kind, layer.alpha, name); });
}

ValueId Builder::softmax(PlainLayer layer) {
  return activation({.kind = "softmax", .name = std::move(layer.name), .from = layer.from});
}

ValueId Builder::max_pool2d(PoolLayer layer) {
  const std::string name = named(layer.name, "max_pool2d");
  const ValueId x = source(layer.from, name);
  if (layer.stride == Size2d{0, 0}) layer.stride = layer.size;
  return last_ = node(MaxPool2d{.padding = layer.padding, .stride = layer.stride, .filter = layer.size}, {x}, name);
}

ValueId Builder::average_pool2d(PoolLayer layer) {
  const std::string name = named(layer.name, "average_pool2d");
  const ValueId x = source(layer.from, name);
  if (layer.stride == Size2d{0, 0}) layer.stride = layer.size;
  return last_ = node(AveragePool2d{.padding = layer.padding, .stride = layer.stride, .filter = layer.size}, {x}, name);
}

ValueId Builder::global_average_pool(PlainLayer layer) {
  const std::string name = named(layer.name, "global_average_pool");
  const ValueId x = source(layer.from, name);
  check_rank(name, shape(x));
  const Size2d all = {static_cast<std::int32_t>(shape(x)[1]), static_cast<std::int32_t>(shape(x)[2])};
  const ValueId mean = node(AveragePool2d{.stride = all, .filter = all}, {x}, name);
  return flatten({.name = name + "/flatten", .from = mean});
}

ValueId Builder::flatten(PlainLayer layer) {
  const std::string name = named(layer.name, "flatten");
  const ValueId x = source(layer.from, name);
  return reshape({.shape = {shape(x).elements() / shape(x)[0]}, .name = name, .from = x});
}

ValueId Builder::reshape(ReshapeLayer layer) {
  const std::string name = named(layer.name, "reshape");
  const ValueId x = source(layer.from, name);
  // The batch stays open (-1), so that the same graph runs on any number of samples.
  std::vector<std::int32_t> dimensions = {-1};
  for (const std::int64_t size : layer.shape) {
    check_size(name, "the shape", size);
    dimensions.push_back(static_cast<std::int32_t>(size));
  }
  if (layer.shape.elements() != shape(x).elements() / shape(x)[0]) {
    fail("layer '{}': {} has not as many elements as a sample of {}", name, to_string(layer.shape),
         to_string(shape(x)));
  }
  const ValueId target = indices(name + "/shape", {static_cast<std::int64_t>(dimensions.size())}, dimensions);
  return last_ = node(Reshape{}, {x, target}, name);
}

ValueId Builder::pad(PadLayer layer) {
  const std::string name = named(layer.name, "pad");
  const ValueId x = source(layer.from, name);
  check_rank(name, shape(x));
  for (const std::int32_t size : {layer.top, layer.bottom, layer.left, layer.right}) {
    if (size < 0 || size > kLargestDimension) fail("layer '{}': a padding of {} is out of range", name, size);
  }
  const ValueId paddings =
      indices(name + "/paddings", {4, 2}, {0, 0, layer.top, layer.bottom, layer.left, layer.right, 0, 0});
  return last_ = node(Pad{}, {x, paddings}, name);
}

ValueId Builder::dropout(DropoutLayer layer) {
  const std::string name = named(layer.name, "dropout");
  if (!(layer.rate >= 0 && layer.rate < 1)) {
    fail("layer '{}': rate is {}; it must be at least 0 and below 1", name, layer.rate);
  }
  return last_ = node(Dropout{.rate = layer.rate}, {source(layer.from, name)}, name);
}

ValueId Builder::local_response_norm(LocalResponseNormLayer layer) {
  const std::string name = named(layer.name, "local_response_norm");
  const ValueId x = source(layer.from, name);
  check_rank(name, shape(x));
  if (layer.radius < 0) fail("layer '{}': radius is {}; it must not be negative", name, layer.radius);
  if (!(layer.bias > 0)) fail("layer '{}': bias is {}; it must be above 0", name, layer.bias);
  const LocalResponseNormalization op{
      .radius = layer.radius, .bias = layer.bias, .alpha = layer.alpha, .beta = layer.beta};
  return last_ = node(op, {x}, name);
}

ValueId Builder::add(JoinLayer layer) {
  const std::string name = named(layer.name, "add");
  if (layer.from.size() != 2) fail("layer '{}': from must name the two layers to add", name);
  return finish(node(Add{}, std::move(layer.from), name), false, layer.activation, name);
}

ValueId Builder::mul(JoinLayer layer) {
  const std::string name = named(layer.name, "mul");
  if (layer.from.size() != 2) fail("layer '{}': from must name the two layers to multiply", name);
  return finish(node(Mul{}, std::move(layer.from), name), false, layer.activation, name);
}

ValueId Builder::concatenation(ConcatenationLayer layer) {
  const std::string name = named(layer.name, "concatenation");
  if (layer.from.size() < 2) fail("layer '{}': from must name at least two layers", name);
  return last_ = node(Concatenation{.axis = -1}, std::move(layer.from), name);
}

Graph Builder::build() const {
  if (graph_.nodes.empty()) fail("model '{}' has no layers", graph_.name);
  return build({last_});
}

Graph Builder::build(std::vector<ValueId> outputs) const {
  if (graph_.inputs.empty()) fail("model '{}' has no input", graph_.name);
  Graph graph = graph_;
  graph.outputs = std::move(outputs);
  return graph;
}

/// "conv2d_3": the third layer of that kind, including those with given names.
std::string Builder::named(const std::string& given, std::string_view kind) {
  const auto found = count_.try_emplace(std::string(kind), 0).first;
  const int number = ++found->second;
  return given.empty() ? fmt::format("{}_{}", kind, number) : given;
}

ValueId Builder::source(const std::optional<ValueId>& from, const std::string& layer) const {
  const ValueId id = from.value_or(last_);
  if (id == kNoValue) fail("layer '{}' has nothing to read: the model needs an input first", layer);
  return id;
}

ValueId Builder::finish(ValueId id, bool batch_norm, const std::string& activation, const std::string& name) {
  if (batch_norm) id = normalize(id, {}, name + "/batch_norm");
  return last_ = in_context("layer '" + name + "'",
                            [&] { return activate(id, activation, std::nullopt, name + "/" + activation); });
}

ValueId Builder::activate(ValueId id, const std::string& kind, std::optional<float> alpha, const std::string& name) {
  const std::optional<Op> op = activation_op(kind, alpha.value_or(0.01F));
  if (!op) return id;
  if (!op->is<Prelu>()) return node(*op, {id}, name);
  // One slope per channel, shared by all positions, as for images in PReLU's paper.
  std::vector<std::int64_t> dimensions(static_cast<std::size_t>(std::max(shape(id).rank() - 1, 1)), 1);
  dimensions.back() = shape(id).back();
  count_small(name, shape(id).back());
  const std::vector<float> slopes(static_cast<std::size_t>(shape(id).back()), alpha.value_or(0.25F));
  return node(*op, {id, constant(name + "/alpha", Shape(dimensions), slopes)}, name);
}

ValueId Builder::normalize(ValueId id, const BatchNormLayer& layer, const std::string& name) {
  if (!(layer.epsilon > 0)) fail("layer '{}': epsilon is {}; it must be above 0", name, layer.epsilon);
  if (!(layer.momentum >= 0 && layer.momentum < 1)) {
    fail("layer '{}': momentum is {}; it must be at least 0 and below 1", name, layer.momentum);
  }
  const std::int64_t channels = shape(id).back();
  count_small(name, 4 * channels);
  const std::vector<float> zeros(static_cast<std::size_t>(channels), 0.0F);
  const std::vector<float> ones(static_cast<std::size_t>(channels), 1.0F);
  const ValueId gamma = constant(name + "/gamma", {channels}, ones);
  const ValueId beta = constant(name + "/beta", {channels}, zeros);
  const ValueId mean = constant(name + "/mean", {channels}, zeros);
  const ValueId variance = constant(name + "/variance", {channels}, ones);
  return node(BatchNorm{.epsilon = layer.epsilon, .momentum = layer.momentum}, {id, gamma, beta, mean, variance}, name);
}

ValueId Builder::weights(Shape dimensions, std::int64_t fan_in, std::int64_t fan_out, const std::string& activation,
                         const std::string& layer) {
  const std::string name = layer + "/weights";
  count_elements(name, dimensions);
  const bool rectifier = in_context("layer '" + layer + "'", [&] { return is_rectifier(activation); });
  if (content_ == WeightContent::hollow) {
    return graph_.add(
        Value{.name = name, .type = {DType::float32, std::move(dimensions)}, .constant = hollow_constant()});
  }
  std::vector<float> values(static_cast<std::size_t>(dimensions.elements()));
  if (rectifier) {
    // He et al., 2015: variance 2 / fan_in, truncated at two deviations; 0.8796 is the deviation of a normal so
    // truncated.
    const float deviation = std::sqrt(2.0F / static_cast<float>(fan_in)) / 0.87962566F;
    for (float& value : values) {
      do value = random_.normal();
      while (std::fabs(value) > 2);
      value *= deviation;
    }
  } else {
    // Glorot and Bengio, 2010: uniform in +-sqrt(6 / (fan_in + fan_out)).
    const float limit = std::sqrt(6.0F / static_cast<float>(fan_in + fan_out));
    for (float& value : values) value = limit * (2 * random_.uniform() - 1);
  }
  return constant(name, std::move(dimensions), values);
}

void Builder::count_elements(const std::string& name, const Shape& dimensions) {
  const std::int64_t elements = in_context("'" + name + "'", [&] { return dimensions.elements(); });
  const bool hollow = content_ == WeightContent::hollow;
  const std::int64_t most = hollow ? kMostHollowElements : kMostElements;
  if (elements > most) {
    fail("'{}' would be {}, that is {} elements; at most {} are allowed", name, to_string(dimensions), elements, most);
  }
  elements_ += elements;
  if (!hollow && elements_ > kMostElementsInAll) {
    fail("all tensors up to '{}' have {} elements in total; at most {} are allowed", name, elements_,
         kMostElementsInAll);
  }
}

void Builder::count_small(const std::string& name, std::int64_t elements) {
  small_elements_ += elements;
  if (small_elements_ > kMostSmallElements) {
    fail("all biases, slopes and batch norms up to '{}' have {} numbers in total; at most {} are allowed", name,
         small_elements_, kMostSmallElements);
  }
}

ValueId Builder::bias(const std::string& layer, std::int64_t outputs) {
  const std::string name = layer + "/bias";
  count_small(name, outputs);
  return constant(name, {outputs}, std::vector<float>(static_cast<std::size_t>(outputs)));
}

ValueId Builder::constant(const std::string& name, Shape dimensions, const std::vector<float>& values) {
  return graph_.add(
      Value{.name = name, .type = {DType::float32, std::move(dimensions)}, .constant = make_constant(values)});
}

ValueId Builder::indices(const std::string& name, Shape dimensions, const std::vector<std::int32_t>& values) {
  return graph_.add(
      Value{.name = name, .type = {DType::int32, std::move(dimensions)}, .constant = make_constant(values)});
}

ValueId Builder::node(Op op, std::vector<ValueId> inputs, const std::string& name) {
  const ValueId result = in_context("layer", [&] { return graph_.add(std::move(op), std::move(inputs), name); });
  count_elements(name, shape(result));
  return result;
}

}  // namespace mirim
