#include "mirim/recipe/commands.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mirim {
namespace {

/// A word quoted for a shell.
std::string shell_word(const std::string& word) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=.,:/@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

/// Each setting as a command line option: "--label-smoothing 0.1", "--flip".
class OptionTexts final : public Settings {
 public:
  void field(std::string_view name, bool& value, std::string_view) override { add(name, value ? "" : "=false"); }
  void field(std::string_view name, std::int64_t& value, std::string_view) override {
    add(name, fmt::format(" {}", value));
  }
  void field(std::string_view name, double& value, std::string_view) override { add(name, fmt::format(" {}", value)); }
  void field(std::string_view name, std::string& value, std::string_view) override {
    add(name, " " + shell_word(value));
  }

  std::vector<std::string> all;

 private:
  void add(std::string_view name, const std::string& value) {
    std::string text = " --" + std::string(name);
    std::replace(text.begin() + 3, text.end(), '_', '-');
    all.push_back(text + value);
  }
};

/// The settings that are not those of `other`.
template <class Job>
std::string changed(Job& job, Job& other) {
  OptionTexts now, defaults;
  job.settings(now);
  other.settings(defaults);
  std::string text;
  for (std::size_t i = 0; i < now.all.size(); ++i) {
    if (now.all[i] != defaults.all[i]) text += now.all[i];
  }
  return text;
}

template <class Job>
std::string changed(Job job) {
  Job defaults;
  return changed<Job>(job, defaults);
}

}  // namespace

std::vector<std::string> commands_of(const Recipe& recipe, const std::filesystem::path& folder) {
  std::vector<std::string> commands{
      fmt::format("mirim make {} -o {}{}{}", shell_word(recipe.file.string()), shell_word(folder.string()),
                  recipe.seeds > 1 ? fmt::format(" --seeds {}", recipe.seeds) : "",
                  recipe.language == Language::en ? "" : fmt::format(" --lang {}", name(recipe.language)))};
  // `mirim train` has one seed for the initial weights and for the order.
  if (recipe.train.seed != recipe.seed) return commands;
  const auto data_options = [](const DataSettings& d) { return " --data " + shell_word(d.set) + changed(d); };
  const std::string data = data_options(recipe.data);
  const FirmwareSettings& f = recipe.firmware;
  if (recipe.trains) {
    commands.push_back(fmt::format("mirim train {}{} -o float.tflite{}", shell_word(recipe.model.string()), data,
                                   changed(recipe.train)));
  } else {
    commands.push_back(fmt::format("cp {} float.tflite", shell_word(recipe.model.string())));
  }
  commands.push_back(fmt::format("mirim quantize float.tflite{} -o int8.tflite{}", data, changed(recipe.quantize)));
  commands.push_back(fmt::format("mirim eval int8.tflite{}", data));
  commands.push_back(fmt::format("mirim diff float.tflite int8.tflite{}", data));
  commands.push_back(fmt::format("mirim compile int8.tflite{} --device {} --name {}{} -o firmware/",
                                 f.target.empty() ? "" : " --target " + shell_word(f.target), shell_word(f.device),
                                 shell_word(f.name), f.reentrant ? " --reentrant" : ""));
  commands.push_back(fmt::format("mirim run firmware/{} --count {} --model int8.tflite", data, f.samples));
  for (const BranchStep& step : recipe.steps) {
    const std::unique_ptr<Verb> defaults = verb_called(step.verb->name(), recipe.verbs);
    const bool is_file = std::filesystem::path(step.from).has_extension();
    DataSettings limited = recipe.data;
    if (step.train_limit > 0) limited.train_limit = step.train_limit;
    commands.push_back(fmt::format("mirim {} {}{} -o {}.tflite{}", step.verb->name(),
                                   is_file ? shell_word(step.from) : step.from + ".tflite", data_options(limited),
                                   step.name, changed(*step.verb, *defaults)));
  }
  return commands;
}

}  // namespace mirim
