#include "mirim/graph/random_input.hpp"

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/base/spelling.hpp"

namespace mirim {

std::string_view name(Distribution distribution) {
  switch (distribution) {
    case Distribution::normal:
      return "normal";
    case Distribution::uniform:
      return "uniform";
    case Distribution::bernoulli:
      return "bernoulli";
  }
  return "";
}

Distribution distribution_named(std::string_view given) {
  std::vector<std::string> known;
  for (const Distribution each : kAllDistributions) {
    if (name(each) == given) return each;
    known.emplace_back(name(each));
  }
  fail("unknown distribution '{}'; {}", given.substr(0, 60), suggestion(given, known));
}

std::optional<Distribution> distribution_of(const Value& value) {
  const auto found = value.extras.find(std::string(kRandomInput));
  if (found == value.extras.end()) return std::nullopt;
  for (const Distribution each : kAllDistributions) {
    if (std::ranges::equal(found->second, bytes_of(name(each)))) return each;
  }
  return std::nullopt;
}

void set_distribution(Value& value, Distribution distribution) {
  const BytesView bytes = bytes_of(name(distribution));
  value.extras[std::string(kRandomInput)] = Bytes(bytes.begin(), bytes.end());
}

std::vector<ValueId> data_inputs(const Graph& graph) {
  std::vector<ValueId> ids;
  for (const ValueId id : graph.inputs) {
    if (!distribution_of(graph[id])) ids.push_back(id);
  }
  return ids;
}

}  // namespace mirim
