#include "mirim/ops/operands.hpp"

#include <limits>

#include "mirim/base/error.hpp"

namespace mirim {

void require_inputs(std::string_view op, Types in, int least, int most) {
  if (in.size() < least || in.size() > most) {
    fail("{}: has {} inputs, expected {}", op, in.size(),
         least == most ? fmt::format("{}", least) : fmt::format("{} to {}", least, most));
  }
  for (int i = 0; i < least; ++i) {
    if (!in.has(i)) fail("{}: input {} is missing", op, i);
  }
  // From here on sizes of operands can be added and their strides multiplied: a broken file's sizes are refused.
  for (const Operand& operand : in) {
    if (operand.present()) in_context(std::string(op), [&] { return operand.shape().elements(); });
  }
}

void require_dtype(std::string_view op, Types in, int i, std::initializer_list<DType> supported) {
  std::string names;
  for (const DType dtype : supported) {
    if (in[i].dtype() == dtype) return;
    if (!names.empty()) names += dtype == *(supported.end() - 1) ? " and " : ", ";
    names += name(dtype);
  }
  fail_unsupported("{}: {}, supported are {}", op, describe_input(in, i), names);
}

void require_rank(std::string_view op, Types in, int i, int rank) {
  if (in[i].shape().rank() != rank) fail("{}: {}, expected {} dimensions", op, describe_input(in, i), rank);
}

void require_same_dtype(std::string_view op, Types in, int i, int j) {
  if (in[i].dtype() != in[j].dtype()) {
    fail("{}: {} and {}, expected one type", op, describe_input(in, i), describe_input(in, j));
  }
}

std::vector<std::int64_t> require_constant_indices(std::string_view op, Types in, int i) {
  require_dtype(op, in, i, {DType::int32, DType::int64});
  if (in[i].shape().elements() == 0) return {};
  if (!in[i].is_constant()) {
    fail_unsupported("{}: {} and computed at run time, expected a constant", op, describe_input(in, i));
  }
  if (in[i].dtype() == DType::int64) return {in[i].values<std::int64_t>().begin(), in[i].values<std::int64_t>().end()};
  return {in[i].values<std::int32_t>().begin(), in[i].values<std::int32_t>().end()};
}

std::vector<Operand> operands_of(Inputs x) {
  std::vector<Operand> operands;
  for (const ConstTensorView& tensor : x) operands.push_back({tensor.type, tensor.quantization, tensor.bytes});
  return operands;
}

std::string describe_input(Types in, int i) {
  return fmt::format("input {} is {}[{}]", i, name(in[i].dtype()), to_string(in[i].shape()));
}

std::int64_t product_of(std::initializer_list<std::int64_t> factors) {
  std::int64_t product = 1;
  for (const std::int64_t factor : factors) {
    if (__builtin_mul_overflow(product, factor, &product)) return std::numeric_limits<std::int64_t>::max();
  }
  return product;
}

}  // namespace mirim
