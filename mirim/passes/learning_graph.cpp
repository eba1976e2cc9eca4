#include "mirim/passes/learning_graph.hpp"

#include <algorithm>
#include <utility>

#include "mirim/base/error.hpp"
#include "mirim/graph/scopes.hpp"
#include "mirim/ops/dequantize.hpp"
#include "mirim/ops/quantize.hpp"
#include "mirim/ops/reshape.hpp"

namespace mirim {
namespace {

template <class T>
std::vector<float> reals_of(const Value& value) {
  const auto numbers = value.values<T>();
  const Quantization& q = value.quantization;
  const std::size_t channel = q.scale.empty() ? 1 : numbers.size() / q.scale.size();  // of axis 0
  std::vector<float> reals;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const std::size_t c = q.scale.empty() ? 0 : i / std::max<std::size_t>(channel, 1);
    const float scale = q.scale.empty() ? 1.0F : q.scale[c];
    const std::int64_t zero = q.zero_point.empty() ? 0 : q.zero_point[std::min(c, q.zero_point.size() - 1)];
    reals.push_back(scale * static_cast<float>(static_cast<std::int64_t>(numbers[i]) - zero));
  }
  return reals;
}

bool is_float(const Value& value) { return value.type.dtype == DType::float32; }

}  // namespace

std::vector<float> LearningGraph::reals(const Value& value) {
  switch (value.type.dtype) {
    case DType::float32:
      return {value.values<float>().begin(), value.values<float>().end()};
    case DType::int8:
      return reals_of<std::int8_t>(value);
    case DType::uint8:
      return reals_of<std::uint8_t>(value);
    case DType::int16:
      return reals_of<std::int16_t>(value);
    case DType::int32:
      return reals_of<std::int32_t>(value);
    case DType::int64:
      return reals_of<std::int64_t>(value);
    default:
      fail_unsupported("'{}' is {}; learning takes weights of float32 and of whole bytes", value.name,
                       name(value.type.dtype));
  }
}

ValueId LearningGraph::add_value(const std::string& name, TensorType type, Bytes content, bool variable) {
  Value value{.name = name, .type = std::move(type)};
  if (!content.empty()) value.constant = make_constant(std::move(content));
  value.variable = variable;
  return graph_.add(std::move(value));
}

ValueId LearningGraph::numbers(const std::string& name, Shape shape, const std::vector<float>& values) {
  const BytesView bytes = bytes_of(values);
  return add_value(name, {DType::float32, std::move(shape)}, {bytes.begin(), bytes.end()});
}

ValueId LearningGraph::number(const std::string& name, float value) { return numbers(name, {1}, {value}); }

ValueId LearningGraph::indices(const std::string& name, Shape shape, const std::vector<std::int32_t>& values) {
  const BytesView bytes = bytes_of(values);
  return add_value(name, {DType::int32, std::move(shape)}, {bytes.begin(), bytes.end()});
}

ValueId LearningGraph::variable(const std::string& name, Shape shape, const std::vector<float>& values) {
  const BytesView bytes = bytes_of(values);
  return add_value(name, {DType::float32, std::move(shape)}, {bytes.begin(), bytes.end()}, true);
}

ValueId LearningGraph::real_row(ValueId x, const std::string& name) {
  if (!is_float(graph_[x])) x = graph_.add(Dequantize{}, {x}, name + "/real");
  const Shape row{1, graph_[x].type.shape.elements()};
  if (graph_[x].type.shape == row) return x;
  const std::vector<std::int32_t> flat{1, static_cast<std::int32_t>(row[1])};
  return graph_.add(Reshape{}, {x, indices(name + "/flat", {2}, flat)}, name + "/row");
}

void LearningGraph::answer_as(ValueId to, ValueId y, const std::string& name) {
  if (!is_float(graph_[to])) {
    graph_.nodes.push_back({Quantize{.to = graph_[to].type.dtype}, {y}, {to}, name + "/answer"});
    return;
  }
  std::vector<std::int32_t> shape;
  for (const std::int64_t d : graph_[to].type.shape) shape.push_back(static_cast<std::int32_t>(d));
  const auto rank = static_cast<std::int64_t>(shape.size());
  graph_.nodes.push_back({Reshape{}, {y, indices(name + "/answer_shape", {rank}, shape)}, {to}, name + "/answer"});
}

void LearningGraph::add_learning_inputs(ValueId target) {
  flag_ = add_value("learn", {DType::boolean, {1}});
  graph_.inputs.push_back(target);
  graph_.inputs.push_back(flag_);
}

void LearningGraph::only_when_learning(const std::function<void()>& add) {
  graph_.nodes.push_back({Branch{}, {flag_}, {}, "learn"});
  add();
  graph_.nodes.push_back({BranchElse{}, {}, {}, "learn/else"});
  graph_.nodes.push_back({BranchEnd{}, {}, {}, "learn/end"});
}

}  // namespace mirim
