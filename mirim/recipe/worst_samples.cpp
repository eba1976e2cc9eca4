#include "mirim/recipe/worst_samples.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "mirim/graph/match.hpp"
#include "mirim/train/metrics.hpp"
#include "mirim/train/sample_numbers.hpp"

namespace mirim {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kLargestSide = 64;  // of a picture: larger ones are shrunk
constexpr std::int64_t kMostValues = 256;  // of a sample that is no picture; longer ones are thinned out
constexpr std::size_t kMostNumbers = 16;   // of a regression's outputs

/// Whether the last operator, ignoring conversions, is SOFTMAX or LOGISTIC.
bool gives_probabilities(const Graph& graph) {
  const Links links(graph);
  int last = links.producer(graph.outputs[0]);
  while (last >= 0) {
    const Node& node = graph.nodes[static_cast<std::size_t>(last)];
    if (node.op.name() != "DEQUANTIZE" && node.op.name() != "QUANTIZE") {
      return node.op.name() == "SOFTMAX" || node.op.name() == "LOGISTIC";
    }
    last = links.producer(node.inputs[0]);
  }
  return false;
}

/// Predicted class and its probability. One output is the probability of class 1, or its logit.
std::pair<int, double> answer_of(const std::vector<float>& y, float threshold, bool probabilities) {
  if (y.size() == 1) {
    const double value = static_cast<double>(y[0]);
    const double p = probabilities ? value : 1 / (1 + std::exp(-value));
    return y[0] > threshold ? std::pair(1, p) : std::pair(0, 1 - p);
  }
  const int answer = argmax(y);
  const double best = static_cast<double>(y[static_cast<std::size_t>(answer)]);
  if (probabilities) return {answer, best};
  double sum = 0;
  for (const float value : y) sum += std::exp(static_cast<double>(value) - best);
  return {answer, 1 / sum};
}

std::string base64(const std::vector<std::uint8_t>& bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) group = group << 8 | (i + k < bytes.size() ? bytes[i + k] : 0U);
    for (std::size_t k = 0; k < 4; ++k) {
      text += i + k > bytes.size() ? '=' : kDigits[group >> (18 - 6 * k) & 63];
    }
  }
  return text;
}

std::vector<float> numbers_of(const TensorType& type, BytesView sample) {
  const Quantization none;
  return reals({&type, &none, sample});
}

bool is_picture(const Shape& shape) {
  return shape.rank() == 3 && shape[0] >= 4 && shape[1] >= 4 && (shape[2] == 1 || shape[2] == 3);
}

/// Height, width and channels of a picture in the report, and its bytes: means over squares of the sample.
Json picture_of(const TensorType& type, BytesView sample) {
  const std::vector<float> x = numbers_of(type, sample);
  const std::int64_t height = type.shape[0], width = type.shape[1], channels = type.shape[2];
  const std::int64_t square = (std::max(height, width) + kLargestSide - 1) / kLargestSide;
  const std::int64_t rows = height / square, columns = width / square;
  float least = 0, most = 255;
  if (type.dtype != DType::uint8) {
    const auto [low, high] = std::minmax_element(x.begin(), x.end());
    least = *low;
    most = *high > *low ? *high : *low + 1;
  }
  std::vector<std::uint8_t> pixels;
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = 0; c < columns; ++c) {
      for (std::int64_t k = 0; k < channels; ++k) {
        float sum = 0;
        for (std::int64_t i = 0; i < square * square; ++i) {
          const std::int64_t y = r * square + i / square, at = c * square + i % square;
          sum += x[static_cast<std::size_t>((y * width + at) * channels + k)];
        }
        const float mean = sum / static_cast<float>(square * square);
        const float level = std::clamp(255 * (mean - least) / (most - least), 0.0F, 255.0F);
        pixels.push_back(static_cast<std::uint8_t>(std::isfinite(level) ? std::lround(level) : 0));
      }
    }
  }
  return {{"pixel_shape", {rows, columns, channels}}, {"pixels", base64(pixels)}};
}

