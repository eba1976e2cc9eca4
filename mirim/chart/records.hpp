#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "mirim/chart/quantity.hpp"

namespace mirim::chart {

/// A row of a chart's CSV. Each getter throws Error that names the row's line, its model and the column.
class Record {
 public:
  Record(std::int64_t line, std::unordered_map<std::string, std::string> cells);

  /// The text of a column; "" if the row or the file lacks it.
  const std::string& text(std::string_view column) const;
  /// The same, but it must be there.
  const std::string& required(std::string_view column) const;
  /// A number from 1e-30 to 1e60, with its unit in COLUMN_unit, in the base unit of what it measures.
  double quantity(std::string_view column, Measure measure) const;
  /// A count without unit, in the same range; none if empty.
  std::optional<double> count(std::string_view column) const;
  /// Days since 1970-01-01 of "2012-09-30"; of "2012-09" its 15th, of "2012" its July 1st.
  std::int64_t day() const;
  /// One of the texts; `otherwise` if empty.
  std::string one_of(std::string_view column, std::initializer_list<std::string_view> texts,
                     std::string_view otherwise) const;
  [[noreturn]] void complain(const std::string& what) const;

 private:
  double number(std::string_view column) const;

  std::int64_t line_;
  std::unordered_map<std::string, std::string> cells_;
};

/// The rows of a CSV whose first row names its columns: always model, date and source, and those in `columns`. Others
/// may be missing. Every row has a model, a date and a source. Throws Error, "FILE: line 7: AlexNet: ...": without a
/// column or a row, for a row of another length, one that lacks its model, date or source.
std::vector<Record> read_records(std::string_view csv, std::initializer_list<std::string_view> columns);

/// Names on a chart: where no row has a label and the rows are few, each has its model's name.
template <class Model>
void name_few(std::vector<Model>& models) {
  for (const Model& model : models) {
    if (!model.label.empty()) return;
  }
  if (models.size() > 40) return;
  for (Model& model : models) model.label = model.name;
}

/// A decimal year of a day: 2012.75.
double year_of(double day);
/// The day on which a year begins.
double day_of_year(int year);
/// "2012-09-30".
std::string iso_date(std::int64_t day);

}  // namespace mirim::chart
