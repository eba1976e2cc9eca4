#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "mirim/base/bytes.hpp"

namespace mirim {

/// The whole file. Throws Error that names the path when it is missing, unreadable or a folder.
Bytes read_file(const std::filesystem::path& path);
std::string read_text(const std::filesystem::path& path);

/// Throws Error if write_file could not write there now; changes nothing. For use before long work.
void require_writable(const std::filesystem::path& path);

/// Writes the whole file or nothing: into a file beside it, flushed to the disk, then renamed over `path`. Makes
/// missing parent folders. A device or pipe is written directly. Throws Error (full disk, no permission) and leaves
/// what was at `path` untouched.
void write_file(const std::filesystem::path& path, BytesView bytes);
void write_file(const std::filesystem::path& path, std::string_view text);

}  // namespace mirim
