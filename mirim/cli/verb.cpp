#include "mirim/recipe/verb.hpp"

#include <CLI/CLI.hpp>
#include <memory>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/cli/commands.hpp"
#include "mirim/cli/console.hpp"
#include "mirim/cli/options.hpp"
#include "mirim/recipe/train_job.hpp"

namespace mirim::cli {
namespace {

struct Options {
  std::unique_ptr<Verb> verb;
  VerbWork work;
  bool json = false;
  DataSettings data;
};

void run(Options& o) {
  VerbWork& work = o.work;
  if (!o.verb->only_looks()) {
    if (work.output.empty() && !o.verb->looks_first()) wrong_usage("--output is required");
    if (!work.output.empty()) require_writable(work.output);
  }
  const Splits data = load(o.data);
  note_data(data);
  work.data = &data;
  work.stop = stop_on_signal();
  work.say = note;
  work.progress = training_progress();
  const bool own_checkpoint = work.checkpoint.empty();
  if (own_checkpoint) work.checkpoint = work.output.string() + ".checkpoint";
  const VerbResult result = o.verb->run(work);
  if (own_checkpoint) {
    std::error_code ignored;
    std::filesystem::remove(work.checkpoint, ignored);
  }
  print(o.json ? result.json + "\n" : result.text);
}

}  // namespace

void add_verbs(CLI::App& program) {
  for (std::unique_ptr<Verb>& verb : all_verbs()) {
    auto o = std::make_shared<Options>();
    o->verb = std::move(verb);
    CLI::App* command = program.add_subcommand(std::string(o->verb->name()), std::string(o->verb->help()));
    command->footer("Example:\n  " + std::string(o->verb->example()));
    command
        ->add_option("MODEL", o->work.model,
                     "the model, .tflite; or a description, .toml, where it is trained from the start")
        ->required();
    add_data(*command, o->data.set);
    command->add_option("-o,--output", o->work.output, "the model that is made, .tflite");
    command->add_option("--checkpoint", o->work.checkpoint,
                        "where the checkpoint goes and stays (default: OUTPUT.checkpoint, removed at the end)");
    command->add_flag("--resume", o->work.resume, "go on from the checkpoint if there is one");
    add_settings(*command, o->data);
    o->verb->settings(*std::make_unique<OptionSettings>(*command));
    add_json(*command, o->json);
    command->callback([o] { run(*o); });
  }
}

}  // namespace mirim::cli
