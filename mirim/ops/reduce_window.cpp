#include "mirim/ops/reduce_window.hpp"

#include <algorithm>
#include <limits>

#include "mirim/base/error.hpp"
#include "mirim/micro/reduce_window.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/compare.hpp"
#include "mirim/ops/element_type.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {
namespace {

constexpr int kMostDimensions = micro::kReduceWindowAxes;
constexpr std::array<std::string_view, 8> kNames{"UNSUPPORTED", "ADD", "MUL", "MINIMUM",
                                                 "MAXIMUM",     "ALL", "ANY", "UPDATE"};

/// One axis: the window slides over `places` places.
struct Axis {
  std::int64_t input, window, stride, window_dilation, base_dilation, before, places;

  std::int64_t output() const {
    const std::int64_t reach = (window - 1) * window_dilation + 1;
    return places < reach ? 0 : (places - reach) / stride + 1;
  }
};

/// Entry `d` of an option that may be left out.
std::int64_t entry(const std::vector<std::int64_t>& values, std::size_t d, std::int64_t fallback) {
  return values.empty() ? fallback : values[d];
}

std::vector<Axis> axes_of(const ReduceWindow& op, const Shape& x) {
  constexpr std::string_view kName = ReduceWindow::name;
  const auto rank = static_cast<std::size_t>(x.rank());
  const auto require_size = [&](std::string_view what, const std::vector<std::int64_t>& values, std::size_t each) {
    if (values.empty() || values.size() == each * rank) return;
    fail("{}: {} has {} numbers, expected {} for [{}]", kName, what, values.size(), each * rank, to_string(x));
  };
  require_size("window_dimensions", op.window_dimensions, 1);
  require_size("window_strides", op.window_strides, 1);
  require_size("base_dilations", op.base_dilations, 1);
  require_size("window_dilations", op.window_dilations, 1);
  require_size("padding", op.padding, 2);
  std::vector<Axis> axes;
  for (std::size_t d = 0; d < rank; ++d) {
    constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
    const auto positive = [&](std::string_view what, const std::vector<std::int64_t>& values) {
      const std::int64_t value = entry(values, d, 1);
      if (value < 1 || value > kMost) fail("{}: {} of axis {} is {}, expected at least 1", kName, what, d, value);
      return value;
    };
    Axis axis{.input = x[static_cast<int>(d)],
              .window = positive("window_dimensions", op.window_dimensions),
              .stride = positive("window_strides", op.window_strides),
              .window_dilation = positive("window_dilations", op.window_dilations),
              .base_dilation = positive("base_dilations", op.base_dilations),
              .before = entry(op.padding, 2 * d, 0),
              .places = 0};
    const std::int64_t after = entry(op.padding, 2 * d + 1, 0);
    for (const std::int64_t side : {axis.before, after}) {
      if (side < -kMost || side > kMost) fail("{}: axis {} has the padding {}", kName, d, side);
    }
    if (axis.input > kMost) fail("{}: axis {} has {} elements", kName, d, axis.input);
    const std::int64_t spread = axis.input == 0 ? 0 : (axis.input - 1) * axis.base_dilation + 1;
    axis.places = spread + axis.before + after;
    if (axis.places < 0) fail("{}: axis {} of {} places is cut by more than it has", kName, d, spread);
    axes.push_back(axis);
  }
  return axes;
}

/// Whether the window at place o is element o.
bool is_trivial(const Axis& axis) {
  return axis.window == 1 && axis.stride == 1 && axis.base_dilation == 1 && axis.before == 0 &&
         axis.places == axis.input;
}

micro::ReduceWindowParams kernel_parameters(std::vector<Axis> axes) {
  constexpr std::string_view kName = ReduceWindow::name;
  micro::ReduceWindowParams p{};
  p.run = 1;
  for (; !axes.empty() && is_trivial(axes.back()); axes.pop_back()) {
    p.run = device_int(kName, product_of({p.run, axes.back().input}));
  }
  const int unused = kMostDimensions - static_cast<int>(axes.size());
  for (int d = 0; d < kMostDimensions; ++d) {
    const Axis axis = d < unused ? Axis{1, 1, 1, 1, 1, 0, 1} : axes[static_cast<std::size_t>(d - unused)];
    p.input[d] = device_int(kName, axis.input);
    p.output[d] = device_int(kName, axis.output());
    p.window[d] = device_int(kName, axis.window);
    p.stride[d] = device_int(kName, axis.stride);
    p.window_dilation[d] = device_int(kName, axis.window_dilation);
    p.base_dilation[d] = device_int(kName, axis.base_dilation);
    p.before[d] = device_int(kName, axis.before);
    device_int(kName, axis.places + axis.stride + std::max<std::int64_t>(0, -axis.before));
  }
  return p;
}

template <class F>
auto with_body(ReduceBody body, F f) {
  switch (body) {
    case ReduceBody::update:
      return f.template operator()<micro::ReduceWindowUpdate>("Update");
    case ReduceBody::add:
      return f.template operator()<micro::ReduceWindowAdd>("Add");
    case ReduceBody::mul:
      return f.template operator()<micro::ReduceWindowMul>("Mul");
    case ReduceBody::minimum:
      return f.template operator()<micro::ReduceWindowMinimum>("Minimum");
    case ReduceBody::maximum:
      return f.template operator()<micro::ReduceWindowMaximum>("Maximum");
    case ReduceBody::all:
      return f.template operator()<micro::ReduceWindowAll>("All");
    case ReduceBody::any:
      return f.template operator()<micro::ReduceWindowAny>("Any");
    default:
      fail_unsupported("{}: its body is none of ADD, MUL, MINIMUM, MAXIMUM, LOGICAL_AND and LOGICAL_OR",
                       ReduceWindow::name);
  }
}

bool has_activation(const Op& op) {
  const auto* add = op.as<Add>();
  const auto* mul = op.as<Mul>();
  return (add && add->activation != Activation::none) || (mul && mul->activation != Activation::none);
}

/// The elements under one window in their order, init first; an index of -1 stands for init.
struct Elements {
  std::vector<std::int32_t> index;
  std::vector<float> value;
};

/// dL/d(element) for each element of a window, dL/d(result) being 1.
std::vector<float> slopes(ReduceBody body, const std::vector<float>& value) {
  std::vector<float> result(value.size(), body == ReduceBody::add ? 1.0F : 0.0F);
  if (body == ReduceBody::minimum || body == ReduceBody::maximum) {
    const auto chosen = body == ReduceBody::minimum ? std::min_element(value.begin(), value.end())
                                                    : std::max_element(value.begin(), value.end());
    result[static_cast<std::size_t>(chosen - value.begin())] = 1;
  } else if (body == ReduceBody::mul) {
    // The product of all others, without a division: what lies before times what lies behind.
    float product = 1;
    for (std::size_t i = 0; i < value.size(); product *= value[i++]) result[i] = product;
    product = 1;
    for (std::size_t i = value.size(); i-- > 0; product *= value[i]) result[i] *= product;
  }
  return result;
}

}  // namespace

