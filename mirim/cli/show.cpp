#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "mirim/cli/commands.hpp"
#include "mirim/cli/console.hpp"
#include "mirim/cli/options.hpp"
#include "mirim/graph/text.hpp"
#include "mirim/recipe/json.hpp"
#include "mirim/recipe/model_file.hpp"

namespace mirim::cli {
namespace {

struct Options {
  std::filesystem::path model;
  std::uint64_t seed = 1;
  bool constants = false;
  bool json = false;
};

void run(const Options& o) {
  std::vector<std::string> warnings;
  const Model model = read_to_look_at(o.model, o.seed, warnings);
  for (const std::string& warning : warnings) note("warning: " + warning);
  std::string text;
  auto json = nlohmann::ordered_json::array();
  for (const Graph& graph : model.graphs) {
    text += to_text(graph, {.constants = o.constants});
    json.push_back(nlohmann::ordered_json::parse(layers_json(graph)));
    json.back()["text"] = to_text(graph, {.constants = o.constants});
  }
  print(o.json ? json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n" : text);
}

}  // namespace

void add_show(CLI::App& program) {
  auto o = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "show",
      "Prints a model as text.\n"
      "A line for each constant and each operator, with types, shapes and quantisation. What is odd about a file, and\n"
      "what mirim cannot run, goes to stderr as warnings; a broken file is refused.");
  command->footer("Example:\n  mirim show int8.tflite");
  command->add_option("MODEL", o->model, ".tflite or .toml")->required();
  command->add_option("--seed", o->seed, "of the weights of a .toml")->capture_default_str();
  command->add_flag("--constants", o->constants, "print the elements of constants too; such text can be parsed again");
  add_json(*command, o->json);
  command->callback([o] { run(*o); });
}

}  // namespace mirim::cli
