#pragma once

#include "mirim/base/settings.hpp"
#include "mirim/zoo/toml_table.hpp"

namespace mirim {

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

}  // namespace mirim
