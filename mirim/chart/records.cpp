#include "mirim/chart/records.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <chrono>

#include "mirim/base/error.hpp"
#include "mirim/base/text.hpp"
#include "mirim/formats/csv.hpp"

namespace mirim::chart {
namespace {

using namespace std::chrono;

const std::string nothing;

std::int64_t days(year_month_day date) { return sys_days(date).time_since_epoch().count(); }

std::optional<int> whole(std::string_view text, std::size_t length) {
  int value = 0;
  if (text.size() != length) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value >= 0 ? std::optional(value) : std::nullopt;
}

std::optional<std::int64_t> parse_day(std::string_view text) {
  const std::optional<int> y = whole(text.substr(0, 4), 4);
  if (!y || *y < 1) return std::nullopt;
  if (text.size() == 4) return days(year(*y) / July / 1);
  const std::optional<int> m = text[4] == '-' && text.size() >= 7 ? whole(text.substr(5, 2), 2) : std::nullopt;
  if (!m) return std::nullopt;
  const auto its_month = year(*y) / month(static_cast<unsigned>(*m));
  if (text.size() == 7) return its_month.ok() ? std::optional(days(its_month / 15)) : std::nullopt;
  const std::optional<int> d = text[7] == '-' ? whole(text.substr(8), 2) : std::nullopt;
  if (!d) return std::nullopt;
  const year_month_day date = its_month / day(static_cast<unsigned>(*d));
  return date.ok() ? std::optional(days(date)) : std::nullopt;
}

}  // namespace

Record::Record(std::int64_t line, std::unordered_map<std::string, std::string> cells)
    : line_(line), cells_(std::move(cells)) {}

const std::string& Record::text(std::string_view column) const {
  const auto found = cells_.find(std::string(column));
  return found == cells_.end() ? nothing : found->second;
}

void Record::complain(const std::string& what) const {
  const std::string& model = text("model");
  fail("line {}: {}{}", line_, model.empty() ? "" : shortened(model) + ": ", what);
}

const std::string& Record::required(std::string_view column) const {
  const std::string& found = text(column);
  if (found.empty()) complain(fmt::format("{} is missing", column));
  return found;
}

double Record::number(std::string_view column) const {
  const std::string& written = required(column);
  const std::optional<double> value = csv_number(written);
  if (!value || !(*value > 0)) complain(fmt::format("{} '{}' is no number above 0", column, shortened(written)));
  // No figure of this world lies outside; an axis of more decades could not be read.
  if (*value < 1e-30 || *value > 1e60)
    complain(fmt::format("{} '{}' is not from 1e-30 to 1e60", column, shortened(written)));
  return *value;
}

double Record::quantity(std::string_view column, Measure measure) const {
  const double value = number(column);
  const std::string& unit = required(std::string(column) + "_unit");
  try {
    return in_base_unit(value, unit, measure);
  } catch (const Error& error) {
    complain(fmt::format("{}: {}", column, error.what()));
  }
}

std::optional<double> Record::count(std::string_view column) const {
  return text(column).empty() ? std::nullopt : std::optional(number(column));
}

std::int64_t Record::day() const {
  const std::string& written = required("date");
  const std::optional<std::int64_t> found = parse_day(written);
  if (!found) complain(fmt::format("date '{}' is none; write 2012-09-30, 2012-09 or 2012", shortened(written)));
  constexpr int kFirstYear = 1900, kLastYear = 2100;  // of networks; a typo would stretch the axis
  if (*found < days(year(kFirstYear) / January / 1) || *found >= days(year(kLastYear + 1) / January / 1)) {
    complain(fmt::format("date '{}' is not from {} to {}", shortened(written), kFirstYear, kLastYear));
  }
  return *found;
}

std::string Record::one_of(std::string_view column, std::initializer_list<std::string_view> texts,
                           std::string_view otherwise) const {
  const std::string& written = text(column);
  if (written.empty()) return std::string(otherwise);
  if (std::ranges::find(texts, written) == texts.end()) {
    complain(fmt::format("{} '{}' is unknown; there are {}", column, shortened(written), fmt::join(texts, ", ")));
  }
  return written;
}

std::vector<Record> read_records(std::string_view csv, std::initializer_list<std::string_view> columns) {
  std::vector<std::string> names;
  std::vector<Record> records;
  const auto require = [&](std::string_view name, std::int64_t line) {
    if (std::ranges::find(names, name) == names.end()) {
      fail("line {}: there is no column '{}'; there must be model, date, source, {}", line, name,
           fmt::join(columns, ", "));
    }
  };
  for_each_row(csv, csv_layout(csv, ','), [&](std::int64_t line, std::span<const std::string_view> fields) {
    if (names.empty()) {
      names.assign(fields.begin(), fields.end());
      for (auto at = names.begin(); at != names.end(); ++at) {
        if (std::find(names.begin(), at, *at) != at) fail("line {}: two columns are called '{}'", line, shortened(*at));
      }
      for (const std::string_view name : {"model", "date", "source"}) require(name, line);
      for (const std::string_view name : columns) require(name, line);
      return;
    }
    if (fields.size() != names.size()) fail("line {}: {} fields, but {} columns", line, fields.size(), names.size());
    std::unordered_map<std::string, std::string> cells;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (!is_text(fields[i])) fail("line {}: {}: not UTF-8 text", line, shortened(names[i]));
      cells.emplace(names[i], fields[i]);
    }
    Record record(line, std::move(cells));
    for (const std::string_view name : {"model", "date", "source"}) (void)record.required(name);
    (void)record.day();
    records.push_back(std::move(record));
  });
  if (records.empty()) fail("no rows");
  return records;
}

double day_of_year(int number) { return static_cast<double>(days(year(number) / January / 1)); }

double year_of(double day) { return 1970 + day / 365.2425; }

std::string iso_date(std::int64_t day) {
  const year_month_day date{sys_days(std::chrono::days(day))};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

}  // namespace mirim::chart
