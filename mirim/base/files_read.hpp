#pragma once

#include <filesystem>
#include <vector>

namespace mirim {

/// Records the files that its thread reads while it lives: what a result depends on.
class FilesRead {
 public:
  FilesRead();
  ~FilesRead();
  FilesRead(const FilesRead&) = delete;
  FilesRead& operator=(const FilesRead&) = delete;

  /// In the order of reading.
  std::vector<std::filesystem::path> paths;

 private:
  FilesRead* outer_;
};

/// For readers that open files themselves: records the file in FilesRead.
void note_read(const std::filesystem::path& path);

}  // namespace mirim
