#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mirim::test {

/// The bytes of a WAV file with PCM samples of 16 bits, channels interleaved (RIFF, Microsoft 1991).
inline std::string wav_file(std::uint32_t rate, const std::vector<std::int16_t>& samples, std::uint16_t channels = 1) {
  std::string bytes;
  const auto put = [&](std::uint32_t value, int size) {
    for (int i = 0; i < size; ++i) bytes += static_cast<char>(value >> (8 * i) & 255U);
  };
  const auto data = static_cast<std::uint32_t>(2 * samples.size());
  bytes += "RIFF";
  put(36 + data, 4);
  bytes += "WAVEfmt ";
  put(16, 4);
  put(1, 2);  // PCM
  put(channels, 2);
  put(rate, 4);
  put(rate * 2 * channels, 4);
  put(2U * channels, 2);
  put(16, 2);
  bytes += "data";
  put(data, 4);
  for (const std::int16_t s : samples) put(static_cast<std::uint16_t>(s), 2);
  return bytes;
}

}  // namespace mirim::test
