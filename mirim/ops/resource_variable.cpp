#include "mirim/ops/resource_variable.hpp"

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/micro/copy.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {
namespace {

void require_resolved(std::string_view op, Types in) {
  if (in[0].dtype() == DType::resource) fail_unsupported("{}: its handle is not resolved to a variable", op);
}

KernelCall copy_call(std::string_view op, const Operand& what, const KernelArgument& from, const KernelArgument& to) {
  return make_kernel_call("mirim/micro/copy.hpp", "copy", "CopyParams", &micro::copy,
                          {.bytes = device_int(op, what.type->bytes())}, {from, to});
}

}  // namespace

std::vector<TensorType> VarHandle::infer(Types in) const {
  require_inputs(name, in, 0);
  return {{DType::resource, {}}};
}

void VarHandle::forward(Inputs, Outputs) const { fail_unsupported("{}: is not resolved to a variable", name); }

void VarHandle::options(Options& o) {
  o.field(0, "container", container);
  o.field(1, "shared_name", shared_name);
}

std::vector<TensorType> ReadVariable::infer(Types in) const {
  require_inputs(name, in, 1);
  require_resolved(name, in);
  return {*in[0].type};
}

void ReadVariable::forward(Inputs x, Outputs y) const { std::ranges::copy(x[0].bytes, y[0].bytes.begin()); }

KernelCall ReadVariable::lower(Types in, Types) const {
  KernelCall call = copy_call(name, in[0], kernel_input(0), kernel_output(0));
  call.copies = true;
  return call;
}

std::vector<TensorType> AssignVariable::infer(Types in) const {
  require_inputs(name, in, 2);
  require_resolved(name, in);
  if (*in[0].type != *in[1].type) {
    fail("{}: {} and {}, expected one type", name, describe_input(in, 0), describe_input(in, 1));
  }
  return {};
}

void AssignVariable::forward(Inputs x, Outputs y) const { std::ranges::copy(x[1].bytes, y[0].bytes.begin()); }

KernelCall AssignVariable::lower(Types in, Types) const {
  KernelCall call = copy_call(name, in[0], kernel_input(1), kernel_variable(0));
  call.copies = true;
  return call;
}

std::vector<TensorType> CallOnce::infer(Types in) const {
  require_inputs(name, in, 0);
  return {};
}

void CallOnce::forward(Inputs, Outputs) const { fail_unsupported("{}: is not resolved", name); }

void CallOnce::options(Options& o) { o.field(0, "init_subgraph_index", init_subgraph_index, 0); }

template <>
Op default_op<VarHandle>() {
  return VarHandle{};
}
template <>
Op default_op<ReadVariable>() {
  return ReadVariable{};
}
template <>
Op default_op<AssignVariable>() {
  return AssignVariable{};
}
template <>
Op default_op<CallOnce>() {
  return CallOnce{};
}

}  // namespace mirim
