#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace mirim {

/// Visits the settings of a job: `job.settings(visitor)` names each member once, with a description. The name
/// "label_smoothing" becomes `--label-smoothing` on the command line and the key `label_smoothing` in a recipe; a
/// step's key includes all settings.
class Settings {
 public:
  virtual ~Settings() = default;

  virtual void field(std::string_view name, bool& value, std::string_view help) = 0;
  virtual void field(std::string_view name, std::int64_t& value, std::string_view help) = 0;
  virtual void field(std::string_view name, double& value, std::string_view help) = 0;
  virtual void field(std::string_view name, std::string& value, std::string_view help) = 0;
};

/// Prints "name = value" lines, floating numbers exactly.
class SettingsText final : public Settings {
 public:
  void field(std::string_view name, bool& value, std::string_view help) override;
  void field(std::string_view name, std::int64_t& value, std::string_view help) override;
  void field(std::string_view name, double& value, std::string_view help) override;
  void field(std::string_view name, std::string& value, std::string_view help) override;

  std::string text;
};

/// All settings of a job as text, the same for equal settings: part of a step's key.
template <class Job>
std::string settings_text(Job job) {
  SettingsText printer;
  job.settings(printer);
  return std::move(printer.text);
}

}  // namespace mirim
