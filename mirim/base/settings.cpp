#include "mirim/base/settings.hpp"

#include <fmt/format.h>

namespace mirim {

void SettingsText::field(std::string_view name, bool& value, std::string_view) {
  text += fmt::format("{} = {}\n", name, value);
}

void SettingsText::field(std::string_view name, std::int64_t& value, std::string_view) {
  text += fmt::format("{} = {}\n", name, value);
}

void SettingsText::field(std::string_view name, double& value, std::string_view) {
  text += fmt::format("{} = {:a}\n", name, value);
}

void SettingsText::field(std::string_view name, std::string& value, std::string_view) {
  // The length prevents a value with a line break from looking like the next setting.
  text += fmt::format("{} = {}:{}\n", name, value.size(), value);
}

}  // namespace mirim
