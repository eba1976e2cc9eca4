#include "mirim/formats/csv.hpp"

#include <csv.h>

#include <charconv>

#include "mirim/base/error.hpp"
#include "mirim/formats/compressed.hpp"

namespace mirim {
namespace {

unsigned char separator(std::string_view text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  for (const char candidate : {',', ';', '\t', ' '}) {
    if (line.find(candidate) != std::string_view::npos) return static_cast<unsigned char>(candidate);
  }
  return ',';
}

bool is_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

struct Rows {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> row;
  bool blanks = false;  // separate fields: several of them are one

  static void field(void* bytes, std::size_t size, void* self) {
    auto& rows = *static_cast<Rows*>(self);
    if (!rows.blanks || size > 0) rows.row.emplace_back(static_cast<const char*>(bytes), size);
  }
  static void end_of_row(int, void* self) {
    auto& rows = *static_cast<Rows*>(self);
    if (!rows.row.empty()) rows.rows.push_back(std::exchange(rows.row, {}));
  }
};

}  // namespace

CsvTable parse_csv(std::string_view text) {
  csv_parser parser;
  if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0) fail("the CSV parser cannot start");
  const struct End {
    csv_parser* parser;
    ~End() { csv_free(parser); }
  } end{&parser};
  Rows rows;
  csv_set_delim(&parser, separator(text));
  rows.blanks = separator(text) == ' ';
  if (csv_parse(&parser, text.data(), text.size(), Rows::field, Rows::end_of_row, &rows) != text.size() ||
      csv_fini(&parser, Rows::field, Rows::end_of_row, &rows) != 0) {
    fail("row {}: {}", rows.rows.size() + 1, csv_strerror(csv_error(&parser)));
  }
  CsvTable table{.header = {}, .rows = std::move(rows.rows)};
  if (table.rows.empty()) fail("has no rows");
  for (std::size_t i = 1; i < table.rows.size(); ++i) {
    if (table.rows[i].size() == table.rows[1].size()) continue;
    fail("row {} has {} columns, row 2 has {}", i + 1, table.rows[i].size(), table.rows[1].size());
  }
  // Text in the first row alone makes it a header; where every row has some (a label's name), it is data.
  const auto texts = [](const std::vector<std::string>& row) {
    std::size_t count = 0;
    for (const std::string& field : row) count += is_number(field) ? 0 : 1;
    return count;
  };
  if (table.rows.size() > 1 && texts(table.rows[0]) > texts(table.rows[1])) {
    table.header = std::move(table.rows.front());
    table.rows.erase(table.rows.begin());
  } else if (table.rows.size() > 1 && table.rows[0].size() != table.rows[1].size()) {
    fail("row 1 has {} columns, row 2 has {}", table.rows[0].size(), table.rows[1].size());
  }
  return table;
}

CsvTable read_csv(const std::filesystem::path& path) {
  const Bytes bytes = read_unpacked(path);
  return in_context(path.string(), [&] {
    return parse_csv({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  });
}

}  // namespace mirim
