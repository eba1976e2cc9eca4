#include "mirim/ops/resize.hpp"

#include "mirim/base/error.hpp"
#include "mirim/micro/resize.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/element_type.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {
namespace {

std::vector<TensorType> infer_resize(std::string_view op, Types in, bool align_corners, bool half_pixel_centers) {
  require_rank(op, in, 0, 4);
  const auto size = require_constant_indices(op, in, 1);
  if (size.size() != 2 || size[0] < 1 || size[1] < 1 || size[0] > INT32_MAX || size[1] > INT32_MAX) {
    fail("{}: {}, expected a height and a width of at least 1", op, describe_input(in, 1));
  }
  if (align_corners && half_pixel_centers) fail("{}: has both align_corners and half_pixel_centers", op);
  Shape shape = in[0].shape();
  if (shape[1] < 1 || shape[2] < 1) fail("{}: {} has no pixels", op, describe_input(in, 0));
  shape[1] = size[0];
  shape[2] = size[1];
  in_context(std::string(op), [&] { return shape.elements(); });
  return {{in[0].dtype(), shape}};
}

// Input pixels per output pixel, as a fraction.
struct Ratio {
  std::int64_t input;
  std::int64_t output;
};
Ratio ratio(std::int64_t input, std::int64_t output, bool align_corners) {
  return align_corners && output > 1 ? Ratio{input - 1, output - 1} : Ratio{input, output};
}

micro::ResizeParams params_of(std::string_view op, Types in, Types out, bool align_corners, bool half_pixel_centers) {
  const Shape &x = in[0].shape(), &y = out[0].shape();
  device_int(op, in[0].type->bytes());
  device_int(op, out[0].type->bytes());
  micro::ResizeParams p{.batch = device_int(op, x[0]),
                        .input_size = {},
                        .output_size = {},
                        .channels = device_int(op, x[3]),
                        .align_corners = align_corners ? 1 : 0,
                        .half_pixel_centers = half_pixel_centers ? 1 : 0,
                        .scale = {},
                        .scale_10 = {}};
  for (int axis = 0; axis < 2; ++axis) {
    const Ratio r = ratio(x[axis + 1], y[axis + 1], align_corners);
    p.input_size[axis] = device_int(op, x[axis + 1]);
    p.output_size[axis] = device_int(op, y[axis + 1]);
    p.scale[axis] = static_cast<float>(r.input) / static_cast<float>(r.output);
    p.scale_10[axis] = device_int(op, (1024 * r.input + r.output / 2) / r.output);
    device_int(op, std::int64_t{p.scale_10[axis]} * (y[axis + 1] + 1));  // every position the kernel computes
  }
  return p;
}

template <class T>
KernelCall resize_call(const std::string& function, void (*kernel)(const micro::ResizeParams&, const T*, T*),
                       const micro::ResizeParams& params) {
  return make_kernel_call("mirim/micro/resize.hpp", function, "ResizeParams", kernel, params,
                          {kernel_input(0), kernel_output(0)});
}

QuantizationRule same_scale_rule() { return {.same_scale = true}; }

}  // namespace

std::vector<TensorType> ResizeBilinear::infer(Types in) const {
  require_inputs(name, in, 2);
  require_dtype(name, in, 0, {DType::float32, DType::int8, DType::uint8, DType::int16});
  return infer_resize(name, in, align_corners, half_pixel_centers);
}
std::vector<TensorType> ResizeNearestNeighbor::infer(Types in) const {
  require_inputs(name, in, 2);
  require_element_type(name, in, 0);
  return infer_resize(name, in, align_corners, half_pixel_centers);
}

Cost ResizeBilinear::cost(Types in) const {
  const auto out = infer(in);
  return {.operations = 8 * out[0].shape.elements()};
}

void ResizeBilinear::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }
void ResizeNearestNeighbor::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

QuantizationRule ResizeBilinear::quantization(Types) const { return same_scale_rule(); }
QuantizationRule ResizeNearestNeighbor::quantization(Types) const { return same_scale_rule(); }

KernelCall ResizeBilinear::lower(Types in, Types out) const {
  const micro::ResizeParams params = params_of(name, in, out, align_corners, half_pixel_centers);
  if (in[0].dtype() == DType::float32) return resize_call<float>("resize_bilinear", &micro::resize_bilinear, params);
  return with_integer_type(name, in[0].dtype(), [&]<class T>(T) {
    return resize_call<T>("resize_bilinear", &micro::resize_bilinear, params);
  });
}
KernelCall ResizeNearestNeighbor::lower(Types in, Types out) const {
  const micro::ResizeParams params = params_of(name, in, out, align_corners, half_pixel_centers);
  return with_element_type(name, in[0].dtype(), [&]<class T>() {
    return resize_call<T>("resize_nearest_neighbor", &micro::resize_nearest_neighbor<T>, params);
  });
}

int ResizeBilinear::tflite_version(Types in, Types) const {
  if (in[0].dtype() == DType::int16) return 4;
  if (half_pixel_centers) return 3;
  return in[0].dtype() == DType::int8 ? 2 : 1;
}
int ResizeNearestNeighbor::tflite_version(Types in, Types) const {
  if (in[0].dtype() == DType::int16) return 4;
  if (half_pixel_centers || align_corners) return 3;
  return in[0].dtype() == DType::int8 ? 2 : 1;
}

void ResizeBilinear::options(Options& o) {
  o.field(2, "align_corners", align_corners, false);
  o.field(3, "half_pixel_centers", half_pixel_centers, false);
}
void ResizeNearestNeighbor::options(Options& o) {
  o.field(0, "align_corners", align_corners, false);
  o.field(1, "half_pixel_centers", half_pixel_centers, false);
}

template <>
Op default_op<ResizeBilinear>() {
  return ResizeBilinear{};
}
template <>
Op default_op<ResizeNearestNeighbor>() {
  return ResizeNearestNeighbor{};
}

}  // namespace mirim
