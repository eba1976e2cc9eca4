#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mirim {

/// The results of a search's jobs in one file, a line of JSON each, on the disk before the next one is asked for. A
/// search that was killed finds all of them again. A half last line, what a kill leaves, is cut off.
class Journal {
 public:
  /// What results depend on: name and value. The file's first line.
  using Head = std::vector<std::pair<std::string, std::string>>;

  /// Opens or begins the file; it stays locked while the object lives. Throws Error when it is of another head, when
  /// another search has it open, and for a line that is no journal's.
  Journal(std::filesystem::path path, const Head& head);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// `result` is JSON.
  std::optional<std::string> result_of(const std::string& job) const;
  void add(const std::string& job, double seconds, const std::string& result);
  std::size_t size() const { return results_.size(); }

 private:
  void read(const std::string& text, const Head& head);
  void append(const std::string& line) const;

  std::filesystem::path path_;
  int file_ = -1;
  std::map<std::string, std::string> results_;
};

}  // namespace mirim
