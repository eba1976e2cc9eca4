#include "mirim/cli/options.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "mirim/base/error.hpp"
#include "mirim/cli/console.hpp"
#include "mirim/machine/target.hpp"
#include "mirim/recipe/model_file.hpp"

namespace mirim::cli {
namespace {

std::string flag(std::string_view name) {
  std::string text = "--" + std::string(name);
  std::replace(text.begin() + 2, text.end(), '_', '-');
  return text;
}

}  // namespace

void OptionSettings::field(std::string_view name, bool& value, std::string_view help) {
  command_.add_flag(flag(name), value, std::string(help));
}

void OptionSettings::field(std::string_view name, std::int64_t& value, std::string_view help) {
  command_.add_option(flag(name), value, std::string(help))->capture_default_str();
}

void OptionSettings::field(std::string_view name, double& value, std::string_view help) {
  command_.add_option(flag(name), value, std::string(help))->capture_default_str();
}

void OptionSettings::field(std::string_view name, std::string& value, std::string_view help) {
  command_.add_option(flag(name), value, std::string(help))->capture_default_str();
}

void wrong_usage(const std::string& line) { throw CLI::ValidationError(line); }

CLI::Validator at_least_one() {
  const auto complaint = [](const std::string& text) -> std::string {
    std::int64_t value = 0;
    const bool counts = CLI::detail::lexical_cast(text, value) && value >= 1;
    return counts ? "" : fmt::format("'{}' is no whole number from 1 on", text);
  };
  return CLI::Validator(complaint, "N >= 1");
}

void add_data(CLI::App& command, std::string& set, bool required) {
  command
      .add_option(
          "--data", set,
          "data set: fashion-mnist[:FOLDER], cifar10:FOLDER, idx:FOLDER, idx:IMAGES,LABELS, npy:X,Y, csv:FILE, "
          "strokes:FILE, wav:FOLDER, windows:FILE, text:FILE, points:SHAPE, sprites:SHAPE, series:NAME, "
          "sequences:TASK or patterns:KIND; "
          "files may be packed as .gz or .xz. idx and npy may add TEST_IMAGES,TEST_LABELS. "
          "'csv:FILE?label=COLUMN' names the column of classes, 'csv:FILE?target=COLUMN' that of values to predict "
          "(docs/data.md lists all options). Without a test set, a fifth of the samples, drawn by --split-seed, is "
          "for testing")
      ->required(required);
}

void add_language(CLI::App& command, Language& language) {
  add_language(
      command, [&language](Language chosen) { language = chosen; }, name(language));
}

void add_language(CLI::App& command, std::function<void(Language)> choose, std::string_view otherwise) {
  const auto read = [choose = std::move(choose)](const std::string& text) {
    try {
      choose(parse_language(text));
    } catch (const Error& error) {
      wrong_usage(error.what());
    }
  };
  command.add_option_function<std::string>("--lang", read, "language of the page: en, or pt for Brazilian Portuguese")
      ->type_name("LANGUAGE")
      ->default_str(std::string(otherwise));
}

void add_json(CLI::App& command, bool& json) {
  command.add_flag("--json", json, "print the result as one line of JSON on stdout");
}

void add_threads(CLI::App& command, int& threads) {
  command.add_option("--threads", threads, "threads; they do not change the result (0: all cores)")
      ->capture_default_str()
      ->check(CLI::Range(0, 1024));
}

void add_signature(CLI::App& command, std::string& signature) {
  command.add_option("--signature", signature,
                     "the graph of this signature, as `mirim show` names it (default: the file's first graph)");
}

void note_signatures(const Model& model, const std::string& chosen) {
  const std::string hint = chosen.empty() ? hint_at_signatures(model) : "";
  if (!hint.empty()) note(hint);
}

void add_max_rounds(CLI::App& command, std::int32_t& rounds) {
  command.add_option("--max-rounds", rounds, "where a loop of the model (WHILE) that does not end is stopped")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
}

void add_stream(CLI::App& command, bool& stream) {
  command.add_flag("--stream", stream, "keep recurrent state between samples instead of clearing it");
}

void add_target(CLI::App& command, std::string& target) {
  std::vector<std::string> names;
  for (const Target& known : all_targets()) names.emplace_back(known.name);
  command.add_option("--target", target, "core to compile for (default: that of --device, or cortex-m4)")
      ->check(CLI::IsMember(names));
}

int thread_count(int threads) {
  return threads > 0 ? threads : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

}  // namespace mirim::cli
