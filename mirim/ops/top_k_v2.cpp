#include "mirim/ops/top_k_v2.hpp"

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/micro/top_k.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/element_type.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {
namespace {

micro::TopKParams params_of(Types in, std::int64_t k) {
  const Shape& x = in[0].shape();
  device_int(TopKV2::name, in[0].type->bytes());
  const std::int64_t length = x[x.rank() - 1];
  return {.rows = device_int(TopKV2::name, length > 0 ? x.elements() / length : 0),
          .length = device_int(TopKV2::name, length),
          .k = device_int(TopKV2::name, k)};
}

std::int64_t k_of(Types in) {
  if (in[1].dtype() == DType::int16 && in[1].is_constant() && in[1].shape().elements() == 1) {
    return in[1].values<std::int16_t>()[0];
  }
  const auto k = require_constant_indices(TopKV2::name, in, 1);
  if (k.size() != 1) fail("{}: {}, expected one number", TopKV2::name, describe_input(in, 1));
  return k[0];
}

}  // namespace

std::vector<TensorType> TopKV2::infer(Types in) const {
  require_inputs(name, in, 2);
  require_element_type(name, in, 0);
  if (in[0].shape().rank() < 1) fail("{}: {}, expected rows of elements", name, describe_input(in, 0));
  std::vector<std::int64_t> dimensions(in[0].shape().begin(), in[0].shape().end());
  const std::int64_t k = k_of(in);
  if (k < 0 || k > dimensions.back()) fail("{}: {} largest of a row of {}", name, k, dimensions.back());
  dimensions.back() = k;
  const Shape shape(std::move(dimensions));
  return {{in[0].dtype(), shape}, {DType::int32, shape}};
}

Cost TopKV2::cost(Types in) const {
  const Shape values = infer(in)[0].shape;
  return {.operations = product_of({in[0].shape().elements(), values[values.rank() - 1]})};
}

void TopKV2::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

void TopKV2::backward(Inputs x, Inputs, Inputs dy, Outputs dx, TrainingState) const {
  if (!dx.has(0)) return;
  const Shape& shape = dy[0].shape();
  const micro::TopKParams p = params_of(Types(operands_of(x)), shape[shape.rank() - 1]);
  std::vector<float> values(static_cast<std::size_t>(shape.elements()));
  std::vector<std::int32_t> positions(values.size());
  micro::top_k(p, x[0].as<float>().data(), values.data(), positions.data());
  std::ranges::fill(dx[0].bytes, std::byte{0});
  const auto above = dy[0].as<float>();
  const auto below = dx[0].as<float>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t row = i / static_cast<std::size_t>(p.k);
    below[row * static_cast<std::size_t>(p.length) + static_cast<std::size_t>(positions[i])] = above[i];
  }
}

QuantizationRule TopKV2::quantization(Types) const { return {.same_scale = true}; }

KernelCall TopKV2::lower(Types in, Types out) const {
  const Shape& values = out[0].shape();
  const micro::TopKParams params = params_of(in, values[values.rank() - 1]);
  return with_element_type(name, in[0].dtype(), [&]<class T>() {
    return make_kernel_call("mirim/micro/top_k.hpp", "top_k", "TopKParams", &micro::top_k<T>, params,
                            {kernel_input(0), kernel_output(0), kernel_output(1)});
  });
}

int TopKV2::tflite_version(Types in, Types) const {
  return version_by_type(in[0].dtype(), {{DType::int8, 2}, {DType::int16, 3}});
}

template <>
Op default_op<TopKV2>() {
  return TopKV2{};
}

}  // namespace mirim
