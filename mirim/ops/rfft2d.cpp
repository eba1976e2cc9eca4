#include "mirim/ops/rfft2d.hpp"

#include <algorithm>
#include <bit>

#include "mirim/base/error.hpp"
#include "mirim/micro/rfft2d.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"
#include "mirim/ops/twiddles.hpp"

namespace mirim {
namespace {

/// [height, width] of the transform.
std::array<std::int64_t, 2> sizes(Types in) {
  constexpr std::string_view kName = Rfft2d::name;
  constexpr std::int64_t kMost = 1 << 24;
  const auto values = require_constant_indices(kName, in, 1);
  if (values.size() != 2) fail("{}: {}, expected two lengths", kName, describe_input(in, 1));
  for (const std::int64_t value : values) {
    if (value < 1 || value > kMost || !std::has_single_bit(static_cast<std::uint64_t>(value))) {
      fail_unsupported("{}: a length of {}, expected a power of two of at most {}", kName, value, kMost);
    }
  }
  return {values[0], values[1]};
}

}  // namespace

std::vector<TensorType> Rfft2d::infer(Types in) const {
  require_inputs(name, in, 2);
  require_dtype(name, in, 0, {DType::float32});
  require_dtype(name, in, 1, {DType::int32});
  if (in[0].shape().rank() < 2) fail("{}: {}, expected at least two dimensions", name, describe_input(in, 0));
  const auto [height, width] = sizes(in);
  std::vector<std::int64_t> shape = in[0].shape().dimensions();
  shape[shape.size() - 2] = height;
  shape[shape.size() - 1] = width / 2 + 1;
  Shape result(std::move(shape));
  in_context(std::string(name), [&] { return result.elements(); });
  return {{DType::complex64, std::move(result)}};
}

// A butterfly for each two points of each stage is 10 operations, over both axes.
Cost Rfft2d::cost(Types in) const {
  const auto out = infer(in);
  const auto [height, width] = sizes(in);
  const auto stages = std::bit_width(static_cast<std::uint64_t>(height) * static_cast<std::uint64_t>(width));
  return {.operations = product_of({out[0].shape.elements(), 5, static_cast<std::int64_t>(stages)})};
}

void Rfft2d::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

KernelCall Rfft2d::lower(Types in, Types out) const {
  const auto [height, width] = sizes(in);
  const Shape& x = in[0].shape();
  device_int(name, in[0].type->bytes());
  device_int(name, out[0].type->bytes());
  const std::int64_t slices = out[0].shape().elements() / (height * (width / 2 + 1));
  const std::int64_t length = std::max(height, width);
  const micro::Rfft2dParams params{.slices = device_int(name, slices),
                                   .input_height = device_int(name, x[x.rank() - 2]),
                                   .input_width = device_int(name, x[x.rank() - 1]),
                                   .height = device_int(name, height),
                                   .width = device_int(name, width),
                                   .length = device_int(name, length)};
  KernelCall call = make_kernel_call("mirim/micro/rfft2d.hpp", "rfft2d", "Rfft2dParams", &micro::rfft2d, params,
                                     {kernel_input(0), kernel_constant(0), kernel_output(0)});
  call.constants = {make_kernel_constant("twiddles", fft_twiddles(length))};
  return call;
}

template <>
Op default_op<Rfft2d>() {
  return Rfft2d{};
}

}  // namespace mirim
