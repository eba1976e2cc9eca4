#include "mirim/data/csv_survey.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

using Fields = std::span<const std::string_view>;

bool among(std::string_view word, std::span<const std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view w) { return equal_words(word, w); });
}

/// The decimal marks seen, and where first. One comma in a number may also group its thousands.
struct Decimals {
  std::int64_t comma_line = 0, point_line = 0;
  std::string comma, point;
  bool surely_comma = false;

  void see_comma(std::string_view field, std::int64_t line) {
    const auto at = field.find(',');
    const std::string_view whole = field.substr(0, at);
    surely_comma = surely_comma || field.size() - at - 1 != 3 || whole == "0" || whole == "-0" || whole.size() > 4;
    if (comma_line != 0) return;
    comma_line = line;
    comma = field;
  }
  void see_point(std::string_view field, std::int64_t line) {
    if (point_line != 0) return;
    point_line = line;
    point = field;
  }
};

class Surveyor {
 public:
  Surveyor(std::string_view text, const CsvOptions& options) : options_(options) {
    survey_.layout = csv_layout(text, options.separator);
    for_each_row(text, survey_.layout, [&](std::int64_t line, Fields fields) { see(line, fields); });
  }

  CsvSurvey finish() {
    if (first_line_ == 0) fail("has no rows");
    choose_header();
    if (survey_.rows == 0) fail("has a header and no rows");
    choose_decimal();
    return std::move(survey_);
  }

 private:
  void see(std::int64_t line, Fields fields) {
    if (first_line_ == 0) {
      first_line_ = line;
      first_.assign(fields.begin(), fields.end());
      return;
    }
    if (survey_.rows == 0) {
      survey_.columns.resize(fields.size());
      second_line_ = line;
    } else if (fields.size() != survey_.columns.size()) {
      fail("line {} has {} columns, line {} has {}; a text that holds the separator '{}' needs quotes", line,
           fields.size(), second_line_, survey_.columns.size(), shown(survey_.layout.separator));
    }
    ++survey_.rows;
    for (std::size_t c = 0; c < fields.size(); ++c) count(survey_.columns[c], fields[c], line);
  }

  static std::string shown(char separator) { return separator == '\t' ? "\\t" : std::string(1, separator); }

  /// As a number with the requested decimal mark, else with either.
  std::optional<double> number(std::string_view field, std::int64_t line) {
    if (options_.decimal) return csv_number(field, *options_.decimal);
    if (const auto value = csv_number(field)) {
      if (field.find('.') != std::string_view::npos) decimals_.see_point(field, line);
      return value;
    }
    const auto value = csv_number(field, ',');
    if (value) decimals_.see_comma(field, line);
    return value;
  }

  void count(CsvColumn& column, std::string_view field, std::int64_t line) {
    if (field.empty()) {
      ++column.empty;
    } else if (const auto value = number(field, line)) {
      const bool first = column.numbers == 0;
      // While it counts up, the largest is the last.
      column.consecutive = column.consecutive && (first || *value == column.most + 1);
      column.fractions += *value == std::floor(*value) ? 0 : 1;
      column.least = first ? *value : std::min(column.least, *value);
      column.most = first ? *value : std::max(column.most, *value);
      ++column.numbers;
    } else if (is_missing(field, true)) {
      ++column.missing;
    } else if (is_flag(field)) {
      ++column.flags;
    } else {
      ++column.texts;
    }
  }

  bool is_number(std::string_view field) const {
    return options_.decimal ? csv_number(field, *options_.decimal).has_value()
                            : csv_number(field) || csv_number(field, ',');
  }

  /// Whether the first row numbers its columns; a leading index may have no name.
  bool counts_columns() const {
    const std::size_t skipped = first_[0].empty() ? 1 : 0;
    if (first_.size() - skipped < 3) return false;
    const auto start = csv_number(first_[skipped]);
    if (!start || (*start != 0 && *start != 1)) return false;
    for (std::size_t c = skipped; c < first_.size(); ++c) {
      if (csv_number(first_[c]) != *start + static_cast<double>(c - skipped)) return false;
    }
    return true;
  }

  bool names_columns() const {
    bool text_above_numbers = false, fraction = false, label = false;
    for (std::size_t c = 0; c < std::min(first_.size(), survey_.columns.size()); ++c) {
      const CsvColumn& column = survey_.columns[c];
      if (column.texts > 0 || column.numbers + column.flags == 0) continue;
      const std::string_view field = first_[c];
      if (is_number(field)) {
        fraction = fraction || field.find_first_of(".,eE") != std::string_view::npos;
      } else if (!is_missing(field, true) && !is_flag(field)) {
        text_above_numbers = true;
        label = label || is_label_name(field);
      }
    }
    return text_above_numbers && (label || !fraction);
  }

