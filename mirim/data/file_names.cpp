#include "mirim/data/file_names.hpp"

#include <algorithm>
#include <charconv>

#include "mirim/base/error.hpp"
#include "mirim/base/spelling.hpp"
#include "mirim/data/classes.hpp"
#include "mirim/formats/compressed.hpp"
#include "mirim/formats/csv.hpp"

namespace mirim {
namespace {

std::optional<std::int64_t> whole(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

std::vector<std::string> parts_of(const std::string& file) {
  const std::string stem = std::filesystem::path(file).stem().string();
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= stem.size();) {
    const std::size_t end = std::min(stem.find('_', at), stem.size());
    parts.push_back(stem.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

/// The text up to the last colon, and what is behind it.
std::string fact_in(std::string_view key, const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon + 1 == text.size()) {
    fail("{}={}: expected where and which, as name:2:0-4 or folder:a+b", key, text);
  }
  return text.substr(0, colon);
}

}  // namespace

FileTable::FileTable(const std::filesystem::path& csv, std::string_view files) : path_(csv) {
  const Bytes bytes = read_unpacked(csv);
  in_context(csv.string(), [&] {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    std::size_t key = 0;
    for_each_row(text, csv_layout(text), [&](std::int64_t line, std::span<const std::string_view> fields) {
      if (columns_.empty()) {
        columns_.assign(fields.begin(), fields.end());
        if (files.empty()) return;
        key = static_cast<std::size_t>(std::ranges::find(columns_, files) - columns_.begin());
        if (key == columns_.size()) fail("has no column '{}', its columns are {}", files, listed(columns_));
        return;
      }
      if (fields.size() != columns_.size())
        fail("line {} has {} fields, the header {}", line, fields.size(), columns_.size());
      const std::vector<std::string> row(fields.begin(), fields.end());
      if (!rows_.emplace(row[key], row).second) fail("line {}: '{}' is named twice", line, row[key]);
    });
    if (rows_.empty()) fail("has no rows below a header");
  });
}

bool FileTable::has(std::string_view column) const { return std::ranges::find(columns_, column) != columns_.end(); }

const std::string& FileTable::value(std::string_view column, const std::string& file) const {
  auto row = rows_.find(file);
  for (std::size_t at = 0; row == rows_.end() && at < file.size();) {
    at = std::min(file.find('/', at), file.size() - 1) + 1;
    row = rows_.find(std::string_view(file).substr(at));
  }
  if (row == rows_.end()) fail("has no row in {}", path_.string());
  return row->second[static_cast<std::size_t>(std::ranges::find(columns_, column) - columns_.begin())];
}

FileFact::FileFact(std::string_view key, const std::string& text, const FileTable* table) : table_(table) {
  const std::string_view rest = std::string_view(text).substr(std::min<std::size_t>(text.size(), 5));
  if (text == "folder") {
    folder_ = true;
  } else if (text == "name") {
    part_ = 0;
  } else if (text.starts_with("name:") && whole(rest)) {
    part_ = whole(rest);
  } else if (table && table->has(text)) {
    column_ = text;
  } else {
    fail("{}={}: expected folder, name, name:NUMBER{}", key, text,
         table ? " or a column of the table" : "; for a column of a table, name it with csv=FILE");
  }
}

std::string FileFact::of(const std::string& file) const {
  std::string value;
  if (folder_) {
    value = std::filesystem::path(file).parent_path().filename().string();
    if (value.empty()) fail("is in no folder that could be its class; say label=name, or csv=FILE&label=COLUMN");
  } else if (part_) {
    const std::vector<std::string> parts = parts_of(file);
    const std::int64_t at = *part_ < 0 ? std::ssize(parts) + *part_ : *part_;
    if (at < 0 || at >= std::ssize(parts)) fail("its name has no part {} between _", *part_);
    value = parts[static_cast<std::size_t>(at)];
    if (value.empty()) fail("part {} of its name is empty", *part_);
  } else {
    value = table_->value(column_, file);
    if (value.empty()) fail("has no '{}' in the table", column_);
  }
  return value;
}

FileChoice::FileChoice(std::string_view key, const std::string& text, const FileTable* table)
    : fact_(key, fact_in(key, text), table) {
  for (std::size_t at = text.rfind(':') + 1; at <= text.size();) {
    const std::size_t end = std::min(text.find('+', at), text.size());
    const std::string value = text.substr(at, end - at);
    const std::size_t dash = value.find('-', 1);
    const auto from = whole(std::string_view(value).substr(0, dash));
    const auto to = dash == std::string::npos ? from : whole(std::string_view(value).substr(dash + 1));
    if (value.empty() || (from && to && *from > *to)) fail("{}={}: '{}' chooses nothing", key, text, value);
    if (from && to) {
      ranges_.push_back({*from, *to});
    } else {
      values_.push_back(value);
    }
    at = end + 1;
  }
}

bool FileChoice::has(const std::string& file) const {
  const std::string value = fact_.of(file);
  if (std::ranges::find(values_, value) != values_.end()) return true;
  const auto number = whole(value);
  return number &&
         std::ranges::any_of(ranges_, [&](const Range& range) { return range.from <= *number && *number <= range.to; });
}

}  // namespace mirim
