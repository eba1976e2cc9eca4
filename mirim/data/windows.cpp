#include "mirim/data/windows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "mirim/base/error.hpp"
#include "mirim/base/source_options.hpp"
#include "mirim/base/text.hpp"
#include "mirim/data/classes.hpp"
#include "mirim/data/csv_data.hpp"
#include "mirim/data/csv_survey.hpp"
#include "mirim/formats/compressed.hpp"

namespace mirim {
namespace {

constexpr std::int64_t kMostRows = 1'000'000;

/// Where windows may lie: rows of one recording with one label.
struct Run {
  std::int64_t first = 0, rows = 0, line = 0;
  std::int32_t recording = 0;
};

/// The column of this name, or with this number; none if the name is empty.
std::optional<std::size_t> column_called(const CsvSurvey& survey, std::string_view key, const std::string& name) {
  if (name.empty() || name == "none") return std::nullopt;
  std::vector<std::string> names;
  for (std::size_t c = 0; c < survey.columns.size(); ++c) {
    if (survey.columns[c].name == name || std::to_string(c) == name) return c;
    names.push_back(survey.columns[c].name);
  }
  fail("{}={}: there is no such column; the columns are {}", key, name, listed(names));
}

std::string first_named(const CsvSurvey& survey, std::initializer_list<std::string_view> known) {
  for (const std::string_view name : known) {
    for (const CsvColumn& column : survey.columns) {
      if (equal_words(column.name, name)) return column.name;
    }
  }
  return "";
}

class Cutter {
 public:
  Cutter(std::string_view text, const SourceOptions& given)
      : text_(text), given_(given), csv_(csv_options(given)), survey_(survey_csv(text, csv_)) {
    recording_ = column_called(survey_, "recording",
                               given.text("recording", first_named(survey_, {"recording", "file", "session", "run"})));
    time_ = column_called(survey_, "time", given.text("time", first_named(survey_, {"t", "time", "timestamp"})));
    set_size();
  }

  Dataset cut() {
    read_rows();
    find_runs();
    Dataset data{.sample = {DType::float32, {size_, rows_.sample.shape[0]}},
                 .class_names = rows_.class_names,
                 .named_classes = rows_.named_classes};
    std::int64_t short_ones = 0;
    const Run* shortest = nullptr;
    for (const Run& run : runs_) {
      if (run.rows < size_) {
        ++short_ones;
        if (!shortest || run.rows < shortest->rows) shortest = &run;
      }
      for (std::int64_t at = 0; at + size_ <= run.rows; at += step_) add(data, run, run.first + at);
    }
    if (data.size() == 0) {
      fail("no recording has the {} rows of a window: the one in line {} has {}; choose a smaller size=", size_,
           shortest->line, shortest->rows);
    }
    data.notes.push_back(fmt::format("{} windows of {} rows and {} columns, every {} rows, of {} recordings",
                                     with_commas(data.size()), size_, data.sample.shape[1], step_,
                                     with_commas(std::ssize(recordings_))));
    if (short_ones > 0) {
      data.notes.push_back(fmt::format("{} pieces are shorter than a window and left out, such as that in line {}",
                                       with_commas(short_ones), shortest->line));
    }
    data.notes.insert(data.notes.end(), rows_.notes.begin(), rows_.notes.end());
    if (recordings_.size() < 2) data.groups.clear();  // then there is nothing to keep together
    return data;
  }

 private:
  static CsvOptions csv_options(const SourceOptions& given) {
    std::string text = "f";
    char mark = '?';
    for (const char* key : {"label", "sep", "decimal", "header"}) {
      if (!given.has(key)) continue;
      text += fmt::format("{}{}={}", mark, key, given.text(key, ""));
      mark = '&';
    }
    return parse_csv_spec(text).second;
  }