std::span<const std::string_view> enum_names(ReduceBody) { return kNames; }

std::optional<ReduceBody> reduce_body(const Graph& body) {
  if (body.nodes.size() > 1 || body.inputs.size() != 2 || body.outputs.size() != 1) return std::nullopt;
  if (body.nodes.empty()) return body.outputs[0] == body.inputs[1] ? std::optional(ReduceBody::update) : std::nullopt;
  const Node& node = body.nodes[0];
  const bool takes_both = node.inputs == body.inputs || node.inputs == std::vector{body.inputs[1], body.inputs[0]};
  if (!takes_both || node.outputs != body.outputs || has_activation(node.op)) return std::nullopt;
  std::string_view name = node.op.name();
  if (name.starts_with("STABLEHLO_")) name.remove_prefix(std::string_view("STABLEHLO_").size());
  if (name == "ADD") return ReduceBody::add;
  if (name == "MUL" || name == "MULTIPLY") return ReduceBody::mul;
  if (name == "MINIMUM") return ReduceBody::minimum;
  if (name == "MAXIMUM") return ReduceBody::maximum;
  if (name == "LOGICAL_AND" || name == "AND") return ReduceBody::all;
  if (name == "LOGICAL_OR" || name == "OR") return ReduceBody::any;
  return std::nullopt;
}

