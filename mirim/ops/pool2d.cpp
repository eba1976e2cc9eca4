#include "mirim/ops/pool2d.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "mirim/micro/average_pool_2d.hpp"
#include "mirim/micro/l2_pool_2d.hpp"
#include "mirim/micro/max_pool_2d.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {
namespace {

struct Geometry {
  std::int64_t batch, height, width, channels;
  Window vertical, horizontal;
};

template <class Pool>
Geometry geometry(const Pool& op, const Shape& x) {
  return {x[0],
          x[1],
          x[2],
          x[3],
          slide(Pool::name, op.padding, x[1], op.filter.height, op.stride.height, 1),
          slide(Pool::name, op.padding, x[2], op.filter.width, op.stride.width, 1)};
}

template <class Pool>
std::vector<TensorType> infer_pool(const Pool& op, Types in) {
  require_inputs(Pool::name, in, 1);
  require_dtype(Pool::name, in, 0, {DType::float32, DType::int8, DType::uint8, DType::int16});
  require_rank(Pool::name, in, 0, 4);
  activation_range(Pool::name, op.activation);
  const Geometry g = geometry(op, in[0].shape());
  return {{in[0].dtype(), {g.batch, g.vertical.output, g.horizontal.output, g.channels}}};
}

template <class Pool>
Cost cost_pool(const Pool& op, Types in) {
  const auto out = op.infer(in);
  return {.operations = product_of({out[0].shape.elements(), op.filter.height, op.filter.width})};
}

template <class Pool>
void options_pool(Pool& op, Options& o) {
  o.field(0, "padding", op.padding, Padding::same);
  o.field(1, "stride_w", op.stride.width, 0);
  o.field(2, "stride_h", op.stride.height, 0);
  o.field(3, "filter_width", op.filter.width, 0);
  o.field(4, "filter_height", op.filter.height, 0);
  o.field(5, "fused_activation_function", op.activation, Activation::none);
}

int pool_version(Types in) {
  if (in[0].dtype() == DType::int16) return 3;
  return in[0].dtype() == DType::int8 ? 2 : 1;
}

template <class Pool>
micro::Pool2dParams kernel_geometry(const Pool& op, const Geometry& g) {
  require_window(Pool::name, g.vertical, g.height);
  require_window(Pool::name, g.horizontal, g.width);
  const auto size = [](std::int64_t value) { return device_int(Pool::name, value); };
  return {
      .batches = size(g.batch),
      .input_height = size(g.height),
      .input_width = size(g.width),
      .channels = size(g.channels),
      .filter_height = op.filter.height,
      .filter_width = op.filter.width,
      .output_height = size(g.vertical.output),
      .output_width = size(g.horizontal.output),
      .stride_height = op.stride.height,
      .stride_width = op.stride.width,
      .padding_top = size(g.vertical.before),
      .padding_left = size(g.horizontal.before),
      .activation_min = 0,
      .activation_max = 0,
  };
}

using FloatPool = void (*)(const micro::Pool2dParams&, const float*, const float*, float*);

// kernel(T{}) is the kernel's instance for elements of type T.
template <class Pool, class Kernel>
KernelCall lower_pool(const Pool& op, Types in, Types out, const std::string& kernel_name, Kernel kernel,
                      FloatPool float_kernel) {
  require_one_type(Pool::name, in, out, 0, 0, {DType::float32, DType::int8, DType::uint8, DType::int16});
  const Geometry g = geometry(op, in[0].shape());
  micro::Pool2dParams params = kernel_geometry(op, g);
  const std::string header = "mirim/micro/" + kernel_name + ".hpp";
  KernelCall call;
  if (in[0].dtype() == DType::float32) {
    call = make_kernel_call(header, kernel_name + "_float", "Pool2dParams", float_kernel, params,
                            {kernel_input(0), kernel_constant(0), kernel_output(0)});
    call.constants = {activation_bounds(Pool::name, op.activation)};
  } else {
    require_same_quantization(Pool::name, in, out, 1);
    const IntegerRange range =
        output_range(Pool::name, op.activation, per_tensor(Pool::name, "output", out[0]), out[0].dtype());
    params.activation_min = range.min;
    params.activation_max = range.max;
    // The sum of a window.
    const std::int64_t largest = in[0].dtype() == DType::int16 ? 32768 : 255;
    device_int(Pool::name, std::min(g.vertical.filter, g.height) * std::min(g.horizontal.filter, g.width) * largest);
    call = with_integer_type(Pool::name, in[0].dtype(), [&](auto element) {
      return make_kernel_call(header, kernel_name, "Pool2dParams", kernel(element), params,
                              {kernel_input(0), kernel_output(0)});
    });
  }
  return call;
}

// The part of a window inside the input, for one channel.
struct Place {
  std::int64_t top, bottom, left, right;
  std::int64_t first, row_step, column_step;  // position of x[n, 0, 0, c], and the strides of rows and columns

