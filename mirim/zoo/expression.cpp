#include "mirim/zoo/expression.hpp"

#include <cctype>

#include "mirim/base/error.hpp"
#include "mirim/base/spelling.hpp"

namespace mirim {
namespace {

constexpr int kDeepest = 50;
constexpr std::int64_t kLargest = std::int64_t{1} << 62;

/// Recursive descent: sum = product {(+|-) product}, product = factor {(*|/) factor}.
class Parser {
 public:
  Parser(std::string_view text, const Parameters& parameters) : text_(text), parameters_(parameters) {}

  std::int64_t whole() {
    const std::int64_t value = sum();
    skip_space();
    if (at_ < text_.size()) refuse("operator expected");
    if (value > kLargest || value < -kLargest) refuse("number too large");
    return value;
  }

 private:
  std::int64_t sum() {
    std::int64_t value = product();
    while (true) {
      if (take('+')) {
        const std::int64_t right = product();
        if (__builtin_add_overflow(value, right, &value)) refuse("number too large");
      } else if (take('-')) {
        const std::int64_t right = product();
        if (__builtin_sub_overflow(value, right, &value)) refuse("number too large");
      } else {
        return value;
      }
    }
  }

  std::int64_t product() {
    std::int64_t value = factor();
    while (true) {
      if (take('*')) {
        const std::int64_t right = factor();
        if (__builtin_mul_overflow(value, right, &value)) refuse("number too large");
      } else if (take('/')) {
        const std::int64_t divisor = factor();
        if (divisor == 0) refuse("division by zero");
        if (divisor == -1 && value < -kLargest) refuse("number too large");  // the one quotient that overflows
        value /= divisor;
      } else {
        return value;
      }
    }
  }

  std::int64_t factor() {
    if (++depth_ > kDeepest) refuse("nested too deep");
    std::int64_t value = 0;
    if (take('(')) {
      value = sum();
      if (!take(')')) refuse("')' expected");
    } else if (take('-')) {
      if (__builtin_sub_overflow(std::int64_t{0}, factor(), &value)) refuse("number too large");
    } else {
      skip_space();
      const auto is = [&](auto test) { return at_ < text_.size() && test(static_cast<unsigned char>(text_[at_])); };
      if (is([](unsigned char c) { return std::isdigit(c); })) {
        value = number();
      } else if (is([](unsigned char c) { return std::isalpha(c) || c == '_'; })) {
        value = parameter();
      } else {
        refuse("number or parameter expected");
      }
    }
    --depth_;
    return value;
  }

  std::int64_t number() {
    std::int64_t value = 0;
    for (; at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])); ++at_) {
      value = value * 10 + (text_[at_] - '0');
      if (value > kLargest / 16) refuse("number too large");
    }
    return value;
  }

  std::int64_t parameter() {
    const std::size_t start = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '_')) ++at_;
    const std::string name(text_.substr(start, at_ - start));
    const auto found = parameters_.find(name);
    if (found == parameters_.end()) {
      std::vector<std::string> known;
      for (const auto& entry : parameters_) known.push_back(entry.first);
      if (known.empty()) fail("'{}': there is no parameter '{}'; declare it in [parameters]", text_, name);
      fail("'{}': there is no parameter '{}'; {}", text_, name, suggestion(name, known));
    }
    return found->second;
  }

  void skip_space() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool take(char c) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  [[noreturn]] void refuse(std::string_view why) const {
    fail("'{}': {} at character {}", text_.substr(0, 60), why, at_ + 1);
  }

  std::string_view text_;
  const Parameters& parameters_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

std::int64_t evaluate(std::string_view expression, const Parameters& parameters) {
  return Parser(expression, parameters).whole();
}

}  // namespace mirim
