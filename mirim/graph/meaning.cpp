#include "mirim/graph/meaning.hpp"

#include <algorithm>
#include <cstring>

namespace mirim {
namespace {

constexpr auto kScaling = "meaning.scaling";  // float32: the means, then the deviations
constexpr auto kLabels = "meaning.labels";    // text, a line each
constexpr auto kValueLabels = "meaning.value_labels";

std::vector<std::string> lines_of(const Value& value, const char* extra) {
  const auto found = value.extras.find(extra);
  if (found == value.extras.end()) return {};
  std::vector<std::string> labels(1);
  for (const std::byte byte : found->second) {
    const char c = std::to_integer<char>(byte);
    if (c == '\n') {
      labels.emplace_back();
    } else {
      labels.back() += c;
    }
  }
  return labels;
}

void set_lines(Value& value, const char* extra, const std::vector<std::string>& labels) {
  value.extras.erase(extra);
  if (labels.empty()) return;
  std::string text;
  for (const std::string& label : labels) {
    std::string line = label;
    std::ranges::replace_if(
        line, [](char c) { return c == '\n' || c == '\r'; }, ' ');
    text += (text.empty() && &label == &labels.front() ? "" : "\n") + line;
  }
  const BytesView view = bytes_of(std::string_view(text));
  value.extras[extra] = Bytes(view.begin(), view.end());
}

}  // namespace

Scaling scaling_of(const Value& value) {
  const auto found = value.extras.find(kScaling);
  if (found == value.extras.end()) return {};
  std::vector<float> numbers(found->second.size() / sizeof(float));
  if (numbers.size() < 2) return {};
  std::memcpy(numbers.data(), found->second.data(), numbers.size() * sizeof(float));
  const auto half = numbers.begin() + std::ssize(numbers) / 2;
  return {{numbers.begin(), half}, {half, half + std::ssize(numbers) / 2}};
}

void set_scaling(Value& value, const Scaling& scaling) {
  value.extras.erase(kScaling);
  if (scaling.empty()) return;
  Bytes& bytes = value.extras[kScaling];
  for (const auto* numbers : {&scaling.mean, &scaling.deviation}) {
    const BytesView view = bytes_of(*numbers);
    bytes.insert(bytes.end(), view.begin(), view.end());
  }
}

std::vector<std::string> labels_of(const Value& value) { return lines_of(value, kLabels); }

void set_labels(Value& value, const std::vector<std::string>& labels) { set_lines(value, kLabels, labels); }

std::vector<std::string> value_labels_of(const Value& value) { return lines_of(value, kValueLabels); }

void set_value_labels(Value& value, const std::vector<std::string>& labels) { set_lines(value, kValueLabels, labels); }

void move_meaning(Value& from, Value& to) {
  set_labels(to, labels_of(from));
  set_value_labels(to, value_labels_of(from));
  set_scaling(to, scaling_of(from));
  set_labels(from, {});
  set_value_labels(from, {});
  set_scaling(from, {});
}

}  // namespace mirim
