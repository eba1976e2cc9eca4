#include "mirim/formats/c_array.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <string_view>
#include <system_error>

namespace mirim {
namespace {

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  /// Goes behind the next opening brace.
  bool next_brace() {
    for (skip(); at_ < text_.size(); skip()) {
      if (text_[at_++] == '{') return true;
    }
    return false;
  }

  /// The numbers up to the closing brace; none if anything else is there.
  std::optional<Bytes> numbers() {
    Bytes bytes;
    while (true) {
      skip();
      if (at_ == text_.size()) return std::nullopt;
      if (text_[at_] == '}') return bytes;
      const std::optional<int> value = number();
      if (!value || *value < -128 || *value > 255) return std::nullopt;
      bytes.push_back(static_cast<std::byte>(*value & 255));
      skip();
      if (at_ < text_.size() && text_[at_] == ',') {
        ++at_;
      } else if (at_ == text_.size() || text_[at_] != '}') {
        return std::nullopt;
      }
    }
  }

 private:
  bool is_at(std::string_view word) const { return text_.substr(at_, word.size()) == word; }
  void behind(std::string_view end) {
    const std::size_t found = text_.find(end, at_);
    at_ = found == std::string_view::npos ? text_.size() : found + end.size();
  }

  /// Blanks, comments and lines of the preprocessor.
  void skip() {
    while (at_ < text_.size()) {
      if (std::isspace(static_cast<unsigned char>(text_[at_])) != 0) {
        ++at_;
      } else if (is_at("/*")) {
        at_ += 2;
        behind("*/");
      } else if (is_at("//") || text_[at_] == '#') {
        behind("\n");
      } else {
        return;
      }
    }
  }

  std::optional<int> number() {
    const bool negative = text_[at_] == '-';
    if (negative) ++at_;
    int base = 10;
    if (is_at("0x") || is_at("0X")) {
      base = 16;
      at_ += 2;
    } else if (is_at("0")) {
      base = 8;
    }
    int value = 0;
    const char* const first = text_.data() + at_;
    const auto [end, error] = std::from_chars(first, text_.data() + text_.size(), value, base);
    if (error != std::errc()) return std::nullopt;
    at_ += static_cast<std::size_t>(end - first);
    while (at_ < text_.size() && (text_[at_] == 'u' || text_[at_] == 'U')) ++at_;
    return negative ? -value : value;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<Bytes> tflite_in_c_array(std::string_view source) {
  constexpr std::size_t kIdentifier = 4;  // its place in a FlatBuffer
  const BytesView identifier = bytes_of(std::string_view("TFL3"));
  for (Scanner scanner(source); scanner.next_brace();) {
    const std::optional<Bytes> bytes = scanner.numbers();
    if (!bytes || bytes->size() < kIdentifier + identifier.size()) continue;
    if (std::equal(identifier.begin(), identifier.end(), bytes->begin() + kIdentifier)) return bytes;
  }
  return std::nullopt;
}

}  // namespace mirim