  float count() const { return static_cast<float>((bottom - top) * (right - left)); }

  // Calls f(x index), rows first.
  template <class F>
  void for_each(F f) const {
    for (std::int64_t i = top; i < bottom; ++i) {
      for (std::int64_t j = left; j < right; ++j) f(first + i * row_step + j * column_step);
    }
  }
};

// Calls f(y index, place) for every output, in memory order.
template <class F>
void for_each_window(const Geometry& g, F f) {
  const Window &v = g.vertical, &h = g.horizontal;
  std::int64_t index = 0;
  for (std::int64_t n = 0; n < g.batch; ++n) {
    for (std::int64_t row = 0; row < v.output; ++row) {
      for (std::int64_t column = 0; column < h.output; ++column) {
        Place place{.top = std::max<std::int64_t>(0, v.start(row)),
                    .bottom = std::min(g.height, v.start(row) + v.filter),
                    .left = std::max<std::int64_t>(0, h.start(column)),
                    .right = std::min(g.width, h.start(column) + h.filter),
                    .first = n * g.height * g.width * g.channels,
                    .row_step = g.width * g.channels,
                    .column_step = g.channels};
        for (std::int64_t c = 0; c < g.channels; ++c, ++index, ++place.first) f(index, place);
      }
    }
  }
}

}  // namespace

std::vector<TensorType> AveragePool2d::infer(Types in) const { return infer_pool(*this, in); }

Cost AveragePool2d::cost(Types in) const { return cost_pool(*this, in); }

void AveragePool2d::forward(Inputs x, Outputs y) const {
  if (x[0].dtype() != DType::float32) return forward_lowered(*this, x, y);
  const ActivationRange range = activation_range(name, activation);
  const float* input = x[0].as<float>().data();
  float* output = y[0].as<float>().data();
  for_each_window(geometry(*this, x[0].shape()), [&](std::int64_t index, const Place& place) {
    float sum = 0;
    place.for_each([&](std::int64_t i) { sum += input[i]; });
    output[index] = range.clamp(sum / place.count());
  });
}

void AveragePool2d::backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState) const {
  if (!dx.has(0)) return;
  const ActivationRange range = activation_range(name, activation);
  const float* output = y[0].as<float>().data();
  const float* above = dy[0].as<float>().data();
  float* below = dx[0].as<float>().data();
  std::fill(dx[0].bytes.begin(), dx[0].bytes.end(), std::byte{0});
  for_each_window(geometry(*this, x[0].shape()), [&](std::int64_t index, const Place& place) {
    const float share = above[index] * range.slope(output[index]) / place.count();
    place.for_each([&](std::int64_t i) { below[i] += share; });
  });
}

QuantizationRule AveragePool2d::quantization(Types) const { return {.same_scale = true}; }

KernelCall AveragePool2d::lower(Types in, Types out) const {
  return lower_pool(
      *this, in, out, "average_pool_2d", []<class T>(T) { return &micro::average_pool_2d<T>; },
      &micro::average_pool_2d_float);
}

int AveragePool2d::tflite_version(Types in, Types) const { return pool_version(in); }

void AveragePool2d::options(Options& o) { options_pool(*this, o); }

std::vector<TensorType> MaxPool2d::infer(Types in) const { return infer_pool(*this, in); }

Cost MaxPool2d::cost(Types in) const { return cost_pool(*this, in); }

