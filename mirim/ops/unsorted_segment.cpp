#include "mirim/ops/unsorted_segment.hpp"

#include <limits>

#include "mirim/base/error.hpp"
#include "mirim/micro/unsorted_segment.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {
namespace {

std::vector<TensorType> infer_segments(std::string_view name, Types in) {
  require_inputs(name, in, 3);
  require_dtype(name, in, 0, {DType::float32, DType::int32});
  require_dtype(name, in, 1, {DType::int32});
  require_dtype(name, in, 2, {DType::int32});
  const Shape &x = in[0].shape(), &rows = in[1].shape();
  bool fits = rows.rank() >= 1 && rows.rank() <= x.rank();
  for (int d = 0; fits && d < rows.rank(); ++d) fits = rows[d] == x[d];
  if (!fits) {
    fail("{}: {} and {}, expected a segment for each row", name, describe_input(in, 0), describe_input(in, 1));
  }
  const auto number = require_constant_indices(name, in, 2);
  if (number.size() != 1 || number[0] < 0) fail("{}: {}, expected one number", name, describe_input(in, 2));
  if (in[1].is_constant()) {
    for (const std::int32_t segment : in[1].values<std::int32_t>()) {
      if (segment >= number[0]) fail("{}: segment {} of {}", name, segment, number[0]);
    }
  }
  std::vector<std::int64_t> dimensions{number[0]};
  for (int d = rows.rank(); d < x.rank(); ++d) dimensions.push_back(x[d]);
  return {{in[0].dtype(), Shape(std::move(dimensions))}};
}

template <class T>
micro::UnsortedSegmentParams<T> params_of(std::string_view name, const Shape& rows, const Shape& y, T empty) {
  std::int64_t inner = 1;
  for (int d = 1; d < y.rank(); ++d) inner *= y[d];
  device_int(name, y[0] * inner);
  return {.rows = device_int(name, rows.elements()),
          .segments = device_int(name, y[0]),
          .inner = device_int(name, inner),
          .empty = empty};
}

template <class T, class Kernel>
KernelCall lower_segments(std::string_view name, const char* function, Kernel kernel, Types in, Types out, T empty) {
  device_int(name, in[0].type->bytes());
  return make_kernel_call(
      "mirim/micro/unsorted_segment.hpp", function, fmt::format("UnsortedSegmentParams<{}>", c_type_of<T>()), kernel,
      params_of(name, in[1].shape(), out[0].shape(), empty), {kernel_input(0), kernel_input(1), kernel_output(0)});
}

template <class F>
void backward_segments(Inputs inputs, Inputs outputs, Inputs dy, Outputs dx, F slope) {
  if (!dx.has(0)) return;
  const auto segments = inputs[1].as<std::int32_t>();
  const std::int64_t number = dy[0].shape()[0];
  const auto x = inputs[0].as<float>(), y = outputs[0].as<float>(), above = dy[0].as<float>();
  const auto to = dx[0].as<float>();
  const std::size_t inner = segments.empty() ? 0 : x.size() / segments.size();
  for (std::size_t r = 0; r < segments.size(); ++r) {
    const bool inside = segments[r] >= 0 && segments[r] < number;
    for (std::size_t i = 0; i < inner; ++i) {
      const std::size_t from = r * inner + i;
      const std::size_t at = inside ? static_cast<std::size_t>(segments[r]) * inner + i : 0;
      to[from] = inside ? above[at] * slope(x[from], y[at]) : 0;
    }
  }
}

}  // namespace

#define X(Type, tflite_name, code, options_table, kernel, empty_number, slope)                            \
  std::vector<TensorType> Type::infer(Types in) const { return infer_segments(name, in); }                \
  Cost Type::cost(Types in) const { return {.operations = in[0].shape().elements()}; }                    \
  void Type::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }                         \
  void Type::backward(Inputs inputs, Inputs outputs, Inputs dy, Outputs dx, TrainingState) const {        \
    backward_segments(inputs, outputs, dy, dx,                                                            \
                      []([[maybe_unused]] float x, [[maybe_unused]] float y) -> float { return slope; }); \
  }                                                                                                       \
  KernelCall Type::lower(Types in, Types out) const {                                                     \
    const auto call = [&]<class T>(T) {                                                                   \
      return lower_segments<T>(name, #kernel, &micro::kernel<T>, in, out, empty_number);                  \
    };                                                                                                    \
    return in[0].dtype() == DType::int32 ? call(std::int32_t{}) : call(float{});                          \
  }                                                                                                       \
  template <>                                                                                             \
  Op default_op<Type>() {                                                                                 \
    return Type{};                                                                                        \
  }
MIRIM_UNSORTED_SEGMENT(X)
#undef X

}  // namespace mirim
