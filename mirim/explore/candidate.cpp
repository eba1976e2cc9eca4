#include "mirim/explore/candidate.hpp"

#include <fmt/format.h>

#include <charconv>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

std::string quoted(std::string_view name) {
  std::string text = "'";
  for (const char c : name) {
    if (c == '\'' || c == '\\') text += '\\';
    text += c;
  }
  return text + "'";
}

class Reader {
 public:
  explicit Reader(std::string_view text) : all_(text), left_(text) {}

  bool takes(char c) {
    while (left_.starts_with(' ')) left_.remove_prefix(1);
    if (!left_.starts_with(c)) return false;
    left_.remove_prefix(1);
    return true;
  }
  bool at_end() {
    while (left_.starts_with(' ')) left_.remove_prefix(1);
    return left_.empty();
  }

  /// The rest of a quoted name, up to the quote that ends it.
  std::string name() {
    std::string name;
    while (!left_.empty() && left_[0] != '\'') {
      if (left_[0] == '\\') left_.remove_prefix(1);
      if (left_.empty()) break;
      name += left_[0];
      left_.remove_prefix(1);
    }
    if (!takes('\'')) wrong("a name without an end");
    return name;
  }

  std::string_view key() {
    const std::size_t end = left_.find_first_of("=; ");
    if (end == std::string_view::npos || left_[end] != '=') wrong("not KEY=NUMBER");
    const std::string_view key = left_.substr(0, end);
    left_.remove_prefix(end + 1);
    return key;
  }

  template <class T>
  T number() {
    T value{};
    const auto [end, error] = std::from_chars(left_.data(), left_.data() + left_.size(), value);
    if (error != std::errc()) wrong("no number");
    left_.remove_prefix(static_cast<std::size_t>(end - left_.data()));
    return value;
  }

  [[noreturn]] void wrong(std::string_view why) const {
    fail("'{}' is no candidate: {} at '{}'", all_, why, left_.substr(0, 20));
  }

 private:
  std::string_view all_;
  std::string_view left_;
};

/// The parts that a layer may have for itself. `Mix` is a Candidate or a LayerMix.
template <class Mix>
bool read_part(Reader& reader, std::string_view key, Mix& mix) {
  if (key == "sparsity")
    mix.sparsity = reader.number<double>();
  else if (key == "clusters")
    mix.clusters = reader.number<std::int64_t>();
  else if (key == "bits")
    mix.bits = reader.number<std::int64_t>();
  else
    return false;
  return true;
}

}  // namespace

std::string to_string(const Candidate& candidate) {
  std::string text = fmt::format("channels={} sparsity={} clusters={} bits={}", candidate.channels, candidate.sparsity,
                                 candidate.clusters, candidate.bits);
  for (const auto& [name, mix] : candidate.layers) {
    text += "; " + quoted(name);
    if (mix.sparsity) text += fmt::format(" sparsity={}", *mix.sparsity);
    if (mix.clusters) text += fmt::format(" clusters={}", *mix.clusters);
    if (mix.bits) text += fmt::format(" bits={}", *mix.bits);
  }
  return text;
}

Candidate parse_candidate(std::string_view text) {
  Reader reader(text);
  Candidate candidate;
  LayerMix* layer = nullptr;
  while (!reader.at_end()) {
    if (reader.takes(';')) {
      if (!reader.takes('\'')) reader.wrong("no layer's name in quotes");
      layer = &candidate.layers[reader.name()];
      continue;
    }
    const std::string_view key = reader.key();
    if (layer ? read_part(reader, key, *layer) : read_part(reader, key, candidate)) continue;
    if (layer || key != "channels") reader.wrong(fmt::format("unknown '{}'", key));
    candidate.channels = reader.number<double>();
  }
  return candidate;
}

}  // namespace mirim
