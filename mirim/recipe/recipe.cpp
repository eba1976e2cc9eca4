#include "mirim/recipe/recipe.hpp"

#include <type_traits>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/zoo/toml_document.hpp"
#include "mirim/zoo/toml_table.hpp"

namespace mirim {
namespace {

/// Assigns a table's keys to the settings of the same names.
class TomlSettings final : public Settings {
 public:
  explicit TomlSettings(TomlTable& table) : table_(table) {}

  void field(std::string_view name, bool& value, std::string_view) override { table_.read(name, value); }
  void field(std::string_view name, std::int64_t& value, std::string_view) override { table_.read(name, value); }
  void field(std::string_view name, double& value, std::string_view) override { table_.read(name, value); }
  void field(std::string_view name, std::string& value, std::string_view) override { table_.read(name, value); }

 private:
  TomlTable& table_;
};

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

Recipe parse_recipe(std::string_view text, const std::filesystem::path& file) {
  const TomlValue root = parse_toml(text, file.string());
  const Parameters none;
  TomlTable top(root, file.string(), none);
  Recipe recipe{.name = file.stem().string(), .file = file, .text = std::string(text), .model = {}};
  std::string model;
  top.read("model", model);
  top.read("seed", recipe.seed);
  read_section(top, "data", file.string(), recipe.data);
  read_section(top, "train", file.string(), recipe.train);
  read_section(top, "quantize", file.string(), recipe.quantize);
  read_section(top, "firmware", file.string(), recipe.firmware);
  top.refuse_unknown();
  if (model.empty()) fail("{}: names no model; write model = \"FILE.toml\"", file.string());
  if (recipe.data.set.empty()) fail("{}: names no data; write set = \"...\" under [data]", file.string());
  recipe.model = (file.parent_path() / model).lexically_normal();
  return recipe;
}

Recipe read_recipe(const std::filesystem::path& file) { return parse_recipe(read_text(file), file); }

}  // namespace mirim
