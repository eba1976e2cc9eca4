#include "mirim/ops/known_result.hpp"

#include <cassert>
#include <utility>

#include "mirim/micro/copy.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {

KernelCall lower_known(std::string_view op, KernelConstant values, Types out) {
  assert(static_cast<std::int64_t>(values.bytes.size()) == out[0].type->bytes());
  KernelCall call =
      make_kernel_call("mirim/micro/copy.hpp", "copy", "CopyParams", &micro::copy,
                       {.bytes = device_int(op, out[0].type->bytes())}, {kernel_constant(0), kernel_output(0)});
  call.constants = {std::move(values)};
  return call;
}

KernelCall lower_known(std::string_view op, KernelConstant values, KernelConstant others, Types out) {
  const micro::CopyPairParams params{.bytes = device_int(op, out[0].type->bytes()),
                                     .other_bytes = device_int(op, out[1].type->bytes())};
  KernelCall call = make_kernel_call("mirim/micro/copy.hpp", "copy_pair", "CopyPairParams", &micro::copy_pair, params,
                                     {kernel_constant(0), kernel_constant(1), kernel_output(0), kernel_output(1)});
  call.constants = {std::move(values), std::move(others)};
  return call;
}

}  // namespace mirim
