#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "mirim/base/error.hpp"
#include "mirim/cli/commands.hpp"
#include "mirim/cli/console.hpp"
#include "mirim/cli/options.hpp"
#include "mirim/formats/npy.hpp"
#include "mirim/recipe/firmware_job.hpp"
#include "mirim/recipe/model_file.hpp"
#include "mirim/recipe/run_job.hpp"
#include "mirim/recipe/train_job.hpp"

namespace mirim::cli {
namespace {

struct Options {
  std::filesystem::path what;
  std::vector<std::filesystem::path> inputs;
  std::vector<std::filesystem::path> outputs;
  std::filesystem::path model;
  std::int64_t count = 500;
  bool json = false;
  DataSettings data;
};

std::vector<Tensor> read_inputs(const Options& o) {
  std::vector<Tensor> inputs;
  for (const auto& path : o.inputs) inputs.push_back(read_npy(path));
  return inputs;
}

void run_model(const Options& o) {
  const Model model = read_runnable_model(o.what);
  const std::vector<Tensor> inputs = read_inputs(o);
  const std::vector<Tensor> outputs = in_context(o.what.string(), [&] {
    if (inputs.empty()) fail("a model is run on arrays: --input x.npy (to measure it use `mirim eval`)");
    return run_graph(model.main(), inputs);
  });
  if (o.outputs.size() > outputs.size()) {
    fail("{}: {} outputs asked for, the model has {}", o.what.string(), o.outputs.size(), outputs.size());
  }
  for (std::size_t i = 0; i < o.outputs.size(); ++i) write_npy(o.outputs[i], outputs[i].type, outputs[i].bytes);
  auto json = nlohmann::ordered_json::array();
  std::string text;
  for (const Tensor& output : outputs) {
    json.push_back({{"type", name(output.type.dtype)}, {"shape", output.type.shape.dimensions()}});
    text += fmt::format("{}[{}]\n", name(output.type.dtype), to_string(output.type.shape));
  }
  print(o.json ? nlohmann::ordered_json({{"outputs", json}}).dump() + "\n" : text);
}

void run_on_board(const Options& o) {
  const Firmware firmware = read_firmware(o.what);
  const Bytes samples = in_context(o.what.string(), [&] {
    return o.inputs.empty() ? firmware_samples(firmware, load(o.data).test, o.count)
                            : firmware_samples(firmware, read_inputs(o));
  });
  std::optional<Graph> graph;
  if (!o.model.empty()) graph = read_runnable_model(o.model).main();
  const FirmwareRun result = run_and_compare(o.what, samples, graph ? &*graph : nullptr);
  write_answers(o.outputs, firmware, result.answers);
  print(o.json ? result.json + "\n" : result.text);
  if (result.identical && *result.identical != result.samples) {
    fail("{}: {} of {} answers differ from those of {}", o.what.string(), result.samples - *result.identical,
         result.samples, o.model.string());
  }
}

void run(const Options& o) {
  if (std::filesystem::is_directory(o.what)) {
    run_on_board(o);
  } else {
    run_model(o);
  }
}

}  // namespace

void add_run(CLI::App& program) {
  auto o = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "run",
      "Runs a model on the host, or a firmware folder (from `mirim compile`) on its board, emulated.\n"
      "A model takes arrays (.npy) of its input's type; one more axis in front means that many runs in sequence. A\n"
      "firmware takes test samples of a data set, or arrays; the result has exact instructions per inference "
      "(counted,\n"
      "not cycles), arena and peak stack in bytes, flash in code and constants, and with --model on how many samples "
      "it\n"
      "gave the host's very bytes (it fails when any differs).");
  command->footer(
      "Examples:\n  mirim run int8.tflite --input x.npy --output y.npy\n"
      "  mirim run firmware/ --data fashion-mnist --count 500 --model int8.tflite");
  command->add_option("WHAT", o->what, "MODEL.tflite or a firmware folder")->required();
  command->add_option("--input", o->inputs, ".npy, one for each input of the model, in its order");
  command->add_option("--output", o->outputs, ".npy to write, in the order of the model's outputs");
  command->add_option("--model", o->model, "the .tflite that the firmware was made of, to compare with");
  add_data(*command, o->data.set, false);
  command->add_option("--count", o->count, "how many test samples")->capture_default_str()->check(CLI::PositiveNumber);
  add_settings(*command, o->data);
  add_json(*command, o->json);
  command->callback([o] { run(*o); });
}

}  // namespace mirim::cli
