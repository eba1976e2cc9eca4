#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/base/bytes.hpp"

namespace mirim {

struct ProcessResult {
  int exit_code = 0;   ///< 128 + the signal's number when a signal ended it
  std::string output;  ///< what it wrote on stdout and stderr, in order
};

/// Runs a program (found through PATH) with `arguments`, in `folder`, without a shell, and waits for it. Throws Error
/// if it cannot be started.
ProcessResult run_process(const std::string& program, const std::vector<std::string>& arguments,
                          const std::filesystem::path& folder);

/// The program's path by PATH, if it is there.
std::optional<std::filesystem::path> find_program(const std::string& program);

/// Writes a file that need not survive a power cut, without waiting for the disk as write_file does. On a busy disk
/// that wait took longer than compiling. Throws Error.
void write_temporary_file(const std::filesystem::path& path, BytesView bytes);
void write_temporary_file(const std::filesystem::path& path, std::string_view text);

/// A unique folder for temporary files, removed with the object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace mirim