  /// "150,4,setosa,versicolor,virginica" above 150 rows of 4 features and a class.
  bool is_scikit_learn() const {
    const auto columns = static_cast<double>(survey_.columns.size());
    if (first_.size() < 3 || columns < 2) return false;
    return csv_number(first_[0]) == static_cast<double>(survey_.rows) && csv_number(first_[1]) == columns - 1 &&
           std::none_of(first_.begin() + 2, first_.end(), [&](const auto& field) { return is_number(field); });
  }

  void choose_header() {
    const auto columns = static_cast<std::ptrdiff_t>(survey_.columns.size());
    if (survey_.rows > 0 && !options_.header.has_value() && is_scikit_learn()) {
      survey_.header_line = first_line_;
      survey_.class_names.assign(first_.begin() + 2, first_.end());
      return;
    }
    const bool header = options_.header.value_or(
        survey_.rows > 0 ? counts_columns() || names_columns()
                         : std::none_of(first_.begin(), first_.end(), [&](const auto& f) { return is_number(f); }));
    if (!header) {
      add_first_row();
      return;
    }
    survey_.header_line = first_line_;
    if (survey_.rows == 0) return;
    if (std::ssize(first_) == columns - 1) fit_short_header();
    if (std::ssize(first_) == columns + 1 && first_.back().empty()) first_.pop_back();
    if (std::ssize(first_) != columns) {
      fail("line {} has {} columns, the header in line {} has {}{}", second_line_, columns, first_line_, first_.size(),
           hint(columns));
    }
    for (std::size_t c = 0; c < first_.size(); ++c) survey_.columns[c].name = std::move(first_[c]);
  }

  /// One name fewer than columns: each row ends with a separator, or begins with its own name, as R writes it.
  void fit_short_header() {
    const bool at_end = survey_.columns.back().empty == survey_.rows;
    first_.insert(at_end ? first_.end() : first_.begin(), std::string());
  }

  std::string hint(std::ptrdiff_t columns) const {
    if (survey_.layout.separator == ',' && columns > std::ssize(first_)) {
      return "; numbers with decimal commas need another separator or quotes";
    }
    return "";
  }

  void add_first_row() {
    if (survey_.rows == 0) {
      survey_.columns.resize(first_.size());
    } else if (first_.size() != survey_.columns.size()) {
      fail("line {} has {} columns, line {} has {}", second_line_, survey_.columns.size(), first_line_, first_.size());
    }
    ++survey_.rows;
    for (std::size_t c = 0; c < first_.size(); ++c) {
      CsvColumn& column = survey_.columns[c];
      CsvColumn alone;
      count(alone, first_[c], first_line_);
      column.consecutive =
          column.consecutive && (column.numbers == 0 || alone.numbers == 0 || alone.least + 1 == column.least);
      if (alone.numbers > 0) {
        column.least = column.numbers == 0 ? alone.least : std::min(column.least, alone.least);
        column.most = column.numbers == 0 ? alone.most : std::max(column.most, alone.most);
      }
      column.numbers += alone.numbers;
      column.fractions += alone.fractions;
      column.empty += alone.empty;
      column.missing += alone.missing;
      column.flags += alone.flags;
      column.texts += alone.texts;
    }
  }

  void choose_decimal() {
    survey_.decimal = options_.decimal.value_or(decimals_.comma_line != 0 ? ',' : '.');
    if (options_.decimal || decimals_.comma_line == 0) return;
    if (decimals_.point_line != 0) {
      fail("line {} has the number '{}' and line {} '{}'; say which is the decimal: decimal=comma or decimal=point",
           decimals_.comma_line, decimals_.comma, decimals_.point_line, decimals_.point);
    }
    if (survey_.layout.separator == ',' && !decimals_.surely_comma) {
      fail("line {}: '{}' may be a decimal comma or thousands; write it without the comma, or say decimal=comma",
           decimals_.comma_line, decimals_.comma);
    }
  }

  const CsvOptions& options_;
  CsvSurvey survey_;
  Decimals decimals_;
  std::vector<std::string> first_;
  std::int64_t first_line_ = 0, second_line_ = 0;
};

}  // namespace

CsvSurvey survey_csv(std::string_view text, const CsvOptions& options) { return Surveyor(text, options).finish(); }

bool is_missing(std::string_view field, bool in_numbers) {
  constexpr std::array<std::string_view, 6> kAlways{"", "?", "na", "n/a", "#n/a", "nan"};
  constexpr std::array<std::string_view, 7> kInNumbers{"null", "none", "nil", "-", ".", "-nan", "<na>"};
  return among(field, kAlways) || (in_numbers && among(field, kInNumbers));
}

bool is_flag(std::string_view field) {
  constexpr std::array<std::string_view, 2> kFlags{"true", "false"};
  return among(field, kFlags);
}

bool is_label_name(std::string_view name) {
  constexpr std::array<std::string_view, 7> kNames{"label",  "labels",  "class",      "classes",
                                                   "target", "targets", "class_label"};
  return among(name, kNames);
}

bool equal_words(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace mirim
