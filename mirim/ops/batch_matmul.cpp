#include "mirim/ops/batch_matmul.hpp"

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/micro/batch_matmul.hpp"
#include "mirim/micro/batch_matmul_dynamic.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"
#include "mirim/ops/strided_view.hpp"

namespace mirim {
namespace {

constexpr int kMostDimensions = 5;
constexpr int kBatchDimensions = kMostDimensions - 2;

/// One operand: its matrices and leading axes.
struct Matrices {
  std::int64_t lines, depth;               // rows of a or columns of b, and the summed axis
  std::int64_t line_stride, depth_stride;  // in elements
  Shape batch;                             // the leading axes
};

Matrices matrices_of(const Shape& shape, bool depth_is_last) {
  const int rank = shape.rank();
  const std::int64_t before_last = shape[rank - 2], last = shape[rank - 1];
  Shape batch(std::vector<std::int64_t>(shape.begin(), shape.end() - 2));
  if (depth_is_last) return {before_last, last, last, 1, std::move(batch)};
  return {last, before_last, 1, last, std::move(batch)};
}

// Strides of the leading axes, 0 if the operand is repeated.
void set_batch_strides(std::string_view op, const Matrices& m, std::int32_t (&strides)[kBatchDimensions]) {
  std::int64_t stride = m.lines * m.depth;
  for (int d = m.batch.rank() - 1, k = kBatchDimensions - 1; d >= 0; --d, --k) {
    if (m.batch[d] != 1) strides[k] = device_int(op, stride);
    stride *= m.batch[d];
  }
}

// Throws Error unless b has one scale, or one for each column, and no zero point.
void require_column_scales(const BatchMatMul& op, const Operand& b, std::int64_t columns) {
  const Quantization& q = *b.quantization;
  const int axis = b.shape().rank() - (op.adj_y ? 2 : 1);
  const bool of_columns = q.dimension == axis && static_cast<std::int64_t>(q.scale.size()) == columns;
  if (q.empty() || (q.per_channel() && !of_columns)) {
    fail("{}: the second input has {} scales along axis {}, expected one, or one for each of {} columns", op.name,
         q.scale.size(), q.dimension, columns);
  }
  if (std::ranges::any_of(q.zero_point, [](auto z) { return z != 0; })) {
    fail("{}: the second input has a zero point other than 0", op.name);
  }
}

KernelCall lower_dynamic(const BatchMatMul& op, const micro::BatchMatMulParams& p, const Operand& b, bool empty) {
  require_column_scales(op, b, p.columns);
  constexpr std::int64_t kMostDepth = INT32_MAX / (255 * 128);
  if (p.depth > kMostDepth) fail("{}: the sum of {} products can overflow", op.name, p.depth);
  micro::BatchMatMulDynamicParams params{};
  for (int k = 0; k < kBatchDimensions; ++k) {
    params.batch[k] = empty ? 0 : p.batch[k];
    params.input1_batch_stride[k] = p.input1_batch_stride[k];
    params.input2_batch_stride[k] = p.input2_batch_stride[k];
  }
  params.rows = p.rows, params.columns = p.columns, params.depth = p.depth;
  params.input1_row_stride = p.input1_row_stride, params.input1_depth_stride = p.input1_depth_stride;
  params.input2_column_stride = p.input2_column_stride, params.input2_depth_stride = p.input2_depth_stride;
  params.scale_stride = b.quantization->per_channel() ? 1 : 0;
  KernelCall call = make_kernel_call(
      "mirim/micro/batch_matmul_dynamic.hpp", fmt::format("batch_matmul_dynamic<{}>", op.asymmetric_quantize_inputs),
      "BatchMatMulDynamicParams",
      op.asymmetric_quantize_inputs ? &micro::batch_matmul_dynamic<true> : &micro::batch_matmul_dynamic<false>, params,
      {kernel_input(0), kernel_input(1), kernel_constant(0), kernel_scratch(), kernel_output(0)});
  call.constants = {make_kernel_constant("column_scale", b.quantization->scale)};
  call.scratch_bytes = 5 * std::int64_t{p.depth};
  return call;
}

}  // namespace

std::vector<TensorType> BatchMatMul::infer(Types in) const {
  require_inputs(name, in, 2);
  require_dtype(name, in, 0, {DType::float32, DType::int8, DType::int16});
  if (in[0].dtype() == DType::float32) {
    require_dtype(name, in, 1, {DType::float32, DType::int8});
  } else {
    require_dtype(name, in, 1, {in[0].dtype()});
  }
  for (int i = 0; i < 2; ++i) {
    if (in[i].shape().rank() < 2 || in[i].shape().rank() > kMostDimensions) {
      fail("{}: {}, expected 2 to {} dimensions", name, describe_input(in, i), kMostDimensions);
    }
  }
  const Matrices a = matrices_of(in[0].shape(), !adj_x), b = matrices_of(in[1].shape(), adj_y);
  if (a.depth != b.depth) {
    fail("{}: {} and {}, whose inner sizes {} and {} differ", name, describe_input(in, 0), describe_input(in, 1),
         a.depth, b.depth);
  }
  const Shape batch = in_context(std::string(name), [&] { return broadcast(a.batch, b.batch); });
  std::vector<std::int64_t> shape(batch.begin(), batch.end());
  shape.push_back(a.lines);
  shape.push_back(b.lines);
  const Shape result(std::move(shape));
  in_context(std::string(name), [&] { return result.elements(); });
  return {{in[0].dtype(), result}};
}

Cost BatchMatMul::cost(Types in) const {
  const auto out = infer(in);
  const std::int64_t depth = matrices_of(in[0].shape(), !adj_x).depth;
  return {.macs = product_of({out[0].shape.elements(), depth})};
}

void BatchMatMul::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

// With y = a b: da = dy b^T and db = a^T dy. A repeated operand gets the sum over its repetitions.
void BatchMatMul::backward(Inputs x, Inputs, Inputs dy, Outputs dx, TrainingState) const {
  const Matrices a = matrices_of(x[0].shape(), !adj_x), b = matrices_of(x[1].shape(), adj_y);
  std::int32_t stride_a[kBatchDimensions] = {}, stride_b[kBatchDimensions] = {};
  set_batch_strides(name, a, stride_a);
  set_batch_strides(name, b, stride_b);
  const Shape& shape = dy[0].shape();
  std::int64_t batch[kBatchDimensions] = {1, 1, 1};
  for (int d = shape.rank() - 3, k = kBatchDimensions - 1; d >= 0; --d, --k) batch[k] = shape[d];
  const float* above = dy[0].as<float>().data();
  for (const TensorView& gradient : dx) std::fill(gradient.bytes.begin(), gradient.bytes.end(), std::byte{0});
  // dL/d(one operand) from the other one.
  const auto add = [&](float* to, const Matrices& mine, const float* from, const Matrices& other,
                       std::int64_t line_of_mine, std::int64_t line_of_other, float slope) {
    float* t = to + line_of_mine * mine.line_stride;
    const float* f = from + line_of_other * other.line_stride;
    for (std::int64_t d = 0; d < mine.depth; ++d) t[d * mine.depth_stride] += slope * f[d * other.depth_stride];
  };
  for (std::int64_t i = 0; i < batch[0]; ++i) {
    for (std::int64_t j = 0; j < batch[1]; ++j) {
      for (std::int64_t k = 0; k < batch[2]; ++k) {
        const std::int64_t at_a = i * stride_a[0] + j * stride_a[1] + k * stride_a[2];
        const std::int64_t at_b = i * stride_b[0] + j * stride_b[1] + k * stride_b[2];
        for (std::int64_t r = 0; r < a.lines; ++r) {
          for (std::int64_t c = 0; c < b.lines; ++c) {
            const float slope = *above++;
            if (dx.has(0)) add(dx[0].as<float>().data() + at_a, a, x[1].as<float>().data() + at_b, b, r, c, slope);
            if (dx.has(1)) add(dx[1].as<float>().data() + at_b, b, x[0].as<float>().data() + at_a, a, c, r, slope);
          }
        }
      }
    }
  }
}

QuantizationRule BatchMatMul::quantization(Types) const { return {}; }

KernelCall BatchMatMul::lower(Types in, Types out) const {
  for (const Operand& operand : {in[0], in[1], out[0]}) device_int(name, operand.type->bytes());
  const Matrices a = matrices_of(in[0].shape(), !adj_x), b = matrices_of(in[1].shape(), adj_y);
  const Shape& y = out[0].shape();
  const bool empty = y.elements() == 0;
  micro::BatchMatMulParams params{};
  for (int k = 0; k < kBatchDimensions; ++k) {
    const int d = y.rank() - kMostDimensions + k;
    params.batch[k] = empty ? 0 : d < 0 ? 1 : device_int(name, y[d]);
  }
  params.rows = device_int(name, a.lines);
  params.columns = device_int(name, b.lines);
  params.depth = device_int(name, a.depth);
  set_batch_strides(name, a, params.input1_batch_stride);
  set_batch_strides(name, b, params.input2_batch_stride);
  params.input1_row_stride = device_int(name, a.line_stride);
  params.input1_depth_stride = device_int(name, a.depth_stride);
  params.input2_column_stride = device_int(name, b.line_stride);
  params.input2_depth_stride = device_int(name, b.depth_stride);
  const auto call_of = [&](const std::string& function, auto kernel) {
    return make_kernel_call("mirim/micro/batch_matmul.hpp", function, "BatchMatMulParams", kernel, params,
                            {kernel_input(0), kernel_input(1), kernel_output(0)});
  };
  if (in[0].dtype() == DType::float32 && in[1].dtype() == DType::int8) {
    return lower_dynamic(*this, params, in[1], empty);
  }
  if (in[0].dtype() == DType::float32) return call_of("batch_matmul_float", &micro::batch_matmul_float);

  const PerTensor first = per_tensor(name, "first input", in[0]), second = per_tensor(name, "second input", in[1]);
  const PerTensor output = per_tensor(name, "output", out[0]);
  // The product of scales in floats, as TFLite has it.
  const double real = static_cast<double>(first.scale * second.scale) / static_cast<double>(output.scale);
  const QuantizedMultiplier q = in_context(std::string(name), [&] { return quantize_multiplier(real); });
  params.output_multiplier = q.multiplier;
  params.output_shift = q.shift;
  if (in[0].dtype() == DType::int16) {
    if (first.zero_point != 0 || second.zero_point != 0 || output.zero_point != 0) {
      fail("{}: int16 with a zero point, expected 0", name);
    }
    if (q.shift > 7) fail("{}: the scales lie too far apart ({})", name, real);
    constexpr std::int64_t kMostDepth = std::int64_t{1} << 17;  // sums below 2^47
    if (a.depth > kMostDepth) fail("{}: the sum of {} products can overflow", name, a.depth);
    return call_of("batch_matmul", &micro::batch_matmul<std::int16_t>);
  }
  constexpr std::int64_t kMostDepth = INT32_MAX / (255 * 255);
  if (a.depth > kMostDepth) fail("{}: the sum of {} products can overflow", name, a.depth);
  params.input1_offset = -first.zero_point;
  params.input2_offset = -second.zero_point;
  params.output_offset = output.zero_point;
  return call_of("batch_matmul", &micro::batch_matmul<std::int8_t>);
}

int BatchMatMul::tflite_version(Types in, Types) const {
  if (in[0].dtype() == DType::float32) return in[1].dtype() == DType::int8 && asymmetric_quantize_inputs ? 4 : 1;
  return in[0].dtype() == DType::int16 ? 3 : in[0].dtype() == DType::int8 ? 2 : 1;
}

void BatchMatMul::options(Options& o) {
  o.field(0, "adj_x", adj_x, false);
  o.field(1, "adj_y", adj_y, false);
  o.field(2, "asymmetric_quantize_inputs", asymmetric_quantize_inputs, false);
}

template <>
Op default_op<BatchMatMul>() {
  return BatchMatMul{};
}

}  // namespace mirim
