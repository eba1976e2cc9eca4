#include "mirim/ops/logical_not.hpp"

#include "mirim/micro/logical_not.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {

std::vector<TensorType> LogicalNot::infer(Types in) const {
  require_inputs(name, in, 1);
  require_dtype(name, in, 0, {DType::boolean});
  return {*in[0].type};
}

Cost LogicalNot::cost(Types in) const { return {.operations = in[0].shape().elements()}; }

void LogicalNot::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

KernelCall LogicalNot::lower(Types in, Types) const {
  KernelCall call =
      make_kernel_call("mirim/micro/logical_not.hpp", "logical_not", "LogicalNotParams", &micro::logical_not,
                       {.count = device_int(name, in[0].shape().elements())}, {kernel_input(0), kernel_output(0)});
  call.may_overwrite = {0};
  return call;
}

template <>
Op default_op<LogicalNot>() {
  return LogicalNot{};
}

}  // namespace mirim
