#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "mirim/base/error.hpp"
#include "mirim/base/text.hpp"
#include "mirim/cli/commands.hpp"
#include "mirim/cli/console.hpp"
#include "mirim/cli/options.hpp"
#include "mirim/recipe/model_file.hpp"

namespace mirim::cli {
namespace {

struct Options {
  std::filesystem::path model;
  bool json = false;
};

void run(const Options& o) {
  const Findings found = examine_model(o.model);
  if (o.json) {
    print(nlohmann::ordered_json({{"sound", found.problems.empty()},
                                  {"problems", found.problems},
                                  {"cannot_run", found.unsupported},
                                  {"warnings", found.warnings}})
              .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) +
          "\n");
  }
  const auto say = [&](std::string_view kind, const std::vector<std::string>& lines) {
    for (const std::string& line : lines) note(fmt::format("{}{}: {}", kind, o.model.string(), line));
  };
  say("warning: ", without_repeats(found.warnings));
  say("warning: ", without_repeats(found.unsupported));
  say("", found.problems);
  if (!found.problems.empty())
    fail("{}: {} problem{}", o.model.string(), found.problems.size(), found.problems.size() == 1 ? "" : "s");
  if (o.json) return;
  print(fmt::format("{}: sound{}\n", o.model.string(), found.unsupported.empty() ? "" : ", but mirim cannot run it"));
}

}  // namespace

void add_verify(CLI::App& program) {
  auto o = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "verify",
      "Checks a .tflite.\n"
      "It must be readable, its operators must accept their operands, and types, shapes and scales must agree.\n"
      "Prints every error on stderr, one per line, and exits with 1. Oddities, and operators or types that mirim\n"
      "cannot run, are warnings.");
  command->footer("Example:\n  mirim verify model.tflite");
  command->add_option("MODEL", o->model, ".tflite")->required();
  add_json(*command, o->json);
  command->callback([o] { run(*o); });
}

}  // namespace mirim::cli