std::vector<TensorType> ReduceWindow::infer(Types in) const {
  require_inputs(name, in, 2);
  require_element_type(name, in, 0);
  require_same_dtype(name, in, 0, 1);
  const Shape& x = in[0].shape();
  if (x.rank() < 1 || x.rank() > kMostDimensions) {
    fail("{}: {}, expected 1 to {} dimensions", name, describe_input(in, 0), kMostDimensions);
  }
  if (in[1].shape().elements() != 1) fail("{}: {}, expected one value", name, describe_input(in, 1));
  if (in[0].dtype() == DType::boolean && (body == ReduceBody::add || body == ReduceBody::mul)) {
    fail_unsupported("{}: its body adds or multiplies bool", name);
  }
  std::vector<std::int64_t> dimensions;
  for (const Axis& axis : axes_of(*this, x)) dimensions.push_back(axis.output());
  Shape shape(std::move(dimensions));
  in_context(std::string(name), [&] { return shape.elements(); });
  return {{in[0].dtype(), std::move(shape)}};
}

Cost ReduceWindow::cost(Types in) const {
  std::int64_t operations = infer(in)[0].shape.elements();
  for (const Axis& axis : axes_of(*this, in[0].shape())) operations = product_of({operations, axis.window});
  return {.operations = operations};
}

void ReduceWindow::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

void ReduceWindow::backward(Inputs x, Inputs, Inputs dy, Outputs dx, TrainingState) const {
  const micro::ReduceWindowParams p = kernel_parameters(axes_of(*this, x[0].shape()));
  const float* input = x[0].as<float>().data();
  const float init = x[1].as<float>()[0];
  const auto above = dy[0].as<float>();
  for (const TensorView& gradient : dx) std::fill(gradient.bytes.begin(), gradient.bytes.end(), std::byte{0});
  if (above.empty()) return;
  float* to_input = dx.has(0) ? dx[0].as<float>().data() : nullptr;
  float* to_init = dx.has(1) ? dx[1].as<float>().data() : nullptr;
  Elements elements;
  std::int32_t place[kMostDimensions] = {};
  std::size_t index = 0;
  do {
    for (std::int32_t r = 0; r < p.run; ++r, ++index) {
      elements.index.assign(1, -1);
      elements.value.assign(1, init);
      std::int32_t tap[kMostDimensions] = {};
      do {
        const std::int32_t run = micro::run_under(p, place, tap);
        elements.index.push_back(run < 0 ? -1 : run * p.run + r);
        elements.value.push_back(run < 0 ? init : input[elements.index.back()]);
      } while (micro::next_place(p.window, tap));
      const std::vector<float> slope = slopes(body, elements.value);
      for (std::size_t i = 0; i < slope.size(); ++i) {
        float* to = elements.index[i] < 0 ? to_init : to_input ? to_input + elements.index[i] : nullptr;
        if (to) *to += slope[i] * above[index];
      }
    }
  } while (micro::next_place(p.output, place));
}

KernelCall ReduceWindow::lower(Types in, Types out) const {
  device_int(name, in[0].type->bytes());
  device_int(name, out[0].type->bytes());
  const micro::ReduceWindowParams params = kernel_parameters(axes_of(*this, in[0].shape()));
  return with_element_type(name, in[0].dtype(), [&]<class T>() {
    return with_body(body, [&]<class Body>(std::string_view title) {
      return make_kernel_call("mirim/micro/reduce_window.hpp",
                              "reduce_window<micro::ReduceWindow" + std::string(title) + ">", "ReduceWindowParams",
                              &micro::reduce_window<Body, T>, params,
                              {kernel_input(0), kernel_input(1), kernel_output(0)});
    });
  });
}

void ReduceWindow::options(Options& o) {
  o.field(0, "window_dimensions", window_dimensions);
  o.field(1, "window_strides", window_strides);
  o.field(2, "base_dilations", base_dilations);
  o.field(3, "window_dilations", window_dilations);
  o.field(4, "padding", padding);
  o.field(5, "body_subgraph_index", body_subgraph_index, 0);
  o.field(kOutsideTable, "body", body, ReduceBody::unsupported);
}

template <>
Op default_op<ReduceWindow>() {
  return ReduceWindow{};
}

}  // namespace mirim
