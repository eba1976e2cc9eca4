#include "mirim/ops/reduce.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "mirim/base/error.hpp"
#include "mirim/micro/reduce.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/element_type.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"
#include "mirim/ops/strided_view.hpp"

namespace mirim {
namespace {

constexpr int kMostDimensions = 6;

using Reduced = std::array<bool, kMostDimensions>;  // by axis

Reduced reduced_axes(std::string_view op, Types in) {
  Reduced reduced{};
  for (const std::int64_t axis : require_constant_indices(op, in, 1)) {
    const int i = in_context(std::string(op), [&] { return normalize_axis(axis, in[0].shape().rank()); });
    reduced[static_cast<std::size_t>(i)] = true;
  }
  return reduced;
}

using DTypes = std::initializer_list<DType>;
constexpr DTypes kBool{DType::boolean};
constexpr DTypes kNumbers{DType::float32, DType::int32, DType::int64};
constexpr DTypes kAllButBool{DType::float32, DType::int8, DType::uint8, DType::int16, DType::int32, DType::int64};

DTypes supported(const auto&) { return kAllButBool; }
DTypes supported(const ReduceProd&) { return kNumbers; }
DTypes supported(const ReduceAll&) { return kBool; }
DTypes supported(const ReduceAny&) { return kBool; }

std::vector<TensorType> infer_reduce(std::string_view op, Types in, DTypes supported, bool keep_dims) {
  require_inputs(op, in, 2);
  require_dtype(op, in, 0, supported);
  const Shape& x = in[0].shape();
  if (x.rank() > kMostDimensions || x.elements() == 0) {
    fail("{}: {}, expected elements in at most {} dimensions", op, describe_input(in, 0), kMostDimensions);
  }
  const Reduced reduced = reduced_axes(op, in);
  std::vector<std::int64_t> dimensions;
  for (int d = 0; d < x.rank(); ++d) {
    if (!reduced[static_cast<std::size_t>(d)]) {
      dimensions.push_back(x[d]);
    } else if (keep_dims) {
      dimensions.push_back(1);
    }
  }
  return {{in[0].dtype(), Shape(std::move(dimensions))}};
}

Cost cost_reduce(Types in, const std::vector<TensorType>& out) {
  return {.operations = in[0].shape().elements() + out[0].shape.elements()};
}

// For each element of x in order, its result's position in y.
StridedView results(std::string_view op, Types in) {
  const Shape& x = in[0].shape();
  const Reduced reduced = reduced_axes(op, in);
  StridedView view{.size = x.dimensions(), .stride = std::vector<std::int64_t>(x.dimensions().size(), 0)};
  std::int64_t stride = 1;
  for (int d = x.rank() - 1; d >= 0; --d) {
    if (reduced[static_cast<std::size_t>(d)]) continue;
    view.stride[static_cast<std::size_t>(d)] = stride;
    stride *= x[d];
  }
  return view;
}

template <class Slope>
void backward_reduce(std::string_view op, Inputs x, Inputs y, Inputs dy, Outputs dx, Slope slope) {
  for (const TensorView& gradient : dx) std::ranges::fill(gradient.bytes, std::byte{0});
  if (!dx.has(0)) return;
  const auto input = x[0].as<float>(), output = y[0].as<float>(), above = dy[0].as<float>();
  const auto below = dx[0].as<float>();
  const auto count = static_cast<float>(input.size()) / static_cast<float>(output.size());
  results(op, Types(operands_of(x))).for_each([&](std::size_t from, std::size_t to) {
    below[from] = above[to] * slope(input[from], output[to], count);
  });
}

// The values right-aligned in the device's three dimensions, `fill` before them.
void right_align(std::string_view op, std::int32_t (&to)[3], const std::vector<std::int64_t>& values,
                 std::int32_t fill) {
  for (std::size_t k = 0; k < 3; ++k) {
    to[k] = k + values.size() < 3 ? fill : device_int(op, values[k + values.size() - 3]);
  }
}

// Merges neighbouring axes of one kind; in six dimensions at most three of each kind remain.
template <class Params>
void set_axes(std::string_view op, Types in, Params& params) {
  const Shape& x = in[0].shape();
  device_int(op, in[0].type->bytes());
  const Reduced reduced = reduced_axes(op, in);
  std::vector<std::int64_t> size[2], stride[2];  // of kept and of reduced axes
  std::int64_t inner = x.elements();
  int last = -1;  // whether the axis before was reduced; -1 before the first
  for (int d = 0; d < x.rank(); ++d) {
    inner /= x[d];
    if (x[d] == 1) continue;
    const int kind = reduced[static_cast<std::size_t>(d)] ? 1 : 0;
    if (last == kind) {
      size[kind].back() *= x[d];
      stride[kind].back() = inner;
    } else {
      size[kind].push_back(x[d]);
      stride[kind].push_back(inner);
    }
    last = kind;
  }
  right_align(op, params.kept_size, size[0], 1);
  right_align(op, params.kept_stride, stride[0], 0);
  right_align(op, params.reduced_size, size[1], 1);
  right_align(op, params.reduced_stride, stride[1], 0);
}

template <class T, class Params>
KernelCall reduce_call(std::string_view op, Types in, const std::string& function, const std::string& type,
                       void (*kernel)(const Params&, const T*, T*), Params params) {
  set_axes(op, in, params);
  return make_kernel_call("mirim/micro/reduce.hpp", function, type, kernel, params,
                          {kernel_input(0), kernel_output(0)});
}

// kernel_of.operator()<T>() is the kernel for elements of type T.
template <class F>
KernelCall lower_numbers(std::string_view op, Types in, const std::string& function, F kernel_of) {
  const auto call = [&]<class T>() {
    return reduce_call<T>(op, in, function, "ReduceParams", kernel_of.template operator()<T>(), micro::ReduceParams{});
  };
  if (in[0].dtype() == DType::float32) return call.template operator()<float>();
  if (in[0].dtype() == DType::int32) return call.template operator()<std::int32_t>();
  return call.template operator()<std::int64_t>();
}

// Moves the division by the count into the multiplier, as far as its bits allow.
void divide(QuantizedMultiplier& q, std::int64_t count) {
  const int bits = std::min(static_cast<int>(std::bit_width(static_cast<std::uint64_t>(count))) - 1, 31 + q.shift);
  q.multiplier = static_cast<std::int32_t>((static_cast<std::int64_t>(q.multiplier) << bits) / count);
  q.shift -= bits;
}

KernelCall lower_quantized(std::string_view op, Types in, Types out, bool is_mean) {
  const PerTensor input = per_tensor(op, "input", in[0]), output = per_tensor(op, "output", out[0]);
  const IntegerRange limits = integer_range(out[0].dtype());
  const std::int64_t count = in[0].shape().elements() / out[0].shape().elements();
  device_int(op, (std::int64_t{limits.max} - limits.min) * count);  // the sum, with and without its zero points
  const double real = static_cast<double>(input.scale) / static_cast<double>(output.scale);
  QuantizedMultiplier q = in_context(std::string(op), [&] { return quantize_multiplier(real); });
  if (is_mean) divide(q, count);
  const micro::MeanParams params{.kept_size = {},
                                 .kept_stride = {},
                                 .reduced_size = {},
                                 .reduced_stride = {},
                                 .input_zero_points = input.zero_point * device_int(op, count),
                                 .output_offset = output.zero_point,
                                 .multiplier = q.multiplier,
                                 .shift = q.shift,
                                 .output_min = limits.min,
                                 .output_max = limits.max};
  return with_integer_type(op, in[0].dtype(), [&]<class T>(T) {
    return reduce_call<T>(op, in, "mean", "MeanParams", &micro::mean<T>, params);
  });
}

bool are_numbers(Types in) {
  return in[0].dtype() == DType::float32 || in[0].dtype() == DType::int32 || in[0].dtype() == DType::int64;
}

KernelCall lower_reduce(const Mean& op, Types in, Types out) {
  if (!are_numbers(in)) return lower_quantized(op.name, in, out, true);
  return lower_numbers(op.name, in, "mean_of_numbers", []<class T>() { return &micro::mean_of_numbers<T>; });
}
KernelCall lower_reduce(const Sum& op, Types in, Types out) {
  if (!are_numbers(in)) return lower_quantized(op.name, in, out, false);
  return lower_numbers(op.name, in, "sum_numbers", []<class T>() { return &micro::sum_numbers<T>; });
}
KernelCall lower_reduce(const ReduceProd& op, Types in, Types) {
  return lower_numbers(op.name, in, "product_of_numbers", []<class T>() { return &micro::product_of_numbers<T>; });
}
KernelCall lower_reduce(const ReduceMax& op, Types in, Types out) {
  if (is_quantized(out[0])) require_same_quantization(op.name, in, out, 1);
  return with_element_type(op.name, in[0].dtype(), [&]<class T>() {
    return reduce_call<T>(op.name, in, "reduce_max", "ReduceParams", &micro::reduce_max<T>, micro::ReduceParams{});
  });
}
KernelCall lower_reduce(const ReduceMin& op, Types in, Types out) {
  if (is_quantized(out[0])) require_same_quantization(op.name, in, out, 1);
  return with_element_type(op.name, in[0].dtype(), [&]<class T>() {
    return reduce_call<T>(op.name, in, "reduce_min", "ReduceParams", &micro::reduce_min<T>, micro::ReduceParams{});
  });
}

KernelCall lower_reduce(const ReduceAll& op, Types in, Types) {
  return reduce_call<bool>(op.name, in, "reduce_min", "ReduceParams", &micro::reduce_min<bool>, {});
}
KernelCall lower_reduce(const ReduceAny& op, Types in, Types) {
  return reduce_call<bool>(op.name, in, "reduce_max", "ReduceParams", &micro::reduce_max<bool>, {});
}

int version_of(const auto&, DType dtype) { return version_by_type(dtype, {{DType::int8, 2}, {DType::int16, 3}}); }
int version_of(const Sum&, DType dtype) { return dtype == DType::int8 ? 2 : 1; }
int version_of(const ReduceProd&, DType) { return 1; }

std::optional<QuantizationRule> rule(std::string_view op) {
  if (op == ReduceProd::name) return std::nullopt;
  const bool selects = op == ReduceMax::name || op == ReduceMin::name;
  return QuantizationRule{.same_scale = selects};
}

}  // namespace

#define X(Type, tflite_name, code, slope)                                                                             \
  std::vector<TensorType> Type::infer(Types in) const { return infer_reduce(name, in, supported(*this), keep_dims); } \
  Cost Type::cost(Types in) const { return cost_reduce(in, infer(in)); }                                              \
  void Type::forward(Inputs inputs, Outputs outputs) const { forward_lowered(*this, inputs, outputs); }               \
  void Type::backward(Inputs inputs, Inputs outputs, Inputs dy, Outputs dx, TrainingState) const {                    \
    backward_reduce(name, inputs, outputs, dy, dx,                                                                    \
                    []([[maybe_unused]] float x, [[maybe_unused]] float y, [[maybe_unused]] float count) -> float {   \
                      return slope;                                                                                   \
                    });                                                                                               \
  }                                                                                                                   \
  std::optional<QuantizationRule> Type::quantization(Types) const { return rule(name); }                              \
  KernelCall Type::lower(Types in, Types out) const { return lower_reduce(*this, in, out); }                          \
  int Type::tflite_version(Types in, Types) const { return version_of(*this, in[0].dtype()); }                        \
  void Type::options(Options& o) { o.field(0, "keep_dims", keep_dims, false); }                                       \
  template <>                                                                                                         \
  Op default_op<Type>() {                                                                                             \
    return Type{};                                                                                                    \
  }
MIRIM_REDUCE(X)
#undef X

#define X(Type, tflite_name, code)                                                                                    \
  std::vector<TensorType> Type::infer(Types in) const { return infer_reduce(name, in, supported(*this), keep_dims); } \
  Cost Type::cost(Types in) const { return cost_reduce(in, infer(in)); }                                              \
  void Type::forward(Inputs inputs, Outputs outputs) const { forward_lowered(*this, inputs, outputs); }               \
  KernelCall Type::lower(Types in, Types out) const { return lower_reduce(*this, in, out); }                          \
  void Type::options(Options& o) { o.field(0, "keep_dims", keep_dims, false); }                                       \
  template <>                                                                                                         \
  Op default_op<Type>() {                                                                                             \
    return Type{};                                                                                                    \
  }
MIRIM_REDUCE_BOOL(X)
#undef X

}  // namespace mirim