void MaxPool2d::forward(Inputs x, Outputs y) const {
  if (x[0].dtype() != DType::float32) return forward_lowered(*this, x, y);
  const ActivationRange range = activation_range(name, activation);
  const float* input = x[0].as<float>().data();
  float* output = y[0].as<float>().data();
  for_each_window(geometry(*this, x[0].shape()), [&](std::int64_t index, const Place& place) {
    float most = std::numeric_limits<float>::lowest();
    place.for_each([&](std::int64_t i) { most = std::max(most, input[i]); });
    output[index] = range.clamp(most);
  });
}

void MaxPool2d::backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState) const {
  if (!dx.has(0)) return;
  const ActivationRange range = activation_range(name, activation);
  const float* input = x[0].as<float>().data();
  const float* output = y[0].as<float>().data();
  const float* above = dy[0].as<float>().data();
  float* below = dx[0].as<float>().data();
  std::fill(dx[0].bytes.begin(), dx[0].bytes.end(), std::byte{0});
  for_each_window(geometry(*this, x[0].shape()), [&](std::int64_t index, const Place& place) {
    std::int64_t first = -1;
    place.for_each([&](std::int64_t i) {
      if (first < 0 || input[i] > input[first]) first = i;
    });
    below[first] += above[index] * range.slope(output[index]);
  });
}

QuantizationRule MaxPool2d::quantization(Types) const { return {.same_scale = true}; }

KernelCall MaxPool2d::lower(Types in, Types out) const {
  return lower_pool(
      *this, in, out, "max_pool_2d", []<class T>(T) { return &micro::max_pool_2d<T>; }, &micro::max_pool_2d_float);
}

int MaxPool2d::tflite_version(Types in, Types) const { return pool_version(in); }

void MaxPool2d::options(Options& o) { options_pool(*this, o); }

std::vector<TensorType> L2Pool2d::infer(Types in) const {
  if (in.size() > 0 && in.has(0)) require_dtype(name, in, 0, {DType::float32});
  return infer_pool(*this, in);
}

Cost L2Pool2d::cost(Types in) const { return cost_pool(*this, in); }

void L2Pool2d::forward(Inputs x, Outputs y) const {
  const ActivationRange range = activation_range(name, activation);
  const float* input = x[0].as<float>().data();
  float* output = y[0].as<float>().data();
  for_each_window(geometry(*this, x[0].shape()), [&](std::int64_t index, const Place& place) {
    float sum = 0;
    place.for_each([&](std::int64_t i) { sum += input[i] * input[i]; });
    output[index] = range.clamp(std::sqrt(sum / place.count()));
  });
}

// dy/dx = x / (count y); where all x are 0, y has a kink, and 0 is as good as any.
void L2Pool2d::backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState) const {
  if (!dx.has(0)) return;
  const ActivationRange range = activation_range(name, activation);
  const float* input = x[0].as<float>().data();
  const float* output = y[0].as<float>().data();
  const float* above = dy[0].as<float>().data();
  float* below = dx[0].as<float>().data();
  std::fill(dx[0].bytes.begin(), dx[0].bytes.end(), std::byte{0});
  for_each_window(geometry(*this, x[0].shape()), [&](std::int64_t index, const Place& place) {
    const float root = output[index];
    if (root == 0) return;
    const float share = above[index] * range.slope(root) / (place.count() * root);
    place.for_each([&](std::int64_t i) { below[i] += share * input[i]; });
  });
}

KernelCall L2Pool2d::lower(Types in, Types) const {
  device_int(name, in[0].type->bytes());
  KernelCall call = make_kernel_call("mirim/micro/l2_pool_2d.hpp", "l2_pool_2d", "Pool2dParams", &micro::l2_pool_2d,
                                     kernel_geometry(*this, geometry(*this, in[0].shape())),
                                     {kernel_input(0), kernel_constant(0), kernel_output(0)});
  call.constants = {activation_bounds(name, activation)};
  return call;
}

void L2Pool2d::options(Options& o) { options_pool(*this, o); }

template <>
Op default_op<L2Pool2d>() {
  return L2Pool2d{};
}

template <>
Op default_op<AveragePool2d>() {
  return AveragePool2d{};
}

template <>
Op default_op<MaxPool2d>() {
  return MaxPool2d{};
}

}  // namespace mirim
