#include "mirim/ops/bitwise.hpp"

#include "mirim/base/error.hpp"
#include "mirim/micro/number_pairs.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/broadcast.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {
namespace {

std::vector<TensorType> infer_bitwise(std::string_view op, Types in) {
  using enum DType;
  require_inputs(op, in, 2);
  require_dtype(op, in, 0, {int8, uint8, int16, uint16, int32, uint32});
  require_same_dtype(op, in, 0, 1);
  return {{in[0].dtype(), broadcast_shape(op, in)}};
}

template <class F, class T>
KernelCall call(std::string_view op, Types in, Types out, const std::string& f) {
  for (const Operand& operand : {in[0], in[1], out[0]}) device_int(op, operand.type->bytes());
  micro::NumberPairsParams params{};
  set_broadcast(op, params, out[0].shape(), in[0].shape(), in[1].shape());
  KernelCall call =
      make_kernel_call("mirim/micro/number_pairs.hpp", "number_pairs<micro::pairs::" + f + ">", "NumberPairsParams",
                       &micro::number_pairs<F, T>, params, {kernel_input(0), kernel_input(1), kernel_output(0)});
  for (int i = 0; i < 2; ++i) {
    if (in[i].shape().elements() == out[0].shape().elements()) call.may_overwrite.push_back(i);
  }
  return call;
}

template <class F>
KernelCall lower_bitwise(std::string_view op, Types in, Types out, const std::string& f) {
  switch (in[0].dtype()) {
    case DType::int8:
      return call<F, std::int8_t>(op, in, out, f);
    case DType::uint8:
      return call<F, std::uint8_t>(op, in, out, f);
    case DType::int16:
      return call<F, std::int16_t>(op, in, out, f);
    case DType::uint16:
      return call<F, std::uint16_t>(op, in, out, f);
    case DType::int32:
      return call<F, std::int32_t>(op, in, out, f);
    case DType::uint32:
      return call<F, std::uint32_t>(op, in, out, f);
    default:
      fail("{}: works on {}, expected integers of 8, 16 or 32 bits", op, name(in[0].dtype()));
  }
}

}  // namespace

#define X(Type, tflite_name, code, table)                                                   \
  std::vector<TensorType> Type::infer(Types in) const { return infer_bitwise(name, in); }   \
  Cost Type::cost(Types in) const { return {.operations = infer(in)[0].shape.elements()}; } \
  void Type::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }           \
  KernelCall Type::lower(Types in, Types out) const {                                       \
    return lower_bitwise<micro::pairs::Type>(name, in, out, #Type);                         \
  }                                                                                         \
  template <>                                                                               \
  Op default_op<Type>() {                                                                   \
    return Type{};                                                                          \
  }
MIRIM_BITWISE(X)
#undef X

}  // namespace mirim
