#include "mirim/ops/concatenation.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "mirim/base/error.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/element_type.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/parts.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {
namespace {

template <class List>
Parts parts_of(const List& inputs, std::int32_t axis) {
  const Shape& shape = inputs[0].shape();
  const int along = normalize_axis(axis, shape.rank());
  std::vector<std::int64_t> lengths;
  for (const auto& input : inputs) lengths.push_back(input.shape()[along]);
  return {shape, along, std::move(lengths)};
}

bool rescales(Types in, const Operand& out) {
  return out.dtype() == DType::uint8 && is_quantized(out) &&
         std::ranges::any_of(in, [&](const Operand& x) { return !(*x.quantization == *out.quantization); });
}

// The result for each number of each input, in LiteRT's arithmetic: floats, and halves rounded away from zero.
std::vector<std::uint8_t> rescaling_tables(std::string_view op, Types in, const Operand& out) {
  const PerTensor y = per_tensor(op, "output", out);
  const float inverse = 1.0F / y.scale;
  std::vector<std::uint8_t> tables;
  for (const Operand& operand : in) {
    const PerTensor x = per_tensor(op, "input", operand);
    const bool same = x == y;
    const float scale = x.scale * inverse, bias = static_cast<float>(-x.zero_point) * scale;
    for (int i = 0; i < 256; ++i) {
      const float steps = std::clamp(std::round(static_cast<float>(i) * scale + bias), -512.0F, 512.0F);
      const int value = same ? i : static_cast<int>(steps) + y.zero_point;
      tables.push_back(static_cast<std::uint8_t>(std::clamp(value, 0, 255)));
    }
  }
  return tables;
}

}  // namespace

std::vector<TensorType> Concatenation::infer(Types in) const {
  if (in.size() < 1) fail("{}: has no inputs", name);
  require_inputs(name, in, in.size());
  require_element_type(name, in, 0);
  if (activation != Activation::none) fail("{}: has a fused activation, TFLite supports none here", name);
  Shape shape = in[0].shape();
  const int along = in_context(std::string(name), [&] { return normalize_axis(axis, shape.rank()); });
  for (int i = 1; i < in.size(); ++i) {
    require_same_dtype(name, in, 0, i);
    Shape other = in[i].shape();
    const std::int64_t length = other.rank() == shape.rank() ? std::exchange(other[along], shape[along]) : 0;
    if (other != shape) {
      fail("{}: {} and {} differ outside axis {}", name, describe_input(in, 0), describe_input(in, i), along);
    }
    shape[along] += length;
  }
  return {{in[0].dtype(), shape}};
}

void Concatenation::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

void Concatenation::backward(Inputs x, Inputs, Inputs dy, Outputs dx, TrainingState) const {
  backward_join(parts_of(x, axis), dy[0], dx);
}

QuantizationRule Concatenation::quantization(Types) const { return {.same_scale = true}; }

KernelCall Concatenation::lower(Types in, Types out) const {
  if (rescales(in, out[0])) return lower_rescaled_join(name, parts_of(in, axis), rescaling_tables(name, in, out[0]));
  if (is_quantized(out[0])) require_same_quantization(name, in, out, in.size());
  return lower_join(name, in[0].dtype(), parts_of(in, axis));
}

int Concatenation::tflite_version(Types in, Types) const {
  return version_by_type(in[0].dtype(), {{DType::int8, 2}, {DType::int16, 3}});
}

void Concatenation::options(Options& o) {
  o.field(0, "axis", axis, 0);
  o.field(1, "fused_activation_function", activation, Activation::none);
}

template <>
Op default_op<Concatenation>() {
  return Concatenation{};
}

}  // namespace mirim
