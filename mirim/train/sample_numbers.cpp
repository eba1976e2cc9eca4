#include "mirim/train/sample_numbers.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "mirim/base/error.hpp"
#include "mirim/data/batches.hpp"
#include "mirim/data/convert.hpp"
#include "mirim/data/steps.hpp"
#include "mirim/exec/random_inputs.hpp"

namespace mirim {
namespace {

template <class T>
std::vector<float> dequantize(const ConstTensorView& tensor) {
  const Quantization& q = *tensor.quantization;
  if (q.per_channel()) fail("a tensor with a scale for each channel, expected one scale");
  const float scale = q.empty() ? 1.0F : q.scale[0];
  const std::int64_t zero_point = q.empty() ? 0 : q.zero_point[0];
  std::vector<float> result;
  for (const T value : tensor.as<T>()) result.push_back(scale * static_cast<float>(value - zero_point));
  return result;
}

template <class T>
void quantize_into(const TensorView& input, std::span<const float> values) {
  const Quantization& q = *input.quantization;
  if (q.scale.size() != 1)
    fail("the model's input is {} without a scale, samples of another type cannot go in", name(input.dtype()));
  const auto to = input.as<T>();
  constexpr float kLeast = std::numeric_limits<T>::min(), kMost = std::numeric_limits<T>::max();
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i])) fail("element {} of a sample is not a number", i);
    const float steps = std::round(values[i] / q.scale[0]) + static_cast<float>(q.zero_point[0]);
    to[i] = static_cast<T>(std::clamp(steps, kLeast, kMost));
  }
}

void quantize_into(const TensorView& input, std::span<const float> values) {
  switch (input.dtype()) {
    case DType::int8:
      return quantize_into<std::int8_t>(input, values);
    case DType::uint8:
      return quantize_into<std::uint8_t>(input, values);
    case DType::int16:
      return quantize_into<std::int16_t>(input, values);
    default:
      fail("the model's input is {}, the samples are of another type", name(input.dtype()));
  }
}

}  // namespace

void feed_sample(Interpreter& interpreter, const TensorType& type, BytesView sample, std::int64_t number,
                 std::uint64_t seed) {
  if (!data_inputs(interpreter.graph()).empty()) set_sample(interpreter, 0, type, sample);
  draw_random_inputs(interpreter, seed, static_cast<std::uint64_t>(number));
}

void feed_sample(Interpreter& interpreter, const Subset& samples, std::int64_t i) {
  if (begins_sequence(samples, i)) interpreter.reset();
  feed_sample(interpreter, samples.data->sample, samples.sample(i), i);
}

void set_sample(Interpreter& interpreter, int index, const TensorType& type, BytesView sample) {
  const TensorView input = interpreter.input(index);
  if (type.shape.elements() != input.shape().elements()) {
    fail("a sample is {}[{}], the model's input {}[{}]", name(type.dtype), to_string(type.shape), name(input.dtype()),
         to_string(input.shape()));
  }
  const Graph& graph = interpreter.graph();
  const Scaling scaling = scaling_of(graph[graph.inputs[static_cast<std::size_t>(index)]]);
  const bool floats_in = type.dtype == DType::float32, floats_out = input.dtype() == DType::float32;
  if (!scaling.empty() && (floats_in || floats_out)) {
    std::vector<float> values(static_cast<std::size_t>(type.shape.elements()));
    to_floats(type, sample, values);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = scaling.to_real(i, values[i]);
    if (floats_out) {
      std::ranges::copy(values, input.as<float>().begin());
    } else {
      quantize_into(input, values);
    }
  } else if (input.dtype() == type.dtype) {
    std::copy(sample.begin(), sample.end(), input.bytes.begin());
  } else if (floats_out) {
    to_floats(type, sample, input.as<float>());
  } else if (input.dtype() == DType::int8 && type.dtype == DType::uint8) {
    std::transform(sample.begin(), sample.end(), input.bytes.begin(), [](std::byte b) { return b ^ std::byte{0x80}; });
  } else if (is_index_type(input.dtype())) {
    to_indices(type, sample, input);
  } else {
    std::vector<float> values(static_cast<std::size_t>(type.shape.elements()));
    to_floats(type, sample, values);
    quantize_into(input, values);
  }
}

std::vector<float> raw_numbers(const ConstTensorView& tensor, const Scaling& scaling) {
  std::vector<float> values = reals(tensor);
  for (std::size_t i = 0; i < values.size() && !scaling.empty(); ++i) values[i] = scaling.to_raw(i, values[i]);
  return values;
}

std::vector<float> answer_of_itself(Interpreter& interpreter, const TensorType& type, BytesView sample) {
  const ConstTensorView input = interpreter.input(0), output = interpreter.output(0);
  const Graph& graph = interpreter.graph();
  const Scaling scaling = scaling_of(graph[graph.inputs[0]]);
  // The output has a scaling of its own: its raw numbers are those of the data.
  if (type.dtype == DType::uint8 && !scaling_of(graph[graph.outputs[0]]).empty()) {
    std::vector<float> bytes(static_cast<std::size_t>(type.shape.elements()));
    to_floats(type, sample, bytes);
    return bytes;
  }
  // The input as the model takes it, so that an int8 autoencoder is compared with the same reals.
  std::vector<float> taken = raw_numbers(input, scaling);
  const bool bytes =
      byte_size(input.dtype()) == 1 && input.dtype() != DType::boolean && type.dtype == DType::uint8 && scaling.empty();
  if (!bytes || input.quantization->scale.size() != 1 || output.quantization->scale.size() != 1) return taken;
  // Of how many bytes a step of the answers is, and of how many steps of the input: the nearer to 1 tells the units.
  const double step = output.quantization->scale[0], real_step = step / input.quantization->scale[0];
  if (std::abs(std::log(real_step)) <= std::abs(std::log(step))) return taken;
  to_floats(type, sample, taken);
  return taken;
}

std::vector<float> reals(const ConstTensorView& tensor) {
  switch (tensor.dtype()) {
    case DType::float32:
      return {tensor.as<float>().begin(), tensor.as<float>().end()};
    case DType::int8:
      return dequantize<std::int8_t>(tensor);
    case DType::uint8:
      return dequantize<std::uint8_t>(tensor);
    case DType::int16:
      return dequantize<std::int16_t>(tensor);
    case DType::uint16:
      return dequantize<std::uint16_t>(tensor);
    case DType::int32:
      return dequantize<std::int32_t>(tensor);
    case DType::uint32:
      return dequantize<std::uint32_t>(tensor);
    case DType::int64:
      return dequantize<std::int64_t>(tensor);
    case DType::uint64:
      return dequantize<std::uint64_t>(tensor);
    case DType::complex64: {
      std::vector<float> parts(tensor.bytes.size() / sizeof(float));
      std::memcpy(parts.data(), tensor.bytes.data(), tensor.bytes.size());
      return parts;
    }
    case DType::boolean:
      return dequantize<bool>(tensor);
    default:
      fail("elements are {}, expected float32, bool or integers", name(tensor.dtype()));
  }
}

}  // namespace mirim
