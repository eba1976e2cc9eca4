#include "mirim/formats/csv.hpp"

#include <csv.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <vector>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

constexpr std::string_view kBlanks = " \t";

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

/// The line that begins at `at`, with its end: LF, CR LF or CR.
std::string_view line_at(std::string_view text, std::size_t at) {
  const std::string_view line = text.substr(at, text.find('\n', at) - at + (text.find('\n', at) < text.size() ? 1 : 0));
  const auto cr = line.find('\r');
  return cr < line.size() && cr + 1 < line.size() && line[cr + 1] != '\n' ? line.substr(0, cr + 1) : line;
}

std::string_view without_end(std::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  return line;
}

void require_text(std::string_view text) {
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) fail("is UTF-16 text; save it as UTF-8");
  if (text.starts_with("PK\x03\x04") || text.starts_with("\xd0\xcf\x11\xe0")) {
    fail("is a spreadsheet or zip file; save it as CSV");
  }
  if (text.substr(0, 4096).find('\0') != std::string_view::npos) fail("is no text: it has bytes of 0");
}

/// Number of `separator`s in a line outside of quotes.
std::int64_t separators(std::string_view line, char separator) {
  bool quoted = false;
  std::int64_t count = 0;
  for (const char c : line) {
    if (c == '"') quoted = !quoted;
    count += c == separator && !quoted ? 1 : 0;
  }
  return count;
}

std::int64_t quotes(std::string_view line) { return std::count(line.begin(), line.end(), '"'); }

/// The first lines with content; a quote that spans lines makes one of them.
std::vector<std::string_view> first_lines(std::string_view text, std::size_t at) {
  constexpr std::size_t kLines = 32;
  std::vector<std::string_view> lines;
  while (at < text.size() && lines.size() < kLines) {
    std::string_view line = line_at(text, at);
    bool open = quotes(line) % 2 != 0;
    while (open && at + line.size() < text.size()) {
      const std::string_view next = line_at(text, at + line.size());
      open = quotes(next) % 2 == 0;
      line = text.substr(at, line.size() + next.size());
    }
    at += line.size();
    if (!trim(without_end(line)).empty()) lines.push_back(without_end(line));
  }
  return lines;
}

char guess_separator(const std::vector<std::string_view>& lines) {
  constexpr std::array kCandidates{'\t', ';', '|', ','};
  std::int64_t most = 0;
  char best = 0;
  for (const char candidate : kCandidates) {
    // Lines with as many separators as the last one: a header may differ.
    const std::int64_t wanted = lines.empty() ? 0 : separators(lines.back(), candidate);
    if (wanted == 0) continue;
    const auto equal = std::count_if(lines.begin(), lines.end(),
                                     [&](std::string_view line) { return separators(line, candidate) == wanted; });
    if (equal > most) {
      most = equal;
      best = candidate;
    }
  }
  if (best != 0) return best;
  return !lines.empty() && trim(lines.back()).find_first_of(kBlanks) != std::string_view::npos ? ' ' : ',';
}

std::size_t fields_in(std::string_view line, char separator) {
  std::size_t count = 0;
  for_each_row(line, {.separator = separator},
               [&](std::int64_t, std::span<const std::string_view> fields) { count = fields.size(); });
  return count;
}

/// Skips leading comment lines; the last one is the header if it matches the line after it.
void skip_comments(std::string_view text, CsvLayout& layout, std::optional<char> separator) {
  std::size_t header = std::string_view::npos;
  while (layout.start < text.size() && text[layout.start] == '#') {
    header = text.find_first_not_of("# \t", layout.start);
    layout.start += line_at(text, layout.start).size();
    ++layout.line;
  }
  if (header >= layout.start) return;
  const std::string_view names = without_end(line_at(text, header));
  const auto lines = first_lines(text, layout.start);
  const char by = separator.value_or(guess_separator(lines));
  if (lines.empty() || names.find('"') != std::string_view::npos) return;
  const std::size_t fields = fields_in(names, by);
  if (fields < 2 || fields != fields_in(lines.front(), by)) return;
  layout.start = header;
  --layout.line;
}

