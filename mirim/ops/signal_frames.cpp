#include "mirim/ops/signal_frames.hpp"

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/micro/signal_frames.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/hidden_state.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {
namespace {

constexpr std::string_view kHeader = "mirim/micro/signal_frames.hpp";

/// Rows of a tensor of at least one dimension: all axes but the last, or the last two.
std::int64_t rows_of(const Shape& shape, int inner) {
  std::int64_t rows = 1;
  for (int d = 0; d < shape.rank() - inner; ++d) rows = product_of({rows, shape[d]});
  return rows;
}

void require_least_rank(std::string_view op, Types in, int least) {
  if (in[0].shape().rank() < least) fail("{}: {}, expected at least {} dimensions", op, describe_input(in, 0), least);
}

void require_between(std::string_view op, std::string_view what, std::int64_t value, std::int64_t least,
                     std::int64_t most) {
  if (value < least || value > most) fail("{}: {} is {}, expected {} to {}", op, what, value, least, most);
}

constexpr std::int64_t kMostSamples = 1 << 24;

/// Of SignalFramer's state: the frame's size, rounded up to a multiple of the step.
std::int64_t capacity_of(const SignalFramer& op) {
  return (std::int64_t{op.frame_size} + op.frame_step - 1) / op.frame_step * op.frame_step;
}

std::int64_t frames_of(const SignalStacker& op) {
  return std::int64_t{op.stacker_left_context} + op.stacker_right_context + 1;
}

}  // namespace

std::vector<TensorType> SignalDelay::infer(Types in) const {
  require_inputs(name, in, 1, 2);
  require_dtype(name, in, 0, {DType::int16});
  require_least_rank(name, in, 1);
  require_between(name, "delay_length", delay_length, 0, kMostSamples);
  require_states(name, in, 1, hidden_states(in.size() > 1 ? first_operands(in, 1) : in));
  return {{DType::int16, in[0].shape()}};
}

std::vector<TensorType> SignalDelay::hidden_states(Types in) const {
  if (in.size() != 1 || !in.has(0) || delay_length < 1) return {};
  return {{DType::int16, {rows_of(in[0].shape(), 1), delay_length}}};
}

std::vector<int> SignalDelay::variables(Types in) const { return states_from(in, 1); }

void SignalDelay::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

KernelCall SignalDelay::lower(Types in, Types) const {
  require_resolved(name, in, 1, delay_length > 0 ? 1 : 0);
  device_int(name, in[0].type->bytes());
  const micro::SignalDelayParams params{.rows = device_int(name, rows_of(in[0].shape(), 1)),
                                        .samples = device_int(name, in[0].shape().back()),
                                        .delay = delay_length};
  return make_kernel_call(std::string(kHeader), "signal_delay", "SignalDelayParams", &micro::signal_delay, params,
                          {kernel_input(0), kernel_variable(1), kernel_output(0)});
}

void SignalDelay::options(Options& o) { o.field(0, "delay_length", delay_length, 0); }

std::vector<TensorType> SignalFramer::infer(Types in) const {
  require_inputs(name, in, 1, 3);
  require_dtype(name, in, 0, {DType::int16});
  require_least_rank(name, in, 1);
  require_between(name, "frame_size", frame_size, 1, kMostSamples);
  require_between(name, "frame_step", frame_step, 1, prefill ? frame_size : kMostSamples);
  std::vector<std::int64_t> shape = in[0].shape().dimensions();
  const std::int64_t samples = shape.back();
  if (samples < 1 || samples % frame_step != 0) {
    fail("{}: {} samples at a time are no multiple of the frame_step of {}", name, samples, frame_step);
  }
  require_states(name, in, 1, hidden_states(in.size() > 1 ? first_operands(in, 1) : in));
  shape.back() = samples / frame_step;
  shape.push_back(frame_size);
  Shape frames(std::move(shape));
  in_context(std::string(name), [&] { return frames.elements(); });
  return {{DType::int16, std::move(frames)}, {DType::boolean, {}}};
}

std::vector<TensorType> SignalFramer::hidden_states(Types in) const {
  if (in.size() != 1 || !in.has(0) || frame_size < 1 || frame_step < 1) return {};
  return {{DType::int16, {rows_of(in[0].shape(), 1), capacity_of(*this)}}, {DType::int32, {1}}};
}

std::vector<int> SignalFramer::variables(Types in) const { return states_from(in, 1); }

void SignalFramer::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

KernelCall SignalFramer::lower(Types in, Types out) const {
  require_resolved(name, in, 1, 2);
  for (const Operand& operand : {in[0], in[1], out[0]}) device_int(name, operand.type->bytes());
  const micro::SignalFramerParams params{.rows = device_int(name, rows_of(in[0].shape(), 1)),
                                         .frames = device_int(name, in[0].shape().back() / frame_step),
                                         .size = frame_size,
                                         .step = frame_step,
                                         .capacity = device_int(name, capacity_of(*this)),
                                         .prefilled = prefill ? frame_size - frame_step : 0};
  return make_kernel_call(
      std::string(kHeader), "signal_framer", "SignalFramerParams", &micro::signal_framer, params,
      {kernel_input(0), kernel_variable(1), kernel_variable(2), kernel_output(0), kernel_output(1)});
}

void SignalFramer::options(Options& o) {
  o.field(0, "frame_size", frame_size, 0);
  o.field(1, "frame_step", frame_step, 0);
  o.field(2, "prefill", prefill, false);
}

std::vector<TensorType> SignalStacker::infer(Types in) const {
  require_inputs(name, in, 1, 3);
  require_dtype(name, in, 0, {DType::int16});
  require_rank(name, in, 0, 1);
  require_between(name, "stacker_left_context", stacker_left_context, 0, kMostSamples);
  require_between(name, "stacker_right_context", stacker_right_context, 0, kMostSamples);
  require_between(name, "stacker_step", stacker_step, 1, frames_of(*this));
  if (num_channels < 1 || in[0].shape() != Shape{num_channels}) {
    fail("{}: {}, expected num_channels = {}", name, describe_input(in, 0), num_channels);
  }
  require_states(name, in, 1, hidden_states(in.size() > 1 ? first_operands(in, 1) : in));
  return {{DType::int16, {product_of({num_channels, frames_of(*this)})}}, {DType::boolean, {}}};
}

std::vector<TensorType> SignalStacker::hidden_states(Types in) const {
  if (in.size() != 1 || num_channels < 1 || frames_of(*this) < 1) return {};
  return {{DType::int16, {product_of({num_channels, frames_of(*this)})}}, {DType::int32, {2}}};
}

std::vector<int> SignalStacker::variables(Types in) const { return states_from(in, 1); }

void SignalStacker::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

KernelCall SignalStacker::lower(Types in, Types out) const {
  require_resolved(name, in, 1, 2);
  device_int(name, out[0].type->bytes());
  const micro::SignalStackerParams params{.channels = num_channels,
                                          .left = stacker_left_context,
                                          .frames = device_int(name, frames_of(*this)),
                                          .step = stacker_step};
  return make_kernel_call(
      std::string(kHeader), "signal_stacker", "SignalStackerParams", &micro::signal_stacker, params,
      {kernel_input(0), kernel_variable(1), kernel_variable(2), kernel_output(0), kernel_output(1)});
}

void SignalStacker::options(Options& o) {
  o.field(0, "num_channels", num_channels, 0);
  o.field(1, "stacker_left_context", stacker_left_context, 0);
  o.field(2, "stacker_right_context", stacker_right_context, 0);
  o.field(3, "stacker_step", stacker_step, 0);
}

std::vector<TensorType> SignalOverlapAdd::infer(Types in) const {
  require_inputs(name, in, 1, 2);
  require_dtype(name, in, 0, {DType::int16, DType::float32});
  require_type_option(name, in, type);
  require_least_rank(name, in, 2);
  std::vector<std::int64_t> shape = in[0].shape().dimensions();
  require_between(name, "frame_step", frame_step, 1, shape.back());
  require_states(name, in, 1, hidden_states(in.size() > 1 ? first_operands(in, 1) : in));
  shape.pop_back();
  shape.back() = product_of({shape.back(), frame_step});
  return {{in[0].dtype(), Shape(std::move(shape))}};
}

Cost SignalOverlapAdd::cost(Types in) const {
  infer(in);
  return {.operations = in[0].shape().elements()};
}

std::vector<TensorType> SignalOverlapAdd::hidden_states(Types in) const {
  if (in.size() != 1 || !in.has(0) || in[0].shape().rank() < 2) return {};
  return {{in[0].dtype(), {rows_of(in[0].shape(), 2), in[0].shape().back()}}};
}

std::vector<int> SignalOverlapAdd::variables(Types in) const { return states_from(in, 1); }

void SignalOverlapAdd::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

KernelCall SignalOverlapAdd::lower(Types in, Types) const {
  require_resolved(name, in, 1, 1);
  const Shape& x = in[0].shape();
  device_int(name, in[0].type->bytes());
  const micro::SignalOverlapAddParams params{.rows = device_int(name, rows_of(x, 2)),
                                             .frames = device_int(name, x[x.rank() - 2]),
                                             .size = device_int(name, x.back()),
                                             .step = frame_step};
  const auto call = [&](auto* kernel) {
    return make_kernel_call(std::string(kHeader), "signal_overlap_add", "SignalOverlapAddParams", kernel, params,
                            {kernel_input(0), kernel_variable(1), kernel_output(0)});
  };
  return in[0].dtype() == DType::float32 ? call(&micro::signal_overlap_add<float>)
                                         : call(&micro::signal_overlap_add<std::int16_t>);
}

void SignalOverlapAdd::options(Options& o) {
  o.field(0, "T", type, 0);
  o.field(1, "frame_step", frame_step, 0);
}

std::vector<TensorType> SignalWindow::infer(Types in) const {
  require_inputs(name, in, 2);
  for (int i = 0; i < 2; ++i) require_dtype(name, in, i, {DType::int16});
  require_least_rank(name, in, 1);
  require_rank(name, in, 1, 1);
  require_between(name, "shift", shift, 0, 31);
  const std::int64_t size = in[1].shape()[0];
  if (size < 1 || in[0].shape().elements() % size != 0) {
    fail("{}: {} is no multiple of a window of {}", name, describe_input(in, 0), size);
  }
  return {{DType::int16, in[0].shape()}};
}

Cost SignalWindow::cost(Types in) const {
  infer(in);
  return {.operations = 3 * in[0].shape().elements()};
}

void SignalWindow::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

KernelCall SignalWindow::lower(Types in, Types) const {
  device_int(name, in[0].type->bytes());
  const micro::SignalWindowParams params{.samples = device_int(name, in[0].shape().elements()),
                                         .size = device_int(name, in[1].shape()[0]),
                                         .shift = shift};
  KernelCall call = make_kernel_call(std::string(kHeader), "signal_window", "SignalWindowParams", &micro::signal_window,
                                     params, {kernel_input(0), kernel_input(1), kernel_output(0)});
  call.may_overwrite = {0};
  return call;
}

void SignalWindow::options(Options& o) { o.field(0, "shift", shift, 0); }

std::vector<TensorType> SignalFftAutoScale::infer(Types in) const {
  require_inputs(name, in, 1);
  require_dtype(name, in, 0, {DType::int16});
  require_rank(name, in, 0, 1);
  return {{DType::int16, in[0].shape()}, {DType::int32, {}}};
}

Cost SignalFftAutoScale::cost(Types in) const {
  infer(in);
  return {.operations = 2 * in[0].shape().elements()};
}

void SignalFftAutoScale::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

KernelCall SignalFftAutoScale::lower(Types in, Types) const {
  device_int(name, in[0].type->bytes());
  const micro::SignalFftAutoScaleParams params{.samples = device_int(name, in[0].shape().elements())};
  KernelCall call =
      make_kernel_call(std::string(kHeader), "signal_fft_auto_scale", "SignalFftAutoScaleParams",
                       &micro::signal_fft_auto_scale, params, {kernel_input(0), kernel_output(0), kernel_output(1)});
  call.may_overwrite = {0};
  return call;
}

std::vector<TensorType> CircularBuffer::infer(Types in) const {
  require_inputs(name, in, 1, 3);
  require_dtype(name, in, 0, {DType::int8});
  require_rank(name, in, 0, 4);
  const Shape& x = in[0].shape();
  require_between(name, "the number of slots", num_slots, 1, kMostSamples);
  if (x[0] != 1 || x[1] != 1) fail("{}: {}, expected [1, 1, width, channels]", name, describe_input(in, 0));
  require_states(name, in, 1, hidden_states(in.size() > 1 ? first_operands(in, 1) : in));
  std::vector<TensorType> result{{DType::int8, {1, num_slots, x[2], x[3]}}};
  in_context(std::string(name), [&] { return result[0].shape.elements(); });
  if (tells_valid) result.push_back({DType::boolean, {1}});
  return result;
}

std::vector<TensorType> CircularBuffer::hidden_states(Types in) const {
  if (in.size() != 1 || !in.has(0) || in[0].shape().rank() != 4 || num_slots < 1) return {};
  return {{DType::int8, {1, num_slots, in[0].shape()[2], in[0].shape()[3]}}, {DType::int32, {1}}};
}

std::vector<int> CircularBuffer::variables(Types in) const { return states_from(in, 1); }

void CircularBuffer::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

KernelCall CircularBuffer::lower(Types in, Types out) const {
  require_resolved(name, in, 1, 2);
  const bool every_time = num_slots == 5 || num_slots == 13 || num_slots == 25;
  const std::int32_t cycles = cycles_max > 0 ? cycles_max : every_time ? 1 : 2;
  if (cycles > 1 && !tells_valid) {
    fail_unsupported(
        "{}: has no second output and ends the run but once in {} runs; give it the output that says "
        "whether it is valid",
        name, cycles);
  }
  device_int(name, out[0].type->bytes());
  const micro::CircularBufferParams params{
      .slots = num_slots, .slot_bytes = device_int(name, in[0].type->bytes()), .cycles = cycles};
  const KernelArgument valid = tells_valid ? kernel_output(1) : kernel_input(3);  // there is no such input: null
  return make_kernel_call(std::string(kHeader), "circular_buffer", "CircularBufferParams", &micro::circular_buffer,
                          params, {kernel_input(0), kernel_variable(1), kernel_variable(2), kernel_output(0), valid});
}

void CircularBuffer::options(Options& o) {
  o.field(0, "cycles_max", cycles_max, 0);
  o.field(kOutsideTable, "num_slots", num_slots, 0);
  o.field(kOutsideTable, "tells_valid", tells_valid, false);
}

template <>
Op default_op<SignalDelay>() {
  return SignalDelay{};
}
template <>
Op default_op<SignalFramer>() {
  return SignalFramer{};
}
template <>
Op default_op<SignalStacker>() {
  return SignalStacker{};
}
template <>
Op default_op<SignalOverlapAdd>() {
  return SignalOverlapAdd{};
}
template <>
Op default_op<SignalWindow>() {
  return SignalWindow{};
}
template <>
Op default_op<SignalFftAutoScale>() {
  return SignalFftAutoScale{};
}
template <>
Op default_op<CircularBuffer>() {
  return CircularBuffer{};
}

}  // namespace mirim
