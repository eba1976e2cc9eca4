#include "mirim/ops/unidirectional_sequence_lstm.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "mirim/base/error.hpp"
#include "mirim/micro/unidirectional_sequence_lstm.hpp"
#include "mirim/micro/unidirectional_sequence_lstm_dynamic.hpp"
#include "mirim/micro/unidirectional_sequence_lstm_float.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"
#include "mirim/ops/recurrent.hpp"
#include "mirim/ops/unidirectional_sequence_lstm_float.hpp"

namespace mirim {
namespace {

using namespace lstm;
constexpr std::array<std::string_view, kGates> kGateNames{"input", "forget", "cell", "output"};
constexpr std::string_view kName = UnidirectionalSequenceLstm::name;

struct Sizes {
  std::int64_t batches, steps, inputs, units;
};

Sizes sizes(Types in, bool time_major) {
  const Shape& x = in[kInput].shape();
  return {.batches = x[time_major ? 1 : 0],
          .steps = x[time_major ? 0 : 1],
          .inputs = x[2],
          .units = in[kWeights + 1].shape()[0]};
}

void require_absent(Types in, int first, int last, std::string_view what) {
  for (int i = first; i <= last; ++i) {
    if (in.has(i))
      fail_unsupported("{}: has {} (input {}), which TFLite Micro has not and mirim neither", kName, what, i);
  }
}

/// Whether the input is float32 and the weights are int8: each row of inputs is quantized at run time.
bool is_dynamic(Types in) { return in[kInput].dtype() == DType::float32 && in[kWeights].dtype() == DType::int8; }

void require_dtypes(Types in) {
  require_dtype(kName, in, kInput, {DType::float32, DType::int8, DType::int16});
  const DType x = in[kInput].dtype();
  const bool real = x == DType::float32;
  const DType weights = real && !is_dynamic(in) ? DType::float32 : DType::int8;
  for (int i = kWeights; i < kPeephole; ++i) require_dtype(kName, in, i, {weights});
  for (int i = kBias; i < kProjection; ++i) {
    require_dtype(kName, in, i, {real ? DType::float32 : x == DType::int8 ? DType::int32 : DType::int64});
  }
  require_same_dtype(kName, in, kInput, kState);
  require_dtype(kName, in, kCell, {real ? DType::float32 : DType::int16});
}

void require_shape(Types in, int i, const Shape& expected) {
  if (in[i].shape() != expected) {
    fail("{}: {}, expected {}", kName, describe_input(in, i), to_string(expected));
  }
}

/// bias - zero_point * (sum of the row's weights), [units, 4]; `first_bias` -1 for none. Throws Error if bias and
/// products can leave Sum.
template <class Bias>
std::vector<Bias> effective_bias(Types in, const std::vector<std::int8_t>& rows, std::int64_t columns, int first_bias,
                                 std::int64_t zero_point, std::int64_t largest_input) {
  std::vector<Bias> result;
  const auto count = rows.size() / static_cast<std::size_t>(std::max<std::int64_t>(columns, 1));
  for (std::size_t row = 0; row < count; ++row) {
    std::int64_t sum = 0, magnitudes = 0;
    for (std::int64_t i = 0; i < columns; ++i) {
      const std::int8_t weight = rows[row * static_cast<std::size_t>(columns) + static_cast<std::size_t>(i)];
      sum += weight;
      magnitudes += std::abs(int{weight});
    }
    const std::int64_t bias =
        first_bias < 0 ? 0 : in[first_bias + static_cast<int>(row % kGates)].values<Bias>()[row / kGates];
    // The 64-bit sums of int16 activations must stay within the 48 bits of their requantization.
    constexpr std::int64_t kMost = sizeof(Bias) == 4 ? std::numeric_limits<std::int32_t>::max() : std::int64_t{1} << 47;
    const bool fits =
        bias > -kMost && bias < kMost && std::abs(bias - zero_point * sum) + magnitudes * largest_input < kMost;
    if (!fits) {
      fail("{}: the sum of the {} gate of unit {} can overflow (bias {}, weights add up to {})", kName,
           kGateNames[row % kGates], row / kGates, bias, magnitudes);
    }
    result.push_back(static_cast<Bias>(bias - zero_point * sum));
  }
  return result;
}

/// TFLite's interpolation table: entry i is the logistic function of i / 24 in Q16, shifted by a sixteenth of its
/// second difference, halfway between the curve and its linear interpolation; the last entry is 1.
std::vector<std::uint16_t> sigmoid_table() {
  const auto logistic = [](double i) { return 65536 / (1 + std::exp(-i / 24)); };
  std::vector<std::uint16_t> table;
  for (double i = 0; i < 255; ++i) {
    const double second_difference = logistic(i + 1) - 2 * logistic(i) + logistic(i - 1);
    table.push_back(static_cast<std::uint16_t>(std::lround(logistic(i) - second_difference / 16)));
  }
  table.push_back(65535);
  return table;
}

PerTensor quantization_of(std::string_view what, const Operand& operand) {
  const Quantization& q = *operand.quantization;
  if (q.scale.size() != 1) fail("{}: the {} has {} scales, expected one", kName, what, q.scale.size());
  const std::int64_t zero_point = q.zero_point.empty() ? 0 : q.zero_point[0];
  const bool shifts = operand.dtype() == DType::int8;
  if (!(q.scale[0] > 0) || !std::isfinite(q.scale[0]) ||
      (shifts ? zero_point < -128 || zero_point > 127 : zero_point != 0)) {
    fail("{}: the {} has scale {} and zero point {}, expected a positive number and {}", kName, what, q.scale[0],
         zero_point, shifts ? "-128 to 127" : "0");
  }
  return {q.scale[0], static_cast<std::int32_t>(zero_point)};
}

/// The one scale of the weights of each gate, whose zero point is 0.
float weights_scale(Types in, int i) {
  const PerTensor weights = quantization_of("weights", in[i]);
  if (weights.zero_point != 0) fail("{}: {} has a zero point other than 0", kName, describe_input(in, i));
  return weights.scale;
}

/// Multipliers from sums over `vector` to Q3.12.
void set_multipliers(Types in, int first, const PerTensor& vector, std::int32_t (&multiplier)[kGates],
                     std::int32_t (&shift)[kGates], bool wide) {
  for (int g = 0; g < kGates; ++g) {
    const double product = static_cast<double>(vector.scale) * static_cast<double>(weights_scale(in, first + g));
    const QuantizedMultiplier q = quantize_multiplier(product * 4096);
    // The 64-bit requantization cannot shift further to the left.
    if (wide && q.shift > 7) fail("{}: the scales of this layer lie too far apart", kName);
    multiplier[g] = q.multiplier;
    shift[g] = q.shift;
  }
}

/// The multiplier and shift from a cell in steps of `scale` to thirds of Q3.12. The scale is rounded to the nearest
/// power of two, as in tflite-micro.
void set_tanh(float scale, micro::UnidirectionalSequenceLstmParams& params) {
  const int left = static_cast<int>(std::lround(std::log2(scale))) + 12;
  if (left > 14 || left < -30) fail("{}: the cell's scale is {}, expected about 2^-11", kName, scale);
  params.tanh_multiplier = left >= 0 ? 3 << left : 3;
  params.tanh_shift = left >= 0 ? 0 : -left;
}

void set_output_requantisation(float scale, std::int32_t& multiplier, std::int32_t& shift) {
  const QuantizedMultiplier q = quantize_multiplier(std::ldexp(1.0, -30) / static_cast<double>(scale));
  multiplier = q.multiplier;
  shift = q.shift;
}

KernelCall lower_float(const UnidirectionalSequenceLstm& op, Types in, const Sizes& s) {
  const micro::UnidirectionalSequenceLstmFloatParams params{
      .batches = device_int(kName, s.batches),
      .steps = device_int(kName, s.steps),
      .inputs = device_int(kName, s.inputs),
      .units = device_int(kName, s.units),
      .time_major = op.time_major ? 1 : 0,
      .last_only = op.last_only ? 1 : 0,
      .cell_clip = op.cell_clip > 0 ? op.cell_clip : std::numeric_limits<float>::max()};
  KernelCall call =
      make_kernel_call("mirim/micro/unidirectional_sequence_lstm_float.hpp", "unidirectional_sequence_lstm_float",
                       "UnidirectionalSequenceLstmFloatParams", &micro::unidirectional_sequence_lstm_float, params,
                       {kernel_input(kInput), kernel_constant(0), kernel_constant(1), kernel_constant(2),
                        kernel_variable(kState), kernel_variable(kCell), kernel_output(0)});
  call.constants = {make_kernel_constant("weights", rows_by_unit<float>(in, kWeights, kGates, s.units, s.inputs)),
                    make_kernel_constant("recurrent", rows_by_unit<float>(in, kRecurrent, kGates, s.units, s.units)),
                    make_kernel_constant("bias", rows_by_unit<float>(in, kBias, kGates, s.units, 1))};
  return call;
}

/// Throws Error if products of a row's weights and |x - zero point| <= 255 can leave int32.
void require_sums_fit(const std::vector<std::int8_t>& rows, std::int64_t columns) {
  const auto size = static_cast<std::size_t>(columns);
  for (std::size_t first = 0; first + size <= rows.size() && size > 0; first += size) {
    std::int64_t magnitudes = 0;
    for (std::size_t i = 0; i < size; ++i) magnitudes += std::abs(rows[first + i]);
    if (magnitudes * 255 <= std::numeric_limits<std::int32_t>::max()) continue;
    const std::size_t row = first / size;
    fail("{}: the sum of the {} gate of unit {} can overflow (weights add up to {})", kName, kGateNames[row % kGates],
         row / kGates, magnitudes);
  }
}

KernelCall lower_dynamic(Types in, const Sizes& s, const UnidirectionalSequenceLstm& op) {
  micro::UnidirectionalSequenceLstmDynamicParams params{
      .batches = device_int(kName, s.batches),
      .steps = device_int(kName, s.steps),
      .inputs = device_int(kName, s.inputs),
      .units = device_int(kName, s.units),
      .time_major = op.time_major ? 1 : 0,
      .last_only = op.last_only ? 1 : 0,
      .cell_clip = op.cell_clip > 0 ? op.cell_clip : std::numeric_limits<float>::max(),
      .input_scale = {},
      .recurrent_scale = {}};
  for (int g = 0; g < kGates; ++g) {
    params.input_scale[g] = weights_scale(in, kWeights + g);
    params.recurrent_scale[g] = weights_scale(in, kRecurrent + g);
  }
  const auto weights = rows_by_unit<std::int8_t>(in, kWeights, kGates, s.units, s.inputs);
  const auto recurrent = rows_by_unit<std::int8_t>(in, kRecurrent, kGates, s.units, s.units);
  require_sums_fit(weights, s.inputs);
  require_sums_fit(recurrent, s.units);
  const bool asymmetric = op.asymmetric_quantize_inputs;
  KernelCall call = make_kernel_call(
      "mirim/micro/unidirectional_sequence_lstm_dynamic.hpp",
      asymmetric ? "unidirectional_sequence_lstm_dynamic<true>" : "unidirectional_sequence_lstm_dynamic<false>",
      "UnidirectionalSequenceLstmDynamicParams",
      asymmetric ? &micro::unidirectional_sequence_lstm_dynamic<true>
                 : &micro::unidirectional_sequence_lstm_dynamic<false>,
      params,
      {kernel_input(kInput), kernel_constant(0), kernel_constant(1), kernel_constant(2), kernel_variable(kState),
       kernel_variable(kCell), kernel_scratch(), kernel_output(0)});
  call.constants = {make_kernel_constant("weights", weights), make_kernel_constant("recurrent", recurrent),
                    make_kernel_constant("bias", rows_by_unit<float>(in, kBias, kGates, s.units, 1))};
  call.scratch_bytes = s.inputs + s.units;
  return call;
}

}  // namespace

std::vector<TensorType> UnidirectionalSequenceLstm::infer(Types in) const {
  if (in.size() < kLayerNorm || in.size() > kOperands) {
    fail("{}: has {} inputs, expected {} to {}", name, in.size(), kLayerNorm, kOperands);
  }
  if (!in.has(kWeights))
    fail_unsupported("{}: couples the input gate with the forget gate, which is not supported", name);
  require_absent(in, kPeephole, kPeephole + 2, "peepholes");
  require_absent(in, kProjection, kProjection + 1, "a projection");
  require_absent(in, kLayerNorm, kOperands - 1, "a layer normalisation");
  for (int i = 0; i < kLayerNorm; ++i) {
    const bool absent = (i >= kPeephole && i < kBias) || (i >= kProjection && i < kState);
    if (!absent && !in.has(i)) fail("{}: input {} is missing", name, i);
  }
  if (activation != Activation::tanh) fail_unsupported("{}: the activation of the cell is not TANH", name);
  if (diagonal_recurrent_tensors) fail_unsupported("{}: has diagonal recurrent weights, which is not supported", name);
  if (!(cell_clip >= 0) || !std::isfinite(cell_clip)) fail("{}: cell_clip is {}, expected 0 or more", name, cell_clip);
  require_dtypes(in);
  require_rank(name, in, kInput, 3);
  require_rank(name, in, kWeights + 1, 2);
  for (const Operand& operand : in) {
    if (operand.present()) in_context(std::string(name), [&] { return operand.shape().elements(); });
  }
  const Sizes s = sizes(in, time_major);
  for (int g = 0; g < kGates; ++g) {
    require_shape(in, kWeights + g, {s.units, s.inputs});
    require_shape(in, kRecurrent + g, {s.units, s.units});
    require_shape(in, kBias + g, {s.units});
  }
  for (const int i : {kState, kCell}) {
    if (in[i].shape().elements() != product_of({s.batches, s.units})) {
      fail("{}: {}, expected {}x{}", name, describe_input(in, i), s.batches, s.units);
    }
  }
  const Shape& x = in[kInput].shape();
  const DType dtype = in[kInput].dtype();
  if (!last_only) return {{dtype, {x[0], x[1], s.units}}};
  if (dtype != DType::float32 || s.steps < 1)
    fail("{}: the last output alone is for floats, of one step or more", name);
  return {{dtype, {s.batches, s.units}}};
}

Cost UnidirectionalSequenceLstm::cost(Types in) const {
  const auto out = infer(in);
  const Sizes s = sizes(in, time_major);
  const std::int64_t results = product_of({s.batches, s.steps, s.units});
  constexpr std::int64_t kAround = 5 + 4 + 4;  // per result: look-ups or functions, additions, products
  return {.macs = product_of({results, kGates, s.inputs + s.units}), .operations = product_of({results, kAround})};
}

std::vector<int> UnidirectionalSequenceLstm::variables(Types) const { return {kState, kCell}; }

void UnidirectionalSequenceLstm::forward(Inputs x, Outputs y) const {
  if (x[kWeights].dtype() != DType::float32) return forward_lowered(*this, x, y);
  run_float_lstm(*this, x, y);
}

std::int64_t UnidirectionalSequenceLstm::saved_bytes(Types in) const { return lstm_saved_bytes(*this, in); }

void UnidirectionalSequenceLstm::forward_training(Inputs x, Outputs y, TrainingState s) const {
  run_float_lstm_training(*this, x, y, s);
}

void UnidirectionalSequenceLstm::backward(Inputs x, Inputs, Inputs dy, Outputs dx, TrainingState s) const {
  differentiate_float_lstm(*this, x, dy, dx, s);
}

KernelCall UnidirectionalSequenceLstm::lower(Types in, Types) const {
  const Sizes s = sizes(in, time_major);
  const bool wide = in[kInput].dtype() == DType::int16;
  for (int i = kWeights; i < kState; ++i) {
    if (in.has(i) && !in[i].is_constant()) fail("{}: {} is no constant", name, describe_input(in, i));
  }
  if (is_dynamic(in)) return lower_dynamic(in, s, *this);
  if (in[kInput].dtype() == DType::float32) return lower_float(*this, in, s);
  const PerTensor x = quantization_of("input", in[kInput]), h = quantization_of("output state", in[kState]),
                  c = quantization_of("cell state", in[kCell]);
  const std::int32_t most = wide ? 32767 : 127;
  micro::UnidirectionalSequenceLstmParams params{};
  params.batches = device_int(name, s.batches);
  params.steps = device_int(name, s.steps);
  params.inputs = device_int(name, s.inputs);
  params.units = device_int(name, s.units);
  params.time_major = time_major ? 1 : 0;
  set_multipliers(in, kWeights, x, params.input_multiplier, params.input_shift, wide);
  set_multipliers(in, kRecurrent, h, params.recurrent_multiplier, params.recurrent_shift, wide);
  set_output_requantisation(c.scale, params.cell_multiplier, params.cell_shift);
  // The output is a copy of its state, whose scale is used; tflite-micro ignores the output's own.
  set_output_requantisation(h.scale, params.output_multiplier, params.output_shift);
  set_tanh(c.scale, params);
  const double clip = static_cast<double>(cell_clip) / static_cast<double>(c.scale);
  params.cell_clip = cell_clip > 0 ? static_cast<std::int32_t>(std::min(clip, 32767.0)) : 32768;
  params.output_offset = h.zero_point;
  params.output_min = -most - 1;
  params.output_max = most;

  const auto weights = rows_by_unit<std::int8_t>(in, kWeights, kGates, s.units, s.inputs);
  const auto recurrent = rows_by_unit<std::int8_t>(in, kRecurrent, kGates, s.units, s.units);
  const auto call = [&]<class Activation, class Sum>(Activation, Sum) {
    auto bias = effective_bias<Sum>(in, weights, s.inputs, kBias, x.zero_point, most + 1);
    const auto recurrent_bias = effective_bias<Sum>(in, recurrent, s.units, -1, h.zero_point, most + 1);
    if (!wide) bias.insert(bias.end(), recurrent_bias.begin(), recurrent_bias.end());
    KernelCall made = make_kernel_call(
        "mirim/micro/unidirectional_sequence_lstm.hpp", "unidirectional_sequence_lstm",
        "UnidirectionalSequenceLstmParams", &micro::unidirectional_sequence_lstm<Activation, Sum>, params,
        {kernel_input(kInput), kernel_constant(0), kernel_constant(1), kernel_constant(2), kernel_constant(3),
         kernel_variable(kState), kernel_variable(kCell), kernel_output(0)});
    made.constants = {make_kernel_constant("weights", weights), make_kernel_constant("recurrent", recurrent),
                      make_kernel_constant("bias", bias), make_kernel_constant("sigmoid", sigmoid_table())};
    return made;
  };
  return wide ? call(std::int16_t{}, std::int64_t{}) : call(std::int8_t{}, std::int32_t{});
}

int UnidirectionalSequenceLstm::tflite_version(Types in, Types) const {
  if (is_dynamic(in)) return asymmetric_quantize_inputs ? 3 : 2;
  return 1;
}

void UnidirectionalSequenceLstm::options(Options& o) {
  o.field(0, "fused_activation_function", activation, Activation::none);
  o.field(1, "cell_clip", cell_clip, 0);
  o.field(2, "proj_clip", proj_clip, 0);
  o.field(3, "time_major", time_major, false);
  o.field(4, "asymmetric_quantize_inputs", asymmetric_quantize_inputs, false);
  o.field(5, "diagonal_recurrent_tensors", diagonal_recurrent_tensors, false);
}

template <>
Op default_op<UnidirectionalSequenceLstm>() {
  return UnidirectionalSequenceLstm{};
}

}  // namespace mirim
