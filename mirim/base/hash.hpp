#pragma once

#include <cstdint>
#include <string>

#include "mirim/base/bytes.hpp"

namespace mirim {

/// XXH3, 64 and 128 bits: the same on every machine. Detects accidents, not attacks.
std::uint64_t hash64(BytesView bytes);

/// 128 bits as 32 hexadecimal digits.
std::string hash_text(BytesView bytes);

}  // namespace mirim
