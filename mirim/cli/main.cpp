#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <memory>
#include <new>
#include <sstream>
#include <string>
#include <vector>

#include "mirim/base/spelling.hpp"
#include "mirim/base/version.hpp"
#include "mirim/cli/commands.hpp"
#include "mirim/exec/threads.hpp"

namespace {

/// Lists subcommands by the first line of their description.
class Summary final : public CLI::Formatter {
 public:
  std::string make_subcommand(const CLI::App* command) const override {
    const std::string description = command->get_description();
    std::stringstream out;
    CLI::detail::format_help(out, command->get_display_name(true), description.substr(0, description.find('\n')), 14);
    return out.str();
  }
};

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

/// A suggestion for the first unknown word: an option of the command, or a command. "" if all are known.
std::string meant(const CLI::App& program) {
  const std::vector<std::string> left = program.remaining(true);
  if (left.empty()) return "";
  const std::vector<CLI::App*> chosen = program.get_subcommands();
  std::vector<std::string> known;
  if (left[0].starts_with("-")) {
    const CLI::App& command = chosen.empty() ? program : *chosen[0];
    for (const CLI::Option* option : command.get_options()) {
      for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
    }
  } else if (chosen.empty()) {
    for (const CLI::App* command : program.get_subcommands({})) known.push_back(command->get_name());
  } else {
    return fmt::format("'{}' is one argument too many", left[0]);
  }
  const std::string word = left[0].substr(0, left[0].find('='));
  const std::string near = mirim::nearest_word(word, known);
  return fmt::format("there is no '{}'{}", word, near.empty() ? "" : fmt::format(", did you mean '{}'?", near));
}

int complain_of_usage(const CLI::App& program, const CLI::ParseError& error) {
  const std::vector<CLI::App*> chosen = program.get_subcommands();
  const std::string command = chosen.empty() ? "mirim" : "mirim " + chosen[0]->get_name();
  const std::string what = meant(program);
  std::fprintf(stderr, "%s: %s\nsee %s --help\n", command.c_str(), what.empty() ? error.what() : what.c_str(),
               command.c_str());
  return kWrongUsage;
}

int complain(const char* what) {
  std::fprintf(stderr, "mirim: %s\n", what);
  return kFailed;
}

}  // namespace

int main(int argc, char** argv) {
  mirim::settle_openmp(argv);
  CLI::App program(
      "From data to a microcontroller: trains a neural network, makes it int8, compiles it to C++ and runs it on an\n"
      "emulated board. Every step reads a .tflite and writes a .tflite.",
      "mirim");
  program.footer(
      "Exit codes: 0 done, 1 the input is bad or the run failed (one line on stderr says where), 2 wrong usage.\n"
      "Begin with: mirim make recipes/fashion_mnist.toml");
  program.require_subcommand(1);
  program.formatter(std::make_shared<Summary>());
  program.set_version_flag("--version", std::string(mirim::kVersion));
  using namespace mirim::cli;
  add_make(program);
  add_verbs(program);
  add_shrink(program);
  add_eval(program);
  add_show(program);
  add_cost(program);
  add_compile(program);
  add_run(program);
  add_diff(program);
  add_report(program);
  add_verify(program);
  try {
    program.parse(argc, argv);
    return 0;
  } catch (const CLI::ParseError& error) {
    return error.get_exit_code() == 0 ? program.exit(error) : complain_of_usage(program, error);
  } catch (const std::bad_alloc&) {
    return complain("out of memory; choose a smaller batch or model, or fewer threads");
  } catch (const std::exception& error) {
    return complain(error.what());
  }
}
