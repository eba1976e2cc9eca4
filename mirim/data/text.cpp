#include "mirim/data/text.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "mirim/base/error.hpp"
#include "mirim/base/source_options.hpp"
#include "mirim/formats/compressed.hpp"

namespace mirim {
namespace {

// The letters from U+00C0 on without their accents; a dot is no letter of these 26.
constexpr std::string_view kPlain = "aaaaaa.ceeeeiiii.nooooo.ouuuuy..aaaaaa.ceeeeiiii.nooooo.ouuuuy.y";

/// The symbol of the character at `at`, 0 for a blank; moves to the next character.
std::int32_t symbol(const Bytes& text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned>(text[i]) : 0U; };
  const unsigned first = byte(at++);
  if (first >= 'a' && first <= 'z') return static_cast<std::int32_t>(first - 'a' + 1);
  if (first >= 'A' && first <= 'Z') return static_cast<std::int32_t>(first - 'A' + 1);
  if (first == 0xC3 && byte(at) >= 0x80 && byte(at) < 0xC0) {
    const char plain = kPlain[byte(at++) - 0x80];
    return plain == '.' ? 0 : plain - 'a' + 1;
  }
  while (first >= 0xC0 && byte(at) >= 0x80 && byte(at) < 0xC0) ++at;
  return 0;
}

std::vector<std::int32_t> symbols_of(const Bytes& text) {
  std::vector<std::int32_t> result;
  for (std::size_t at = 0; at < text.size();) {
    const std::int32_t next = symbol(text, at);
    if (next == 0 && (result.empty() || result.back() == 0)) continue;
    result.push_back(next);
  }
  return result;
}

Dataset samples_of(const std::vector<std::int32_t>& text, std::size_t first, std::size_t end, std::size_t history) {
  Dataset data{.sample = {DType::int32, {static_cast<std::int64_t>(history)}}, .named_classes = true, .series = true};
  data.class_names = {"blank"};
  for (char c = 'a'; c <= 'z'; ++c) data.class_names.emplace_back(1, c);
  std::vector<std::int32_t> samples;
  samples.reserve((end - first) * history);
  for (std::size_t i = first; i < end; ++i) {
    samples.insert(samples.end(), text.begin() + static_cast<std::ptrdiff_t>(i - history),
                   text.begin() + static_cast<std::ptrdiff_t>(i));
    data.labels.push_back(text[i]);
  }
  const BytesView bytes = bytes_of(samples);
  data.samples = Bytes(bytes.begin(), bytes.end());
  return data;
}

}  // namespace

Source load_text(std::string_view spec) {
  const SourceOptions options("text", spec, {"history", "test", "limit"});
  const auto history = static_cast<std::size_t>(options.whole("history", 4, 1, 16));
  const double part = options.number("test", 0.1, 0.01, 0.9);
  const auto limit = static_cast<std::size_t>(options.whole("limit", 0, 0, 1'000'000'000));
  std::vector<std::int32_t> text = symbols_of(read_unpacked(options.place()));
  if (limit > 0 && text.size() > limit) text.resize(limit);
  const auto split = static_cast<std::size_t>(static_cast<double>(text.size()) * (1 - part));
  if (split < history + 2 || text.size() - split < history + 1) {
    fail("{}: holds {} letters and blanks, too few to learn from; is it a text in UTF-8?", options.place(),
         text.size());
  }
  Source source{.samples = samples_of(text, history, split, history),
                .test = samples_of(text, split + history, text.size(), history)};
  source.samples.notes = {
      fmt::format("{} letters and blanks, the last {} for testing", text.size(), text.size() - split)};
  return source;
}

}  // namespace mirim
