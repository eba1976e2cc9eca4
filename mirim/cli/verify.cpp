#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "mirim/base/error.hpp"
#include "mirim/cli/commands.hpp"
#include "mirim/cli/console.hpp"
#include "mirim/cli/options.hpp"
#include "mirim/formats/tflite.hpp"
#include "mirim/graph/verify.hpp"

namespace mirim::cli {
namespace {

struct Options {
  std::filesystem::path model;
  bool json = false;
};

void run(const Options& o) {
  const std::vector<std::string> problems = verify(read_tflite_file(o.model));
  if (o.json) {
    print(nlohmann::ordered_json({{"sound", problems.empty()}, {"problems", problems}})
              .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) +
          "\n");
  }
  if (!problems.empty()) {
    for (const std::string& problem : problems) note(fmt::format("{}: {}", o.model.string(), problem));
    fail("{}: {} problems", o.model.string(), problems.size());
  }
  if (!o.json) print(fmt::format("{}: sound\n", o.model.string()));
}

}  // namespace

void add_verify(CLI::App& program) {
  auto o = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand("verify",
                                             "Checks that a .tflite is sound.\n"
                                             "That it can be read, that its operators accept their operands, and that "
                                             "types, shapes and scales agree. Prints all\n"
                                             "that is wrong, a line each.");
  command->footer("Example:\n  mirim verify model.tflite");
  command->add_option("MODEL", o->model, ".tflite")->required();
  add_json(*command, o->json);
  command->callback([o] { run(*o); });
}

}  // namespace mirim::cli
