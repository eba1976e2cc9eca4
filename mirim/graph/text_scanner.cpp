#include "mirim/graph/text_scanner.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>

namespace mirim {

bool Scanner::at_end() {
  skip_space();
  return at_ == text_.size();
}

char Scanner::peek() {
  skip_space();
  return at_ < text_.size() ? text_[at_] : '\0';
}

bool Scanner::accept(std::string_view token) {
  skip_space();
  if (text_.substr(at_, token.size()) != token) return false;
  at_ += token.size();
  return true;
}

void Scanner::expect(std::string_view token) {
  if (!accept(token)) fail_here("expected '{}'{}", token, found());
}

std::string_view Scanner::word() {
  skip_space();
  const std::size_t first = at_;
  while (at_ < text_.size() &&
         (std::isalnum(static_cast<unsigned char>(text_[at_])) || std::strchr("_.+-", text_[at_])))
    ++at_;
  if (first == at_) fail_here("expected a word{}", found());
  return text_.substr(first, at_ - first);
}

std::string Scanner::quoted() {
  expect("\"");
  std::string result;
  while (true) {
    if (at_ >= text_.size() || text_[at_] == '\n') fail_here("the quoted text does not end");
    const char c = text_[at_++];
    if (c == '"') return result;
    if (c != '\\') {
      result += c;
    } else if (at_ < text_.size() && text_[at_] == 'x') {
      ++at_;
      result += static_cast<char>(hexadecimal_byte());
    } else if (at_ < text_.size()) {
      result += text_[at_++];
    }
  }
}

int Scanner::hexadecimal_byte() {
  unsigned value = 0;  // from_chars takes no sign for it
  const auto digits = text_.substr(at_, 2);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (error != std::errc{} || end != digits.data() + 2) fail_here("expected two hexadecimal digits{}", found());
  at_ += 2;
  return static_cast<int>(value);
}

Label Scanner::label() {
  expect("%");
  Label result;
  if (at_ < text_.size() && text_[at_] == '"') {
    result.name = quoted();
  } else {
    const std::size_t first = at_;
    while (at_ < text_.size() && is_name(at_)) ++at_;
    result.name = text_.substr(first, at_ - first);
    if (result.name.empty()) fail_here("expected a name after %{}", found());
  }
  if (at_ < text_.size() && text_[at_] == '@') {
    ++at_;
    result.number = number<int>();
  }
  return result;
}

std::string Scanner::place() const {
  const std::string_view before = text_.substr(0, at_);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const auto newline = before.rfind('\n');
  return fmt::format("line {}, column {}", line, at_ - (newline == std::string_view::npos ? 0 : newline + 1) + 1);
}

std::string Scanner::found() const {
  if (at_ >= text_.size()) return ", found the end";
  return fmt::format(", found '{}'", text_[at_]);
}

bool Scanner::is_name(std::size_t i) const {
  const char c = text_[i];
  if (std::isalnum(static_cast<unsigned char>(c)) || std::strchr("_/.", c)) return c != '\0';
  // A colon belongs to the name only inside it ("model/add:0"); the type's colon is followed by a space.
  if (c == ':') return i + 1 < text_.size() && text_[i + 1] != ' ';
  return c == '-' && text_.substr(i, 2) != "->";
}

void Scanner::skip_space() {
  while (at_ < text_.size()) {
    if (text_[at_] == '#') {
      while (at_ < text_.size() && text_[at_] != '\n') ++at_;
    } else if (std::isspace(static_cast<unsigned char>(text_[at_]))) {
      ++at_;
    } else {
      return;
    }
  }
}

}  // namespace mirim