Json numbers_json(const std::vector<float>& x, std::size_t most) {
  const std::size_t every = (x.size() + most - 1) / most;
  Json json = Json::array();
  for (std::size_t i = 0; i < x.size(); i += every) {
    // A float has seven digits; as a double 0.1F would be 0.10000000149.
    if (std::isfinite(x[i])) {
      json.push_back(std::stod(fmt::format("{:.6g}", x[i])));
    } else {
      json.push_back(nullptr);
    }
  }
  return json;
}

}  // namespace

WorstSamples::WorstSamples(const Graph& graph, const Subset& samples, std::optional<Loss::Kind> loss)
    : samples_(samples),
      task_(find_task(graph, *samples.data, {.loss = loss})),
      output_(scaling_of(graph[graph.outputs[0]])),
      probabilities_(gives_probabilities(graph)),
      seen_(static_cast<std::size_t>(samples.size())) {}

std::span<const float> WorstSamples::targets_of(std::size_t sample) const {
  const auto size = static_cast<std::size_t>(task_.outputs);
  return std::span(samples_.data->targets).subspan(static_cast<std::size_t>(samples_.index[sample]) * size, size);
}

void WorstSamples::look(std::int64_t sample, Interpreter& interpreter) {
  const std::vector<float> y = raw_numbers(interpreter.output(0), output_);
  const auto at = static_cast<std::size_t>(sample);
  Seen& seen = seen_[at];
  if (task_.kind == Task::Kind::made) {
    seen.badness = -1;  // none is wrong by itself
    return;
  }
  if (task_.kind == Task::Kind::classes) {
    const auto [answer, confidence] = answer_of(y, task_.threshold, probabilities_);
    seen.label = class_of(*samples_.data, samples_.index[at]);
    seen.answer = answer;
    seen.badness = answer == seen.label ? -1 : confidence;
    return;
  }
  const bool itself = task_.kind == Task::Kind::sample;
  std::vector<float> expected;
  if (itself) {
    set_sample(interpreter, 0, samples_.data->sample, samples_.sample(sample));  // without noise
    expected = answer_of_itself(interpreter, samples_.data->sample, samples_.sample(sample));
  } else {
    const std::span<const float> targets = targets_of(at);
    expected.assign(targets.begin(), targets.end());
  }
  double squares = 0;
  for (std::size_t i = 0; i < std::min(y.size(), expected.size()); ++i) {
    const double error = static_cast<double>(y[i]) - static_cast<double>(expected[i]);
    squares += error * error;
  }
  seen.badness = std::isnan(squares) ? HUGE_VAL : squares / static_cast<double>(std::max<std::size_t>(1, y.size()));
  if (!itself && y.size() <= kMostNumbers) seen.numbers = y;
}

std::string WorstSamples::json(std::size_t most) const {
  std::vector<std::size_t> order(seen_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::erase_if(order, [&](std::size_t i) { return seen_[i].badness < 0; });
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return seen_[a].badness > seen_[b].badness; });
  order.resize(std::min(order.size(), most));

  const Dataset& data = *samples_.data;
  Json json = {{"shape", data.sample.shape.dimensions()}, {"samples", Json::array()}};
  for (const std::size_t i : order) {
    const Seen& seen = seen_[i];
    const BytesView sample = samples_.sample(static_cast<std::int64_t>(i));
    Json entry = {{"index", i}};
    if (task_.kind == Task::Kind::classes) {
      entry["label"] = seen.label;
      entry["answer"] = seen.answer;
      entry["confidence"] = seen.badness;
    } else {
      if (std::isfinite(seen.badness)) entry["error"] = std::sqrt(seen.badness);
      if (!seen.numbers.empty()) {
        const std::span<const float> targets = targets_of(i);
        entry["expected"] = numbers_json({targets.begin(), targets.end()}, kMostNumbers);
        entry["answered"] = numbers_json(seen.numbers, kMostNumbers);
      }
    }
    if (is_picture(data.sample.shape)) {
      entry.update(picture_of(data.sample, sample));
    } else {
      entry["values"] = numbers_json(numbers_of(data.sample, sample), kMostValues);
    }
    json["samples"].push_back(entry);
  }
  return json.dump();
}

}  // namespace mirim
