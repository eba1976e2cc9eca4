#include "mirim/ops/compare.hpp"

#include "mirim/base/error.hpp"
#include "mirim/micro/compare.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/broadcast.hpp"
#include "mirim/ops/element_type.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {
namespace {

std::vector<TensorType> infer_compare(std::string_view op, Types in) {
  require_inputs(op, in, 2);
  if (op == LogicalAnd::name || op == LogicalOr::name) {
    require_dtype(op, in, 0, {DType::boolean});
  } else {
    require_element_type(op, in, 0);
  }
  require_same_dtype(op, in, 0, 1);
  return {{DType::boolean, broadcast_shape(op, in)}};
}

Cost cost_compare(std::string_view op, Types in) {
  const auto out = infer_compare(op, in);
  return {.operations = out[0].shape.elements()};
}

template <class T, class Params>
KernelCall compare_call(std::string_view op, Types in, Types out, const std::string& function, const std::string& type,
                        void (*kernel)(const Params&, const T*, const T*, bool*), Params params) {
  for (const Operand& operand : {in[0], in[1], out[0]}) device_int(op, operand.type->bytes());
  set_broadcast(op, params, out[0].shape(), in[0].shape(), in[1].shape());
  return make_kernel_call("mirim/micro/compare.hpp", function, type, kernel, params,
                          {kernel_input(0), kernel_input(1), kernel_output(0)});
}

micro::ScaledCompareParams scaled_params(std::string_view op, Types in) {
  const PerTensor a = per_tensor(op, "first input", in[0]), b = per_tensor(op, "second input", in[1]);
  const auto multiplier = [&](float scale) {
    return in_context(std::string(op), [&] { return quantize_multiplier(static_cast<double>(scale)); });
  };
  const QuantizedMultiplier of_a = multiplier(a.scale), of_b = multiplier(b.scale);
  return {.size = {},
          .input1_stride = {},
          .input2_stride = {},
          .input1_offset = -a.zero_point,
          .input1_multiplier = of_a.multiplier,
          .input1_shift = of_a.shift,
          .input2_offset = -b.zero_point,
          .input2_multiplier = of_b.multiplier,
          .input2_shift = of_b.shift};
}

// F is the struct of mirim/micro/compare.hpp, `f` its name.
template <class F>
KernelCall lower_compare(std::string_view op, Types in, Types out, const std::string& f) {
  // int16 is compared without scales, as in TFLite.
  if (is_quantized(in[0]) && is_quantized(in[1]) && in[0].dtype() != DType::int16) {
    const micro::ScaledCompareParams params = scaled_params(op, in);
    return with_integer_type(op, in[0].dtype(), [&]<class T>(T) {
      return compare_call<T>(op, in, out, "compare_scaled<micro::" + f + ">", "ScaledCompareParams",
                             &micro::compare_scaled<F, T>, params);
    });
  }
  return with_element_type(op, in[0].dtype(), [&]<class T>() {
    return compare_call<T>(op, in, out, "compare<micro::" + f + ">", "CompareParams", &micro::compare<F, T>,
                           micro::CompareParams{});
  });
}

}  // namespace

#define X(Type, tflite_name, code, table, version_int8, version_int16)                                           \
  std::vector<TensorType> Type::infer(Types in) const { return infer_compare(name, in); }                        \
  Cost Type::cost(Types in) const { return cost_compare(name, in); }                                             \
  void Type::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }                                \
  QuantizationRule Type::quantization(Types) const { return {}; }                                                \
  KernelCall Type::lower(Types in, Types out) const { return lower_compare<micro::Type>(name, in, out, #Type); } \
  int Type::tflite_version(Types in, Types) const {                                                              \
    return version_by_type(in[0].dtype(), {{DType::int8, version_int8}, {DType::int16, version_int16}});         \
  }                                                                                                              \
  template <>                                                                                                    \
  Op default_op<Type>() {                                                                                        \
    return Type{};                                                                                               \
  }
MIRIM_COMPARE(X)
#undef X

}  // namespace mirim
