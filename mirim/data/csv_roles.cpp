#include "mirim/data/csv_roles.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "mirim/base/error.hpp"
#include "mirim/data/classes.hpp"

namespace mirim {
namespace {

using Columns = std::vector<std::size_t>;

bool named(const CsvColumn& column, std::initializer_list<std::string_view> names) {
  return std::any_of(names.begin(), names.end(), [&](std::string_view name) { return equal_words(column.name, name); });
}

bool among(std::size_t column, const Columns& columns) {
  return std::find(columns.begin(), columns.end(), column) != columns.end();
}

class Chooser {
 public:
  Chooser(const CsvSurvey& survey, const CsvOptions& options)
      : survey_(survey), columns_(survey.columns), options_(options) {}

  CsvRoles choose() {
    for (const std::string& names : options_.targets) append(roles_.targets, names);
    for (const std::string& names : options_.features) append(roles_.features, names);
    for (const std::string& names : options_.drop) append(dropped_, names);
    if (!options_.label.empty() && options_.label != "none") roles_.label = find(options_.label);
    leave_out();
    if (options_.label.empty() && options_.targets.empty()) find_label();
    if (options_.features.empty()) {
      for (std::size_t c = 0; c < columns_.size(); ++c) {
        if (c != roles_.label && !among(c, roles_.targets) && !among(c, dropped_)) roles_.features.push_back(c);
      }
    }
    check();
    return std::move(roles_);
  }

 private:
  /// None if no column or several have the name.
  std::optional<std::size_t> by_name(std::string_view name) const {
    for (const bool exact : {true, false}) {
      Columns found;
      for (std::size_t c = 0; c < columns_.size(); ++c) {
        const std::string& own = columns_[c].name;
        if (exact ? own == name : equal_words(own, name)) found.push_back(c);
      }
      if (found.size() == 1 && !name.empty()) return found[0];
      if (found.size() > 1) fail("has {} columns named '{}'; use the number, from 0", found.size(), name);
    }
    return std::nullopt;
  }

  std::optional<std::size_t> try_find(std::string_view name) const {
    if (const auto column = by_name(name)) return column;
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error != std::errc{} || end != name.data() + name.size()) return std::nullopt;
    if (number < 0) number += std::ssize(columns_);
    if (number < 0 || number >= std::ssize(columns_)) return std::nullopt;
    return static_cast<std::size_t>(number);
  }

  std::size_t find(std::string_view name) const {
    if (const auto column = try_find(name)) return *column;
    std::vector<std::string> names;
    for (const CsvColumn& column : columns_) names.push_back(column.name);
    fail("has no column '{}', the columns are {}", name,
         has_header() ? listed(names) : fmt::format("0 to {}", columns_.size() - 1));
  }

  bool has_header() const {
    return std::any_of(columns_.begin(), columns_.end(), [](const CsvColumn& c) { return !c.name.empty(); });
  }

  /// "a+b" is a column of that name, or two columns.
  void append(Columns& to, std::string_view names) const {
    if (try_find(names) || names.find('+') == std::string_view::npos) {
      to.push_back(find(names));
      return;
    }
    for (std::size_t at = 0; at <= names.size();) {
      const auto end = std::min(names.find('+', at), names.size());
      to.push_back(find(names.substr(at, end - at)));
      at = end + 1;
    }
  }

  bool asked_for(std::size_t c) const {
    return c == roles_.label || among(c, roles_.targets) || among(c, roles_.features) || among(c, dropped_);
  }

  void leave_out() {
    if (!options_.features.empty()) return;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      const CsvColumn& column = columns_[c];
      if (asked_for(c)) continue;
      const bool empty = column.empty == survey_.rows;
      if (!empty && !is_row_number(c)) continue;
      dropped_.push_back(c);
      roles_.notes.push_back(
          fmt::format("{} {} and left out", column_text(survey_, c), empty ? "is empty" : "numbers the rows"));
    }
  }

  bool is_row_number(std::size_t c) const {
    const CsvColumn& column = columns_[c];
    const bool whole = column.numbers == survey_.rows && column.fractions == 0;
    // As in files of pandas and R.
    const bool unnamed = has_header() && (column.name.empty() || column.name.starts_with("Unnamed: "));
    if (unnamed && c == 0) return whole || column.texts == survey_.rows;
    if (!whole ||
        !named(column, {"id", "index", "idx", "row", "row_id", "rownames", "row_names", "nr", "no", "no.", "#"})) {
      return false;
    }
    constexpr std::int64_t kEnough = 20;
    const bool may_be_unique = column.most - column.least + 1 >= static_cast<double>(survey_.rows);
    return column.consecutive || (survey_.rows > kEnough && may_be_unique);
  }

  Columns candidates() const {
    Columns result;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      if (!among(c, dropped_) && !among(c, roles_.features)) result.push_back(c);
    }
    return result;
  }

  void take(std::size_t column, std::string why, bool open) {
    roles_.label = column;
    roles_.why = std::move(why);
    roles_.open = open;
  }

  void find_label() {
    const Columns all = candidates();
    if (all.empty()) return;
    Columns label, texts, kinds;
    std::optional<std::size_t> y;
    bool x = false, z = false;
    for (const std::size_t c : all) {
      if (is_label_name(columns_[c].name)) label.push_back(c);
      // A few texts among numbers are typos.
      const bool text = 2 * columns_[c].texts > survey_.rows;
      if (text) texts.push_back(c);
      if (text && named(columns_[c], {"species", "category", "type", "kind", "diagnosis", "activity", "gesture",
                                      "outcome", "state", "result"})) {
        kinds.push_back(c);
      }
      if (named(columns_[c], {"y"})) y = c;
      x = x || named(columns_[c], {"x"});
      z = z || named(columns_[c], {"z"});
    }
    if (label.size() > 1) {
      fail("{} and {} may both be the label; say label={} and drop={}, or the other way round",
           column_text(survey_, label[0]), column_text(survey_, label[1]), column_name(survey_, label[0]),
           column_name(survey_, label[1]));
    }
    const bool coordinate = z || (x && y && *y != all.front() && *y != all.back());
    if (label.size() == 1) return take(label[0], "by its name", named(columns_[label[0]], {"target", "targets"}));
    if (y && !coordinate) return take(*y, "by its name", true);
    if (texts.size() == 1) return take(texts[0], "the only column of texts", false);
    if (kinds.size() == 1) return take(kinds[0], "by its name", false);
    take(all.back(), fmt::format("the last column; label=COLUMN takes another, label=none has none"), true);
  }

  void check() const {
    if (roles_.features.empty()) fail("has no columns beside the label");
    for (const std::size_t c : roles_.features) {
      if (c == roles_.label || among(c, roles_.targets)) {
        fail("{} cannot be a feature and {} at once", column_text(survey_, c),
             c == roles_.label ? "the label" : "a target");
      }
    }
  }

  const CsvSurvey& survey_;
  const std::vector<CsvColumn>& columns_;
  const CsvOptions& options_;
  CsvRoles roles_;
  Columns dropped_;
};

}  // namespace

CsvRoles csv_roles(const CsvSurvey& survey, const CsvOptions& options) { return Chooser(survey, options).choose(); }

std::string column_text(const CsvSurvey& survey, std::size_t column) {
  const std::string& name = survey.columns[column].name;
  return name.empty() ? fmt::format("column {}", column) : fmt::format("column {} '{}'", column, name);
}

std::string column_name(const CsvSurvey& survey, std::size_t column) {
  const std::string& name = survey.columns[column].name;
  return name.empty() ? fmt::format("{}", column) : name;
}

}  // namespace mirim
