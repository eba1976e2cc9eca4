#include "mirim/recipe/make.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "mirim/base/error.hpp"
#include "mirim/base/text.hpp"
#include "mirim/cli/commands.hpp"
#include "mirim/cli/console.hpp"
#include "mirim/cli/options.hpp"
#include "mirim/explore/shrink_verb.hpp"
#include "mirim/recipe/overview.hpp"
#include "mirim/recipe/seeds.hpp"
#include "mirim/recipe/table.hpp"

namespace mirim::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  std::filesystem::path recipe;
  std::filesystem::path output;
  std::int64_t seeds = 0;              ///< 0: as the recipe says
  std::optional<Language> language{};  ///< as the recipe says unless given
  bool json = false;
};

std::string bytes(const Json& object, const char* key) {
  return object.contains(key) ? with_commas(object[key].get<std::int64_t>()) + " bytes" : "";
}

std::string accuracy_of(const Json& model) {
  if (model.contains("accuracy")) return fmt::format("{:.2f} % right", 100 * model["accuracy"].get<double>());
  if (model.contains("root_mean_squared_error")) {
    return fmt::format("RMSE {:.4g}", model["root_mean_squared_error"].get<double>());
  }
  return fmt::format("loss {:.4f}", model["loss"].get<double>());
}

std::string seconds_of(const std::vector<StepRecord>& steps, std::string_view name) {
  for (const StepRecord& step : steps) {
    if (step.name == name) return step.worked ? fmt::format("{:.1f} s", step.seconds) : "done before";
  }
  return "";
}

/// quantize's warnings, and too large a loss of accuracy: one line each.
std::string warnings(const Json& quantization) {
  std::string lines;
  for (const Json& warning : quantization["warnings"]) {
    lines += "\nwarning: quantize: " + warning["text"].get<std::string>();
  }
  if (quantization.value("lost_much", false)) {
    lines += fmt::format("\nwarning: int8 answers {:.1f} points fewer right than float",
                         quantization["lost_points"].get<double>());
  }
  return lines;
}

/// Each step's findings and duration.
std::string summary(const MakeResult& result) {
  const Json run = Json::parse(result.run_json);
  const Json &floats = run["models"][0], &integers = run["models"][1], &firmware = run["firmware"],
             &device = run["device"];
  std::vector<std::vector<std::string>> rows{{"step", "result", "size", "took"}};
  rows.push_back({"train",
                  fmt::format("{} epochs, {} parameters", run["history"].size(),
                              with_commas(floats["parameters"].get<std::int64_t>())),
                  bytes(floats, "bytes"), seconds_of(result.steps, "train")});
  rows.push_back({"evaluate float32", accuracy_of(floats), "", seconds_of(result.steps, "evaluate float32")});
  rows.push_back({"quantize", fmt::format("int8, {} MACs", with_commas(integers["macs"].get<std::int64_t>())),
                  bytes(integers, "bytes"), seconds_of(result.steps, "quantize")});
  rows.push_back({"evaluate int8", accuracy_of(integers), "", seconds_of(result.steps, "evaluate int8")});
  rows.push_back(
      {"compile", "C++ for " + firmware["target"].get<std::string>(), "", seconds_of(result.steps, "compile")});
  if (firmware.contains("code_bytes")) {
    rows.push_back({"", "flash, code", bytes(firmware, "code_bytes"), ""});
    rows.push_back({"", "flash, constants", bytes(firmware, "constant_bytes"), ""});
    rows.push_back({"", "RAM, static", bytes(firmware, "static_ram_bytes"), ""});
    rows.push_back({"", "RAM, peak stack", bytes(firmware, "stack_bytes"), ""});
  }
  std::string emulated = fmt::format("{} of {} outputs with the host's bits", firmware.value("identical_outputs", 0),
                                     firmware.value("samples", 0));
  rows.push_back({"run", emulated, "", seconds_of(result.steps, "run")});
  if (firmware.contains("instructions_per_inference")) {
    rows.push_back(
        {"", with_commas(firmware["instructions_per_inference"].get<std::int64_t>()) + " instructions per inference",
         "", ""});
  }
  if (device.contains("milliseconds")) {
    std::string pace = fmt::format("~{:.3g} ms", device["milliseconds"].get<double>());
    if (device.contains("millijoules")) pace += fmt::format(", ~{:.3g} mJ", device["millijoules"].get<double>());
    rows.push_back({"", pace + " per inference", "", ""});
  }
  if (device.contains("fits")) {
    rows.push_back(
        {"",
         fmt::format("{} {}", device["fits"].get<bool>() ? "fits" : "does not fit", device["name"].get<std::string>()),
         "", ""});
  }
  for (std::size_t m = 2; m < run["models"].size(); ++m) {
    const Json& model = run["models"][m];
    const std::string name = model["name"];
    rows.push_back(
        {name, accuracy_of(model), bytes(model, "stored_bytes") + " stored", seconds_of(result.steps, name)});
  }
  std::string text = table(rows) + warnings(run["quantization"]);
  if (run.contains("seeds")) text += "\n" + seeds_text(run["seeds"].dump());
  return text;
}

