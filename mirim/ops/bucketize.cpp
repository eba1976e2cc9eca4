#include "mirim/ops/bucketize.hpp"

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/micro/bucketize.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {
std::vector<TensorType> Bucketize::infer(Types in) const {
  require_inputs(name, in, 1);
  require_dtype(name, in, 0, {DType::float32, DType::int32, DType::int64});
  if (!std::ranges::is_sorted(boundaries)) fail("{}: the boundaries do not ascend", name);
  return {{DType::int32, in[0].shape()}};
}

Cost Bucketize::cost(Types in) const {
  return {.operations = product_of({infer(in)[0].shape.elements(), static_cast<std::int64_t>(boundaries.size())})};
}

void Bucketize::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

KernelCall Bucketize::lower(Types in, Types) const {
  device_int(name, in[0].type->bytes());
  const micro::BucketizeParams params{.count = device_int(name, in[0].shape().elements()),
                                      .boundaries = device_int(name, static_cast<std::int64_t>(boundaries.size()))};
  const auto call_of = [&](auto kernel) {
    return make_kernel_call("mirim/micro/bucketize.hpp", "bucketize", "BucketizeParams", kernel, params,
                            {kernel_input(0), kernel_constant(0), kernel_output(0)});
  };
  KernelCall call = in[0].dtype() == DType::float32 ? call_of(&micro::bucketize<float>)
                    : in[0].dtype() == DType::int32 ? call_of(&micro::bucketize<std::int32_t>)
                                                    : call_of(&micro::bucketize<std::int64_t>);
  // A constant has at least one element.
  call.constants = {make_kernel_constant("boundaries", boundaries.empty() ? std::vector<float>{0} : boundaries)};
  return call;
}

void Bucketize::options(Options& o) { o.field(0, "boundaries", boundaries); }

template <>
Op default_op<Bucketize>() {
  return Bucketize{};
}

}  // namespace mirim
