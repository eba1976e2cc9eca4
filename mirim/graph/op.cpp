#include "mirim/graph/op.hpp"

#include "mirim/base/error.hpp"

namespace mirim {

void Op::fail_without(std::string_view name, std::string_view ability) { fail("{} has no {}", name, ability); }

const Op* OperatorTable::find(int tflite_code) const {
  for (const Op& op : operators_) {
    if (op.tflite_code() == tflite_code && tflite_code >= 0 && tflite_code != kCustomOperator) return &op;
  }
  return nullptr;
}

const Op* OperatorTable::find(std::string_view name) const {
  for (const Op& op : operators_) {
    if (op.name() == name) return &op;
  }
  return nullptr;
}

std::vector<void*> bind_arguments(const KernelCall& call, Inputs x, Outputs y, std::span<std::byte> scratch) {
  // Kernels take inputs and constants as const; one array of void* holds these and the outputs.
  const auto writable = [](const std::byte* bytes) { return const_cast<std::byte*>(bytes); };
  std::vector<void*> pointers;
  for (const KernelArgument& argument : call.arguments) {
    switch (argument.from) {
      case KernelArgument::From::input:
      case KernelArgument::From::variable:  // is in x as well as in y
        pointers.push_back(x.has(argument.index) ? writable(x[argument.index].bytes.data()) : nullptr);
        break;
      case KernelArgument::From::output:
        pointers.push_back(y[argument.index].bytes.data());
        break;
      case KernelArgument::From::constant:
        pointers.push_back(writable(call.constants[static_cast<std::size_t>(argument.index)].bytes.data()));
        break;
      case KernelArgument::From::scratch:
        pointers.push_back(scratch.data());
        break;
    }
  }
  return pointers;
}

void run(const KernelCall& call, Inputs x, Outputs y) {
  Bytes scratch(static_cast<std::size_t>(call.scratch_bytes));
  call.run(bind_arguments(call, x, y, scratch));
}

}  // namespace mirim
