#include "mirim/zoo/builder.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "mirim/base/error.hpp"
#include "mirim/exec/parameters.hpp"
#include "mirim/exec/player.hpp"
#include "mirim/graph/hollow.hpp"
#include "mirim/graph/meaning.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/zoo/activation.hpp"
#include "mirim/zoo/layer.hpp"

namespace mirim {
namespace {

// A microcontroller's network is far below these; only a typo or a hostile file is above.
constexpr std::int64_t kMostElements = std::int64_t{1} << 24;       // of one tensor
constexpr std::int64_t kMostElementsInAll = std::int64_t{1} << 25;  // of all tensors together
// Hollow ones: kernels and other runtimes count in 32 bits. Biases and batch norms are there in any case.
constexpr std::int64_t kMostHollowElements = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kMostSmallElements = std::int64_t{1} << 22;

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
  const bool normalized = layer.normalize_from_data || !layer.scale.empty() || !layer.offset.empty();
  if (layer.dtype != DType::float32 && normalized)
    fail("input '{}': {} has no normalisation", layer.name, name(layer.dtype));
  last_ = graph_.add(Value{.name = layer.name, .type = {layer.dtype, Shape(dimensions)}});
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

ValueId Builder::drawn_constant(const std::string& name, Shape dimensions, const std::function<float(Random&)>& draw) {
  const ValueId id = drawn(name, std::move(dimensions), draw);
  graph_[id].extras[std::string(kFrozen)] = {};
  return id;
}

ValueId Builder::trained_constant(const std::string& name, Shape dimensions,
                                  const std::function<float(Random&)>& draw) {
  const ValueId id = drawn(name, std::move(dimensions), draw);
  graph_[id].extras[std::string(kTrained)] = {};
  return id;
}

ValueId Builder::drawn(const std::string& name, Shape dimensions, const std::function<float(Random&)>& draw) {
  count_elements(name, dimensions);
  if (!has_numbers()) {
    return graph_.add(
        Value{.name = name, .type = {DType::float32, std::move(dimensions)}, .constant = hollow_constant()});
  }
  std::vector<float> values(static_cast<std::size_t>(dimensions.elements()));
  for (float& value : values) value = draw(random_);
  return constant(name, std::move(dimensions), values);
}

ValueId Builder::random_constant(const std::string& name, Shape dimensions, float deviation) {
  return drawn_constant(name, std::move(dimensions), [&](Random& random) { return deviation * random.normal(); });
}

std::vector<float> Builder::numbers(ValueId constant) const {
  const auto values = graph_[constant].values<float>();
  return {values.begin(), values.end()};
}

void Builder::set_numbers(ValueId constant, const std::vector<float>& values) {
  graph_[constant].constant = make_constant(values);
}

ValueId Builder::random_input(const std::string& name, const Shape& shape, Distribution distribution) {
  std::vector<std::int64_t> dimensions = {1};
  for (const std::int64_t size : shape) {
    check_size(name, "the shape", size);
    dimensions.push_back(size);
  }
  count_elements(name, Shape(dimensions));
  const ValueId id = graph_.add(Value{.name = name, .type = {DType::float32, Shape(dimensions)}});
  set_distribution(graph_[id], distribution);
  graph_.inputs.push_back(id);
  return id;
}

ValueId Builder::variable(const std::string& name, Shape dimensions, const std::vector<float>& first) {
  count_elements(name, dimensions);
  return graph_.add(Value{.name = name,
                          .type = {DType::float32, std::move(dimensions)},
                          .constant = first.empty() ? nullptr : make_constant(first),
                          .variable = true});
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

ValueId Builder::small_indices(const std::string& name, Shape dimensions) {
  count_elements(name, dimensions);
  const std::vector<std::int16_t> zeros(static_cast<std::size_t>(dimensions.elements()));
  return graph_.add(
      Value{.name = name, .type = {DType::int16, std::move(dimensions)}, .constant = make_constant(zeros)});
}

void Builder::run(Op op, std::vector<ValueId> inputs, const std::string& name) {
  in_context("layer", [&] {
    graph_.nodes.push_back({.op = std::move(op), .inputs = std::move(inputs), .outputs = {}, .name = name});
  });
}

ValueId Builder::counter(const std::string& name) {
  return graph_.add(Value{.name = name, .type = {DType::int32, {}}, .variable = true});
}

bool Builder::is_of(const Node& node, const std::string& part) const {
  const auto found = node.extras.find(std::string(kPart));
  return found != node.extras.end() && std::ranges::equal(found->second, bytes_of(std::string_view(part)));
}

ValueId Builder::again(const std::string& part, ValueId from, const std::string& name) {
  std::map<ValueId, ValueId> copies;
  ValueId read = kNoValue, last = kNoValue;
  const std::vector<Node> nodes = graph_.nodes;
  for (const Node& each : nodes) {
    if (!is_of(each, part)) continue;
    std::vector<ValueId> inputs = each.inputs;
    for (ValueId& id : inputs) {
      if (id == kNoValue || graph_[id].is_constant()) continue;
      if (const auto copy = copies.find(id); copy != copies.end()) {
        id = copy->second;
        continue;
      }
      if (read == kNoValue) read = id;
      if (id != read)
        fail("layer '{}': part '{}' reads '{}' and '{}'; it must read one value", name, part, graph_[read].name,
             graph_[id].name);
      if (shape(from) != shape(id)) {
        fail("layer '{}': part '{}' takes {}, and gets {}", name, part, to_string(shape(id)), to_string(shape(from)));
      }
      id = from;
    }
    last = node(each.op, std::move(inputs), name + "/" + graph_[each.outputs[0]].name);
    copies[each.outputs[0]] = last;
  }
  if (last == kNoValue) fail("layer '{}': there is no part '{}' before it", name, part);
  graph_[last].name = name;
  return last;
}

ValueId Builder::node(Op op, std::vector<ValueId> inputs, const std::string& name) {
  return nodes(std::move(op), std::move(inputs), name).front();
}

std::vector<ValueId> Builder::nodes(Op op, std::vector<ValueId> inputs, const std::string& name) {
  in_context("layer", [&] { graph_.add(std::move(op), std::move(inputs), name); });
  if (!part_.empty()) {
    const BytesView bytes = bytes_of(std::string_view(part_));
    graph_.nodes.back().extras[std::string(kPart)] = Bytes(bytes.begin(), bytes.end());
  }
  const std::vector<ValueId> results = graph_.nodes.back().outputs;
  for (const ValueId result : results) count_elements(name, shape(result));
  return results;
}

}  // namespace mirim
