#include "mirim/ops/tile.hpp"

#include "mirim/base/error.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/element_type.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/strided_view.hpp"

namespace mirim {
namespace {

// Two axes for each of x: the repetitions, with stride 0, and x itself.
StridedView repeated(Types in) {
  const Shape& x = in[0].shape();
  const auto multiples = require_constant_indices(Tile::name, in, 1);
  if (multiples.size() != static_cast<std::size_t>(x.rank())) {
    fail("{}: {} multiples for {}", Tile::name, multiples.size(), describe_input(in, 0));
  }
  const auto strides = dense_strides(x);
  StridedView view{.size = {}, .stride = {}};
  for (int d = 0; d < x.rank(); ++d) {
    const auto i = static_cast<std::size_t>(d);
    if (multiples[i] < 0) fail("{}: {} times along axis {}", Tile::name, multiples[i], d);
    view.size.insert(view.size.end(), {multiples[i], x[d]});
    view.stride.insert(view.stride.end(), {0, strides[i]});
  }
  in_context(std::string(Tile::name), [&] { return view.elements(); });
  constexpr std::size_t kMostAxes = 6;  // of strided_copy
  if (view.merged().size.size() > kMostAxes) {
    fail_unsupported("{}: {}, repeated along so many axes that {} remain apart, supported are {}", Tile::name,
                     describe_input(in, 0), view.merged().size.size(), kMostAxes);
  }
  return view;
}

}  // namespace

std::vector<TensorType> Tile::infer(Types in) const {
  require_inputs(name, in, 2);
  require_element_type(name, in, 0);
  const StridedView view = repeated(in);
  std::vector<std::int64_t> shape;
  for (std::size_t i = 0; i < view.size.size(); i += 2) shape.push_back(view.size[i] * view.size[i + 1]);
  return {{in[0].dtype(), Shape(std::move(shape))}};
}

void Tile::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

void Tile::backward(Inputs x, Inputs, Inputs dy, Outputs dx, TrainingState) const {
  if (dx.has(0)) backward_strided_copy(repeated(Types(operands_of(x))), dy[0], dx[0]);
}

QuantizationRule Tile::quantization(Types) const { return {.same_scale = true}; }

KernelCall Tile::lower(Types in, Types) const { return lower_strided_copy(name, in, 0, repeated(in)); }

template <>
Op default_op<Tile>() {
  return Tile{};
}

}  // namespace mirim
