#include "mirim/ops/segment_sum.hpp"

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/micro/segment_sum.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {
namespace {

micro::SegmentSumParams params_of(Types in, std::int64_t segments) {
  const Shape& x = in[0].shape();
  std::int64_t inner = 1;
  for (int d = 1; d < x.rank(); ++d) inner *= x[d];
  device_int(SegmentSum::name, segments * inner);
  return {.rows = device_int(SegmentSum::name, x[0]),
          .segments = device_int(SegmentSum::name, segments),
          .inner = device_int(SegmentSum::name, inner)};
}

}  // namespace

std::vector<TensorType> SegmentSum::infer(Types in) const {
  require_inputs(name, in, 2);
  require_dtype(name, in, 0, {DType::float32, DType::int32});
  require_dtype(name, in, 1, {DType::int32});
  require_rank(name, in, 1, 1);
  const Shape& x = in[0].shape();
  if (x.rank() < 1 || in[1].shape()[0] != x[0]) {
    fail("{}: {} and {}, expected a segment for each row", name, describe_input(in, 0), describe_input(in, 1));
  }
  const auto segments = require_constant_indices(name, in, 1);
  std::int64_t last = -1;
  for (const std::int64_t segment : segments) {
    if (segment < std::max<std::int64_t>(last, 0) || segment > last + 1) {
      fail("{}: segment {} after {}, expected 0, then the same or the next one", name, segment, last);
    }
    last = segment;
  }
  std::vector<std::int64_t> dimensions(x.begin(), x.end());
  dimensions[0] = last + 1;
  return {{in[0].dtype(), Shape(std::move(dimensions))}};
}

Cost SegmentSum::cost(Types in) const { return {.operations = in[0].shape().elements()}; }

void SegmentSum::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

void SegmentSum::backward(Inputs x, Inputs, Inputs dy, Outputs dx, TrainingState) const {
  if (!dx.has(0)) return;
  const micro::SegmentSumParams p = params_of(Types(operands_of(x)), dy[0].shape()[0]);
  float* to = dx[0].as<float>().data();
  for (const std::int32_t segment : x[1].as<std::int32_t>()) {
    to = std::copy_n(dy[0].as<float>().begin() + std::int64_t{segment} * p.inner, p.inner, to);
  }
}

KernelCall SegmentSum::lower(Types in, Types out) const {
  device_int(name, in[0].type->bytes());
  const micro::SegmentSumParams params = params_of(in, out[0].shape()[0]);
  const auto call = [&](auto kernel) {
    return make_kernel_call("mirim/micro/segment_sum.hpp", "segment_sum", "SegmentSumParams", kernel, params,
                            {kernel_input(0), kernel_input(1), kernel_output(0)});
  };
  return in[0].dtype() == DType::int32 ? call(&micro::segment_sum<std::int32_t>) : call(&micro::segment_sum<float>);
}

template <>
Op default_op<SegmentSum>() {
  return SegmentSum{};
}

}  // namespace mirim
