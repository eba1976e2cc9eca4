#include "mirim/compile/compile.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "mirim/base/error.hpp"
#include "mirim/base/text.hpp"
#include "mirim/cli/commands.hpp"
#include "mirim/cli/console.hpp"
#include "mirim/cli/options.hpp"
#include "mirim/compile/model_size.hpp"
#include "mirim/compile/names.hpp"
#include "mirim/compile/pack.hpp"
#include "mirim/graph/text.hpp"
#include "mirim/recipe/model_file.hpp"
#include "mirim/recipe/table.hpp"

namespace mirim::cli {
namespace {

struct Options {
  std::filesystem::path model;
  Runnable part;
  std::filesystem::path output;
  CompileOptions compile{.name = "", .measure = true};
  std::string dump_after;
  std::string optimize = std::string(kOptimizeNames[0]);
  std::string input = "whole";
  std::string front_end;
  std::string learn;
  bool explain = false;
  bool json = false;
};

/// For each layer the kernels that the target has for it, which one was taken, and why not the others.
std::string explained(const Plan& plan) {
  std::vector<std::vector<std::string>> rows{{"layer", "kernel", "cycles", "constants", ""}};
  const std::vector<std::string> names = step_names(plan);
  for (std::size_t s = 0; s < plan.steps.size(); ++s) {
    const Step& step = plan.steps[s];
    if (!step.skipped.empty()) continue;
    std::string layer = names[s];
    if (step.chain >= 0) {
      const Chain& chain = plan.chains[static_cast<std::size_t>(step.chain)];
      layer +=
          fmt::format(" (steps {} to {}: {} of {} rows)", chain.first, chain.last, step.band.rows, step.band.height);
    }
    for (const Considered& offer : step.considered) {
      rows.push_back({&offer == step.considered.data() ? layer : "", offer.kernel,
                      offer.refusal.empty() ? "~" + with_commas(offer.cycles) : "",
                      offer.refusal.empty() ? with_commas(offer.flash) : "",
                      offer.kernel == step.kernel ? "taken" : offer.refusal});
    }
  }
  return table(rows) + "\n";
}

/// "left out, as no result depends on them: 5 of 10 multiplications (50.0 %), ..."; nothing if all are needed.
std::string left_out(const ModelSize& given, const ModelSize& compiled) {
  if (compiled.macs >= given.macs && compiled.weights >= given.weights) return "";
  const auto part = [](std::int64_t before, std::int64_t after, std::string_view what) {
    const double share = before > 0 ? static_cast<double>(before - after) / static_cast<double>(before) : 0;
    return fmt::format("{} of {} {} ({:.1f} %)", with_commas(before - after), with_commas(before), what, 100 * share);
  };
  return fmt::format("left out, as no result depends on them: {}, {}\n",
                     part(given.macs, compiled.macs, "multiplications"),
                     part(given.weights, compiled.weights, "weights"));
}

void run(Options o) {
  choose_target(o.compile.target, o.compile.device);
  o.compile.optimize = find_optimize(o.optimize);
  o.compile.input_rows = o.input == "rows";
  if (!o.front_end.empty()) o.compile.front_end = parse_front_end(o.front_end);
  if (!o.learn.empty()) o.compile.learn = parse_learn_on_device(o.learn);
  if (o.compile.name.empty()) o.compile.name = name_from(o.model.stem().string());
  std::vector<std::string> passes;
  o.compile.after_pass = [&](std::string_view pass, const Graph& graph) {
    passes.emplace_back(pass);
    if (pass == o.dump_after) note(fmt::format("# after {}\n{}", pass, to_text(graph, {.constants = false})));
  };
  const Model model = read_runnable_model(o.model, o.part);
  note_signatures(model, o.part.signature);
  const Artifact artifact = in_context(o.model.string(), [&] { return compile(model.main(), o.compile); });
  if (!o.dump_after.empty() && std::find(passes.begin(), passes.end(), o.dump_after) == passes.end()) {
    fail("--dump-after {}: no such pass; there are {}", o.dump_after, fmt::join(passes, ", "));
  }
  write_artifact(o.output, artifact);
  if (o.explain && !o.json) print(explained(artifact.plan));

  const ModelSize given = size_of_model(model.main()), compiled = size_of_model(artifact.plan.graph);
  std::vector<std::string> files;
  for (const Artifact::File& file : artifact.files) files.push_back(file.path);
  if (o.json) {
    print(nlohmann::ordered_json({{"output", o.output.string()},
                                  {"target", artifact.firmware.target},
                                  {"arena_bytes", artifact.firmware.arena_bytes},
                                  {"constant_bytes", artifact.firmware.constant_bytes},
                                  {"code_bytes", artifact.memory.code_bytes},
                                  {"code_is_estimate", artifact.memory.code_is_estimate},
                                  {"stack_bytes", artifact.memory.stack_bytes},
                                  {"stack_is_estimate", artifact.memory.stack_is_estimate},
                                  {"macs", compiled.macs},
                                  {"macs_given", given.macs},
                                  {"weights", compiled.weights},
                                  {"weights_given", given.weights},
                                  {"name", artifact.firmware.name},
                                  {"files", files}})
              .dump() +
          "\n");
  } else {
    const MemoryCost& m = artifact.memory;
    print(fmt::format(
        "{}: {} files for {}, functions {}_run and so on; RAM: arena {} bytes, stack {}{}; flash: constants {} bytes, "
        "code {}{}\n",
        o.output.string(), files.size(), artifact.firmware.target, artifact.firmware.name, with_commas(m.arena_bytes),
        m.stack_is_estimate ? "~" : "", with_commas(m.stack_bytes), with_commas(m.constant_bytes),
        m.code_is_estimate ? "~" : "", with_commas(m.code_bytes)));
    if (!o.compile.learn) print(left_out(given, compiled));
  }
}

}  // namespace

void add_compile(CLI::App& program) {
  auto o = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "compile",
      "Compiles a .tflite, integer or float, to C++ for a microcontroller.\n"
      "The folder gets NAME.h, NAME.cpp and the kernels that they use. Any C++14 compiler builds NAME.cpp, with\n"
      "only the core's flags. README.md describes inputs, outputs and the build. No heap, no interpreter; all RAM\n"
      "but the stack is one arena of known size. Code and stack are measured on the linked image and the emulated\n"
      "core; ~ marks an estimate, if the core's compiler or emulator is not installed.");
  command->footer("Example:\n  mirim compile int8.tflite --device nano33ble -o firmware/");
  command->add_option("MODEL", o->model, "model, .tflite")->required();
  command->add_option("-o,--output", o->output, "folder to write")->required();
  add_target(*command, o->compile.target);
  command->add_option("--name", o->compile.name,
                      "prefix of the functions, stem of the files (default: the model file's stem)");
  command->add_flag("--reentrant", o->compile.reentrant, "every function takes a context from the caller");
  command->add_option("--device", o->compile.device, "a board that the model must fit (see `mirim cost`)");
  command
      ->add_option(
          "--optimize", o->optimize,
          "what is saved: balanced, speed, size or ram; kernels are chosen for it, and whether layers run row by\n"
          "row (docs/firmware.md)")
      ->capture_default_str()
      ->check(CLI::IsMember(std::vector<std::string>(kOptimizeNames.begin(), kOptimizeNames.end())));
  command
      ->add_option(
          "--input", o->input,
          "whole: the program writes the input, then runs the model; rows: it hands over each row as it comes\n"
          "(NAME_push_rows), and the input is never in memory")
      ->check(CLI::IsMember({"whole", "rows"}));
  command->add_option(
      "--front-end", o->front_end,
      "sound is the input: 'logmel?rate=8000&bands=20', with the options of the wav: data that it was trained on\n"
      "(docs/data.md), makes NAME_push(samples, count). &every=16: an answer every 16 frames (default: as many as\n"
      "the input has)");
  command->add_option(
      "--learn", o->learn,
      "the firmware goes on learning (NAME_learn): with its last layer by 'gradient?rate=0.01', a step for each "
      "sample,\n"
      "or 'recursive?penalty=1&forget=1', the ridge regression of all samples so far; as a self-organizing map by\n"
      "'map?columns=5&sigma=1&rate=0.1&neighbourhood=gaussian'; as a Hopfield network by\n"
      "'hebbian'; as a Markov chain by 'counting?seen=10' (docs/firmware.md)");
  command->add_flag("--explain", o->explain,
                    "print for each layer which kernels were offered, which was taken, and why");
  command->add_option("--dump-after", o->dump_after, "print the graph on stderr after this pass");
  add_signature(*command, o->part.signature);
  add_max_rounds(*command, o->part.most_rounds);
  add_json(*command, o->json);
  command->callback([o] { run(*o); });
}

}  // namespace mirim::cli
