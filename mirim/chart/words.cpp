#include "mirim/chart/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace mirim::chart {
namespace {

constexpr std::string_view kSpace = "\u00a0";

}  // namespace

std::string Words::fixed(double value, int places) const {
  const bool portuguese = language_ == Language::pt;
  const std::string plain = fmt::format("{:.{}f}", std::abs(value), places);
  const std::size_t point = std::min(plain.find('.'), plain.size());
  std::string written = value < 0 ? "−" : "";
  for (std::size_t i = 0; i < point; ++i) {
    if (i > 0 && (point - i) % 3 == 0) written += portuguese ? '.' : ',';
    written += plain[i];
  }
  if (point < plain.size()) written += (portuguese ? "," : ".") + plain.substr(point + 1);
  return written;
}

std::string Words::count(double value) const { return fixed(value, 0); }

std::string Words::digits(double value, int most) const {
  if (value == 0) return "0";
  const int before = static_cast<int>(std::floor(std::log10(std::abs(value)))) + 1;
  int places = std::max(0, most - before);
  const std::string plain = fmt::format("{:.{}f}", std::abs(value), places);
  for (std::size_t end = plain.size(); places > 0 && plain[end - 1] == '0'; --end) --places;
  return fixed(value, places);
}

std::string Words::power(double value) const {
  if (value < 1e5) return digits(value, 5);
  int exponent = static_cast<int>(std::floor(std::log10(value)));
  std::string mantissa = digits(value / std::pow(10.0, exponent), 3);
  if (mantissa == "10") {
    mantissa = "1";
    ++exponent;
  }
  return mantissa + std::string(kSpace) + "×" + std::string(kSpace) + power_of_ten(exponent);
}

std::string Words::bytes(double value) const {
  static constexpr std::array<std::string_view, 5> units{"B", "KB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < units.size(); ++unit) value /= 1024;
  const std::string written = value >= 100 ? count(value) : digits(value, 3);
  return written + std::string(kSpace) + std::string(units[unit]);
}

std::string Words::percent(double share) const { return fixed(100 * share, 1) + std::string(kSpace) + "%"; }

std::string power_of_ten(int exponent) {
  static constexpr std::array<std::string_view, 10> raised{"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string written = "10";
  for (const char c : std::to_string(exponent)) written += c == '-' ? "⁻" : raised[static_cast<std::size_t>(c - '0')];
  return written;
}

}  // namespace mirim::chart
