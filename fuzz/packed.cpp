// Any bytes given to what unpacks gzip, xz, tar and zip: an Error, or at most as many bytes as were allowed.

#include <cstdint>
#include <cstdlib>
#include <span>

#include "mirim/base/error.hpp"
#include "mirim/formats/archive.hpp"
#include "mirim/formats/compressed.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::int64_t kMost = 1 << 20;
  const auto bytes = std::as_bytes(std::span(data, size));
  try {
    const mirim::Bytes unpacked = mirim::unpack(bytes, kMost);
    if (static_cast<std::int64_t>(unpacked.size()) > kMost) std::abort();
  } catch (const mirim::Error&) {
  }
  try {
    std::int64_t sum = 0;
    mirim::for_each_file_in(
        bytes, [](const std::string& name) { return name.size() % 8 != 7; },
        [&](const std::string& /*name*/, const mirim::Bytes& file) { sum += static_cast<std::int64_t>(file.size()); },
        kMost);
    if (sum > kMost) std::abort();
  } catch (const mirim::Error&) {
  }
  return 0;
}
