#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mirim {

/// A table of files: a column of each, by their names.
class FileTable {
 public:
  /// A CSV with a header; `files` is the column of the files' names, empty: the first. Throws Error that begins with
  /// the path for a table without it or without a header, and for a file that is named twice.
  FileTable(const std::filesystem::path& csv, std::string_view files);

  bool has(std::string_view column) const;
  /// Throws Error if the file has no row; it is named as in the table, or without the folders before.
  const std::string& value(std::string_view column, const std::string& file) const;

 private:
  std::filesystem::path path_;
  std::vector<std::string> columns_{};
  std::map<std::string, std::vector<std::string>, std::less<>> rows_{};
};

/// Where a file says something about itself: "folder" (the one that it is in), "name" or "name:N" (part N from 0 of its
/// name, cut at _ and without its ending; -1 is the last), or a column of the table.
class FileFact {
 public:
  /// `key` is the option that has the text. Throws Error for another text.
  FileFact(std::string_view key, const std::string& text, const FileTable* table);

  /// Throws Error if the file does not say it.
  std::string of(const std::string& file) const;

 private:
  const FileTable* table_;
  bool folder_ = false;
  std::optional<std::int64_t> part_{};
  std::string column_{};
};

/// Some values of a fact: "name:2:0-4+7" has 0 to 4 and 7 of part 2 of the name.
class FileChoice {
 public:
  FileChoice(std::string_view key, const std::string& text, const FileTable* table);

  bool has(const std::string& file) const;

 private:
  struct Range {
    std::int64_t from, to;
  };
  FileFact fact_;
  std::vector<std::string> values_{};
  std::vector<Range> ranges_{};
};

}  // namespace mirim
