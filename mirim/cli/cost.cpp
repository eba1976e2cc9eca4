#include "mirim/compile/cost.hpp"

#include <CLI/CLI.hpp>
#include <memory>

#include "mirim/base/error.hpp"
#include "mirim/base/text.hpp"
#include "mirim/cli/commands.hpp"
#include "mirim/cli/console.hpp"
#include "mirim/cli/options.hpp"
#include "mirim/compile/fit.hpp"
#include "mirim/recipe/cost_job.hpp"
#include "mirim/recipe/json.hpp"
#include "mirim/recipe/model_file.hpp"

namespace mirim::cli {
namespace {

struct Options {
  std::filesystem::path model;
  Runnable part;
  std::vector<std::string> devices;
  std::string target;
  bool estimate = false;
  bool stored = false;
  bool json = false;
};

void run(const Options& o) {
  if (!o.devices.empty() && o.target == "host") wrong_usage("--device asks about a board; leave out --target host");
  std::vector<const Device*> devices;
  for (const std::string& name : o.devices) {
    choose_target(o.target, name);
    devices.push_back(&find_device(name));
  }
  std::vector<std::string> warnings;
  Model model = read_to_look_at(o.model, std::nullopt, warnings, o.part.signature);
  for (const std::string& warning : without_repeats(warnings)) note("warning: " + warning);
  note_signatures(model, o.part.signature);
  resolve_variables_if_possible(model, o.part.most_rounds);
  if (o.devices.empty() && o.target != "host") {
    for (const Device& device : all_devices()) devices.push_back(&device);
  }
  const std::string first = o.devices.empty() ? "" : o.devices.front();
  const ModelCost result = in_context(o.model.string(), [&] {
    return cost(model.main(), {.target = o.target, .device = first, .measure = !o.estimate});
  });
  std::vector<DeviceFit> fits;
  bool all_fit = true;
  for (const Device* device : devices) {
    if (!result.memory) {
      fits.push_back({.device = device});
      continue;
    }
    // A board named by the user gets the code of its own core.
    const bool same_core = o.devices.empty() || device->target == result.memory->target;
    const MemoryCost memory =
        same_core ? *result.memory
                  : *cost(model.main(), {.device = std::string(device->name), .measure = !o.estimate}).memory;
    fits.push_back(fit(memory, *device));
    all_fit = all_fit && fits.back().fits();
  }
  all_fit = all_fit && result.memory.has_value();
  if (o.json) {
    const std::string json = cost_json(result, fits);
    print((o.stored ? merge_json(json, stored_json(model.main())) : json) + "\n");
  } else {
    print(cost_text(result, fits) + (o.stored ? stored_text(model.main()) : ""));
  }
  // A script that names a board needs the answer as an exit code.
  if (!o.devices.empty() && !all_fit) {
    fail("{}: {}", o.model.string(),
         result.memory ? "does not fit the device; choose a larger one or a smaller model"
                       : "cannot be deployed: " + result.not_deployable);
  }
}

}  // namespace

void add_cost(CLI::App& program) {
  auto o = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "cost",
      "Says what a model costs, and which boards it fits.\n"
      "Per layer and in total: parameters, multiply-accumulates (MACs), other operations, bytes of weights and\n"
      "activations. Operators that mirim lacks are left out of the sums, which are then marked ~. If the model\n"
      "compiles, also the cycles of each layer by its kernel's price, arena, static RAM and constants, exact to the\n"
      "byte, and code, stack, instructions and cycles, from one run of the linked image on the emulated core. Code\n"
      "and stack are estimates, marked ~, if the core's compiler or emulator is not installed or the model is too\n"
      "large (4 MB). ms and mJ are estimates for boards with a Cortex-M4: the cycles, with the wait states of the\n"
      "board's flash. A model fits a board if its arena fits the longest contiguous stretch of RAM, static RAM and\n"
      "stack all of it, and code and constants the flash; ~ marks an answer for code of another core. Exits 1 if a\n"
      "board named with --device is too small.");
  command->footer("Example:\n  mirim cost int8.tflite --device nano33ble");
  command->add_option("MODEL", o->model, ".tflite or .toml")->required();
  command->add_option("--device", o->devices, "boards by name (default: all that are known; with --target host none)");
  add_target(*command, o->target);
  command->add_flag("--estimate", o->estimate,
                    "do not build anything: estimate the code's size, and cycles by the kernels' prices");
  command->add_flag("--stored", o->stored,
                    "also how small the constants can be stored: pruned, clustered, few bits, entropy-coded");
  add_signature(*command, o->part.signature);
  add_max_rounds(*command, o->part.most_rounds);
  add_json(*command, o->json);
  command->callback([o] { run(*o); });
}

}  // namespace mirim::cli
