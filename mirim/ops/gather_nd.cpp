#include "mirim/ops/gather_nd.hpp"

#include <iterator>

#include "mirim/base/error.hpp"
#include "mirim/micro/gather_nd.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/element_type.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"
#include "mirim/ops/strided_view.hpp"

namespace mirim {
namespace {

constexpr int kMostCoordinates = std::size(micro::GatherNdParams{}.size);

// The number of coordinates in a position.
int depth_of(Types in) {
  const Shape &x = in[0].shape(), &positions = in[1].shape();
  if (positions.rank() < 1 || positions.back() < 1 || positions.back() > x.rank()) {
    fail("{}: {} for {}, expected rows of at most as many coordinates as that has axes", GatherNd::name,
         describe_input(in, 1), describe_input(in, 0));
  }
  if (positions.back() > kMostCoordinates) {
    fail_unsupported("{}: {} coordinates, supported are {}", GatherNd::name, positions.back(), kMostCoordinates);
  }
  return static_cast<int>(positions.back());
}

void require_positions(Types in, int depth) {
  const Shape& x = in[0].shape();
  for (int d = 0; d < depth; ++d) {
    if (x[d] == 0 && in[1].shape().elements() > 0)
      fail("{}: {} has nothing to take", GatherNd::name, describe_input(in, 0));
  }
  if (!in[1].is_constant()) return;
  const auto positions = require_constant_indices(GatherNd::name, in, 1);
  for (std::size_t i = 0; i < positions.size(); ++i) {
    const int axis = static_cast<int>(i % static_cast<std::size_t>(depth));
    if (positions[i] >= 0 && positions[i] < x[axis]) continue;
    fail("{}: takes position {} of axis {}, which has {}", GatherNd::name, positions[i], axis, x[axis]);
  }
}

}  // namespace

std::vector<TensorType> GatherNd::infer(Types in) const {
  require_inputs(name, in, 2);
  require_element_type(name, in, 0);
  require_dtype(name, in, 1, {DType::int32, DType::int64});
  const int depth = depth_of(in);
  require_positions(in, depth);
  const Shape &x = in[0].shape(), &positions = in[1].shape();
  std::vector<std::int64_t> dimensions(positions.begin(), positions.end() - 1);
  dimensions.insert(dimensions.end(), x.begin() + depth, x.end());
  Shape shape(std::move(dimensions));
  in_context(std::string(name), [&] { return shape.elements(); });
  return {{in[0].dtype(), std::move(shape)}};
}

void GatherNd::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

QuantizationRule GatherNd::quantization(Types) const { return {.same_scale = true}; }

KernelCall GatherNd::lower(Types in, Types out) const {
  device_int(name, in[0].type->bytes());
  device_int(name, out[0].type->bytes());
  const int depth = depth_of(in);
  const Shape& x = in[0].shape();
  const auto strides = dense_strides(x);
  micro::GatherNdParams params{};
  params.count = device_int(name, in[1].shape().elements() / depth);
  params.depth = depth;
  params.inner = 1;
  for (int d = 0; d < x.rank(); ++d) {
    const std::int32_t size = device_int(name, x[d]);
    if (d >= depth) {
      params.inner *= size;
      continue;
    }
    params.size[d] = size;
    params.stride[d] = device_int(name, strides[static_cast<std::size_t>(d)]);
  }
  const auto call_of = [&](auto kernel) {
    return make_kernel_call("mirim/micro/gather_nd.hpp", "gather_nd", "GatherNdParams", kernel, params,
                            {kernel_input(0), kernel_input(1), kernel_output(0)});
  };
  return with_element_type(name, in[0].dtype(), [&]<class T>() {
    return in[1].dtype() == DType::int64 ? call_of(&micro::gather_nd<T, std::int64_t>)
                                         : call_of(&micro::gather_nd<T, std::int32_t>);
  });
}

int GatherNd::tflite_version(Types in, Types) const {
  return version_by_type(in[0].dtype(), {{DType::int16, 3}, {DType::boolean, 5}});
}

template <>
Op default_op<GatherNd>() {
  return GatherNd{};
}

}  // namespace mirim
