#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/base/text.hpp"
#include "mirim/cli/commands.hpp"
#include "mirim/cli/console.hpp"
#include "mirim/cli/options.hpp"
#include "mirim/recipe/fold_job.hpp"
#include "mirim/recipe/model_file.hpp"

namespace mirim::cli {
namespace {

struct Options {
  std::filesystem::path model;
  std::filesystem::path output;
};

void run(const Options& o) {
  require_writable(o.output);
  std::vector<std::string> warnings;
  Model model = read_sound_model(o.model, &warnings);
  for (const std::string& warning : warnings) note("warning: " + warning);
  const std::size_t before = model.main().nodes.size();
  model = in_context(o.model.string(), [&] { return fold(std::move(model)); });
  const std::size_t after = model.main().nodes.size();
  write_model(o.output, std::move(model));
  print(fmt::format("{}: {} of {} operators left\n", o.output.string(), after, before));
}

}  // namespace

void add_fold(CLI::App& program) {
  auto o = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "fold",
      "Writes a float model without batch norm.\n"
      "Batch norm, and every MUL and ADD by constants behind a layer with weights, go into the weights; activations "
      "and\n"
      "paddings into the layers. The answers stay but for rounding. quantize does this itself; a folded model trains\n"
      "further without batch norm.");
  command->footer("Example:\n  mirim fold float.tflite -o folded.tflite");
  command->add_option("MODEL", o->model, "the float model, .tflite")->required();
  command->add_option("-o,--output", o->output, "the model that is made, .tflite")->required();
  command->callback([o] { run(*o); });
}

}  // namespace mirim::cli
