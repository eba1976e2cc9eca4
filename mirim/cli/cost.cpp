#include <CLI/CLI.hpp>
#include <memory>

#include "mirim/base/error.hpp"
#include "mirim/base/text.hpp"
#include "mirim/cli/commands.hpp"
#include "mirim/cli/console.hpp"
#include "mirim/cli/options.hpp"
#include "mirim/machine/devices.hpp"
#include "mirim/machine/target.hpp"
#include "mirim/recipe/cost_job.hpp"
#include "mirim/recipe/cost_report.hpp"
#include "mirim/recipe/json.hpp"
#include "mirim/recipe/model_file.hpp"

namespace mirim::cli {
namespace {

struct Options {
  std::vector<std::filesystem::path> models;
  Runnable part;
  std::vector<std::string> devices;
  std::string target;
  bool estimate = false;
  bool stored = false;
  bool json = false;
};

CostQuestion question(const Options& o) {
  CostQuestion q{.part = o.part, .named = !o.devices.empty(), .target = o.target, .measure = !o.estimate};
  for (const std::string& name : o.devices) {
    choose_target(o.target, name);
    q.devices.push_back(&find_device(name));
  }
  if (o.devices.empty() && o.target != "host") {
    for (const Device& device : all_devices()) q.devices.push_back(&device);
  }
  return q;
}

CostReport report(CostQuestion q, const std::filesystem::path& model) {
  q.model = model;
  CostReport result = report_cost(q);
  for (const std::string& warning : without_repeats(result.warnings)) note("warning: " + warning);
  if (!result.signatures.empty()) note(result.signatures);
  return result;
}

Graph with_weights(const Options& o) {
  std::vector<std::string> told;
  Model model = read_to_look_at(o.models[0], 1, told, o.part.signature);
  resolve_variables_if_possible(model, o.part.most_rounds);
  return std::move(model.main());
}

// A script that names a board needs the answer as an exit code.
void require_fit(const CostReport& report) {
  if (report.fits_all()) return;
  const std::string& reason = report.described ? report.outlook.not_planned : report.cost->not_deployable;
  fail("{}: {}", report.file,
       reason.empty() ? "does not fit the device; choose a larger one or a smaller model"
                      : "cannot be deployed: " + reason);
}

void run_one(const Options& o) {
  const CostReport result = report(question(o), o.models[0]);
  if (o.json) {
    const std::string json = cost_report_json(result);
    print((o.stored ? merge_json(json, stored_json(with_weights(o))) : json) + "\n");
  } else {
    print(cost_report_text(result) + (o.stored ? stored_text(with_weights(o)) : ""));
  }
  if (!o.devices.empty()) require_fit(result);
}

// A model that cannot be read is told, and the others are shown.
void compare(const Options& o) {
  if (o.stored) wrong_usage("--stored is of one model; name one");
  CostQuestion q = question(o);
  q.measure = false;  // a table of many is by the kernels' prices
  std::vector<CostReport> reports;
  std::vector<std::pair<std::string, std::string>> failed;
  for (const std::filesystem::path& model : o.models) {
    try {
      reports.push_back(report(q, model));
    } catch (const Error& error) {
      failed.emplace_back(model.string(), error.what());
    }
  }
  print(o.json ? compare_costs_json(reports, failed) + "\n" : reports.empty() ? "" : compare_costs_text(reports));
  for (const auto& [file, error] : failed) {
    if (file != failed.back().first) note(error);
  }
  if (!failed.empty()) fail("{}", failed.back().second);
  for (const CostReport& each : reports) {
    if (!o.devices.empty()) require_fit(each);
  }
}

void run(const Options& o) {
  if (!o.devices.empty() && o.target == "host") wrong_usage("--device asks about a board; leave out --target host");
  if (o.models.size() == 1) {
    run_one(o);
  } else {
    compare(o);
  }
}

}  // namespace

void add_cost(CLI::App& program) {
  auto o = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "cost",
      "Says what a model costs, and which boards it fits; of several, compares them in one table.\n"
      "Per layer and in total: parameters, multiply-accumulates (MACs), other operations, bytes of weights and\n"
      "activations. Operators that mirim lacks are left out of the sums, which are then marked ~. If the model\n"
      "compiles, also the cycles of each layer by its kernel's price, arena, static RAM and constants, exact to the\n"
      "byte, and code, stack, instructions and cycles, from one run of the linked image on the emulated core. Code\n"
      "and stack are estimates, marked ~, if the core's compiler or emulator is not installed or the model is too\n"
      "large (4 MB). ms and mJ are estimates for boards with a Cortex-M4: the cycles, with the wait states of the\n"
      "board's flash. A model fits a board if its arena fits the longest contiguous stretch of RAM, static RAM and\n"
      "stack all of it, and code and constants the flash; ~ marks an answer for code of another core. Exits 1 if a\n"
      "board named with --device is too small.\n"
      "A float model or a .toml is also planned in int8, with scales that no data has given: the arena on whole\n"
      "tensors and row by row, and the boards that hold it, each with the fastest options that fit. The weights of a\n"
      ".toml are only counted, so a network of any size takes no memory: models/ has AlexNet, VGG-16, ResNet-50,\n"
      "SqueezeNet, MobileNet, EfficientNet-B0, and GPT-2 and GPT-3 as [transformer]. If its [training] or tokens say\n"
      "how it was trained, also the operations of that.");
  command->footer(
      "Examples:\n  mirim cost int8.tflite --device nano33ble\n  mirim cost models/vgg16.toml\n"
      "  mirim cost models/lenet5.toml models/resnet50.toml int8.tflite");
  command->add_option("MODEL", o->models, ".tflite or .toml, one or several")->required()->expected(1, -1);
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
