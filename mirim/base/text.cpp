#include "mirim/base/text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace mirim {
namespace {

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U; }

// Bytes of the character that begins with `first`; 0 when none does. (RFC 3629: no overlong C0 and C1, nothing above
// F4.)
int length_of(unsigned char first) {
  if (first < 0x80) return 1;
  if (first < 0xc2) return 0;
  if (first < 0xe0) return 2;
  if (first < 0xf0) return 3;
  return first < 0xf5 ? 4 : 0;
}

}  // namespace

bool is_text(std::string_view text) {
  while (!text.empty()) {
    const auto first = static_cast<unsigned char>(text[0]);
    const auto length = static_cast<std::size_t>(length_of(first));
    if (length == 0 || length > text.size() || first < 0x20 || first == 0x7f) return false;
    for (std::size_t i = 1; i < length; ++i) {
      if (!continues(text[i])) return false;
    }
    const auto second = length > 2 ? static_cast<unsigned char>(text[1]) : 0xffU;
    const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
    const bool no_character = (first == 0xed && second > 0x9f) || (first == 0xf4 && second > 0x8f);
    if (length > 2 && (overlong || no_character)) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string shortened(std::string_view name) {
  constexpr std::size_t kMost = 80;
  if (name.size() <= kMost) return std::string(name);
  std::size_t end = kMost;
  while (end > kMost - 4 && continues(name[end])) --end;
  return std::string(name.substr(0, end)) + "...";
}

std::string escaped_xml(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '&')
      result += "&amp;";
    else if (c == '<')
      result += "&lt;";
    else if (c == '>')
      result += "&gt;";
    else if (c == '"')
      result += "&quot;";
    else
      result += (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7f ? '?' : c;
  }
  return result;
}

std::string_view short_name(std::string_view name) { return name.substr(0, name.find(';')); }

std::vector<std::string> without_repeats(const std::vector<std::string>& lines) {
  struct Kind {
    std::string_view reason;  // what follows the thing's name
    std::string_view first;
    int more = 0;
  };
  std::vector<Kind> kinds;
  for (const std::string_view line : lines) {
    const auto open = line.find('\'');
    const auto close = open == std::string_view::npos ? open : line.find('\'', open + 1);
    const std::string_view reason = close == std::string_view::npos ? line : line.substr(close);
    const auto known =
        std::find_if(kinds.begin(), kinds.end(), [&](const Kind& kind) { return kind.reason == reason; });
    if (known == kinds.end()) {
      kinds.push_back({reason, line});
    } else {
      ++known->more;
    }
  }
  std::vector<std::string> result;
  for (const Kind& kind : kinds) {
    result.emplace_back(kind.first);
    if (kind.more > 0) result.back() += fmt::format(" (and {} more like it)", kind.more);
  }
  return result;
}

std::string with_commas(std::int64_t value) {
  std::string digits = fmt::format("{}", value);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > (value < 0 ? 1 : 0); at -= 3) {
    digits.insert(static_cast<std::size_t>(at), 1, ',');
  }
  return digits;
}

}  // namespace mirim
