#include <CLI/CLI.hpp>
#include <memory>

#include "mirim/base/file.hpp"
#include "mirim/base/text.hpp"
#include "mirim/cli/commands.hpp"
#include "mirim/cli/console.hpp"
#include "mirim/cli/options.hpp"
#include "mirim/recipe/model_file.hpp"
#include "mirim/recipe/picture.hpp"
#include "mirim/recipe/show_job.hpp"

namespace mirim::cli {
namespace {

struct Options {
  std::filesystem::path model;
  std::string signature;
  std::filesystem::path svg;
  std::uint64_t seed = 1;
  bool constants = false;
  bool json = false;
};

void run(const Options& o) {
  std::vector<std::string> warnings;
  const Model model =
      read_to_look_at(o.model, o.constants ? std::optional(o.seed) : std::nullopt, warnings, o.signature);
  for (const std::string& warning : without_repeats(warnings)) note("warning: " + warning);
  if (!o.svg.empty()) write_file(o.svg, picture(model));
  if (o.json) return print(show_json(model, o.constants, warnings) + "\n");
  if (o.svg.empty()) print(show_text(model, o.constants));
}

}  // namespace

void add_show(CLI::App& program) {
  auto o = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "show",
      "Prints a model as text, or draws it.\n"
      "One line for each constant and each operator, with types, shapes and quantization, including operators that\n"
      "mirim cannot run. Oddities, and what mirim cannot run, are warnings on stderr; a broken file is refused:\n"
      "exit code 1 and the reason.");
  command->footer("Examples:\n  mirim show int8.tflite\n  mirim show int8.tflite --svg int8.svg");
  command->add_option("MODEL", o->model, ".tflite or .toml")->required();
  command->add_option("--svg", o->svg, "draw the graph into this file instead of printing text");
  command->add_flag("--constants", o->constants, "print the elements of constants too; such text can be parsed again");
  command->add_option("--seed", o->seed, "seed of a .toml's initial weights, which --constants prints")
      ->capture_default_str();
  add_signature(*command, o->signature);
  add_json(*command, o->json);
  command->callback([o] { run(*o); });
}

}  // namespace mirim::cli
