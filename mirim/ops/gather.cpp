#include "mirim/ops/gather.hpp"

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/micro/gather.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/element_type.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {
namespace {

struct Axes {
  int axis = 0;   // of x
  int batch = 0;  // number of leading dimensions that x and positions share
};

Axes axes_of(const Gather& op, Types in) {
  const Shape &x = in[0].shape(), &positions = in[1].shape();
  const int axis = in_context(std::string(Gather::name), [&] { return normalize_axis(op.axis, x.rank()); });
  const int batch = op.batch_dims < 0 ? op.batch_dims + positions.rank() : op.batch_dims;
  if (batch < 0 || batch > axis || batch > positions.rank() ||
      !std::equal(x.begin(), x.begin() + batch, positions.begin())) {
    fail("{}: {} and {} cannot share {} dimensions in front of axis {}", Gather::name, describe_input(in, 0),
         describe_input(in, 1), op.batch_dims, axis);
  }
  return {axis, batch};
}

std::int64_t product(const Shape& shape, int first, int last) {
  std::int64_t result = 1;
  for (int d = first; d < last; ++d) result *= shape[d];
  return result;
}

micro::GatherParams params_of(const Gather& op, Types in) {
  const Shape &x = in[0].shape(), &positions = in[1].shape();
  const auto [axis, batch] = axes_of(op, in);
  const auto size = [](std::int64_t value) { return device_int(Gather::name, value); };
  return {.batch = size(product(x, 0, batch)),
          .outer = size(product(x, batch, axis)),
          .length = size(x[axis]),
          .count = size(product(positions, batch, positions.rank())),
          .inner = size(product(x, axis + 1, x.rank()))};
}

}  // namespace

std::vector<TensorType> Gather::infer(Types in) const {
  require_inputs(name, in, 2);
  require_element_type(name, in, 0);
  require_dtype(name, in, 1, {DType::int32, DType::int64});
  const auto [along, batch] = axes_of(*this, in);
  const Shape &x = in[0].shape(), &positions = in[1].shape();
  if (x[along] == 0 && positions.elements() > 0) fail("{}: {} has nothing to take", name, describe_input(in, 0));
  if (in[1].is_constant()) {
    for (const std::int64_t position : require_constant_indices(name, in, 1)) {
      if (position >= 0 && position < x[along]) continue;
      fail("{}: takes position {} of axis {}, which has {}", name, position, along, x[along]);
    }
  }
  std::vector<std::int64_t> dimensions(x.begin(), x.begin() + along);
  dimensions.insert(dimensions.end(), positions.begin() + batch, positions.end());
  dimensions.insert(dimensions.end(), x.begin() + along + 1, x.end());
  Shape shape(std::move(dimensions));
  in_context(std::string(name), [&] { return shape.elements(); });
  return {{in[0].dtype(), std::move(shape)}};
}

void Gather::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

void Gather::backward(Inputs x, Inputs, Inputs dy, Outputs dx, TrainingState) const {
  for (const TensorView& gradient : dx) std::ranges::fill(gradient.bytes, std::byte{0});
  if (!dx.has(0)) return;
  const auto types = operands_of(x);
  const micro::GatherParams p = params_of(*this, Types(types));
  const auto positions = require_constant_indices(name, Types(types), 1);
  const float* from = dy[0].as<float>().data();
  float* const to = dx[0].as<float>().data();
  for (std::int64_t row = 0; row < std::int64_t{p.batch} * p.outer; ++row) {
    for (std::int64_t k = 0; k < p.count; ++k) {
      const std::int64_t at = positions[static_cast<std::size_t>(row / p.outer * p.count + k)];
      float* sum = to + (row * p.length + std::clamp<std::int64_t>(at, 0, p.length - 1)) * p.inner;
      for (std::int64_t i = 0; i < p.inner; ++i) sum[i] += *from++;
    }
  }
}

QuantizationRule Gather::quantization(Types) const { return {.same_scale = true}; }

KernelCall Gather::lower(Types in, Types out) const {
  device_int(name, in[0].type->bytes());
  device_int(name, out[0].type->bytes());
  const micro::GatherParams params = params_of(*this, in);
  const std::vector<KernelArgument> arguments{kernel_input(0), kernel_input(1), kernel_output(0)};
  return with_element_type(name, in[0].dtype(), [&]<class T>() {
    const bool wide = in[1].dtype() == DType::int64;
    return wide ? make_kernel_call("mirim/micro/gather.hpp", "gather", "GatherParams", &micro::gather<T, std::int64_t>,
                                   params, arguments)
                : make_kernel_call("mirim/micro/gather.hpp", "gather", "GatherParams", &micro::gather<T, std::int32_t>,
                                   params, arguments);
  });
}

int Gather::tflite_version(Types in, Types) const {
  if (batch_dims != 0) return 5;
  return version_by_type(in[0].dtype(), {{DType::int8, 2}, {DType::boolean, 3}, {DType::int16, 4}});
}

void Gather::options(Options& o) {
  o.field(0, "axis", axis, 0);
  o.field(1, "batch_dims", batch_dims, 0);
}

template <>
Op default_op<Gather>() {
  return Gather{};
}

}  // namespace mirim
