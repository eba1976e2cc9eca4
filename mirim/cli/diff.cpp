#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "mirim/cli/commands.hpp"
#include "mirim/cli/console.hpp"
#include "mirim/cli/options.hpp"
#include "mirim/recipe/json.hpp"
#include "mirim/recipe/model_file.hpp"
#include "mirim/recipe/table.hpp"
#include "mirim/recipe/train_job.hpp"
#include "mirim/train/compare.hpp"

namespace mirim::cli {
namespace {

struct Options {
  std::filesystem::path a;
  std::filesystem::path b;
  std::int64_t count = 100;
  bool stream = false;
  bool json = false;
  DataSettings data;
};

std::string text(const Comparison& comparison) {
  std::vector<std::vector<std::string>> rows = {
      {"layer", "operator", "largest error", "mean error", "signal/noise, dB"}};
  for (const LayerDifference& layer : comparison.layers) {
    rows.push_back({layer.name, layer.op, fmt::format("{:.6g}", layer.largest), fmt::format("{:.6g}", layer.mean),
                    layer.equal ? "equal" : fmt::format("{:.1f}", layer.signal_to_noise_db)});
  }
  return table(rows);
}

void run(const Options& o) {
  const Model a = read_runnable_model(o.a);
  const Model b = read_runnable_model(o.b);
  const Comparison comparison = compare(a.main(), b.main(), load(o.data).test.first(o.count), o.stream);
  print(o.json ? to_json(comparison) + "\n" : text(comparison));
}

}  // namespace

void add_diff(CLI::App& program) {
  auto o = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "diff",
      "Compares two models layer by layer on the same test samples.\n"
      "Layers are matched by name: largest and mean absolute error, in the unit of the layer, and 10 log10(signal /\n"
      "noise) with the first model as the signal.");
  command->footer("Example:\n  mirim diff float.tflite int8.tflite --data fashion-mnist");
  command->add_option("A", o->a, "the model to compare with, .tflite")->required();
  command->add_option("B", o->b, "the model in question, .tflite")->required();
  add_data(*command, o->data.set);
  command->add_option("--count", o->count, "how many test samples")->capture_default_str()->check(CLI::PositiveNumber);
  add_settings(*command, o->data);
  add_stream(*command, o->stream);
  add_json(*command, o->json);
  command->callback([o] { run(*o); });
}

}  // namespace mirim::cli
