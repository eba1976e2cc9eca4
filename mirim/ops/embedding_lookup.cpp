#include "mirim/ops/embedding_lookup.hpp"

#include <algorithm>
#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/micro/embedding_lookup.hpp"
#include "mirim/micro/gather.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/element_type.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {
namespace {

bool is_scaled(const EmbeddingLookup& op, Types in) {
  return op.to == DType::float32 && in[1].dtype() != DType::float32;
}

struct Table {
  std::int64_t rows = 0, row = 0;
};

Table table_of(Types in) {
  const Shape& shape = in[1].shape();
  Table table{.rows = shape[0], .row = 1};
  for (int d = 1; d < shape.rank(); ++d) table.row *= shape[d];
  return table;
}

// One scale, or one for each row, without zero points.
void require_scales(Types in) {
  constexpr std::string_view kName = EmbeddingLookup::name;
  require_dtype(kName, in, 1, {DType::int8, DType::uint8, DType::int4, DType::int2});
  const Quantization* q = in[1].quantization;
  if (q == nullptr || q->empty())
    fail("{}: {} without a scale, its rows have no real values", kName, describe_input(in, 1));
  const bool by_row = q->scale.size() > 1;
  if (by_row && (q->dimension != 0 || static_cast<std::int64_t>(q->scale.size()) != in[1].shape()[0])) {
    fail_unsupported("{}: the table has {} scales along axis {}, supported is one for each of its {} rows", kName,
                     q->scale.size(), q->dimension, in[1].shape()[0]);
  }
  if (std::ranges::any_of(q->zero_point, [](std::int64_t z) { return z != 0; })) {
    fail_unsupported("{}: the table has a zero point, supported is 0", kName);
  }
}

}  // namespace

std::vector<TensorType> EmbeddingLookup::infer(Types in) const {
  require_inputs(name, in, 2);
  require_dtype(name, in, 0, {DType::int32});
  require_rank(name, in, 0, 1);
  if (in[1].shape().rank() < 2) fail("{}: {}, expected a table of rows", name, describe_input(in, 1));
  if (is_scaled(*this, in)) {
    require_scales(in);
  } else {
    require_element_type(name, in, 1);
  }
  const std::int64_t rows = in[1].shape()[0], count = in[0].shape()[0];
  if (rows == 0 && count > 0) fail("{}: {} has no rows to take", name, describe_input(in, 1));
  if (in[0].is_constant()) {
    for (const std::int64_t position : require_constant_indices(name, in, 0)) {
      if (position < 0 || position >= rows) fail("{}: takes row {} of {}", name, position, rows);
    }
  }
  std::vector<std::int64_t> dimensions(in[1].shape().begin(), in[1].shape().end());
  dimensions[0] = count;
  Shape shape(std::move(dimensions));
  in_context(std::string(name), [&] { return shape.elements(); });
  return {{is_scaled(*this, in) ? DType::float32 : in[1].dtype(), std::move(shape)}};
}

void EmbeddingLookup::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

void EmbeddingLookup::backward(Inputs x, Inputs, Inputs dy, Outputs dx, TrainingState) const {
  for (const TensorView& gradient : dx) std::ranges::fill(gradient.bytes, std::byte{0});
  if (!dx.has(1)) return;
  const auto [rows, row] = table_of(Types(operands_of(x)));
  const float* from = dy[0].as<float>().data();
  float* const into = dx[1].as<float>().data();
  for (const std::int32_t position : x[0].as<std::int32_t>()) {
    float* sum = into + std::clamp<std::int64_t>(position, 0, rows - 1) * row;
    for (std::int64_t i = 0; i < row; ++i) sum[i] += *from++;
  }
}

// The rows keep the table's scale, which covers all of them; calibration sees only those that its samples take.
QuantizationRule EmbeddingLookup::quantization(Types in) const {
  if (in.size() < 2 || !in[1].is_constant() || in[1].dtype() != DType::float32) return {};
  float largest = 0;
  for (const float x : in[1].values<float>()) largest = std::max(largest, std::fabs(x));
  return {.output = Quantization{.scale = {largest > 0 ? largest / 127 : 1.0F}, .zero_point = {0}}};
}

KernelCall EmbeddingLookup::lower(Types in, Types out) const {
  device_int(name, in[1].type->bytes());
  device_int(name, out[0].type->bytes());
  const Table table = table_of(in);
  const auto size = [](std::int64_t value) { return device_int(name, value); };
  const std::int32_t rows = size(table.rows), row = size(table.row), count = size(in[0].shape()[0]);
  if (!is_scaled(*this, in)) {
    const micro::GatherParams params{.batch = 1, .outer = 1, .length = rows, .count = count, .inner = row};
    return with_element_type(name, in[1].dtype(), [&]<class T>() {
      return make_kernel_call("mirim/micro/gather.hpp", "gather", "GatherParams", &micro::gather<T, std::int32_t>,
                              params, {kernel_input(1), kernel_input(0), kernel_output(0)});
    });
  }
  const std::vector<float>& scale = in[1].quantization->scale;
  const micro::EmbeddingLookupParams params{
      .count = count, .rows = rows, .row = row, .scale_step = scale.size() > 1 ? 1 : 0};
  const auto call_of = [&](auto kernel) {
    return make_kernel_call("mirim/micro/embedding_lookup.hpp", "embedding_lookup", "EmbeddingLookupParams", kernel,
                            params, {kernel_input(0), kernel_input(1), kernel_constant(0), kernel_output(0)});
  };
  KernelCall call = in[1].dtype() == DType::uint8 ? call_of(&micro::embedding_lookup<std::uint8_t>)
                                                  : call_of(&micro::embedding_lookup<std::int8_t>);
  call.constants = {make_kernel_constant("scale", scale)};
  return call;
}

void EmbeddingLookup::options(Options& o) { o.field(kOutputType, "to", to, DType::float32); }

template <>
Op default_op<EmbeddingLookup>() {
  return EmbeddingLookup{};
}

}  // namespace mirim
