#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/base/text.hpp"
#include "mirim/cli/commands.hpp"
#include "mirim/cli/console.hpp"
#include "mirim/cli/options.hpp"
#include "mirim/compile/cost.hpp"
#include "mirim/graph/random_input.hpp"
#include "mirim/passes/extract.hpp"
#include "mirim/recipe/model_file.hpp"

namespace mirim::cli {
namespace {

struct Options {
  std::filesystem::path model;
  std::filesystem::path output;
  std::vector<std::string> from;
  std::vector<std::string> to;
  std::string random;
};

std::string named(const Graph& graph, const std::vector<ValueId>& ids) {
  std::vector<std::string> names;
  for (const ValueId id : ids)
    names.push_back(fmt::format("'{}' [{}]", graph[id].name, to_string(graph[id].type.shape)));
  return fmt::format("{}", fmt::join(names, ", "));
}

void run(const Options& o) {
  require_writable(o.output);
  Model model = read_runnable_model(o.model);
  Graph part = in_context(o.model.string(), [&] { return extract(std::move(model.main()), o.from, o.to); });
  if (!o.random.empty()) {
    const Distribution distribution = distribution_named(o.random);
    for (const ValueId id : part.inputs) set_distribution(part[id], distribution);
  }
  Model out;
  out.graphs.push_back(std::move(part));
  out.description = model.description;
  const Graph& graph = out.main();
  const std::string line = fmt::format("{}: {} to {}, {} parameters\n", o.output.string(), named(graph, graph.inputs),
                                       named(graph, graph.outputs), with_commas(count(graph).parameters));
  write_model(o.output, std::move(out));
  print(line);
}

}  // namespace

void add_extract(CLI::App& program) {
  auto o = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "extract",
      "Cuts a part out of a trained model, float or integer: what lies between the layers --from and --to.\n"
      "The encoder or the decoder of an autoencoder, a network without its last layer.");
  command->footer("Example:\n  mirim extract vae.tflite --from latent --random normal -o generator.tflite");
  command->add_option("MODEL", o->model, ".tflite")->required();
  command->add_option("--from", o->from, "layers whose results become the inputs (default: the model's inputs)")
      ->delimiter(',');
  command->add_option("--to", o->to, "layers whose results become the outputs (default: the model's outputs)")
      ->delimiter(',');
  command->add_option("--random", o->random,
                      "the part's inputs are random numbers, drawn anew in each run: normal, uniform or bernoulli");
  command->add_option("-o,--output", o->output, "the part, .tflite")->required();
  command->callback([o] { run(*o); });
}

}  // namespace mirim::cli
