#include "mirim/recipe/weight_histograms.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "mirim/compress/steps.hpp"
#include "mirim/graph/layer_name.hpp"

namespace mirim {
namespace {

using Json = nlohmann::ordered_json;

/// The reals that a constant of weights stands for; nothing for other types than float32 and int8.
std::optional<std::vector<float>> reals_of(const Value& value, int axis) {
  if (value.type.dtype == DType::float32) {
    const auto values = value.values<float>();
    return std::vector<float>(values.begin(), values.end());
  }
  const Quantization& q = value.quantization;
  if (value.type.dtype != DType::int8 || q.empty()) return std::nullopt;
  const auto integers = value.values<std::int8_t>();
  std::vector<float> reals(integers.begin(), integers.end());
  const std::int64_t zero = q.zero_point.empty() ? 0 : q.zero_point[0];
  if (!q.per_channel()) {
    for (float& x : reals) x = q.scale[0] * (x - static_cast<float>(zero));
    return reals;
  }
  const RowsOf rows = rows_of(value, axis);
  if (rows.rows() != static_cast<std::int64_t>(q.scale.size())) return std::nullopt;
  for (std::int64_t i = 0; i < std::ssize(reals); ++i) {
    reals[static_cast<std::size_t>(i)] *= q.scale[static_cast<std::size_t>(rows.row(i))];
  }
  return reals;
}

/// As JSON with four digits: nobody sees more in a small chart.
Json rounded(double value) { return Json::parse(fmt::format("{:.4g}", value)); }

Json histogram(const std::vector<float>& reals) {
  std::map<float, std::int64_t> different;
  double largest = 0;
  std::int64_t zeros = 0;
  for (const float x : reals) {
    largest = std::max(largest, std::fabs(static_cast<double>(x)));
    if (x == 0)
      ++zeros;
    else if (std::ssize(different) <= kHistogramBins)
      ++different[x];
  }
  Json json{{"count", reals.size()}, {"zeros", zeros}, {"largest", rounded(largest)}};
  if (std::ssize(different) <= kHistogramBins) {
    json["values"] = json["counts"] = Json::array();
    for (const auto& [value, count] : different) {
      json["values"].push_back(rounded(value));
      json["counts"].push_back(count);
    }
    return json;
  }
  std::vector<std::int64_t> counts(kHistogramBins);
  for (const float x : reals) {
    if (x == 0) continue;
    const auto bin = static_cast<std::int64_t>((x / largest + 1) / 2 * kHistogramBins);
    ++counts[static_cast<std::size_t>(std::clamp<std::int64_t>(bin, 0, kHistogramBins - 1))];
  }
  json["counts"] = counts;
  return json;
}

}  // namespace

std::string weight_histograms(const Graph& graph) {
  Json layers = Json::array();
  std::vector<ValueId> seen;
  for (const Node& node : graph.nodes) {
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const ValueId id = node.inputs[i];
      const OperandRole role = node.op.role(i);
      if (role.kind != OperandRole::Kind::weights || id == kNoValue || !graph[id].is_constant()) continue;
      if (std::ranges::find(seen, id) != seen.end()) continue;
      seen.push_back(id);
      const std::optional<std::vector<float>> reals = reals_of(graph[id], role.axis);
      if (!reals || reals->empty() || !std::ranges::all_of(*reals, [](float x) { return std::isfinite(x); })) continue;
      Json layer{{"name", layer_name(graph, node)}};
      layer.update(histogram(*reals));
      layers.push_back(std::move(layer));
    }
  }
  return layers.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace mirim
