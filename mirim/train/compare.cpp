#include "mirim/train/compare.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "mirim/base/error.hpp"
#include "mirim/train/evaluate.hpp"

namespace mirim {
namespace {

struct Pair {
  ValueId a = kNoValue;
  ValueId b = kNoValue;
  LayerDifference difference{};
  double signal = 0, noise = 0, sum = 0;
  std::int64_t count = 0;
};

std::vector<Pair> common_layers(const Graph& a, const Graph& b) {
  std::map<std::string, ValueId> named;
  for (const Node& node : a.nodes) {
    for (const ValueId id : node.outputs) {
      if (id != kNoValue) named.emplace(a[id].name, id);
    }
  }
  // Whatever a tool called them, outputs correspond by position.
  std::map<ValueId, ValueId> outputs;
  for (std::size_t i = 0; i < std::min(a.outputs.size(), b.outputs.size()); ++i) outputs[b.outputs[i]] = a.outputs[i];
  std::vector<Pair> pairs;
  for (const Node& node : b.nodes) {
    for (const ValueId id : node.outputs) {
      if (id == kNoValue) continue;
      const auto output = outputs.find(id);
      const auto same_name = named.find(b[id].name);
      if (output == outputs.end() && same_name == named.end()) continue;
      const ValueId other = output != outputs.end() ? output->second : same_name->second;
      if (a[other].type.shape.elements() != b[id].type.shape.elements()) continue;
      pairs.push_back(
          {other, id, {.name = b[id].name, .op = std::string(node.op.name()), .equal = a[other].type == b[id].type}});
    }
  }
  return pairs;
}

void add(Pair& pair, const ConstTensorView& left, const ConstTensorView& right) {
  pair.difference.equal = pair.difference.equal && std::ranges::equal(left.bytes, right.bytes);
  const std::vector<float> a = reals(left), b = reals(right);
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double error = std::fabs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    pair.difference.largest = std::max(pair.difference.largest, error);
    pair.sum += error;
    pair.noise += error * error;
    pair.signal += static_cast<double>(a[i]) * static_cast<double>(a[i]);
  }
  pair.count += static_cast<std::int64_t>(a.size());
}

}  // namespace

Comparison compare(const Graph& a, const Graph& b, const Subset& samples, bool stream) {
  std::vector<Pair> pairs = common_layers(a, b);
  if (pairs.empty()) fail("the two models have no layer of one name and size in common");
  Interpreter left(a), right(b);
  for (std::int64_t i = 0; i < samples.size(); ++i) {
    for (Interpreter* interpreter : {&left, &right}) {
      if (!stream) interpreter->reset();
      set_sample(*interpreter, 0, samples.data->sample, samples.sample(i));
      interpreter->run();
    }
    for (Pair& pair : pairs) add(pair, left.value(pair.a), right.value(pair.b));
  }
  Comparison result;
  for (Pair& pair : pairs) {
    pair.difference.mean = pair.sum / static_cast<double>(std::max<std::int64_t>(1, pair.count));
    pair.difference.signal_to_noise_db =
        pair.noise == 0 ? std::numeric_limits<double>::infinity() : 10 * std::log10(pair.signal / pair.noise);
    if (!pair.difference.equal && result.first_different < 0)
      result.first_different = static_cast<int>(result.layers.size());
    result.layers.push_back(std::move(pair.difference));
  }
  return result;
}

}  // namespace mirim
