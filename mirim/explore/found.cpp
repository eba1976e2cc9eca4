#include "mirim/explore/found.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "mirim/base/text.hpp"
#include "mirim/recipe/table.hpp"

namespace mirim {
namespace {

using Json = nlohmann::ordered_json;

std::string percent(double share) { return fmt::format("{:.0f} %", 100 * share); }

std::vector<std::string> row(const Tried& t, bool chosen) {
  const Candidate& c = t.candidate;
  return {chosen ? "chosen" : (t.finalist ? "finalist" : ""),
          percent(c.channels),
          percent(c.sparsity),
          c.clusters > 0 ? fmt::format("{}", c.clusters) : "",
          fmt::format("{}", c.bits),
          c.layers.empty() ? "" : fmt::format("{}", c.layers.size()),
          t.score.text(),
          with_commas(t.price.flash),
          with_commas(t.price.stored),
          with_commas(t.price.ram),
          with_commas(t.price.macs)};
}

}  // namespace

std::string to_text(const Found& found, const std::string& output) {
  const Tried& chosen = found.tried[found.chosen];
  std::vector<std::vector<std::string>> rows{{"front", "MACs gone", "zeros", "clusters", "bits", "exceptions", "score",
                                              "flash, B", "stored, B", "RAM, B", "MACs"}};
  std::vector<std::size_t> shown = found.front;
  if (std::ranges::find(shown, found.chosen) == shown.end()) shown.push_back(found.chosen);
  std::ranges::stable_sort(shown, std::less<>(), [&](std::size_t i) { return found.tried[i].lost; });
  for (const std::size_t i : shown) rows.push_back(row(found.tried[i], i == found.chosen));
  return table(rows) + fmt::format("\n{}: {}\n{}: {} before, {} after; flash ~{} bytes, stored {}, RAM ~{}, {} MACs\n",
                                   output, to_string(chosen.candidate), output, found.before.text(),
                                   chosen.score.text(), with_commas(chosen.price.flash),
                                   with_commas(chosen.price.stored), with_commas(chosen.price.ram),
                                   with_commas(chosen.price.macs));
}

std::string to_json(const Found& found, const std::string& output) {
  Json layers = Json::array();
  for (const Sensitivity& s : found.layers) {
    layers.push_back({{"layer", s.layer},
                      {"weights", s.weights},
                      {"sparsity", s.sparsity},
                      {"clusters", s.clusters},
                      {"bits", s.bits}});
  }
  Json tried = Json::array();
  for (const Tried& t : found.tried) {
    Json one{{"candidate", to_string(t.candidate)},
             {"finalist", t.finalist},
             {found.before.is_accuracy ? "accuracy" : "rmse", t.score.value},
             {"lost", t.lost}};
    for (const Measure& measure : kMeasures) one[std::string(measure.name)] = t.price.*measure.of;
    tried.push_back(std::move(one));
  }
  const Json json{{"output", output},
                  {"before", found.before.value},
                  {"after", found.tried[found.chosen].score.value},
                  {"score", found.before.is_accuracy ? "accuracy" : "rmse"},
                  {"sensitivity", std::move(layers)},
                  {"candidates", std::move(tried)},
                  {"front", found.front},
                  {"chosen", found.chosen}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace mirim
