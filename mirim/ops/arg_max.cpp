#include "mirim/ops/arg_max.hpp"

#include "mirim/base/error.hpp"
#include "mirim/micro/arg_max.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/element_type.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {
namespace {

int axis_of(std::string_view op, Types in) {
  const auto values = require_constant_indices(op, in, 1);
  if (values.size() != 1) fail("{}: {}, expected one axis", op, describe_input(in, 1));
  return in_context(std::string(op), [&] { return normalize_axis(values[0], in[0].shape().rank()); });
}

std::vector<TensorType> infer_arg_max(std::string_view op, Types in, DType output) {
  require_inputs(op, in, 2);
  require_element_type(op, in, 0);
  const int axis = axis_of(op, in);
  std::vector<std::int64_t> dimensions = in[0].shape().dimensions();
  if (dimensions[static_cast<std::size_t>(axis)] == 0)
    fail("{}: {}, nothing along the axis", op, describe_input(in, 0));
  dimensions.erase(dimensions.begin() + axis);
  // If a file leaves the option at its default, float32, it means int32.
  return {{output == DType::int64 ? DType::int64 : DType::int32, Shape(std::move(dimensions))}};
}

micro::ArgMaxParams params_of(std::string_view op, Types in) {
  const Shape& x = in[0].shape();
  const int axis = axis_of(op, in);
  device_int(op, in[0].type->bytes());
  std::int64_t outer = 1, inner = 1;
  for (int d = 0; d < axis; ++d) outer *= x[d];
  for (int d = axis + 1; d < x.rank(); ++d) inner *= x[d];
  return {.outer = device_int(op, outer), .length = device_int(op, x[axis]), .inner = device_int(op, inner)};
}

template <class T, class Index>
KernelCall call(const std::string& function, void (*kernel)(const micro::ArgMaxParams&, const T*, Index*),
                const micro::ArgMaxParams& params) {
  return make_kernel_call("mirim/micro/arg_max.hpp", function, "ArgMaxParams", kernel, params,
                          {kernel_input(0), kernel_output(0)});
}

}  // namespace

#define X(Type, tflite_name, code, table, kernel)                                                      \
  std::vector<TensorType> Type::infer(Types in) const { return infer_arg_max(name, in, output_type); } \
  Cost Type::cost(Types in) const { return {.operations = in[0].shape().elements()}; }                 \
  void Type::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }                      \
  QuantizationRule Type::quantization(Types) const { return {}; }                                      \
  KernelCall Type::lower(Types in, Types out) const {                                                  \
    const micro::ArgMaxParams params = params_of(name, in);                                            \
    return with_element_type(name, in[0].dtype(), [&]<class T>() {                                     \
      return out[0].dtype() == DType::int64 ? call(#kernel, &micro::kernel<T, std::int64_t>, params)   \
                                            : call(#kernel, &micro::kernel<T, std::int32_t>, params);  \
    });                                                                                                \
  }                                                                                                    \
  int Type::tflite_version(Types in, Types) const {                                                    \
    return version_by_type(in[0].dtype(), {{DType::int8, 2}, {DType::boolean, 3}});                    \
  }                                                                                                    \
  void Type::options(Options& o) { o.field(0, "output_type", output_type, DType::float32); }           \
  template <>                                                                                          \
  Op default_op<Type>() {                                                                              \
    return Type{};                                                                                     \
  }
MIRIM_ARG_MAX(X)
#undef X

}  // namespace mirim
