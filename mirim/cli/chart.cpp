#include "mirim/chart/chart.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/base/text.hpp"
#include "mirim/chart/make.hpp"
#include "mirim/cli/commands.hpp"
#include "mirim/cli/console.hpp"
#include "mirim/cli/options.hpp"
#include "mirim/formats/csv.hpp"
#include "mirim/recipe/cost_report.hpp"
#include "mirim/report/report.hpp"

namespace mirim::cli {
namespace {

struct Options {
  std::string which;
  std::filesystem::path data;
  std::vector<std::string> models;
  std::string device = "nano33ble";
  Language language = Language::en;
  std::filesystem::path output;
  bool json = false;
};

/// What a model of the user's costs.
struct Counted {
  double macs, stored_bytes, int8_bytes, arena;
};

Counted counted(const std::filesystem::path& file) {
  const CostReport report = report_cost({.model = file, .measure = false});
  for (const std::string& warning : without_repeats(report.warnings)) note("warning: " + warning);
  if (report.macs <= 0) fail("{}: has no multiply-adds that could be drawn", file.string());
  const auto int8 = static_cast<double>(report.int8_bytes());
  const double stored = report.cost ? static_cast<double>(report.cost->weight_bytes) : int8;
  // A float model is drawn as what it will be in int8.
  const bool floats = stored >= 2 * int8;
  Counted counted{.macs = static_cast<double>(report.macs),
                  .stored_bytes = report.described ? int8 : stored,
                  .int8_bytes = floats ? int8 : stored,
                  .arena = 0};
  if (const Way* way = report.outlook.smallest()) counted.arena = static_cast<double>(way->memory.arena_bytes);
  if (!floats && report.cost && report.cost->memory) {
    counted.arena = static_cast<double>(report.cost->memory->arena_bytes);
  }
  return counted;
}

/// The name of a file on a chart.
std::string name_of(const std::filesystem::path& file) {
  const std::string stem = file.stem().string();
  return is_text(stem) ? stem : "model";
}

chart::Classifier classifier(const std::string& option) {
  const std::size_t equals = option.rfind('=');
  const std::optional<double> percent =
      equals == std::string::npos ? std::nullopt : csv_number(option.substr(equals + 1));
  if (!percent || !(*percent > 0 && *percent <= 100)) {
    wrong_usage(fmt::format("--model {}: write FILE=TOP1, with the percentage of images that it names right", option));
  }
  const std::filesystem::path file = option.substr(0, equals);
  const Counted c = counted(file);
  const std::string name = name_of(file);
  return {.name = name,
          .top1 = *percent / 100,
          .macs = c.macs,
          .bytes = std::max(1.0, c.stored_bytes),
          .label = name,
          .source = name_of(file) + file.extension().string(),
          .yours = true};
}

chart::Network network(const std::string& option) {
  const std::filesystem::path file = option;
  const Counted c = counted(file);
  if (c.arena <= 0) fail("{}: its arena is unknown; mirim cost {} says why", file.string(), file.string());
  const auto today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
  return {.name = name_of(file),
          .day = today.time_since_epoch().count(),
          .weights = std::max(1.0, c.int8_bytes),
          .arena = std::max(1.0, c.arena),
          .label = name_of(file),
          .source = name_of(file) + file.extension().string(),
          .yours = true};
}

chart::Chart made(const Options& o) {
  chart::Request request{.name = o.which,
                         .data = o.data,
                         .classifiers = {},
                         .networks = {},
                         .board = &find_device(o.device),
                         .language = o.language};
  if (o.which == "growth" && !o.models.empty()) wrong_usage("--model is for the charts ball and fits");
  for (const std::string& model : o.models) {
    if (o.which == "ball") {
      request.classifiers.push_back(classifier(model));
    } else {
      request.networks.push_back(network(model));
    }
  }
  return make_chart(request);
}

void run(const Options& o) {
  const std::string kind = o.output.extension().string();
  if (!o.output.empty() && kind != ".html" && kind != ".svg")
    wrong_usage(fmt::format("-o {}: a chart is written as .html or .svg", o.output.string()));
  if (o.output.empty() && !o.json) wrong_usage("-o FILE.html or FILE.svg is missing; or --json prints the numbers");
  const chart::Chart chart = made(o);
  nlohmann::ordered_json facts = nlohmann::ordered_json::parse(chart.facts);
  if (!o.output.empty()) {
    const std::string file = kind == ".svg" ? picture(chart) : report::render_page(page_json(chart), o.language);
    write_file(o.output, file);
    facts["output"] = o.output.string();
    facts["bytes"] = file.size();
    if (!o.json) print(fmt::format("{}: {} bytes\n", o.output.string(), file.size()));
  }
  if (o.json) print(facts.dump() + "\n");
}

}  // namespace

void add_chart(CLI::App& program) {
  auto o = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "chart",
      "Draws how models grew, what they cost, and what fits a board.\n"
      "growth: training compute against date since 1950, with fits and doubling times beside the published ones.\n"
      "ball: top-1 on ImageNet against multiply-adds, the area by size, with the limits of a board.\n"
      "fits: weights against a board's flash and smallest arenas against its RAM, by year.\n"
      "The rows come from CSV files that mirim carries (data/growth), or from --data with the same columns: each has\n"
      "a source, a date, and a unit for each quantity (docs/charts.md).");
  command->footer(
      "Examples:\n  mirim chart growth -o growth.html\n  mirim chart ball --model int8.tflite=62.5 -o ball.svg\n"
      "  mirim chart fits --device pico --lang pt -o cabe.html");
  command->add_option("CHART", o->which, "growth, ball or fits")
      ->required()
      ->check(CLI::IsMember({"growth", "ball", "fits"}));
  command->add_option("--data", o->data, "rows of your own, .csv");
  command
      ->add_option(
          "--model", o->models,
          "a network of your own, .tflite or .toml: FILE=TOP1 (percent) for ball, FILE for fits; may be repeated")
      ->allow_extra_args(false);
  command->add_option("--device", o->device, "the board whose limits are drawn")->capture_default_str();
  add_language(*command, o->language);
  command->add_option("-o,--output", o->output, "the page, .html, or the picture, .svg");
  add_json(*command, o->json);
  command->callback([o] { run(*o); });
}

}  // namespace mirim::cli
