#include "mirim/ops/broadcast_args.hpp"

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/micro/broadcast_args.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {
std::vector<TensorType> BroadcastArgs::infer(Types in) const {
  require_inputs(name, in, 2);
  require_dtype(name, in, 0, {DType::int32, DType::int64});
  require_same_dtype(name, in, 0, 1);
  require_rank(name, in, 0, 1);
  require_rank(name, in, 1, 1);
  if (in[0].is_constant() && in[1].is_constant()) {
    const auto a = require_constant_indices(name, in, 0), b = require_constant_indices(name, in, 1);
    for (std::size_t d = 0; d < std::min(a.size(), b.size()); ++d) {
      const std::int64_t one = a[a.size() - 1 - d], other = b[b.size() - 1 - d];
      if (one != other && one != 1 && other != 1) fail("{}: {} and {} do not broadcast", name, one, other);
    }
  }
  return {{in[0].dtype(), {std::max(in[0].shape()[0], in[1].shape()[0])}}};
}

void BroadcastArgs::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

QuantizationRule BroadcastArgs::quantization(Types) const { return {}; }

KernelCall BroadcastArgs::lower(Types in, Types out) const {
  const std::int64_t count = out[0].shape()[0];
  const micro::BroadcastArgsParams params{.count = device_int(name, count),
                                          .missing1 = device_int(name, count - in[0].shape()[0]),
                                          .missing2 = device_int(name, count - in[1].shape()[0])};
  const auto call = [&](auto kernel) {
    return make_kernel_call("mirim/micro/broadcast_args.hpp", "broadcast_args", "BroadcastArgsParams", kernel, params,
                            {kernel_input(0), kernel_input(1), kernel_output(0)});
  };
  return in[0].dtype() == DType::int64 ? call(&micro::broadcast_args<std::int64_t>)
                                       : call(&micro::broadcast_args<std::int32_t>);
}

template <>
Op default_op<BroadcastArgs>() {
  return BroadcastArgs{};
}

}  // namespace mirim
