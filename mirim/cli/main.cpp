#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <memory>
#include <new>
#include <sstream>
#include <string>
#include <string_view>
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

/// The option whose words begin with these letters: --learning-rate for --lr. "" if there is none.
std::string with_initials(std::string_view word, const std::vector<std::string>& options) {
  for (const std::string& option : options) {
    std::string initials = "--";
    for (std::size_t i = 2; i < option.size(); ++i) {
      if (option[i - 1] == '-') initials += option[i];
    }
    if (initials == word) return option;
  }
  return "";
}

/// What an option takes, of one whose value could not be read: "--epochs takes a whole number, not 'x'".
std::string wanted(const CLI::App& program, std::string_view message) {
  constexpr std::string_view kPrefix = "Could not convert: ";
  const std::vector<CLI::App*> chosen = program.get_subcommands();
  const std::size_t equals = message.find(" = ");
  if (!message.starts_with(kPrefix) || equals == std::string_view::npos || chosen.empty()) return "";
  const std::string name(message.substr(kPrefix.size(), equals - kPrefix.size()));
  const CLI::Option* option = chosen[0]->get_option_no_throw(name);
  if (!option) return "";
  const bool whole = option->get_type_name().starts_with("INT") || option->get_type_name().starts_with("UINT");
  return fmt::format("{} takes a {}, not '{}'", name, whole ? "whole number" : "number", message.substr(equals + 3));
}

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
  std::string near = mirim::nearest_word(word, known);
  if (near.empty()) near = with_initials(word, known);
  return fmt::format("there is no '{}'{}", word, near.empty() ? "" : fmt::format(", did you mean '{}'?", near));
}

int complain_of_usage(const CLI::App& program, const CLI::ParseError& error) {
  const std::vector<CLI::App*> chosen = program.get_subcommands();
  const std::string command = chosen.empty() ? "mirim" : "mirim " + chosen[0]->get_name();
  if (chosen.empty() && program.remaining_size() == 0) {  // nothing was asked for
    std::fputs(program.help().c_str(), stderr);
    return kWrongUsage;
  }
  std::string what = meant(program);
  if (what.empty()) what = wanted(program, error.what());
  std::fprintf(stderr, "%s: %s\nsee %s --help\n", command.c_str(), what.empty() ? error.what() : what.c_str(),
               command.c_str());
  return kWrongUsage;
}

int complain(const char* what) {
  std::fprintf(stderr, "mirim: %s\n", what);
  return kFailed;
}

/// `mirim help [COMMAND]` as `mirim [COMMAND] --help`.
std::vector<std::string> words_of(int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  if (!words.empty() && words[0] == "help") {
    words.erase(words.begin());
    words.emplace_back("--help");
  }
  std::ranges::reverse(words);  // CLI11 takes them from the end
  return words;
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
  add_learn(program);
  add_verbs(program);
  add_shrink(program);
  add_eval(program);
  add_show(program);
  add_cost(program);
  add_compile(program);
  add_run(program);
  add_diff(program);
  add_report(program);
  add_chart(program);
  add_verify(program);
  add_fold(program);
  add_extract(program);
  try {
    program.parse(words_of(argc, argv));
    return 0;
  } catch (const CLI::ParseError& error) {
    return error.get_exit_code() == 0 ? program.exit(error) : complain_of_usage(program, error);
  } catch (const std::bad_alloc&) {
    return complain("out of memory; choose a smaller batch or model, or fewer threads");
  } catch (const std::exception& error) {
    return complain(error.what());
  }
}
