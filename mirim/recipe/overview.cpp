#include "mirim/recipe/overview.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "mirim/base/text.hpp"
#include "mirim/recipe/table.hpp"

namespace mirim {
namespace {

using Json = nlohmann::ordered_json;

/// A figure of a model: its mean over the seeds where there are several.
std::optional<double> figure_of(const Json& run, const std::string& model, const std::string& figure) {
  const Json& models = run.contains("seeds") ? run["seeds"]["models"] : run["models"];
  for (const Json& one : models) {
    if (one["name"] != model || !one.contains(figure)) continue;
    const Json& value = one[figure];
    return value.is_object() ? value["mean"].get<double>() : value.get<double>();
  }
  return std::nullopt;
}

std::string default_figure(const Json& run) {
  const Json& model = run["models"][0];
  for (const char* key : {"accuracy", "root_mean_squared_error"}) {
    if (model.contains(key)) return key;
  }
  return "loss";
}

Json entry(const OverviewRow& row) {
  if (!row.error.empty()) return {{"name", row.name}, {"error", row.error}};
  const Json run = Json::parse(row.run_json);
  const Json goal = run.value("goal", Json::object());
  const std::string figure = goal.value("figure", default_figure(run));
  Json json = {{"name", row.name}, {"topology", run.value("topology", "")}, {"figure", figure}};
  const std::optional<double> floats = figure_of(run, "float32", figure), integers = figure_of(run, "int8", figure);
  if (floats) json["float"] = *floats;
  if (integers) json["int8"] = *integers;
  for (const char* key : {"least", "most", "reference"}) {
    if (goal.contains(key)) json[key] = goal[key];
  }
  if (floats && (goal.contains("least") || goal.contains("most"))) {
    json["met"] = (!goal.contains("least") || *floats >= goal["least"].get<double>()) &&
                  (!goal.contains("most") || *floats <= goal["most"].get<double>());
  }
  const Json& firmware = run["firmware"];
  const auto sum = [&](const char* a, const char* b) {
    return firmware[a].get<std::int64_t>() + firmware[b].get<std::int64_t>();
  };
  if (firmware.contains("code_bytes")) {
    json["flash_bytes"] = sum("code_bytes", "constant_bytes");
    json["ram_bytes"] = sum("static_ram_bytes", "stack_bytes");
  }
  if (firmware.contains("instructions_per_inference")) {
    json["instructions"] = firmware["instructions_per_inference"];
  }
  json["seconds"] = row.seconds;
  return json;
}

/// Parts of 1 as percent, other figures as they are.
std::string shown(const Json& json, const char* key, const std::string& figure) {
  if (!json.contains(key)) return "";
  const auto value = json[key].get<double>();
  static constexpr std::array<std::string_view, 6> kParts{"accuracy",          "roc_auc",    "macro_f1",
                                                          "right_among_three", "near_modes", "least_mode"};
  const bool part = std::ranges::find(kParts, figure) != kParts.end();
  return part ? fmt::format("{:.2f} %", 100 * value) : fmt::format("{:.4g}", value);
}

}  // namespace

std::string overview_json(const std::vector<OverviewRow>& rows) {
  Json all = Json::array();
  for (const OverviewRow& row : rows) all.push_back(entry(row));
  return all.dump(1) + "\n";
}

std::string overview_text(const std::vector<OverviewRow>& rows) {
  std::vector<std::vector<std::string>> cells{
      {"recipe", "", "figure", "float", "int8", "goal", "", "reference", "flash, B", "RAM, B", "instructions", "took"}};
  std::string errors;
  for (const OverviewRow& row : rows) {
    const Json one = entry(row);
    if (one.contains("error")) {
      errors += fmt::format("{}: {}\n", row.name, row.error);
      cells.push_back({row.name, "", "", "", "", "", "", "", "", "", "", ""});
      continue;
    }
    const std::string figure = one["figure"];
    const auto count = [&](const char* key) {
      return one.contains(key) ? with_commas(one[key].get<std::int64_t>()) : std::string();
    };
    const std::string least = shown(one, "least", figure), most = shown(one, "most", figure);
    const std::string goal = !least.empty() && !most.empty() ? least + " to " + most
                             : !least.empty()                ? ">= " + least
                             : !most.empty()                 ? "<= " + most
                                                             : "";
    cells.push_back({row.name, one["topology"], figure, shown(one, "float", figure), shown(one, "int8", figure), goal,
                     one.value("met", true) ? "" : "missed", shown(one, "reference", figure), count("flash_bytes"),
                     count("ram_bytes"), count("instructions"), fmt::format("{:.0f} s", row.seconds)});
  }
  return table(cells) + errors;
}

}  // namespace mirim
