#include "mirim/recipe/recipe.hpp"

#include <algorithm>
#include <type_traits>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/base/spelling.hpp"
#include "mirim/zoo/toml_document.hpp"
#include "mirim/zoo/toml_settings.hpp"
#include "mirim/zoo/toml_table.hpp"

namespace mirim {
namespace {

bool is_file_name(std::string_view name) {
  return !name.empty() && name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
                              std::string_view::npos;
}

BranchStep read_step(const TomlValue& value, const std::string& file, const Recipe& recipe) {
  const std::vector<BranchStep>& before = recipe.steps;
  const Parameters none;
  TomlTable table(value, file, none);
  std::string verb;
  BranchStep step;
  step.from = before.empty() ? "float" : before.back().name;
  table.require("do", "says what the step does");
  table.read("do", verb);
  step.verb = in_context(table.where("do"), [&] { return verb_called(verb, recipe.verbs); });
  step.name = verb;
  table.read("name", step.name);
  table.read("from", step.from);
  table.read("train_limit", step.train_limit);
  if (step.train_limit < 0) table.refuse("train_limit", "the number of training samples, or 0 for all");
  if (!is_file_name(step.name)) table.refuse("name", "names a file: letters, digits, _ and - only");
  std::vector<std::string> known{"float", "int8"};
  for (const BranchStep& other : before) known.push_back(other.name);
  if (std::ranges::find(known, step.name) != known.end()) {
    fail("{}: two models are called '{}'; give the step a name of its own", table.where(), step.name);
  }
  const bool is_description = std::filesystem::path(step.from).extension() == ".toml";  // a student
  if (!is_description && std::ranges::find(known, step.from) == known.end()) {
    fail("{}: there is no model '{}' before this step; {}", table.where("from"), step.from,
         suggestion(step.from, known));
  }
  TomlSettings settings(table);
  step.verb->settings(settings);
  table.refuse_unknown();
  if (step.verb->only_looks()) fail("{}: this step makes no model", table.where());
  return step;
}

void read_steps(TomlTable& top, const std::string& file, Recipe& recipe) {
  const TomlValue::Array* list = top.subtables("step");
  if (!list) return;
  for (const TomlValue& one : *list) recipe.steps.push_back(read_step(one, file, recipe));
}

std::optional<Goal> read_goal(TomlTable& top, const std::string& file) {
  const TomlValue* section = top.subtable("goal");
  if (!section) return std::nullopt;
  const Parameters none;
  TomlTable table(*section, file, none);
  Goal goal;
  const auto number = [&](std::string_view key, std::optional<double>& to) {
    double value = 0;
    table.read(key, value);
    if (table.has(key)) to = value;
  };
  table.read("figure", goal.figure);
  number("least", goal.least);
  number("most", goal.most);
  number("reference", goal.reference);
  table.read("source", goal.source);
  table.refuse_unknown();
  if (!goal.least && !goal.most) fail("{}: [goal] needs `least` or `most`, or both", table.where());
  if (goal.least && goal.most && *goal.least > *goal.most) {
    fail("{}: [goal] least is {}, above most, {}", table.where(), *goal.least, *goal.most);
  }
  return goal;
}

template <class Job>
void read_section(TomlTable& top, std::string_view key, const std::string& file, Job& job) {
  const TomlValue* section = top.subtable(key);
  if (!section) return;
  const Parameters none;
  TomlTable table(*section, file, none);
  TomlSettings settings(table);
  if constexpr (std::is_same_v<Job, DataSettings>) table.read("set", job.set);
  job.settings(settings);
  table.refuse_unknown();
}

}  // namespace

Recipe parse_recipe(std::string_view text, const std::filesystem::path& file, Verbs (*verbs)()) {
  const TomlValue root = parse_toml(text, file.string());
  const Parameters none;
  TomlTable top(root, file.string(), none);
  Recipe recipe{.name = file.stem().string(), .file = file, .text = std::string(text), .model = {}, .verbs = verbs};
  if (top.has("input") || top.has("layer")) {
    fail("{}: describes a network, it is no recipe; train it with 'mirim train {} --data SET -o float.tflite'",
         file.string(), file.string());
  }
  std::string model;
  top.read("model", model);
  top.read("seed", recipe.seed);
  top.read("seeds", recipe.seeds);
  std::string language(name(recipe.language));
  top.read("language", language);
  recipe.language = in_context(file.string(), [&] { return parse_language(language); });
  top.read("topology", recipe.topology);
  recipe.goal = read_goal(top, file.string());
  read_section(top, "data", file.string(), recipe.data);
  read_section(top, "train", file.string(), recipe.train);
  read_section(top, "quantize", file.string(), recipe.quantize);
  read_section(top, "firmware", file.string(), recipe.firmware);
  recipe.trains = std::filesystem::path(model).extension() != ".tflite" || top.has("train");
  read_steps(top, file.string(), recipe);
  top.refuse_unknown();
  if (model.empty()) fail("{}: names no model; write model = \"FILE.toml\"", file.string());
  if (recipe.data.set.empty()) fail("{}: names no data; write set = \"...\" under [data]", file.string());
  recipe.model = (file.parent_path() / model).lexically_normal();
  return recipe;
}

Recipe read_recipe(const std::filesystem::path& file, Verbs (*verbs)()) {
  return parse_recipe(read_text(file), file, verbs);
}

}  // namespace mirim
