#include "mirim/formats/sound.hpp"

#include <sndfile.h>
#include <soxr.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

constexpr std::int64_t kMostSamples = std::int64_t{1} << 28;

// A file in memory, as libsndfile reads one.
struct InMemory {
  BytesView bytes;
  sf_count_t at = 0;
};

InMemory& memory(void* user) { return *static_cast<InMemory*>(user); }

sf_count_t length_of(void* user) { return std::ssize(memory(user).bytes); }

sf_count_t seek(sf_count_t offset, int whence, void* user) {
  InMemory& file = memory(user);
  const sf_count_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? file.at : length_of(user);
  file.at = std::clamp<sf_count_t>(from + offset, 0, length_of(user));
  return file.at;
}

sf_count_t read(void* to, sf_count_t count, void* user) {
  InMemory& file = memory(user);
  const sf_count_t taken = std::min(count, length_of(user) - file.at);
  if (taken > 0) std::memcpy(to, file.bytes.data() + file.at, static_cast<std::size_t>(taken));
  file.at += std::max<sf_count_t>(taken, 0);
  return std::max<sf_count_t>(taken, 0);
}

sf_count_t write(const void* /*from*/, sf_count_t /*count*/, void* /*user*/) { return 0; }

sf_count_t tell(void* user) { return memory(user).at; }

std::int16_t rounded(float value) {
  if (!std::isfinite(value)) fail("a sample is {}", value);
  return static_cast<std::int16_t>(
      std::clamp<long>(std::lround(std::clamp(value, -2.0F, 2.0F) * 32768), -32768, 32767));
}

bool is_wav(BytesView bytes) {
  return bytes.size() >= 12 &&
         (std::memcmp(bytes.data(), "RIFF", 4) == 0 || std::memcmp(bytes.data(), "RF64", 4) == 0) &&
         std::memcmp(bytes.data() + 8, "WAVE", 4) == 0;
}

// libsndfile takes what there is. A program that wrote into a pipe left 0 or the largest number.
void require_whole(BytesView bytes) {
  std::uint32_t size = 0;
  for (std::size_t i = 0; i < 4; ++i) size |= std::to_integer<std::uint32_t>(bytes[4 + i]) << (8 * i);
  const bool known = std::to_integer<char>(bytes[3]) == 'F' && size != 0 && size != 0xFFFFFFFFU;
  const std::size_t whole = std::size_t{size} + 8;
  if (known && whole > bytes.size()) fail("ends after {} of {} bytes", bytes.size(), whole);
}

}  // namespace

Sound parse_wav(BytesView bytes, Channels channels) {
  if (!is_wav(bytes)) fail("is no WAV file");
  require_whole(bytes);
  InMemory file{.bytes = bytes};
  SF_VIRTUAL_IO access{.get_filelen = length_of, .seek = seek, .read = read, .write = write, .tell = tell};
  SF_INFO info{};
  const std::unique_ptr<SNDFILE, int (*)(SNDFILE*)> sound(sf_open_virtual(&access, SFM_READ, &info, &file), sf_close);
  if (!sound) fail("is a WAV file that cannot be read: {}", sf_strerror(nullptr));
  if (info.channels < 1 || info.channels > 64 || info.samplerate < 1) {
    fail("has {} channels at {} Hz", info.channels, info.samplerate);
  }
  if (info.channels > 1 && channels == Channels::only) {
    fail("has {} channels; say channels=mean or channels=first", info.channels);
  }
  if (info.frames > kMostSamples) fail("has {} samples, at most {} are read", info.frames, kMostSamples);
  Sound result{.rate = info.samplerate};
  const auto width = static_cast<std::size_t>(info.channels);
  std::vector<float> chunk(4096 * width);
  while (true) {
    const sf_count_t frames = sf_readf_float(sound.get(), chunk.data(), 4096);
    if (frames <= 0) break;
    for (std::size_t i = 0; i < static_cast<std::size_t>(frames); ++i) {
      float value = chunk[i * width];
      if (channels == Channels::mean) {
        for (std::size_t c = 1; c < width; ++c) value += chunk[i * width + c];
        value /= static_cast<float>(width);
      }
      result.samples.push_back(rounded(value));
    }
    if (std::ssize(result.samples) > kMostSamples) fail("has more than {} samples", kMostSamples);
  }
  if (result.samples.empty()) fail("has no samples");
  if (std::ssize(result.samples) < info.frames) {
    fail("ends after {} of {} samples", result.samples.size(), info.frames);
  }
  return result;
}

Sound resampled(Sound sound, std::int64_t rate) {
  if (sound.rate == rate) return sound;
  std::vector<float> in(sound.samples.size());
  std::ranges::transform(sound.samples, in.begin(), [](std::int16_t s) { return static_cast<float>(s) / 32768; });
  const double ratio = static_cast<double>(rate) / static_cast<double>(sound.rate);
  const double length = std::ceil(static_cast<double>(in.size()) * ratio);
  if (!(length <= static_cast<double>(kMostSamples))) fail("at {} Hz has more than {} samples", rate, kMostSamples);
  std::vector<float> out(static_cast<std::size_t>(length));
  std::size_t done = 0;
  const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
  const soxr_error_t error =
      soxr_oneshot(static_cast<double>(sound.rate), static_cast<double>(rate), 1, in.data(), in.size(), nullptr,
                   out.data(), out.size(), &done, nullptr, &quality, nullptr);
  if (error) fail("cannot be resampled from {} to {} Hz: {}", sound.rate, rate, soxr_strerror(error));
  out.resize(done);
  Sound result{.rate = rate};
  for (const float value : out) result.samples.push_back(rounded(value));
  return result;
}

}  // namespace mirim
