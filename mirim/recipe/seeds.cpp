#include "mirim/recipe/seeds.hpp"

#include <fmt/ranges.h>

#include <array>
#include <cassert>
#include <cmath>
#include <nlohmann/json.hpp>
#include <span>

#include "mirim/base/text.hpp"
#include "mirim/recipe/interval.hpp"
#include "mirim/recipe/table.hpp"

namespace mirim {
namespace {

using Json = nlohmann::ordered_json;

/// The figures that are told, those that say most first.
constexpr std::array kFigures = {"accuracy",          "root_mean_squared_error",
                                 "normalized_rmse",   "mean_distance",
                                 "roc_auc",           "macro_f1",
                                 "right_among_three", "bits",
                                 "psnr_db",           "negative_elbo_nats",
                                 "mean_activation",   "least_factor_r_squared",
                                 "near_modes",        "least_mode",
                                 "frechet_distance",  "loss",
                                 "stored_bytes"};

class RaiseSeeds final : public Settings {
 public:
  explicit RaiseSeeds(std::int64_t by) : by_(by) {}
  void field(std::string_view, bool&, std::string_view) override {}
  void field(std::string_view name, std::int64_t& value, std::string_view) override {
    if (name == "seed") value += by_;
  }
  void field(std::string_view, double&, std::string_view) override {}
  void field(std::string_view, std::string&, std::string_view) override {}

 private:
  std::int64_t by_;
};

Json with_interval(const std::vector<double>& values) {
  const Interval interval = interval_of(values);
  return {{"mean", interval.mean}, {"half", interval.half}, {"values", values}};
}

/// The figure of each seed's model, where all seeds have it.
std::vector<double> values_of(const std::vector<Json>& runs, std::size_t model, const char* figure) {
  std::vector<double> values;
  for (const Json& run : runs) {
    const Json& one = run[model];
    if (one.contains(figure) && one[figure].is_number()) values.push_back(one[figure].get<double>());
  }
  if (values.size() != runs.size()) values.clear();
  return values;
}

std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

/// "91.20 ± 0.31 %", "+0.45 ± 0.20 points", "7,340"; bytes have no interval where all seeds agree.
std::string in_words(const Json& value, std::string_view figure, bool is_difference) {
  const auto mean = value["mean"].get<double>(), half = value["half"].get<double>();
  if (figure == "accuracy") {
    return is_difference ? fmt::format("{:+.2f} ± {:.2f} points", 100 * mean, 100 * half)
                         : fmt::format("{:.2f} ± {:.2f} %", 100 * mean, 100 * half);
  }
  if (figure == "stored_bytes") {
    const std::string whole = with_commas(std::llround(mean));
    return half < 0.5 ? whole : fmt::format("{} ± {}", whole, with_commas(std::llround(half)));
  }
  return is_difference ? fmt::format("{:+.4g} ± {:.2g}", mean, half) : fmt::format("{:.4g} ± {:.2g}", mean, half);
}

/// The first of kFigures that the object has.
std::string_view main_figure(const Json& object) {
  for (const char* figure : kFigures) {
    if (object.contains(figure)) return figure;
  }
  return "loss";
}

}  // namespace

Recipe with_raised_seeds(const Recipe& recipe, std::int64_t by) {
  Recipe other = parse_recipe(recipe.text, recipe.file, recipe.verbs);
  RaiseSeeds raise(by);
  other.seed += by;
  if (other.data.folds > 0) other.data.fold = (other.data.fold - 1 + by) % other.data.folds + 1;
  other.train.settings(raise);
  other.quantize.settings(raise);
  for (const BranchStep& step : other.steps) step.verb->settings(raise);
  return other;
}

std::string seeds_json(const std::vector<SeedFigures>& runs) {
  assert(runs.size() >= 2);
  std::vector<Json> models;
  Json json{{"values", Json::array()}, {"models", Json::array()}, {"pairs", Json::array()}};
  for (const SeedFigures& run : runs) {
    json["values"].push_back(run.seed);
    models.push_back(Json::parse(run.models));
  }
  for (std::size_t m = 0; m < models[0].size(); ++m) {
    Json one{{"name", models[0][m]["name"]}};
    for (const char* figure : kFigures) {
      const std::vector<double> values = values_of(models, m, figure);
      if (!values.empty()) one[figure] = with_interval(values);
    }
    json["models"].push_back(std::move(one));
  }
  for (std::size_t m = 1; m < models[0].size(); ++m) {
    for (std::size_t against = 0; against < m; ++against) {
      Json one{{"name", models[0][m]["name"]}, {"against", models[0][against]["name"]}};
      for (const char* figure : kFigures) {
        std::vector<double> values = values_of(models, m, figure);
        const std::vector<double> others = values_of(models, against, figure);
        if (values.empty() || others.empty()) continue;
        for (std::size_t i = 0; i < values.size(); ++i) values[i] -= others[i];
        one[figure] = with_interval(values);
      }
      json["pairs"].push_back(std::move(one));
    }
  }
  return json.dump();
}

std::string seeds_csv(const std::string& seeds) {
  const Json json = Json::parse(seeds);
  std::string text = "model,against,figure,mean,low,high";
  for (const Json& seed : json["values"]) text += fmt::format(",seed {}", seed.get<std::int64_t>());
  text += "\n";
  for (const char* group : {"models", "pairs"}) {
    for (const Json& one : json[group]) {
      for (const char* figure : kFigures) {
        if (!one.contains(figure)) continue;
        const auto mean = one[figure]["mean"].get<double>(), half = one[figure]["half"].get<double>();
        text += fmt::format("{},{},{},{},{},{},{}\n", csv_cell(one["name"].get<std::string>()),
                            csv_cell(one.value("against", "")), figure, mean, mean - half, mean + half,
                            fmt::join(one[figure]["values"].get<std::vector<double>>(), ","));
      }
    }
  }
  return text;
}

std::string seeds_text(const std::string& seeds) {
  const Json json = Json::parse(seeds);
  const std::string_view figure = main_figure(json["models"][0]);
  const std::string of_figure(figure);
  std::vector<std::vector<std::string>> models{{"model", of_figure, "stored bytes"}};
  for (const Json& one : json["models"]) {
    models.push_back({one["name"], one.contains(of_figure) ? in_words(one[of_figure], figure, false) : "",
                      one.contains("stored_bytes") ? in_words(one["stored_bytes"], "stored_bytes", false) : ""});
  }
  std::vector<std::vector<std::string>> pairs{{"model", "against", "difference at the same seed", ""}};
  for (const Json& one : json["pairs"]) {
    if (!one.contains(of_figure)) continue;
    const Json& value = one[of_figure];
    const bool sure = std::abs(value["mean"].get<double>()) > value["half"].get<double>();
    pairs.push_back({one["name"], one["against"], in_words(value, figure, true), sure ? "" : "may be chance"});
  }
  return fmt::format("{} seeds: means with their 95 % intervals (Student's t)\n{}\n{}", json["values"].size(),
                     table(models), table(pairs));
}

}  // namespace mirim
