#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "mirim/base/language.hpp"
#include "mirim/base/settings.hpp"
#include "mirim/graph/graph.hpp"

namespace CLI {
class App;
class Validator;
}  // namespace CLI

namespace mirim::cli {

/// Makes an option of each setting: label_smoothing becomes --label-smoothing.
class OptionSettings final : public Settings {
 public:
  explicit OptionSettings(CLI::App& command) : command_(command) {}
  void field(std::string_view name, bool& value, std::string_view help) override;
  void field(std::string_view name, std::int64_t& value, std::string_view help) override;
  void field(std::string_view name, double& value, std::string_view help) override;
  void field(std::string_view name, std::string& value, std::string_view help) override;

 private:
  CLI::App& command_;
};

template <class Job>
void add_settings(CLI::App& command, Job& job) {
  OptionSettings visitor(command);
  job.settings(visitor);
}

/// Ends the command with exit code 2 and the line: options that exclude each other.
[[noreturn]] void wrong_usage(const std::string& line);

/// A check of counts: whole numbers from 1.
CLI::Validator at_least_one();

/// --data SET, required or not.
void add_data(CLI::App& command, std::string& set, bool required = true);
/// --json.
void add_json(CLI::App& command, bool& json);
/// --lang en|pt of pages and the course; what is there is the default.
void add_language(CLI::App& command, Language& language);
/// The same for a default that is not known yet; `otherwise` says in --help what it will be.
void add_language(CLI::App& command, std::function<void(Language)> choose, std::string_view otherwise);
/// --threads N of runs, which never change a result; 0 means all cores.
void add_threads(CLI::App& command, int& threads);
/// --stream: recurrent state is kept between samples.
void add_stream(CLI::App& command, bool& stream);
/// --target NAME, one of the known; empty by default (`choose_target`).
void add_target(CLI::App& command, std::string& target);
/// --signature NAME: which of a model's graphs is meant; empty for the first.
void add_signature(CLI::App& command, std::string& signature);
/// Says on stderr which signature the main graph is, where others could have been meant and none was chosen.
void note_signatures(const Model& model, const std::string& chosen);
/// --max-rounds N: where a loop (WHILE) is stopped.
void add_max_rounds(CLI::App& command, std::int32_t& rounds);
/// 0 becomes the number of cores.
int thread_count(int threads);

}  // namespace mirim::cli
