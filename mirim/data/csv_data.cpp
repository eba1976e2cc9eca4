#include "mirim/data/csv_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "mirim/base/error.hpp"
#include "mirim/data/classes.hpp"
#include "mirim/data/csv_roles.hpp"
#include "mirim/data/csv_survey.hpp"
#include "mirim/data/labels.hpp"
#include "mirim/formats/compressed.hpp"
#include "mirim/formats/csv.hpp"

namespace mirim {
namespace {

using Fields = std::span<const std::string_view>;

class Loader {
 public:
  Loader(std::string_view text, const CsvOptions& options, const CsvLike& like)
      : text_(text),
        survey_(survey_csv(text, options)),
        options_(completed(options, survey_.header_line != 0 ? like.named : like.numbered)),
        roles_(csv_roles(survey_, options_)) {}

  CsvData load() {
    data_.sample = {DType::float32, {std::ssize(roles_.features)}};
    data_.samples.resize(static_cast<std::size_t>(survey_.rows * data_.sample.bytes()));
    data_.targets.reserve(roles_.targets.size() * static_cast<std::size_t>(survey_.rows));
    texts_.reserve(roles_.label && label_is_text() ? survey_.rows : 0);
    numbers_.reserve(roles_.label && !label_is_text() ? survey_.rows : 0);
    bool header = survey_.header_line != 0;
    for_each_row(text_, survey_.layout, [&](std::int64_t line, Fields fields) {
      if (std::exchange(header, false)) return;
      add(line, fields);
    });
    data_.samples.resize(static_cast<std::size_t>(rows_ * data_.sample.bytes()));
    if (rows_ == 0) fail("has no row in which no value is missing");
    describe();
    set_answers();
    if (options_.shape) set_shape(*options_.shape);
    CsvLike others{like([&](std::size_t c) { return column_name(survey_, c); }),
                   like([](std::size_t c) { return std::to_string(c); })};
    return {std::move(data_), std::move(others)};
  }

 private:
  bool label_is_text() const { return survey_.columns[*roles_.label].has_text(); }

  void add(std::int64_t line, Fields fields) {
    if (options_.skip_missing && lacks_a_value(fields)) {
      ++skipped_;
      return;
    }
    auto* to = reinterpret_cast<float*>(data_.samples.data()) + rows_ * std::ssize(roles_.features);
    for (const std::size_t c : roles_.features) *to++ = number(line, c, fields[c]);
    for (const std::size_t c : roles_.targets) data_.targets.push_back(number(line, c, fields[c]));
    if (roles_.label) add_label(line, fields[*roles_.label]);
    ++rows_;
  }

  bool lacks_a_value(Fields fields) const {
    const auto missing = [&](std::size_t c) { return is_missing(fields[c], true); };
    return std::any_of(roles_.features.begin(), roles_.features.end(), missing) ||
           std::any_of(roles_.targets.begin(), roles_.targets.end(), missing) ||
           (roles_.label && is_missing(fields[*roles_.label], !label_is_text()));
  }

  void add_label(std::int64_t line, std::string_view field) {
    if (!label_is_text()) {
      numbers_.add(wide_number(line, *roles_.label, field));
      return;
    }
    if (is_missing(field, false)) refuse_missing(line, *roles_.label, field);
    texts_.add(field);
  }

  float number(std::int64_t line, std::size_t c, std::string_view field) const {
    if (survey_.columns[c].flags > 0 && is_flag(field)) return equal_words(field, "true") ? 1.0F : 0.0F;
    return static_cast<float>(wide_number(line, c, field));
  }

  /// Within the range of float32.
  double wide_number(std::int64_t line, std::size_t c, std::string_view field) const {
    const auto value = csv_number(field, survey_.decimal);
    if (value && std::fabs(*value) <= static_cast<double>(std::numeric_limits<float>::max())) return *value;
    if (value) fail("line {}, {}: '{}' is too large for a float32", line, column_text(survey_, c), field);
    if (is_missing(field, true)) refuse_missing(line, c, field);
    refuse_text(line, c, field);
  }

  [[noreturn]] void refuse_missing(std::int64_t line, std::size_t c, std::string_view field) const {
    const CsvColumn& column = survey_.columns[c];
    fail(
        "line {}, {} has no value{} ({} of {} rows lack it): fill it in, leave such rows out with missing=skip, or the "
        "column with drop={}",
        line, column_text(survey_, c), field.empty() ? "" : fmt::format(": '{}'", field), column.empty + column.missing,
        survey_.rows, column_name(survey_, c));
  }

  [[noreturn]] void refuse_text(std::int64_t line, std::size_t c, std::string_view field) const {
    const std::string where = column_text(survey_, c), name = column_name(survey_, c);
    if (equal_words(field, "inf") || equal_words(field, "-inf") || equal_words(field, "infinity") ||
        equal_words(field, "-infinity")) {
      fail("line {}, {}: '{}' is no finite number", line, where, field);
    }
    const char other = survey_.decimal == '.' ? ',' : '.';
    if (csv_number(field, other)) {
      fail("line {}, {}: '{}' is no number with a decimal {}; say decimal={} if all have it", line, where, field,
           survey_.decimal == '.' ? "point" : "comma", other == ',' ? "comma" : "point");
    }
    if (2 * survey_.columns[c].texts > survey_.rows) {
      fail(
          "{} holds texts ('{}' in line {}): write numbers, leave it out with drop={}, or make it the label with "
          "label={}",
          where, field, line, name, name);
    }
    fail("line {}, {}: '{}' is no number", line, where, field);
  }

