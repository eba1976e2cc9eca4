#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace mirim {

/// Visits the settings of a job: `job.settings(visitor)` names each member once, with what it means. The command line
/// makes
/// `--label-smoothing` of the name "label_smoothing", a recipe the key `label_smoothing`, and a step's key lists them
/// all.
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
