#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <optional>
#include <tuple>

#include "mirim/base/error.hpp"
#include "mirim/cli/commands.hpp"
#include "mirim/cli/console.hpp"
#include "mirim/cli/options.hpp"
#include "mirim/machine/devices.hpp"
#include "mirim/machine/target.hpp"
#include "mirim/recipe/arrays.hpp"
#include "mirim/recipe/firmware_job.hpp"
#include "mirim/recipe/json.hpp"
#include "mirim/recipe/model_file.hpp"
#include "mirim/recipe/profile.hpp"
#include "mirim/recipe/run_job.hpp"
#include "mirim/recipe/train_job.hpp"

namespace mirim::cli {
namespace {

struct Options {
  std::filesystem::path what;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::filesystem::path model;
  Runnable part;
  std::uint64_t seed = 1;  // of random inputs
  std::int64_t count = 0;  // 500, or all if there are fewer
  bool profile = false;
  std::string device;  // of the profile
  bool json = false;
  DataSettings data;
};

RandomRuns random_of(const Options& o) { return {.seed = o.seed, .runs = o.count}; }

void run_model(const Options& o) {
  if (!o.data.set.empty()) {
    wrong_usage("--data runs a firmware folder; a model is run on arrays (--input x.npy), or measured by `mirim eval`");
  }
  if (o.profile) wrong_usage("--profile is of a firmware folder: `mirim compile` the model, then run the folder");
  if (!o.model.empty()) wrong_usage("--model is what a firmware folder is compared with; `mirim diff` compares models");
  const Model model = read_runnable_model(o.what, o.part);
  note_signatures(model, o.part.signature);
  const std::vector<Port> ports = output_ports(model);
  in_context(o.what.string(), [&] {
    const std::vector<std::filesystem::path> files = assign_files(o.outputs, ports, "output");
    const Arrays outputs = run_graph(model, read_arrays(o.inputs, input_ports(model), random_of(o)));
    write_arrays(files, outputs);
    print(o.json ? arrays_json(ports, outputs, files) + "\n" : arrays_text(ports, outputs, files));
  });
}

void run_on_board(const Options& o) {
  if (o.inputs.empty() == o.data.set.empty()) {
    wrong_usage("a firmware is run either on test samples (--data SET) or on arrays (--input x.npy)");
  }
  if (!o.device.empty() && !o.profile) wrong_usage("--device is the board of a --profile");
  const Device* device = o.device.empty() ? nullptr : &find_device(o.device);
  const Firmware firmware = read_firmware(o.what);
  if (o.profile && find_target(firmware.target).is_host()) {
    fail("{}: compiled for the host, which counts nothing; compile it for a board to profile it", o.what.string());
  }
  if (device) check_profiled(firmware, *device);
  const std::vector<Port> ports = ports_of(firmware.outputs);
  const auto [samples, files, runs] = in_context(o.what.string(), [&] {
    std::vector<std::filesystem::path> outputs = assign_files(o.outputs, ports, "output");
    if (o.inputs.empty()) {
      const Subset test = load_test(o.data);
      note_data(test);
      const std::int64_t count = o.count > 0 ? o.count : std::min<std::int64_t>(500, test.size());
      return std::tuple(firmware_samples(firmware, test, count), outputs, std::optional(count));
    }
    const Arrays inputs = read_arrays(o.inputs, ports_of(firmware.inputs), random_of(o));
    return std::tuple(firmware_samples(firmware, inputs), outputs, inputs.runs);
  });
  std::optional<Graph> graph;
  if (!o.model.empty()) graph = read_runnable_model(o.model, o.part).main();
  const FirmwareRun result = run_and_compare(o.what, samples, graph ? &*graph : nullptr, o.profile);
  const bool profiled = o.profile && result.board && !result.board->instructions_of_steps.empty();
  if (o.profile && !profiled)
    fail("{}: no layers were told apart; is binutils-arm-none-eabi installed?", o.what.string());
  const Arrays outputs = firmware_answers(firmware, result.answers, runs);
  write_arrays(files, outputs);
  if (o.json) {
    const std::string json = merge_json(result.json, arrays_json(ports, outputs, files));
    print((profiled ? merge_json(json, profile_json(firmware, *result.board, device)) : json) + "\n");
  } else {
    print(result.text + (profiled ? profile_text(firmware, *result.board, device) : "") + "\n" +
          arrays_text(ports, outputs, files));
  }
  if (result.host && result.host->close != result.samples) {
    fail("{}: {} of {} answers differ from those of {}, by {:.3g} at most", o.what.string(),
         result.samples - result.host->close, result.samples, o.model.string(), result.host->largest);
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
      "Runs a model on the host, or a firmware folder (from `mirim compile`) on its emulated board.\n"
      "On the host integer results have the bits of TensorFlow Lite Micro's reference kernels; floats are added in\n"
      "their order. Each input is a .npy of exactly its type and shape: --input FILE once for each, in the model's\n"
      "order, or --input NAME=FILE with the name of the tensor or signature (`mirim show` lists them); --output\n"
      "likewise. An extra leading axis runs the model that many times; outputs get it too, and recurrent state is\n"
      "kept between these runs. A random input without a file gets numbers of its own in each run. Outputs without a "
      "file are only summarised. A firmware can also take the test\n"
      "samples of a data set. Its result has exact instructions per inference (counted, not cycles), arena, peak\n"
      "stack and flash in bytes. --profile tells where the instructions go, layer by layer, and the cycles, which are\n"
      "estimated for a Cortex-M4 on the executed trace: with memory of no wait states, or with --device with the\n"
      "board's flash and its cache. With --model it says how many samples gave exactly the host's bytes, and fails if\n"
      "integers differ (by more than a step if computed from floats), or floats by more than 1e-5 of the largest.");
  command->footer(
      "Examples:\n  mirim run int8.tflite --input x.npy --output y.npy\n"
      "  mirim run two.tflite --input left=a.npy --input right=b.npy --output sum=y.npy\n"
      "  mirim run firmware/ --data fashion-mnist --count 500 --model int8.tflite\n"
      "  mirim run firmware/ --input x.npy --profile --device nucleo_l4r5zi");
  command->add_option("WHAT", o->what, "MODEL.tflite or a firmware folder")->required();
  command->add_option("--input", o->inputs, "FILE or NAME=FILE, .npy, one for each input of the model");
  command->add_option("--output", o->outputs, "FILE or NAME=FILE, .npy to write");
  command->add_option("--model", o->model, "the .tflite that the firmware was made of, to compare with");
  add_data(*command, o->data.set, false);
  command
      ->add_option("--count", o->count,
                   "how many test samples (default: 500, or all if there are fewer); or runs, of a model whose "
                   "inputs are all random")
      ->check(at_least_one());
  command->add_option("--seed", o->seed, "of random inputs without a file")->capture_default_str();
  add_settings(*command, o->data);
  command->add_flag("--profile", o->profile, "instructions and cycles of each layer, on the first sample");
  command->add_option("--device", o->device, "the board whose flash the cycles of --profile are with");
  add_signature(*command, o->part.signature);
  add_max_rounds(*command, o->part.most_rounds);
  add_json(*command, o->json);
  command->callback([o] { run(*o); });
}

}  // namespace mirim::cli