  void set_size() {
    if (given_.has("size") == given_.has("length")) {
      fail("windows: say how long a window is, size=ROWS or rate=HZ&length=SECONDS");
    }
    if (given_.has("length") && !given_.has("rate")) fail("windows: length= in seconds needs rate=, the rows a second");
    const double rate = given_.number("rate", 1, 1e-6, 1e9);
    const double rows = given_.has("size") ? static_cast<double>(given_.whole("size", 0, 1, kMostRows))
                                           : std::round(rate * given_.number("length", 0, 1e-9, 1e9));
    if (!(rows >= 1 && rows <= static_cast<double>(kMostRows))) {
      fail("windows: a window has {} rows; there must be 1 to {}", rows, kMostRows);
    }
    size_ = static_cast<std::int64_t>(rows);
    step_ = std::max<std::int64_t>(1, std::llround(rows * (1 - given_.number("overlap", 0, 0, 0.999))));
  }

  void read_rows() {
    CsvOptions options = csv_;
    options.features = given_.list("columns");
    if (options.features.empty()) {
      for (const auto& column : {recording_, time_}) {
        if (column) options.drop.push_back(std::to_string(*column));
      }
    }
    rows_ = parse_csv(text_, options).data;
    if (!rows_.targets.empty()) {
      fail("column {} has values to predict, a window has a class; say label=COLUMN, or label=none",
           rows_.target_names.empty() ? "" : "'" + rows_.target_names[0] + "'");
    }
  }

  void find_runs() {
    std::string last_recording;
    double last_time = 0;
    std::int64_t row = -1;
    bool header = survey_.header_line != 0;
    for_each_row(text_, survey_.layout, [&](std::int64_t line, std::span<const std::string_view> fields) {
      if (std::exchange(header, false)) return;
      ++row;
      const std::string_view recording = recording_ ? fields[*recording_] : "";
      double time = 0;
      if (time_) {
        const std::optional<double> number = csv_number(fields[*time_], survey_.decimal);
        if (!number) fail("line {}: the time '{}' is no number; time=none does without", line, fields[*time_]);
        time = *number;
      }
      const bool begins = row == 0 || recording != last_recording || (time_ && !(time > last_time));
      const auto r = static_cast<std::size_t>(row);
      const bool other_label = row > 0 && !rows_.labels.empty() && rows_.labels[r] != rows_.labels[r - 1];
      if (begins) current_ = number_of(recording);
      if (begins || other_label) runs_.push_back({.first = row, .line = line, .recording = current_});
      ++runs_.back().rows;
      last_recording = recording;
      last_time = time;
    });
    if (row + 1 != rows_.size()) fail("has {} rows, of which {} were read", row + 1, rows_.size());
  }

  // Without a column of recordings each beginning is another one.
  std::int32_t number_of(std::string_view recording) {
    const auto next = static_cast<std::int32_t>(recordings_.size());
    const std::string name = recording_ ? std::string(recording) : std::to_string(next);
    return recordings_.try_emplace(name, next).first->second;
  }

  void add(Dataset& data, const Run& run, std::int64_t first) const {
    if (std::ssize(data.samples) > kMostUnpackedBytes) fail("windows take over 4 GB; choose less overlap=");
    for (std::int64_t r = first; r < first + size_; ++r) {
      data.samples.insert(data.samples.end(), rows_[r].begin(), rows_[r].end());
    }
    if (!rows_.labels.empty()) data.labels.push_back(rows_.labels[static_cast<std::size_t>(first)]);
    data.groups.push_back(run.recording);
  }

  std::string_view text_;
  const SourceOptions& given_;
  CsvOptions csv_;
  CsvSurvey survey_;
  std::optional<std::size_t> recording_{}, time_{};
  std::int64_t size_ = 0, step_ = 0;
  Dataset rows_{};
  std::vector<Run> runs_{};
  std::map<std::string, std::int32_t> recordings_{};
  std::int32_t current_ = 0;
};

}  // namespace

SourceOptions window_options(std::string_view spec) {
  return {"windows",
          spec,
          {"size", "rate", "length", "overlap", "columns", "recording", "time", "label", "sep", "decimal", "header"}};
}

Dataset parse_windows(std::string_view text, const SourceOptions& options) { return Cutter(text, options).cut(); }

Source load_windows(std::string_view spec) {
  const SourceOptions options = window_options(spec);
  const Bytes bytes = read_unpacked(options.place());
  return in_context(options.place(), [&] {
    return Source{.samples = parse_windows({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, options)};
  });
}

}  // namespace mirim
