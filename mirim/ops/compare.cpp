#include "mirim/ops/compare.hpp"

#include "mirim/ops/all.hpp"
#include "mirim/ops/broadcast.hpp"
#include "mirim/ops/operands.hpp"

namespace mirim {
namespace {

std::vector<TensorType> infer_compare(std::string_view op, Types in) {
  require_inputs(op, in, 2);
  require_dtype(op, in, 0, {DType::float32});
  require_same_dtype(op, in, 0, 1);
  return {{DType::boolean, broadcast_shape(op, in)}};
}

Cost cost_compare(std::string_view op, Types in) {
  const auto out = infer_compare(op, in);
  return {.operations = out[0].shape.elements(), .bytes_moved = bytes_moved(in, out)};
}

template <class F>
void forward_compare(Inputs x, Outputs y, F f) {
  const auto a = x[0].as<float>(), b = x[1].as<float>();
  const auto output = y[0].as<bool>();
  Broadcasting(y[0].shape(), x[0].shape(), x[1].shape()).for_each([&](std::size_t i, std::size_t ia, std::size_t ib) {
    output[i] = f(a[ia], b[ib]);
  });
}

}  // namespace

#define X(Type, tflite_name, code, table, f)                                              \
  std::vector<TensorType> Type::infer(Types in) const { return infer_compare(name, in); } \
  Cost Type::cost(Types in) const { return cost_compare(name, in); }                      \
  void Type::forward(Inputs x, Outputs y) const {                                         \
    forward_compare(x, y, [](float a, float b) { return f; });                            \
  }                                                                                       \
  template <>                                                                             \
  Op default_op<Type>() {                                                                 \
    return Type{};                                                                        \
  }
MIRIM_COMPARE(X)
#undef X

}  // namespace mirim
