#include "mirim/ops/lookup_table.hpp"

#include "mirim/base/error.hpp"
#include "mirim/micro/lookup_table.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {

std::vector<TensorType> LookupTable::infer(Types in) const {
  require_inputs(name, in, 2);
  require_dtype(name, in, 0, {DType::int8});
  require_dtype(name, in, 1, {DType::int8});
  if (!(in[1].shape() == Shape{256})) fail("{}: {}, expected a table of 256 entries", name, describe_input(in, 1));
  return {*in[0].type};
}

Cost LookupTable::cost(Types in) const { return {.operations = in[0].shape().elements()}; }

void LookupTable::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

KernelCall LookupTable::lower(Types in, Types out) const {
  require_int8(name, in, out, 0, 1);
  KernelCall call = make_kernel_call(
      "mirim/micro/lookup_table.hpp", "lookup_table", "LookupTableParams", &micro::lookup_table<std::int8_t>,
      {.count = device_int(name, in[0].shape().elements())}, {kernel_input(0), kernel_input(1), kernel_output(0)});
  call.may_overwrite = {0};
  return call;
}

template <>
Op default_op<LookupTable>() {
  return LookupTable{};
}

}  // namespace mirim
