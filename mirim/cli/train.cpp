#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/base/text.hpp"
#include "mirim/cli/commands.hpp"
#include "mirim/cli/console.hpp"
#include "mirim/cli/options.hpp"
#include "mirim/compile/cost.hpp"
#include "mirim/recipe/json.hpp"
#include "mirim/recipe/meaning_job.hpp"
#include "mirim/recipe/model_file.hpp"
#include "mirim/recipe/train_job.hpp"

namespace mirim::cli {
namespace {

struct Options {
  std::filesystem::path model;
  std::filesystem::path output;
  std::filesystem::path checkpoint;
  bool resume = false;
  bool json = false;
  DataSettings data;
  TrainSettings train;
};

void run(const Options& o) {
  require_writable(o.output);
  Graph graph = read_for_training(o.model, static_cast<std::uint64_t>(o.train.seed));
  const Splits data = in_context(o.data.set, [&] { return matched(graph, load(o.data)); });
  note_data(data);
  TrainFiles files{.checkpoint = o.checkpoint, .resume = o.resume, .stop = stop_on_signal(), .say = note};
  if (files.checkpoint.empty()) files.checkpoint = o.output.string() + ".checkpoint";
  const TrainResult result = train(std::move(graph), data, o.train, files, training_progress());
  write_trained(o.output, result.graph);
  if (o.checkpoint.empty()) std::filesystem::remove(files.checkpoint);

  const std::int64_t parameters = count(result.graph).parameters;
  if (!o.json) {
    print(fmt::format("{}: {} parameters, {} epochs\n", o.output.string(), with_commas(parameters),
                      result.fit.history.size()));
    return;
  }
  nlohmann::ordered_json json = {{"output", o.output.string()},
                                 {"parameters", parameters},
                                 {"loss_name", name(result.task.loss)},
                                 {"epochs", result.fit.history.size()},
                                 {"stopped_early", result.fit.stopped_early}};
  json["history"] = nlohmann::ordered_json::parse(to_json(result.fit.history, result.task, data.validation.size() > 0));
  print(json.dump() + "\n");
}

}  // namespace

void add_train(CLI::App& program) {
  auto o = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "train",
      "Trains a network on a data set and writes it as a float .tflite.\n"
      "MODEL is a description (.toml, weights initialised from --seed) or a .tflite to train further. A checkpoint\n"
      "is written after each epoch; with --resume an interrupted training continues and ends with exactly the same\n"
      "weights.");
  command->footer(
      "Example:\n  mirim train models/lenet5.toml --data fashion-mnist -o float.tflite --epochs 5 --threads 2");
  command->add_option("MODEL", o->model, "models/NAME.toml or NAME.tflite")->required();
  add_data(*command, o->data.set);
  command->add_option("-o,--output", o->output, "the trained model, .tflite")->required();
  command->add_option("--checkpoint", o->checkpoint,
                      "file of the checkpoint, kept at the end (default: OUTPUT.checkpoint, removed at the end)");
  command->add_flag("--resume", o->resume, "go on from the checkpoint if there is one");
  add_settings(*command, o->data);
  add_settings(*command, o->train);
  add_json(*command, o->json);
  command->callback([o] { run(*o); });
}

}  // namespace mirim::cli
