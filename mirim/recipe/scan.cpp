#include "mirim/recipe/scan.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "mirim/base/error.hpp"
#include "mirim/recipe/fine_tune.hpp"
#include "mirim/recipe/table.hpp"

namespace mirim {
namespace {

using Json = nlohmann::ordered_json;

/// A block for each value, the higher the value the higher it is; all rows of a scan share the ends.
std::string plot(const std::vector<double>& values, double low, double high) {
  constexpr std::array kBlocks = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  std::string text;
  for (const double v : values) {
    const double part = high > low ? (v - low) / (high - low) : 1;
    text += kBlocks[std::min<std::size_t>(kBlocks.size() - 1, static_cast<std::size_t>(part * kBlocks.size()))];
  }
  return text;
}

}  // namespace

VerbResult scan(const Graph& graph, const Scan& what, const Splits& data, const std::string& loss,
                const VerbWork& work) {
  constexpr std::int64_t kSamples = 1000;
  const Subset samples = judging_samples(data).first(kSamples);
  const std::vector<PrunableWeights> layers = prunable_weights(graph);
  if (layers.empty()) fail("{}: has no layers with float weights to scan", work.model.string());
  std::vector<std::vector<std::string>> rows{{"layer"}};
  for (const double level : what.levels) rows[0].push_back(what.say(level));
  rows[0].emplace_back("");
  std::vector<std::vector<double>> found;
  Json json = Json::array();
  // First all layers, then each alone.
  for (std::size_t l = 0; l <= layers.size(); ++l) {
    const std::vector<PrunableWeights> some = l == 0 ? layers : std::vector{layers[l - 1]};
    rows.push_back({l == 0 ? "all" : layers[l - 1].layer});
    found.emplace_back();
    Json scores = Json::array();
    for (const double level : what.levels) {
      Graph changed = graph;
      what.compress(changed, some, level);
      const Score reached = score(changed, samples, loss, work);
      rows.back().push_back(reached.text());
      found.back().push_back(reached.value);
      scores.push_back({{std::string(what.of), level}, {reached.is_accuracy ? "accuracy" : "rmse", reached.value}});
    }
    json.push_back({{"layer", rows.back()[0]}, {"scores", scores}});
  }
  double low = found[0][0], high = low;
  for (const std::vector<double>& row : found) {
    const auto [least, most] = std::ranges::minmax(row);
    low = std::min(low, least);
    high = std::max(high, most);
  }
  for (std::size_t l = 0; l < found.size(); ++l) rows[l + 1].push_back(plot(found[l], low, high));
  return {table(rows) + "\n", Json{{"scan", json}, {"samples", samples.size()}}.dump()};
}

VerbResult with_scan(const VerbResult& scanned, VerbResult result) {
  if (scanned.json.empty()) return result;
  const Json scan = Json::parse(scanned.json);
  Json json = Json::parse(result.json);
  json["scan"] = scan["scan"];
  json["scan_samples"] = scan["samples"];
  return {scanned.text + result.text, json.dump()};
}

}  // namespace mirim
