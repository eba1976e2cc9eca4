#pragma once

#include <cstdint>
#include <filesystem>

#include "mirim/base/bytes.hpp"

namespace mirim {

/// The default limit on unpacked files: a few bytes can claim to be petabytes.
inline constexpr std::int64_t kMostUnpackedBytes = std::int64_t{4} << 30;

/// The unpacked bytes if they are gzip or xz (recognised by their first bytes, not by a name), else the bytes
/// themselves. Throws Error if they are damaged, truncated, or unpack to more than `most`.
Bytes unpack(BytesView bytes, std::int64_t most = kMostUnpackedBytes);

/// unpack(read_file(path)); any Error begins with the path.
Bytes read_unpacked(const std::filesystem::path& path, std::int64_t most = kMostUnpackedBytes);

/// `path`, or path.gz, or path.xz, whichever exists first; `path` itself when none does.
std::filesystem::path find_packed(const std::filesystem::path& path);

}  // namespace mirim
