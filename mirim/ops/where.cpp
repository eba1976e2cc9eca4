#include "mirim/ops/where.hpp"

#include "mirim/base/error.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/element_type.hpp"
#include "mirim/ops/known_result.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/strided_view.hpp"

namespace mirim {
namespace {

// f(position) for each element that counts, in order.
template <class F>
void for_each_true(Types in, F f) {
  with_element_type(Where::name, in[0].dtype(), [&]<class T>() {
    const auto values = in[0].values<T>();
    for (std::size_t i = 0; i < values.size(); ++i) {
      // LiteRT takes a NaN for true.
      if (values[i] != T{}) f(static_cast<std::int64_t>(i));
    }
  });
}

std::vector<std::int64_t> positions_of(Types in) {
  const auto strides = dense_strides(in[0].shape());
  std::vector<std::int64_t> positions;
  for_each_true(in, [&](std::int64_t i) {
    for (const std::int64_t stride : strides) {
      positions.push_back(i / stride);
      i %= stride;
    }
  });
  return positions;
}

}  // namespace

std::vector<TensorType> Where::infer(Types in) const {
  require_inputs(name, in, 1);
  require_element_type(name, in, 0);
  if (in[0].shape().rank() < 1) fail("{}: {}, expected at least one dimension", name, describe_input(in, 0));
  if (!in[0].is_constant() && in[0].shape().elements() > 0) {
    fail_unsupported(
        "{}: {} and computed at run time, so that the size of the result is unknown: select with SELECT_V2 or a "
        "product, which keep the shape",
        name, describe_input(in, 0));
  }
  std::int64_t count = 0;
  if (in[0].is_constant()) for_each_true(in, [&](std::int64_t) { ++count; });
  return {{DType::int64, {count, in[0].shape().rank()}}};
}

void Where::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

KernelCall Where::lower(Types in, Types out) const {
  return lower_known(name, make_kernel_constant("positions", positions_of(in)), out);
}

template <>
Op default_op<Where>() {
  return Where{};
}

}  // namespace mirim