  void describe() {
    std::vector<std::string> names;
    for (const std::size_t c : roles_.features) names.push_back(column_name(survey_, c));
    std::string line = fmt::format("{} rows", rows_);
    if (survey_.header_line == 0) line += ", no header";
    line += fmt::format("; {} features: {}", names.size(), listed(names));
    if (survey_.layout.separator != ',') {
      line += survey_.layout.separator == '\t'  ? "; separated by tabs"
              : survey_.layout.separator == ' ' ? "; separated by blanks"
                                                : fmt::format("; separated by '{}'", survey_.layout.separator);
    }
    if (survey_.decimal == ',') line += "; decimal commas";
    data_.notes.push_back(line);
    data_.notes.insert(data_.notes.end(), roles_.notes.begin(), roles_.notes.end());
    if (skipped_ > 0) data_.notes.push_back(fmt::format("{} rows left out, in which a value is missing", skipped_));
    if (survey_.header_line != 0 && survey_.class_names.empty()) data_.feature_names = std::move(names);
  }

  void set_answers() {
    if (!roles_.targets.empty()) {
      data_.target_size = std::ssize(roles_.targets);
      for (const std::size_t c : roles_.targets) data_.target_names.push_back(column_name(survey_, c));
      data_.notes.push_back(fmt::format("numbers to predict: {}", listed(data_.target_names)));
    }
    if (!roles_.label) {
      if (roles_.targets.empty()) data_.notes.emplace_back("no label");
      return;
    }
    const auto at = static_cast<std::ptrdiff_t>(data_.notes.size());
    if (label_is_text()) {
      std::move(texts_).set(data_);
    } else if (is_to_predict()) {
      predict_label();
      return;
    } else {
      refuse_many_classes();
      std::move(numbers_).set_classes(data_);
      name_classes();
    }
    const std::string why = roles_.why.empty() ? "" : fmt::format(" ({})", roles_.why);
    data_.notes.insert(data_.notes.begin() + at,
                       fmt::format("label: {}{}, {} classes: {}", column_text(survey_, *roles_.label), why,
                                   data_.class_names.size(), listed(data_.class_names)));
  }

  bool is_to_predict() const {
    const CsvColumn& column = survey_.columns[*roles_.label];
    if (roles_.open) return column.fractions > 0 || !numbers_.look_like_classes();
    return !roles_.why.empty() && column.fractions > 0 && numbers_.more_than(20);
  }

  void predict_label() {
    const std::string name = column_name(survey_, *roles_.label);
    const CsvColumn& column = survey_.columns[*roles_.label];
    std::move(numbers_).set_targets(data_);
    data_.target_names = {name};
    data_.notes.push_back(fmt::format("number to predict: {} ({}), from {} to {}; label={} would make classes of it",
                                      column_text(survey_, *roles_.label), roles_.why, column.least, column.most,
                                      name));
  }

  void refuse_many_classes() const {
    if (!numbers_.more_than(kMost)) return;
    fail("{} has more than {} different numbers, too many for classes; target={} predicts the number",
         column_text(survey_, *roles_.label), kMost, column_name(survey_, *roles_.label));
  }

  /// By the names in scikit-learn's first row, if there are as many.
  void name_classes() {
    if (survey_.class_names.empty() || survey_.class_names.size() != data_.class_names.size()) return;
    data_.class_names = survey_.class_names;
    data_.named_classes = true;
  }

  void set_shape(const Shape& shape) {
    if (shape.elements() != std::ssize(roles_.features)) {
      fail("shape={}: an image has {} elements, a row {} features", to_string(shape), shape.elements(),
           roles_.features.size());
    }
    data_.sample.shape = shape;
    data_.feature_names.clear();
  }

  static CsvOptions completed(CsvOptions options, const CsvOptions& like) {
    if (options.label.empty() && options.targets.empty()) {
      options.label = like.label;
      options.targets = like.targets;
    }
    if (options.features.empty() && options.drop.empty()) options.features = like.features;
    if (!options.shape) options.shape = like.shape;
    return options;
  }

  template <class F>
  CsvOptions like(const F& name) const {
    CsvOptions options;
    if (roles_.label && data_.targets.empty()) options.label = name(*roles_.label);
    if (roles_.label && !data_.targets.empty()) options.targets = {name(*roles_.label)};
    if (!roles_.label && roles_.targets.empty()) options.label = "none";
    for (const std::size_t c : roles_.targets) options.targets.push_back(name(c));
    for (const std::size_t c : roles_.features) options.features.push_back(name(c));
    options.shape = options_.shape;
    return options;
  }

  static constexpr std::size_t kMost = 1000;

  std::string_view text_;
  CsvSurvey survey_;
  CsvOptions options_;
  CsvRoles roles_;
  Dataset data_;
  TextLabels texts_;
  NumberLabels numbers_{kMost};
  std::int64_t rows_ = 0, skipped_ = 0;
};

}  // namespace

CsvData parse_csv(std::string_view text, const CsvOptions& options, const CsvLike& like) {
  return Loader(text, options, like).load();
}

CsvData load_csv(const std::filesystem::path& file, const CsvOptions& options, const CsvLike& like) {
  const Bytes bytes = read_unpacked(file);
  return in_context(file.string(), [&] {
    return parse_csv({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, options, like);
  });
}

}  // namespace mirim
