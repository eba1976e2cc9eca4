#include "mirim/ops/scatter_nd.hpp"

#include <algorithm>
#include <iterator>

#include "mirim/base/error.hpp"
#include "mirim/micro/scatter_nd.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/element_type.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"
#include "mirim/ops/strided_view.hpp"

namespace mirim {
namespace {

// Axes of the output that a position has.
int depth_of(Types in) {
  const Shape& positions = in[0].shape();
  return static_cast<int>(positions[positions.rank() - 1]);
}

micro::ScatterNdParams params_of(Types in, const Shape& out) {
  micro::ScatterNdParams params{};
  const auto size = [](std::int64_t value) { return device_int(ScatterNd::name, value); };
  const int depth = depth_of(in);
  const auto strides = dense_strides(out);
  params.elements = size(out.elements());
  params.depth = depth;
  params.count = size(depth > 0 ? in[0].shape().elements() / depth : 0);
  params.inner = 1;
  for (int d = 0; d < out.rank(); ++d) {
    if (d >= depth) {
      params.inner = size(params.inner * out[d]);
      continue;
    }
    params.size[d] = size(out[d]);
    params.stride[d] = size(strides[static_cast<std::size_t>(d)]);
  }
  return params;
}

void require_updates(Types in, const Shape& out) {
  const Shape &positions = in[0].shape(), &updates = in[1].shape();
  const int front = positions.rank() - 1, depth = depth_of(in);
  bool fits = updates.rank() == front + out.rank() - depth;
  for (int d = 0; fits && d < updates.rank(); ++d)
    fits = updates[d] == (d < front ? positions[d] : out[d - front + depth]);
  if (!fits) {
    fail("{}: {} and {} for the shape [{}], expected an update for each position", ScatterNd::name,
         describe_input(in, 0), describe_input(in, 1), to_string(out));
  }
}

}  // namespace

std::vector<TensorType> ScatterNd::infer(Types in) const {
  require_inputs(name, in, 3);
  require_dtype(name, in, 0, {DType::int32});
  require_element_type(name, in, 1);
  constexpr int kMost = static_cast<int>(std::size(micro::ScatterNdParams{}.size));
  Shape shape(require_constant_indices(name, in, 2));
  in_context(std::string(name), [&] { return shape.elements(); });
  const Shape& positions = in[0].shape();
  const std::int64_t depth = positions.rank() < 1 ? 0 : positions[positions.rank() - 1];
  if (depth < 1 || depth > std::min(shape.rank(), kMost)) {
    fail("{}: {} for the shape [{}], expected 1 to {} axes in each position", name, describe_input(in, 0),
         to_string(shape), std::min(shape.rank(), kMost));
  }
  require_updates(in, shape);
  if (in[0].is_constant()) {
    const auto values = require_constant_indices(name, in, 0);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const int axis = static_cast<int>(i % static_cast<std::size_t>(depth));
      if (values[i] >= 0 && values[i] < shape[axis]) continue;
      fail("{}: writes to position {} of axis {}, which has {}", name, values[i], axis, shape[axis]);
    }
  }
  return {{in[1].dtype(), std::move(shape)}};
}

void ScatterNd::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

// The gradient of an update is that of the place it was added to.
void ScatterNd::backward(Inputs x, Inputs, Inputs dy, Outputs dx, TrainingState) const {
  if (!dx.has(1)) return;
  const micro::ScatterNdParams p = params_of(Types(operands_of(x)), dy[0].shape());
  const std::int32_t* at = x[0].as<std::int32_t>().data();
  const auto above = dy[0].as<float>();
  const auto below = dx[1].as<float>();
  for (std::size_t i = 0; i < below.size(); i += static_cast<std::size_t>(p.inner), at += p.depth) {
    bool inside = true;
    std::int64_t first = 0;
    for (int d = 0; d < p.depth; ++d) {
      inside = inside && at[d] >= 0 && at[d] < p.size[d];
      first += std::int64_t{at[d]} * p.stride[d];
    }
    for (std::int64_t k = 0; k < p.inner; ++k) {
      below[i + static_cast<std::size_t>(k)] = inside ? above[static_cast<std::size_t>(first + k)] : 0.0F;
    }
  }
}

KernelCall ScatterNd::lower(Types in, Types out) const {
  for (const Operand& operand : {in[0], in[1], out[0]}) device_int(name, operand.type->bytes());
  const micro::ScatterNdParams params = params_of(in, out[0].shape());
  return with_element_type(name, in[1].dtype(), [&]<class T>() {
    return make_kernel_call("mirim/micro/scatter_nd.hpp", "scatter_nd", "ScatterNdParams", &micro::scatter_nd<T>,
                            params, {kernel_input(0), kernel_input(1), kernel_output(0)});
  });
}

template <>
Op default_op<ScatterNd>() {
  return ScatterNd{};
}

}  // namespace mirim
