#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "mirim/base/error.hpp"
#include "mirim/base/text.hpp"
#include "mirim/cli/commands.hpp"
#include "mirim/cli/console.hpp"
#include "mirim/cli/options.hpp"
#include "mirim/recipe/arrays.hpp"
#include "mirim/recipe/json.hpp"
#include "mirim/recipe/meaning_job.hpp"
#include "mirim/recipe/model_file.hpp"
#include "mirim/recipe/table.hpp"
#include "mirim/recipe/train_job.hpp"
#include "mirim/train/compare.hpp"

namespace mirim::cli {
namespace {

struct Options {
  std::filesystem::path a;
  std::filesystem::path b;
  std::vector<std::string> inputs;
  std::int64_t count = 100;
  bool stream = false;
  std::int32_t most_rounds = kMostRounds;
  bool json = false;
  DataSettings data;
};

std::string text(const Comparison& comparison) {
  std::vector<std::vector<std::string>> rows = {
      {"layer", "in A", "operator", "largest error", "mean error", "signal/noise, dB", ""}};
  for (const LayerDifference& layer : comparison.layers) {
    rows.push_back({std::string(short_name(layer.name)),
                    std::string(layer.name_in_a == layer.name ? "" : short_name(layer.name_in_a)), layer.op,
                    fmt::format("{:.6g}", layer.largest), fmt::format("{:.6g}", layer.mean),
                    layer.equal ? "equal" : fmt::format("{:.1f}", layer.signal_to_noise_db),
                    layer.departs ? "departs" : ""});
  }
  std::string lines = table(rows) + "\n";
  for (const FoldedLayer& layer : comparison.folded) {
    lines += fmt::format("folded: {} of A ({}), into {}\n", short_name(layer.name), layer.op, short_name(layer.into));
  }
  if (comparison.unmatched_in_a + comparison.unmatched_in_b > 0) {
    lines += fmt::format("without a counterpart: {} layers of A, {} of B\n", comparison.unmatched_in_a,
                         comparison.unmatched_in_b);
  }
  if (comparison.first_different < 0) return lines + "every layer is equal, bit for bit\n";
  if (comparison.largest >= 0) {
    const LayerDifference& largest = comparison.layers[static_cast<std::size_t>(comparison.largest)];
    lines += fmt::format("the largest difference: {:.6g}, in {} ({})\n", largest.largest, short_name(largest.name),
                         largest.op);
  }
  if (comparison.first_departing < 0) return lines + "no layer departs\n";
  const LayerDifference& first = comparison.layers[static_cast<std::size_t>(comparison.first_departing)];
  return lines + fmt::format("the first layer that departs: {} ({})\n", short_name(first.name), first.op);
}

/// With the types of A's inputs, or else of B's.
Arrays read_inputs(const Options& o, const Model& a, const Model& b) {
  try {
    return read_arrays(o.inputs, input_ports(a));
  } catch (const Error&) {
    return read_arrays(o.inputs, input_ports(b));
  }
}

void run(const Options& o) {
  if (o.inputs.empty() == o.data.set.empty()) wrong_usage("diff needs samples: either --data SET or --input x.npy");
  const Model a = read_runnable_model(o.a, {.most_rounds = o.most_rounds});
  const Model b = read_runnable_model(o.b, {.most_rounds = o.most_rounds});
  Comparison comparison;
  if (o.inputs.empty()) {
    const Subset samples = in_context(o.data.set, [&] { return matched(a.main(), load_test(o.data)); });
    note_data(samples);
    comparison = compare(a.main(), b.main(), samples.first(o.count), o.stream);
  } else {
    const Arrays arrays = read_inputs(o, a, b);
    const Feed feed = [&](Interpreter& interpreter, std::int64_t run) { feed_arrays(interpreter, arrays, run); };
    comparison = compare(a.main(), b.main(), arrays.runs.value_or(1), feed, o.stream);
  }
  print(o.json ? to_json(comparison) + "\n" : text(comparison));
}

}  // namespace

void add_diff(CLI::App& program) {
  auto o = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "diff",
      "Compares two models layer by layer on the same samples, and names the first layer that departs.\n"
      "Layers are matched by name, outputs by position, the rest by operator and shape in order. B may be the int8\n"
      "form of A. Per layer: largest and mean absolute error, in the unit of the layer, and the signal-to-noise\n"
      "ratio in dB, A being the signal. A layer departs when it differs by more than its inputs allow: integers at\n"
      "all, or by more than a step if computed from floats; floats by more than 1e-5 of the largest value. If only\n"
      "one side was quantized before, or both differently, the limit is a ratio of 20 dB. A layer of A whose work\n"
      "another layer of B does is listed as folded.");
  command->footer(
      "Examples:\n  mirim diff float.tflite int8.tflite --data fashion-mnist\n"
      "  mirim diff a.tflite b.tflite --input x.npy");
  command->add_option("A", o->a, "the model to compare with, .tflite")->required();
  command->add_option("B", o->b, "the model in question, .tflite")->required();
  add_data(*command, o->data.set, false);
  command->add_option("--input", o->inputs, "arrays instead of a data set, as for `mirim run`, of A's types or B's");
  command->add_option("--count", o->count, "how many test samples")->capture_default_str()->check(at_least_one());
  add_settings(*command, o->data);
  add_stream(*command, o->stream);
  add_max_rounds(*command, o->most_rounds);
  add_json(*command, o->json);
  command->callback([o] { run(*o); });
}

}  // namespace mirim::cli
