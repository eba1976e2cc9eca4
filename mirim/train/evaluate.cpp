#include "mirim/train/evaluate.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>

#include "mirim/base/error.hpp"
#include "mirim/data/batches.hpp"
#include "mirim/data/convert.hpp"
#include "mirim/graph/match.hpp"
#include "mirim/ops/softmax.hpp"

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

/// What one sample adds to the sums.
struct Score {
  double loss = 0;
  double absolute_error = 0;
  int prediction = -1;
  float second = 0;  // score of class 1, of two
};

bool gives_probabilities(const Graph& graph) {
  const int last = Links(graph).producer(graph.outputs[0]);
  return last >= 0 && graph.nodes[static_cast<std::size_t>(last)].op.is<Softmax>();
}

double cross_entropy(std::span<const float> y, std::int32_t label, bool probabilities) {
  const auto l = static_cast<std::size_t>(label);
  // An int8 probability may be 0: half a step of 1/256 stands for it.
  if (probabilities) return -std::log(std::max(static_cast<double>(y[l]), 1.0 / 512));
  const double largest = static_cast<double>(*std::max_element(y.begin(), y.end()));
  double sum = 0;
  for (const float value : y) sum += std::exp(static_cast<double>(value) - largest);
  return std::log(sum) + largest - static_cast<double>(y[l]);
}

class Evaluator {
 public:
  Evaluator(const Graph& graph, const Subset& samples, const EvaluateOptions& options)
      : graph_(graph),
        samples_(samples),
        data_(*samples.data),
        options_(options),
        probabilities_(gives_probabilities(graph)) {
    const std::int64_t outputs = graph.outputs.empty() ? 0 : graph[graph.outputs[0]].type.shape.elements();
    classes_ = static_cast<std::int64_t>(data_.class_names.size());
    expected_ = !data_.labels.empty()    ? classes_
                : !data_.targets.empty() ? data_.target_size
                                         : data_.sample.shape.elements();
    if (!data_.labels.empty() && outputs > classes_) expected_ = outputs;  // classes that the data has no sample of
    if (outputs != expected_) fail("the model has {} outputs, the data {}", outputs, describe_data());
  }

  Evaluation run() {
    std::vector<Score> scores(static_cast<std::size_t>(samples_.size()));
    std::atomic<std::int64_t> done{0};
    const int threads = options_.stream ? 1 : options_.threads;
    for_each_sample(graph_, samples_.size(), threads, [&](Interpreter& interpreter, std::int64_t i) {
      if (options_.stop && options_.stop()) fail("stopped");
      scores[static_cast<std::size_t>(i)] = score(interpreter, i);
      const std::int64_t count = ++done;
      if (options_.progress && (count % 64 == 0 || count == samples_.size())) options_.progress(count);
    });
    return sum(scores);
  }

 private:
  std::string describe_data() const {
    if (!data_.labels.empty()) return fmt::format("{} classes", classes_);
    return fmt::format("{} numbers a sample", expected_);
  }

  Score score(Interpreter& interpreter, std::int64_t i) const {
    if (!options_.stream) interpreter.reset();
    set_sample(interpreter, 0, data_.sample, samples_.sample(i));
    interpreter.run();
    if (options_.look) options_.look(i, interpreter);
    const std::vector<float> y = reals(interpreter.output(0));
    if (!data_.labels.empty()) {
      return {.loss = cross_entropy(y, samples_.label(i), probabilities_),
              .prediction = argmax(y),
              .second = y.size() == 2 ? y[1] : 0};
    }
    std::vector<float> target(y.size());
    const auto index = static_cast<std::size_t>(samples_.index[static_cast<std::size_t>(i)]);
    if (data_.targets.empty()) {
      // The input as the model takes it, so that an int8 autoencoder is held to the same reals.
      target = reals(interpreter.input(0));
    } else {
      std::copy_n(data_.targets.begin() + static_cast<std::ptrdiff_t>(index * y.size()), y.size(), target.begin());
    }
    Score result;
    for (std::size_t k = 0; k < y.size(); ++k) {
      const double difference = static_cast<double>(y[k]) - static_cast<double>(target[k]);
      result.loss += difference * difference / static_cast<double>(y.size());
      result.absolute_error += std::fabs(difference) / static_cast<double>(y.size());
    }
    return result;
  }

  /// In the samples' order, so that the number of threads changes no bit.
  Evaluation sum(const std::vector<Score>& scores) const {
    Evaluation result{.samples = samples_.size()};
    double absolute = 0;
    for (const Score& score : scores) {
      result.loss += score.loss;
      absolute += score.absolute_error;
    }
    const auto count = static_cast<double>(std::max<std::int64_t>(1, result.samples));
    result.loss /= count;
    if (data_.labels.empty()) {
      result.mean_absolute_error = absolute / count;
      return result;
    }
    result.confusion.emplace(static_cast<int>(expected_));
    std::vector<float> second;
    std::vector<std::uint8_t> positive;
    for (std::size_t i = 0; i < scores.size(); ++i) {
      const std::int32_t label = samples_.label(static_cast<std::int64_t>(i));
      result.confusion->add(label, scores[i].prediction);
      second.push_back(scores[i].second);
      positive.push_back(label == 1);
    }
    const auto positives = std::count(positive.begin(), positive.end(), 1);
    if (expected_ == 2 && positives > 0 && positives < std::ssize(positive)) result.roc_auc = roc_auc(second, positive);
    return result;
  }

  const Graph& graph_;
  const Subset& samples_;
  const Dataset& data_;
  const EvaluateOptions& options_;
  bool probabilities_;
  std::int64_t classes_ = 0;
  std::int64_t expected_ = 0;
};

template <class T>
void quantize_into(const TensorView& input, std::span<const float> values) {
  const Quantization& q = *input.quantization;
  if (q.scale.size() != 1)
    fail("the model's input is {} without a scale, samples of another type cannot go in", name(input.dtype()));
  const auto to = input.as<T>();
  constexpr float kLeast = std::numeric_limits<T>::min(), kMost = std::numeric_limits<T>::max();
  for (std::size_t i = 0; i < values.size(); ++i) {
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

Evaluation evaluate(const Graph& graph, const Subset& samples, const EvaluateOptions& options) {
  if (graph.inputs.size() != 1) fail("the model has {} inputs, the data gives one", graph.inputs.size());
  return Evaluator(graph, samples, options).run();
}

void set_sample(Interpreter& interpreter, int index, const TensorType& type, BytesView sample) {
  const TensorView input = interpreter.input(index);
  if (type.shape.elements() != input.shape().elements()) {
    fail("a sample is {}[{}], the model's input {}[{}]", name(type.dtype), to_string(type.shape), name(input.dtype()),
         to_string(input.shape()));
  }
  if (input.dtype() == type.dtype) {
    std::copy(sample.begin(), sample.end(), input.bytes.begin());
  } else if (input.dtype() == DType::float32) {
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
    case DType::boolean:
      return dequantize<bool>(tensor);
    default:
      fail("elements are {}, expected float32, bool or integers", name(tensor.dtype()));
  }
}

}  // namespace mirim
