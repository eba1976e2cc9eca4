#include "mirim/ops/space_to_depth.hpp"

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/element_type.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/strided_view.hpp"

namespace mirim {
namespace {

void require_blocks(std::string_view op, Types in, std::int64_t block, bool fits) {
  if (block < 1 || !fits) fail("{}: {} does not divide into blocks of {}", op, describe_input(in, 0), block);
}

// y [batch, height / b, width / b, row in block, column in block, channels].
StridedView gathered(const SpaceToDepth& op, Types in) {
  const Shape& x = in[0].shape();
  const std::int64_t b = op.block_size, row = x[2] * x[3];
  return {.size = {x[0], x[1] / b, x[2] / b, b, b, x[3]}, .stride = {x[1] * row, b * row, b * x[3], row, x[3], 1}};
}

// y [batch, height, row in block, width, column in block, channels / b^2].
StridedView spread(const DepthToSpace& op, Types in) {
  const Shape& x = in[0].shape();
  const std::int64_t b = op.block_size, row = x[2] * x[3], channels = x[3] / (b * b);
  return {.size = {x[0], x[1], b, x[2], b, channels}, .stride = {x[1] * row, row, b * channels, x[3], channels, 1}};
}

int version(Types in) { return in[0].dtype() == DType::int8 ? 2 : 1; }

}  // namespace

std::vector<TensorType> SpaceToDepth::infer(Types in) const {
  require_inputs(name, in, 1);
  require_element_type(name, in, 0);
  require_rank(name, in, 0, 4);
  const Shape& x = in[0].shape();
  const std::int64_t b = block_size;
  require_blocks(name, in, b, b > 0 && x[1] % b == 0 && x[2] % b == 0);
  return {{in[0].dtype(), {x[0], x[1] / b, x[2] / b, product_of({x[3], b, b})}}};
}

std::vector<TensorType> DepthToSpace::infer(Types in) const {
  require_inputs(name, in, 1);
  require_element_type(name, in, 0);
  require_rank(name, in, 0, 4);
  const Shape& x = in[0].shape();
  const std::int64_t b = block_size;
  require_blocks(name, in, b, b > 0 && x[3] % (b * b) == 0);
  return {{in[0].dtype(), {x[0], product_of({x[1], b}), product_of({x[2], b}), x[3] / (b * b)}}};
}

void SpaceToDepth::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }
void DepthToSpace::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

void SpaceToDepth::backward(Inputs x, Inputs, Inputs dy, Outputs dx, TrainingState) const {
  if (dx.has(0)) backward_strided_copy(gathered(*this, Types(operands_of(x))), dy[0], dx[0]);
}
void DepthToSpace::backward(Inputs x, Inputs, Inputs dy, Outputs dx, TrainingState) const {
  if (dx.has(0)) backward_strided_copy(spread(*this, Types(operands_of(x))), dy[0], dx[0]);
}

QuantizationRule SpaceToDepth::quantization(Types) const { return {.same_scale = true}; }
QuantizationRule DepthToSpace::quantization(Types) const { return {.same_scale = true}; }

KernelCall SpaceToDepth::lower(Types in, Types) const { return lower_strided_copy(name, in, 0, gathered(*this, in)); }
KernelCall DepthToSpace::lower(Types in, Types) const { return lower_strided_copy(name, in, 0, spread(*this, in)); }

int SpaceToDepth::tflite_version(Types in, Types) const { return version(in); }
int DepthToSpace::tflite_version(Types in, Types) const { return version(in); }

void SpaceToDepth::options(Options& o) { o.field(0, "block_size", block_size, 0); }
void DepthToSpace::options(Options& o) { o.field(0, "block_size", block_size, 0); }

template <>
Op default_op<SpaceToDepth>() {
  return SpaceToDepth{};
}
template <>
Op default_op<DepthToSpace>() {
  return DepthToSpace{};
}

}  // namespace mirim
