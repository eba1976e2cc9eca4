#include "mirim/report/report.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/cli/commands.hpp"
#include "mirim/cli/console.hpp"
#include "mirim/cli/options.hpp"

namespace mirim::cli {
namespace {

struct Options {
  std::filesystem::path run;
  std::filesystem::path output;
  Language language = Language::en;
  bool json = false;
};

void run(const Options& o) {
  const std::filesystem::path file = std::filesystem::is_directory(o.run) ? o.run / "run.json" : o.run;
  const std::string text = read_text(file);
  const std::string page = in_context(file.string(), [&] { return report::render_report(text, o.language); });
  write_file(o.output, page);
  print(o.json ? nlohmann::ordered_json({{"output", o.output.string()}, {"bytes", page.size()}}).dump() + "\n"
               : fmt::format("{}: {} bytes\n", o.output.string(), page.size()));
}

}  // namespace

void add_report(CLI::App& program) {
  auto o = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "report",
      "Makes one HTML page of a run.\n"
      "Learning curves, confusion matrix, layers, memory over time, and the cost of each step. The page needs no\n"
      "network and no other files.");
  command->footer(
      "Examples:\n  mirim report runs/fashion_mnist -o report.html\n"
      "  mirim report runs/fashion_mnist --lang pt -o relatorio.html");
  command->add_option("RUN", o->run, "a run's folder, or its run.json")->required();
  command->add_option("-o,--output", o->output, "the page, .html")->required();
  add_language(*command, o->language);
  add_json(*command, o->json);
  command->callback([o] { run(*o); });
}

}  // namespace mirim::cli
