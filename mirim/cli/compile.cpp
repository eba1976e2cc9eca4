#include "mirim/compile/compile.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "mirim/base/error.hpp"
#include "mirim/cli/commands.hpp"
#include "mirim/cli/console.hpp"
#include "mirim/cli/options.hpp"
#include "mirim/graph/text.hpp"
#include "mirim/recipe/model_file.hpp"
#include "mirim/recipe/table.hpp"

namespace mirim::cli {
namespace {

struct Options {
  std::filesystem::path model;
  std::filesystem::path output;
  CompileOptions compile;
  std::string device;
  std::string dump_after;
  bool json = false;
};

void run(Options o) {
  if (!o.device.empty()) o.compile.device = o.device;
  std::vector<std::string> passes;
  o.compile.after_pass = [&](std::string_view pass, const Graph& graph) {
    passes.emplace_back(pass);
    if (pass == o.dump_after) note(fmt::format("# after {}\n{}", pass, to_text(graph, {.constants = false})));
  };
  const Model model = read_runnable_model(o.model);
  const Artifact artifact = in_context(o.model.string(), [&] { return compile(model.main(), o.compile); });
  if (!o.dump_after.empty() && std::find(passes.begin(), passes.end(), o.dump_after) == passes.end()) {
    fail("--dump-after {}: no such pass; there are {}", o.dump_after, fmt::join(passes, ", "));
  }
  write_artifact(o.output, artifact);

  std::vector<std::string> files;
  for (const Artifact::File& file : artifact.files) files.push_back(file.path);
  if (o.json) {
    print(nlohmann::ordered_json({{"output", o.output.string()},
                                  {"target", artifact.firmware.target},
                                  {"arena_bytes", artifact.firmware.arena_bytes},
                                  {"constant_bytes", artifact.firmware.constant_bytes},
                                  {"files", files}})
              .dump() +
          "\n");
  } else {
    print(fmt::format("{}: {} files for {}; arena {} bytes of RAM, constants {} bytes of flash\n", o.output.string(),
                      files.size(), artifact.firmware.target, with_commas(artifact.firmware.arena_bytes),
                      with_commas(artifact.firmware.constant_bytes)));
  }
}

}  // namespace

void add_compile(CLI::App& program) {
  auto o = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "compile",
      "Turns a .tflite, integer or float, into C++ for a microcontroller.\n"
      "The folder then holds NAME.h, NAME.cpp and the kernels they use: any C++17 compiler builds them with -I of the\n"
      "folder and nothing else. No heap, no interpreter; all RAM beside the stack is one arena of known size.");
  command->footer("Example:\n  mirim compile int8.tflite --target cortex-m4 -o firmware/ --device nano33ble");
  command->add_option("MODEL", o->model, "model, .tflite")->required();
  command->add_option("-o,--output", o->output, "folder to write")->required();
  add_target(*command, o->compile.target);
  command->add_option("--name", o->compile.name, "prefix of the functions, stem of the files")->capture_default_str();
  command->add_flag("--reentrant", o->compile.reentrant, "every function takes a context of the caller's");
  command->add_option("--device", o->device, "a board that the model must fit (see `mirim cost`)");
  command->add_option("--dump-after", o->dump_after, "print the graph on stderr after this pass");
  add_json(*command, o->json);
  command->callback([o] { run(*o); });
}

}  // namespace mirim::cli
