#include "mirim/ops/mirror_pad.hpp"

#include <array>

#include "mirim/base/error.hpp"
#include "mirim/micro/mirror_pad.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/element_type.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {
namespace {

constexpr int kMostDimensions = 5;
constexpr std::array<std::string_view, 2> kModes{"REFLECT", "SYMMETRIC"};

}  // namespace

std::span<const std::string_view> enum_names(MirrorPadMode) { return kModes; }

std::vector<TensorType> MirrorPad::infer(Types in) const {
  require_inputs(name, in, 2);
  require_element_type(name, in, 0);
  const auto paddings = require_constant_indices(name, in, 1);
  Shape shape = in[0].shape();
  if (shape.rank() < 1 || shape.rank() > kMostDimensions || in[1].shape() != Shape{shape.rank(), 2}) {
    fail("{}: {} and paddings [{}], expected two for each of 1 to {} dimensions", name, describe_input(in, 0),
         to_string(in[1].shape()), kMostDimensions);
  }
  for (int d = 0; d < shape.rank(); ++d) {
    const std::int64_t most = in[0].shape()[d] - (mode == MirrorPadMode::reflect ? 1 : 0);
    for (std::size_t i = 0; i < 2; ++i) {
      const std::int64_t padding = paddings[2 * static_cast<std::size_t>(d) + i];
      if (padding < 0 || (padding > 0 && padding > most)) {
        fail("{}: dimension {} of [{}] has the padding {}", name, d, to_string(in[0].shape()), padding);
      }
      shape[d] += padding;
    }
  }
  return {{in[0].dtype(), shape}};
}

void MirrorPad::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

QuantizationRule MirrorPad::quantization(Types) const { return {.same_scale = true}; }

KernelCall MirrorPad::lower(Types in, Types out) const {
  device_int(name, out[0].type->bytes());
  const Shape& x = in[0].shape();
  const auto paddings = require_constant_indices(name, in, 1);
  micro::MirrorPadParams params{
      .size = {1, 1, 1, 1, 1}, .before = {}, .after = {}, .edge = mode == MirrorPadMode::symmetric ? 1 : 0};
  for (int d = 0; d < x.rank(); ++d) {
    const int to = kMostDimensions - x.rank() + d;
    const auto i = 2 * static_cast<std::size_t>(d);
    params.size[to] = device_int(name, x[d]);
    params.before[to] = device_int(name, paddings[i]);
    params.after[to] = device_int(name, paddings[i + 1]);
  }
  return with_element_type(name, in[0].dtype(), [&]<class T>() {
    return make_kernel_call("mirim/micro/mirror_pad.hpp", "mirror_pad", "MirrorPadParams", &micro::mirror_pad<T>,
                            params, {kernel_input(0), kernel_output(0)});
  });
}

int MirrorPad::tflite_version(Types in, Types) const {
  return version_by_type(in[0].dtype(), {{DType::int8, 2}, {DType::int16, 3}});
}

void MirrorPad::options(Options& o) { o.field(0, "mode", mode, MirrorPadMode::reflect); }

template <>
Op default_op<MirrorPad>() {
  return MirrorPad{};
}

}  // namespace mirim
