#include "mirim/ops/expand_dims.hpp"

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/element_type.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/strided_view.hpp"

namespace mirim {
namespace {

void backward_copy(Inputs dy, Outputs dx) {
  for (int i = 1; i < dx.size(); ++i) std::ranges::fill(dx[i].bytes, std::byte{0});
  if (dx.has(0)) std::ranges::copy(dy[0].bytes, dx[0].bytes.begin());
}

QuantizationRule same_scale_rule() { return {.same_scale = true}; }

}  // namespace

std::vector<TensorType> ExpandDims::infer(Types in) const {
  require_inputs(name, in, 2);
  const auto places = require_constant_indices(name, in, 1);
  if (places.size() != 1) fail("{}: {}, expected one place", name, describe_input(in, 1));
  std::vector<std::int64_t> dimensions = in[0].shape().dimensions();
  const int at = in_context(std::string(name), [&] { return normalize_axis(places[0], in[0].shape().rank() + 1); });
  dimensions.insert(dimensions.begin() + at, 1);
  return {{in[0].dtype(), Shape(std::move(dimensions))}};
}

std::vector<TensorType> Squeeze::infer(Types in) const {
  require_inputs(name, in, 1);
  const Shape& x = in[0].shape();
  std::vector<bool> away(x.dimensions().size());
  for (int d = 0; d < x.rank() && squeeze_dims.empty(); ++d) away[static_cast<std::size_t>(d)] = x[d] == 1;
  for (const std::int32_t axis : squeeze_dims) {
    const int d = in_context(std::string(name), [&] { return normalize_axis(axis, x.rank()); });
    if (x[d] != 1) fail("{}: axis {} of [{}] has more than one element", name, axis, to_string(x));
    away[static_cast<std::size_t>(d)] = true;
  }
  std::vector<std::int64_t> dimensions;
  for (int d = 0; d < x.rank(); ++d) {
    if (!away[static_cast<std::size_t>(d)]) dimensions.push_back(x[d]);
  }
  return {{in[0].dtype(), Shape(std::move(dimensions))}};
}

void ExpandDims::forward(Inputs x, Outputs y) const { std::ranges::copy(x[0].bytes, y[0].bytes.begin()); }
void Squeeze::forward(Inputs x, Outputs y) const { std::ranges::copy(x[0].bytes, y[0].bytes.begin()); }

void ExpandDims::backward(Inputs, Inputs, Inputs dy, Outputs dx, TrainingState) const { backward_copy(dy, dx); }
void Squeeze::backward(Inputs, Inputs, Inputs dy, Outputs dx, TrainingState) const { backward_copy(dy, dx); }

QuantizationRule ExpandDims::quantization(Types) const { return same_scale_rule(); }
QuantizationRule Squeeze::quantization(Types) const { return same_scale_rule(); }

KernelCall ExpandDims::lower(Types in, Types) const { return lower_copy(name, in, 0); }
KernelCall Squeeze::lower(Types in, Types) const { return lower_copy(name, in, 0); }

void Squeeze::options(Options& o) { o.field(0, "squeeze_dims", squeeze_dims); }

template <>
Op default_op<ExpandDims>() {
  return ExpandDims{};
}
template <>
Op default_op<Squeeze>() {
  return Squeeze{};
}

}  // namespace mirim
