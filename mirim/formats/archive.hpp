#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "mirim/base/bytes.hpp"
#include "mirim/formats/compressed.hpp"

namespace mirim {

/// Whether a file's name says that it is an archive: .tar, .tgz, .zip, or .tar with .gz or .xz behind.
bool is_archive(const std::filesystem::path& path);

/// Calls `each` for every file of a tar (also .gz, .xz) or zip archive, in its order, with the name in the archive and
/// the bytes. Other entries, such as links, are left out. Throws Error that begins with the path if it is damaged, or
/// the wanted files are more than `most` bytes.
void for_each_file_in(const std::filesystem::path& path, const std::function<bool(const std::string& name)>& wanted,
                      const std::function<void(const std::string& name, Bytes bytes)>& each,
                      std::int64_t most = kMostUnpackedBytes);

/// The same for an archive in memory.
void for_each_file_in(BytesView archive, const std::function<bool(const std::string& name)>& wanted,
                      const std::function<void(const std::string& name, Bytes bytes)>& each,
                      std::int64_t most = kMostUnpackedBytes);

}  // namespace mirim
