#include "mirim/passes/integer_constants.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "mirim/base/error.hpp"
#include "mirim/graph/hollow.hpp"
#include "mirim/graph/layer_name.hpp"

namespace mirim {
namespace {

using Role = OperandRole::Kind;

template <class T>
T to_integer(float x, float scale, std::int64_t zero_point, float least = std::numeric_limits<T>::lowest()) {
  if (std::isnan(x)) return static_cast<T>(zero_point);  // as in TFLite's tables
  const float steps = std::round(x / scale) + static_cast<float>(zero_point);
  return static_cast<T>(std::clamp(steps, least, static_cast<float>(std::numeric_limits<T>::max())));
}

template <class T>
Constant to_integers(std::span<const float> values, const Quantization& q) {
  std::vector<T> integers;
  for (const float x : values) integers.push_back(to_integer<T>(x, q.scale[0], q.zero_point[0]));
  return make_constant(integers);
}

/// The largest weight of each channel where the weights are not known: three deviations of He's initialisation.
/// Channels differ, as they do in any trained network.
std::vector<float> hollow_reach(const Shape& shape, int axis) {
  const std::int64_t channels = axis < 0 ? 1 : shape[axis];
  const auto fan_in =
      static_cast<float>(std::max<std::int64_t>(1, shape.elements() / std::max<std::int64_t>(1, channels)));
  std::vector<float> reach;
  for (std::int64_t c = 0; c < channels; ++c) {
    reach.push_back(3 * std::sqrt(2 / fan_in) * (1 + static_cast<float>(c % 7) / 16));
  }
  return reach;
}

}  // namespace

Constant IntegerConstants::activation(std::span<const float> values, const Quantization& q) const {
  return wide_ ? to_integers<std::int16_t>(values, q) : to_integers<std::int8_t>(values, q);
}

ValueId IntegerConstants::replace(ValueId like, DType dtype, Constant constant, Quantization quantization) {
  Value value = graph_[like];
  value.type.dtype = dtype;
  value.constant = std::move(constant);
  value.quantization = std::move(quantization);
  return graph_.add(std::move(value));
}

ValueId IntegerConstants::weights(const Node& node, ValueId id, int axis) {
  const Value& value = graph_[id];
  if (!value.is_constant() || value.type.dtype != DType::float32) {
    fail("'{}': the weights '{}' are computed at run time, expected constants", layer_name(graph_, node), value.name);
  }
  const Shape& shape = value.type.shape;
  if (is_hollow(value)) {
    const Quantization q = weights_quantization(node, hollow_reach(shape, axis), std::max(axis, 0));
    return replace(id, DType::int8, hollow_constant(), q);
  }
  const auto values = value.values<float>();
  const std::size_t channels = axis < 0 ? 1 : static_cast<std::size_t>(shape[axis]);
  std::size_t inner = 1;
  for (int i = axis + 1; axis >= 0 && i < shape.rank(); ++i) inner *= static_cast<std::size_t>(shape[i]);
  const auto channel = [&](std::size_t i) { return axis < 0 ? 0 : i / inner % channels; };

  std::vector<float> largest(channels, 0.0F);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) fail("'{}': the weights '{}' are not finite", layer_name(graph_, node), value.name);
    largest[channel(i)] = std::max(largest[channel(i)], std::fabs(values[i]));
  }
  const std::optional<WeightForm> form = value.form;
  // Numbers that rows share are to be one integer: they share a scale too.
  if (form && form->codebook && !form->codebook->per_row) {
    std::ranges::fill(largest, *std::ranges::max_element(largest));
  }
  const bool on_grid = form && form->grid && form->grid->least >= -128 && form->grid->most <= 127;
  const auto factor = static_cast<float>(on_grid ? int8_factor(*form->grid) : 1);
  for (std::size_t c = 0; on_grid && c < channels; ++c) {
    largest[c] = 127 * (form->grid->scale[form->grid->scale.size() == 1 ? 0 : c] / factor);
  }
  const Quantization q = weights_quantization(node, largest, std::max(axis, 0));
  std::vector<std::int8_t> integers;
  for (std::size_t i = 0; i < values.size(); ++i)
    integers.push_back(to_integer<std::int8_t>(values[i], q.scale[channel(i)], 0, on_grid ? -128 : -127));
  const ValueId result = replace(id, DType::int8, make_constant(integers), q);
  if (on_grid) graph_[result].form->grid->scale = {factor};
  return result;
}

Quantization IntegerConstants::weights_quantization(const Node& node, const std::vector<float>& largest,
                                                    int axis) const {
  const std::size_t channels = largest.size();
  const float input_scale = graph_[operand(node, Role::activation)].quantization.scale[0];
  std::vector<float> bias_size(channels, 0.0F);
  const ValueId of_bias = operand(node, Role::bias);
  if (of_bias != kNoValue && graph_[of_bias].is_constant()) {
    const auto bias = graph_[of_bias].values<float>();
    for (std::size_t o = 0; o < bias.size(); ++o) {
      float& size = bias_size[channels == 1 ? 0 : o];
      size = std::max(size, std::fabs(bias[o]));
    }
  }
  Quantization q{.dimension = axis};
  for (std::size_t c = 0; c < channels; ++c) {
    float scale = largest[c] / 127;
    // A channel whose weights are all 0 is its bias; 20 bits are plenty for that.
    if (scale == 0) scale = bias_size[c] > 0 ? bias_size[c] / input_scale * 0x1p-20F : 1.0F;
    scale = std::max(scale, bias_size[c] / input_scale * (wide_ ? 0x1p-38F : 0x1p-30F));
    q.scale.push_back(std::max(scale, std::numeric_limits<float>::min()));
    q.zero_point.push_back(0);
  }
  return q;
}

ValueId IntegerConstants::bias(const Node& node, ValueId id) {
  const Value& value = graph_[id];
  if (!value.is_constant() || value.type.dtype != DType::float32) {
    fail("'{}': the bias '{}' is computed at run time, expected constants", layer_name(graph_, node), value.name);
  }
  const auto values = value.values<float>();
  const Quantization& input = graph_[operand(node, Role::activation)].quantization;
  const Quantization& weights = graph_[operand(node, Role::weights)].quantization;
  Quantization q;
  for (const float scale : weights.scale) {
    q.scale.push_back(input.scale[0] * scale);
    q.zero_point.push_back(0);
  }
  std::vector<std::int64_t> integers;
  const double most = wide_ ? 0x1p38 : 2147483647.0;
  for (std::size_t o = 0; o < values.size(); ++o) {
    if (!std::isfinite(values[o])) fail("'{}': the bias '{}' is not finite", layer_name(graph_, node), value.name);
    const double steps =
        std::round(static_cast<double>(values[o]) / static_cast<double>(q.scale[q.scale.size() == 1 ? 0 : o]));
    integers.push_back(static_cast<std::int64_t>(std::clamp(steps, -most, most)));
  }
  if (wide_) return replace(id, DType::int64, make_constant(integers), std::move(q));
  const std::vector<std::int32_t> narrow(integers.begin(), integers.end());
  return replace(id, DType::int32, make_constant(narrow), std::move(q));
}

ValueId IntegerConstants::operand(const Node& node, Role role) {
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    if (node.op.role(i).kind == role) return node.inputs[i];
  }
  return kNoValue;
}
}  // namespace mirim
