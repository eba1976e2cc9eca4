#include "mirim/ops/scatter.hpp"

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/micro/scatter.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/element_type.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"
#include "mirim/ops/strided_view.hpp"

namespace mirim {
namespace {

constexpr std::string_view kName = Scatter::name;
constexpr int kMostDimensions = micro::kScatterAxes;

bool contains(const std::vector<std::int64_t>& values, std::int64_t value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

/// Throws Error unless these are different axes of a tensor of that rank, ascending if `sorted`.
void require_axes(std::string_view what, const std::vector<std::int64_t>& axes, int rank, bool sorted) {
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const bool inside = axes[i] >= 0 && axes[i] < rank;
    const bool again = std::find(axes.begin(), axes.begin() + static_cast<std::ptrdiff_t>(i), axes[i]) !=
                       axes.begin() + static_cast<std::ptrdiff_t>(i);
    if (inside && !again && !(sorted && i > 0 && axes[i] < axes[i - 1])) continue;
    fail("{}: {} has axis {} in place {}, expected different axes of {}{}", kName, what, axes[i], i, rank,
         sorted ? " in ascending order" : "");
  }
}

/// The axes of a tensor of that rank that are not in the list.
std::vector<int> other_axes(const std::vector<std::int64_t>& axes, int rank) {
  std::vector<int> others;
  for (int d = 0; d < rank; ++d) {
    if (!contains(axes, d)) others.push_back(d);
  }
  return others;
}

void require_options(const Scatter& op, Types in) {
  const Shape &x = in[0].shape(), &positions = in[1].shape(), &updates = in[2].shape();
  require_axes("update_window_dims", op.update_window_dims, updates.rank(), true);
  require_axes("inserted_window_dims", op.inserted_window_dims, x.rank(), true);
  require_axes("scatter_dims_to_operand_dims", op.scatter_dims_to_operand_dims, x.rank(), false);
  if (op.index_vector_dim < 0 || op.index_vector_dim > positions.rank()) {
    fail("{}: index_vector_dim is {}, expected 0 to {}", kName, op.index_vector_dim, positions.rank());
  }
  const auto vector_dim = static_cast<int>(op.index_vector_dim);
  const std::int64_t components = vector_dim == positions.rank() ? 1 : positions[vector_dim];
  const auto size = [](const auto& list) { return static_cast<int>(list.size()); };
  if (components != size(op.scatter_dims_to_operand_dims)) {
    fail("{}: a position has {} components, expected {}", kName, components, size(op.scatter_dims_to_operand_dims));
  }
  const std::vector<int> window = other_axes(op.inserted_window_dims, x.rank());
  const std::vector<int> batch = other_axes({op.index_vector_dim}, positions.rank());
  bool fits = size(window) == size(op.update_window_dims) && updates.rank() == size(window) + size(batch);
  std::size_t next_window = 0, next_batch = 0;
  for (int d = 0; fits && d < updates.rank(); ++d) {
    fits = contains(op.update_window_dims, d) ? updates[d] <= x[window[next_window++]]
                                              : updates[d] == positions[batch[next_batch++]];
  }
  if (!fits) {
    fail("{}: {}, {} and {} do not fit each other", kName, describe_input(in, 0), describe_input(in, 1),
         describe_input(in, 2));
  }
}

micro::ScatterParams kernel_parameters(const Scatter& op, Types in) {
  const auto size = [](std::int64_t value) { return device_int(kName, value); };
  const Shape &x = in[0].shape(), &positions = in[1].shape(), &updates = in[2].shape();
  micro::ScatterParams p{};
  p.elements = size(x.elements());
  p.updates = size(updates.elements());
  p.components = size(static_cast<std::int64_t>(op.scatter_dims_to_operand_dims.size()));
  size(positions.elements());
  std::fill_n(p.update_size, kMostDimensions, 1);
  std::fill_n(p.update_axis, kMostDimensions, -1);
  std::fill_n(p.size, kMostDimensions, 1);
  const auto x_strides = dense_strides(x), position_strides = dense_strides(positions);
  for (int d = 0; d < x.rank(); ++d) {
    p.size[d] = size(x[d]);
    p.stride[d] = size(x_strides[static_cast<std::size_t>(d)]);
  }
  const auto vector_dim = static_cast<std::size_t>(op.index_vector_dim);
  p.component_step = vector_dim < position_strides.size() ? size(position_strides[vector_dim]) : 1;
  for (int k = 0; k < p.components; ++k) {
    p.component_axis[k] = size(op.scatter_dims_to_operand_dims[static_cast<std::size_t>(k)]);
  }
  const std::vector<int> window = other_axes(op.inserted_window_dims, x.rank());
  const std::vector<int> batch = other_axes({op.index_vector_dim}, positions.rank());
  std::size_t next_window = 0, next_batch = 0;
  for (int d = 0; d < updates.rank(); ++d) {
    p.update_size[d] = size(updates[d]);
    if (contains(op.update_window_dims, d)) {
      p.update_axis[d] = window[next_window++];
    } else {
      p.update_step[d] = size(position_strides[static_cast<std::size_t>(batch[next_batch++])]);
    }
  }
  // Axes that are not used come first: the last one moves first.
  const int unused = kMostDimensions - updates.rank();
  for (auto* list : {p.update_size, p.update_step, p.update_axis}) {
    std::rotate(list, list + updates.rank(), list + kMostDimensions);
  }
  std::fill_n(p.update_size, unused, 1);
  return p;
}

template <class F>
auto with_body(ReduceBody body, F f) {
  switch (body) {
    case ReduceBody::update:
      return f.template operator()<micro::ReduceWindowUpdate>("ReduceWindowUpdate");
    case ReduceBody::add:
      return f.template operator()<micro::ReduceWindowAdd>("ReduceWindowAdd");
    case ReduceBody::mul:
      return f.template operator()<micro::ReduceWindowMul>("ReduceWindowMul");
    case ReduceBody::minimum:
      return f.template operator()<micro::ReduceWindowMinimum>("ReduceWindowMinimum");
    case ReduceBody::maximum:
      return f.template operator()<micro::ReduceWindowMaximum>("ReduceWindowMaximum");
    default:
      fail_unsupported("{}: its body is none of an update, ADD, MUL, MINIMUM and MAXIMUM", kName);
  }
}

}  // namespace

std::vector<TensorType> Scatter::infer(Types in) const {
  require_inputs(name, in, 3);
  require_element_type(name, in, 0);
  require_dtype(name, in, 1, {DType::int32, DType::int64});
  require_same_dtype(name, in, 0, 2);
  for (const int i : {0, 1, 2}) {
    if (in[i].shape().rank() > kMostDimensions) {
      fail("{}: {}, expected at most {} dimensions", name, describe_input(in, i), kMostDimensions);
    }
    in_context(std::string(name), [&] { return in[i].shape().elements(); });
  }
  if (in[0].dtype() == DType::boolean && body != ReduceBody::update) {
    fail_unsupported("{}: its body computes with bool", name);
  }
  require_options(*this, in);
  return {*in[0].type};
}

Cost Scatter::cost(Types in) const {
  infer(in);
  return {.operations = body == ReduceBody::update ? 0 : in[2].shape().elements()};
}

void Scatter::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

KernelCall Scatter::lower(Types in, Types) const {
  for (const int i : {0, 1, 2}) device_int(name, in[i].type->bytes());
  const micro::ScatterParams params = kernel_parameters(*this, in);
  KernelCall call = with_element_type(name, in[0].dtype(), [&]<class T>() {
    return with_body(body, [&]<class Body>(std::string_view title) {
      const auto of = [&](auto* function) {
        return make_kernel_call("mirim/micro/scatter.hpp", "scatter<micro::" + std::string(title) + ">",
                                "ScatterParams", function, params,
                                {kernel_input(0), kernel_input(1), kernel_input(2), kernel_output(0)});
      };
      return in[1].dtype() == DType::int32 ? of(&micro::scatter<Body, T, std::int32_t>)
                                           : of(&micro::scatter<Body, T, std::int64_t>);
    });
  });
  call.may_overwrite = {0};
  return call;
}

void Scatter::options(Options& o) {
  o.field(0, "indices_are_sorted", indices_are_sorted, false);
  o.field(1, "update_window_dims", update_window_dims);
  o.field(2, "inserted_window_dims", inserted_window_dims);
  o.field(3, "scatter_dims_to_operand_dims", scatter_dims_to_operand_dims);
  o.field(4, "index_vector_dim", index_vector_dim, 0);
  o.field(5, "unique_indices", unique_indices, false);
  o.field(6, "update_computation_subgraph_index", update_computation_subgraph_index, 0);
  o.field(kOutsideTable, "body", body, ReduceBody::unsupported);
}

template <>
Op default_op<Scatter>() {
  return Scatter{};
}

}  // namespace mirim
