#pragma once

#include <fmt/format.h>

#include <charconv>
#include <compare>
#include <string>
#include <string_view>
#include <system_error>

#include "mirim/base/error.hpp"

/// Splits the text form of a graph into words, numbers and names; for text_parse.cpp alone.
namespace mirim {

/// A label after %: %name or %name@2.
struct Label {
  std::string name;
  int number = 1;

  auto operator<=>(const Label&) const = default;
};

/// Every function first skips space and comments (from # to the end of the line). If the text is not what it expects,
/// it throws Error with line and column.
class Scanner {
 public:
  /// `text` must outlive the scanner.
  explicit Scanner(std::string_view text) : text_(text) {}

  /// Throws Error with the current line and column.
  template <class... Args>
  [[noreturn]] void fail_here(fmt::format_string<Args...> format, Args&&... args) const {
    fail("{}: {}", place(), fmt::format(format, std::forward<Args>(args)...));
  }

  bool at_end();

  /// The next character, '\0' at the end.
  char peek();

  /// Consumes `token` if it comes next.
  bool accept(std::string_view token);
  void expect(std::string_view token);

  /// Letters, digits and _ . - + as in names of operators, options and numbers.
  std::string_view word();

  template <class T>
  T number() {
    const std::string_view text = word();
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) {
      fail_here("'{}' is no number that fits here", text);
    }
    return value;
  }

  /// Text between quotes, where \" is a quote and \x41 the byte of these hexadecimal digits.
  std::string quoted();
  int hexadecimal_byte();

  /// The name after a %, and the number of its suffix @2; 1 without a suffix.
  Label label();

 private:
  std::string place() const;
  std::string found() const;
  bool is_name(std::size_t i) const;
  void skip_space();

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace mirim
