// Any bytes given to what unpacks gzip and xz: an Error, or at most as many bytes as were allowed.

#include <cstdint>
#include <cstdlib>
#include <span>

#include "mirim/base/error.hpp"
#include "mirim/formats/compressed.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::int64_t kMost = 1 << 20;
  const auto bytes = std::as_bytes(std::span(data, size));
  try {
    const mirim::Bytes unpacked = mirim::unpack(bytes, kMost);
    if (static_cast<std::int64_t>(unpacked.size()) > kMost) std::abort();
  } catch (const mirim::Error&) {
  }
  return 0;
}
