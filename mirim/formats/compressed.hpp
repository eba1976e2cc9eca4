#pragma once

#include <cstdint>
#include <filesystem>

#include "mirim/base/bytes.hpp"

namespace mirim {

/// No file unpacks to more than this unless its reader knows better: a few bytes can claim to be petabytes.
inline constexpr std::int64_t kMostUnpackedBytes = std::int64_t{4} << 30;

/// The bytes inside when they are gzip or xz (told from their first bytes, not from a name), else the bytes themselves.
/// Throws Error when they are damaged, cut short, or unpack to more than `most`.
Bytes unpack(BytesView bytes, std::int64_t most = kMostUnpackedBytes);

/// unpack(read_file(path)), with the path in front of any Error.
Bytes read_unpacked(const std::filesystem::path& path, std::int64_t most = kMostUnpackedBytes);

/// `path`, or path.gz, or path.xz, whichever exists first; `path` itself when none does.
std::filesystem::path find_packed(const std::filesystem::path& path);

}  // namespace mirim
