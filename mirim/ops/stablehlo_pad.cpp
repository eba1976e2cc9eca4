#include "mirim/ops/stablehlo_pad.hpp"

#include <limits>

#include "mirim/base/error.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/element_type.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/reduce_window.hpp"

namespace mirim {
namespace {

ReduceWindow window_of(const StablehloPad& op, Types in) {
  const auto rank = static_cast<std::size_t>(in[0].shape().rank());
  const auto entry = [&](std::string_view what, const std::vector<std::int64_t>& values, std::size_t d) {
    if (!values.empty() && values.size() != rank) {
      fail("{}: {} has {} numbers, expected {}", StablehloPad::name, what, values.size(), rank);
    }
    return values.empty() ? 0 : values[d];
  };
  ReduceWindow window{.body = ReduceBody::update};
  for (std::size_t d = 0; d < rank; ++d) {
    const std::int64_t between = entry("interior_padding", op.interior_padding, d);
    if (between < 0 || between >= std::numeric_limits<std::int32_t>::max()) {
      fail("{}: interior_padding of axis {} is {}, expected 0 or more", StablehloPad::name, d, between);
    }
    window.base_dilations.push_back(between + 1);
    window.padding.push_back(entry("edge_padding_low", op.edge_padding_low, d));
    window.padding.push_back(entry("edge_padding_high", op.edge_padding_high, d));
  }
  return window;
}

}  // namespace

std::vector<TensorType> StablehloPad::infer(Types in) const {
  require_inputs(name, in, 2);
  require_element_type(name, in, 0);
  require_same_dtype(name, in, 0, 1);
  if (in[1].shape().elements() != 1) fail("{}: {}, expected one value", name, describe_input(in, 1));
  const ReduceWindow window = window_of(*this, in);
  return in_context(std::string(name), [&] { return window.infer(in); });
}

Cost StablehloPad::cost(Types in) const {
  infer(in);
  return {};
}

void StablehloPad::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

KernelCall StablehloPad::lower(Types in, Types out) const {
  return in_context(std::string(name), [&] { return window_of(*this, in).lower(in, out); });
}

void StablehloPad::options(Options& o) {
  o.field(0, "edge_padding_low", edge_padding_low);
  o.field(1, "edge_padding_high", edge_padding_high);
  o.field(2, "interior_padding", interior_padding);
}

template <>
Op default_op<StablehloPad>() {
  return StablehloPad{};
}

}  // namespace mirim
