#include "mirim/ops/reshape.hpp"

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/strided_view.hpp"

namespace mirim {
namespace {

constexpr std::size_t kMostDimensions = 8;

}  // namespace

std::vector<TensorType> Reshape::infer(Types in) const {
  require_inputs(name, in, 1, 2);
  std::vector<std::int64_t> to(new_shape.begin(), new_shape.end());
  if (in.has(1)) to = require_constant_indices(name, in, 1);
  if (to.size() > kMostDimensions) fail("{}: to {} dimensions, supported are {}", name, to.size(), kMostDimensions);
  const std::int64_t elements = in[0].shape().elements();
  std::int64_t* rest = nullptr;  // the dimension that is -1
  std::int64_t known = 1;
  for (std::int64_t& dimension : to) {
    if (dimension == -1 && !rest) {
      rest = &dimension;
    } else if (dimension < 0) {
      fail("{}: the new shape has a dimension {}, expected sizes and at most one -1", name, dimension);
    } else {
      known = product_of({known, dimension});
    }
  }
  if (rest && known == 0) fail("{}: cannot tell what -1 stands for beside a dimension of 0", name);
  const std::int64_t rest_size = rest ? elements / known : 1;
  if (rest) *rest = rest_size;
  const Shape shape(std::move(to));
  if (product_of({known, rest_size}) != elements) {
    fail("{}: {} elements of [{}] do not fill [{}]", name, elements, to_string(in[0].shape()), to_string(shape));
  }
  return {{in[0].dtype(), shape}};
}

void Reshape::forward(Inputs x, Outputs y) const {
  std::copy(x[0].bytes.begin(), x[0].bytes.end(), y[0].bytes.begin());
}

void Reshape::backward(Inputs, Inputs, Inputs dy, Outputs dx, TrainingState) const {
  if (dx.has(0)) std::copy(dy[0].bytes.begin(), dy[0].bytes.end(), dx[0].bytes.begin());
}

QuantizationRule Reshape::quantization(Types) const { return {.same_scale = true}; }

KernelCall Reshape::lower(Types in, Types) const { return lower_copy(name, in, 0); }

void Reshape::options(Options& o) { o.field(0, "new_shape", new_shape); }

template <>
Op default_op<Reshape>() {
  return Reshape{};
}

}  // namespace mirim