/// What libcsv reports of the row that it reads.
struct Row {
  std::string text;
  std::vector<std::size_t> ends;
  bool blanks = false;  // blanks separate fields: several count as one
  bool ended = false;

  static void field(void* bytes, std::size_t size, void* self) {
    auto& row = *static_cast<Row*>(self);
    const std::string_view text = trim({static_cast<const char*>(bytes), size});
    if (row.blanks && text.empty()) return;
    row.text += text;
    row.ends.push_back(row.text.size());
  }
  static void end(int, void* self) { static_cast<Row*>(self)->ended = true; }

  void fields(std::vector<std::string_view>& to) const {
    to.clear();
    std::size_t from = 0;
    for (const std::size_t to_here : ends) {
      to.push_back(std::string_view(text).substr(from, to_here - from));
      from = to_here;
    }
  }
};

}  // namespace

CsvLayout csv_layout(std::string_view text, std::optional<char> separator) {
  require_text(text);
  CsvLayout layout;
  if (text.starts_with("\xef\xbb\xbf")) layout.start = 3;
  const std::string_view first = line_at(text, layout.start);
  if (const std::string_view line = without_end(first); line.size() == 5 && line.starts_with("sep=")) {
    if (!separator) separator = line[4];
    layout.start += first.size();
    ++layout.line;
  }
  skip_comments(text, layout, separator);
  layout.separator = separator.value_or(guess_separator(first_lines(text, layout.start)));
  return layout;
}

void for_each_row(std::string_view text, const CsvLayout& layout, const CsvRow& call) {
  csv_parser parser;
  if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0) fail("the CSV parser cannot start");
  const struct End {
    csv_parser* parser;
    ~End() { csv_free(parser); }
  } end{&parser};
  csv_set_delim(&parser, static_cast<unsigned char>(layout.separator));
  Row row{.text = {}, .ends = {}, .blanks = layout.separator == ' '};
  std::vector<std::string_view> fields;
  std::int64_t line = layout.line, begin = line;
  const auto broken = [&] {
    fail(
        "line {}: a quote (\") is not closed, or stands in the middle of a field; write such a field as \"a "
        "\"\"b\"\"\"",
        begin);
  };
  const auto pass_on = [&] {
    row.ended = false;
    if (!row.text.empty()) {
      row.fields(fields);
      call(begin, fields);
    }
    row.text.clear();
    row.ends.clear();
  };
  // Line by line, so that a row's line is known and no exception passes through the C library.
  bool between = true;
  for (std::size_t at = layout.start; at < text.size(); ++line) {
    const std::string_view chunk = line_at(text, at);
    if (between) begin = line;
    if (csv_parse(&parser, chunk.data(), chunk.size(), Row::field, Row::end, &row) != chunk.size()) broken();
    between = row.ended || (between && trim(without_end(chunk)).empty());
    if (row.ended) pass_on();
    at += chunk.size();
  }
  if (csv_fini(&parser, Row::field, Row::end, &row) != 0) broken();
  if (row.ended) pass_on();
}

std::optional<double> csv_number(std::string_view field, char decimal) {
  if (field.starts_with('+') && !field.starts_with("+-")) field.remove_prefix(1);
  const std::string_view digits = field.starts_with('-') ? field.substr(1) : field;
  if (digits.empty() || (digits[0] != decimal && (digits[0] < '0' || digits[0] > '9'))) return std::nullopt;
  std::array<char, 64> copy{};
  if (decimal != '.') {
    if (field.size() > copy.size() || field.find('.') != std::string_view::npos) return std::nullopt;
    std::replace_copy(field.begin(), field.end(), copy.begin(), decimal, '.');
    field = {copy.data(), field.size()};
  }
  double value = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (end != field.data() + field.size() || error == std::errc::invalid_argument) return std::nullopt;
  if (error == std::errc{}) return value;
  // Out of range: too near to 0, or too large.
  const bool tiny = field.find("e-") != std::string_view::npos || field.find("E-") != std::string_view::npos;
  const double magnitude = tiny ? 0 : std::numeric_limits<double>::infinity();
  return field.starts_with('-') ? -magnitude : magnitude;
}

}  // namespace mirim
