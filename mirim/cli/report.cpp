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
#include "mirim/recipe/overview_page.hpp"

namespace mirim::cli {
namespace {

struct Options {
  std::filesystem::path run;
  std::filesystem::path output;
  Language language = Language::en;
  bool json = false;
};

std::string page_of(const Options& o) {
  const bool folder = std::filesystem::is_directory(o.run);
  const std::filesystem::path file = folder ? o.run / "run.json" : o.run;
  if (folder && !std::filesystem::exists(file)) {
    const std::filesystem::path beside = std::filesystem::absolute(o.output).parent_path();
    return report::render_page(overview_page_json(o.run, beside), o.language);
  }
  const std::string text = read_text(file);
  return in_context(file.string(), [&] { return report::render_report(text, o.language); });
}

void run(const Options& o) {
  const std::string page = page_of(o);
  write_file(o.output, page);
  print(o.json ? nlohmann::ordered_json({{"output", o.output.string()}, {"bytes", page.size()}}).dump() + "\n"
               : fmt::format("{}: {} bytes\n", o.output.string(), page.size()));
}

}  // namespace

void add_report(CLI::App& program) {
  auto o = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand("report",
                                             "Makes one HTML page of a run, or of a folder of runs.\n"
                                             "Of a run: learning curves, confusion matrix, layers, memory over time, "
                                             "and the cost of each step. Of a folder that\n"
                                             "`mirim make FOLDER` made: a card for each network of the chart with what "
                                             "it reached. The page needs no internet\n"
                                             "and no other files.");
  command->footer(
      "Examples:\n  mirim report runs/fashion_mnist -o report.html\n  mirim report runs/zoo -o zoo.html\n"
      "  mirim report runs/fashion_mnist --lang pt -o relatorio.html");
  command->add_option("RUN", o->run, "a run's folder, its run.json, or a folder of runs")->required();
  command->add_option("-o,--output", o->output, "the page, .html")->required();
  add_language(*command, o->language);
  add_json(*command, o->json);
  command->callback([o] { run(*o); });
}

}  // namespace mirim::cli
