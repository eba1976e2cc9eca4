#include "mirim/explore/shrink.hpp"

#include <CLI/CLI.hpp>
#include <memory>

#include "mirim/base/file.hpp"
#include "mirim/cli/commands.hpp"
#include "mirim/cli/console.hpp"
#include "mirim/cli/options.hpp"

namespace mirim::cli {
namespace {

struct Options {
  VerbWork work;
  ShrinkSettings settings;
  DataSettings data;
  bool json = false;
};

void run(Options& o) {
  o.work.stop = stop_on_signal();
  const std::unique_ptr<Ranks> ranks = ranks_of_mpi(o.work.stop);
  // Only one of the processes speaks.
  const bool speaks = !ranks->is_worker();
  if (speaks) {
    require_writable(o.work.output);
    o.work.say = note;
  }
  const auto load_data = [&] {
    Splits data = load(o.data);
    if (speaks) note_data(data);
    return data;
  };
  const VerbResult result = shrink(o.settings, o.work, load_data, *ranks);
  if (speaks) print(o.json ? result.json + "\n" : result.text);
}

}  // namespace

void add_shrink(CLI::App& program) {
  auto o = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "shrink",
      "Finds the mix of compressions with which a model fits a board.\n"
      "Tries removed channels, zeros, clusters and few bits, more of each where a layer bears it, with a short\n"
      "training each, and trains the best for longer. Prints those that no other beats in accuracy, flash, RAM and\n"
      "operations, and writes the one that fits: with --device or --budget the most accurate within it, without them\n"
      "the smallest that loses at most --max-drop. If none fits, it says what is missing. Validation samples judge,\n"
      "never the test set. A stopped search goes on with the same command; mpirun spreads it over machines\n"
      "(docs/compression.md, docs/scale.md).");
  command->footer(
      "Examples:\n"
      "  mirim shrink float.tflite --data fashion-mnist --device nano33ble --max-drop 1.0 -o small.tflite\n"
      "  mirim shrink float.tflite --data fashion-mnist --budget flash=32K,ram=16K -o small.tflite\n"
      "  mpirun -n 8 mirim shrink float.tflite --data fashion-mnist -o small.tflite");
  command->add_option("MODEL", o->work.model, "the float model, .tflite")->required();
  add_data(*command, o->data.set);
  command->add_option("-o,--output", o->work.output, "the int8 model that is made, .tflite")->required();
  command->add_option("--journal", o->settings.journal,
                      "where results are kept, so that the same command goes on where it was stopped (default: "
                      "OUTPUT.journal)");
  add_settings(*command, o->data);
  add_settings(*command, o->settings);
  add_json(*command, o->json);
  command->callback([o] { run(*o); });
}

}  // namespace mirim::cli