MakeWatcher watcher() {
  MakeWatcher w;
  w.begins = [](std::string_view step) { note(fmt::format("{} ...", step)); };
  w.ended = [](const StepRecord& record) {
    note(record.worked ? fmt::format("{}: {:.1f} s", record.name, record.seconds)
                       : fmt::format("{}: done before", record.name));
  };
  w.training = training_progress();
  w.say = note;
  w.stop = stop_on_signal();
  return w;
}

Recipe read(const std::filesystem::path& file, const Options& o) {
  Recipe recipe = read_recipe(file, recipe_verbs);
  if (o.seeds > 0) recipe.seeds = o.seeds;
  if (o.language) recipe.language = *o.language;
  return recipe;
}

/// Every recipe of a folder, in a folder of its own; one that fails does not stop the others, Ctrl-C does.
void run_folder(const Options& o) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(o.recipe)) {
    if (entry.path().extension() == ".toml") files.push_back(entry.path());
  }
  if (files.empty()) fail("{}: holds no recipe, .toml", o.recipe.string());
  std::ranges::sort(files);
  const std::filesystem::path whole = o.recipe.lexically_normal();
  const std::filesystem::path name = whole.has_filename() ? whole.filename() : whole.parent_path().filename();
  const std::filesystem::path folder = o.output.empty() ? std::filesystem::path("runs") / name : o.output;
  const MakeWatcher to_stderr = watcher();
  std::vector<OverviewRow> rows;
  bool failed = false;
  for (const std::filesystem::path& file : files) {
    OverviewRow row{.name = file.stem().string()};
    note(fmt::format("== {}", row.name));
    const auto begin = std::chrono::steady_clock::now();
    try {
      const MakeResult result = make(read(file, o), folder / row.name, to_stderr);
      row.run_json = result.run_json;
    } catch (const Error& error) {
      if (to_stderr.stop && to_stderr.stop()) throw;
      row.error = error.what();
      failed = true;
    }
    row.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    rows.push_back(std::move(row));
  }
  print(o.json ? overview_json(rows) : "\n" + overview_text(rows));
  if (failed) fail("some recipes of {} failed", o.recipe.string());
}

void run(const Options& o) {
  if (std::filesystem::is_directory(o.recipe)) return run_folder(o);
  const Recipe recipe = read(o.recipe, o);
  const std::filesystem::path folder = o.output.empty() ? std::filesystem::path("runs") / recipe.name : o.output;
  const MakeResult result = make(recipe, folder, watcher());
  print(o.json ? result.run_json : fmt::format("\n{}\nreport: {}\n", summary(result), result.report.string()));
  if (!result.does_not_fit.empty()) fail("{}", result.does_not_fit);
}

}  // namespace

void add_make(CLI::App& program) {
  auto o = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "make",
      "Runs a recipe, or each of a folder: data, training, int8, firmware, emulated board, report.\n"
      "A second run repeats only what changed; an interrupted run resumes. The run's folder gets float.tflite,\n"
      "int8.tflite, firmware/, run.json and report.html. With --seeds N the models are made with N seeds: run.json, "
      "the\n"
      "report and seeds.csv then say how sure each figure is, and each difference between two models. Of a folder of\n"
      "recipes a table is printed at the end: each one's figure beside its goal, flash, RAM and instructions.");
  command->footer(
      "Examples:\n  mirim make recipes/fashion_mnist.toml\n  mirim make recipes/fashion_mnist.toml --seeds 5\n"
      "  mirim make recipes/fashion_mnist.toml --lang pt\n  mirim make recipes/zoo");
  command->add_option("RECIPE", o->recipe, "the recipe, .toml, or a folder of them")->required();
  command->add_option("-o,--output", o->output,
                      "the run's folder (default: runs/NAME); of several recipes a folder in it for each");
  command
      ->add_option("--seeds", o->seeds,
                   "do it with N seeds, from the recipe's own on (default: the recipe's seeds, or 1)")
      ->check(at_least_one());
  add_language(
      *command, [o](Language chosen) { o->language = chosen; }, "as the recipe says, or en");
  add_json(*command, o->json);
  command->callback([o] { run(*o); });
}

}  // namespace mirim::cli
