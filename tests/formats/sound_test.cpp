#include "mirim/formats/sound.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "mirim/base/error.hpp"
#include "tests/data/wav_file.hpp"

namespace mirim {
namespace {

using test::wav_file;
using testing::ElementsAre;
using testing::HasSubstr;

BytesView view(const std::string& text) { return std::as_bytes(std::span(text)); }

std::string complaint(const std::string& file, Channels channels = Channels::only) {
  try {
    parse_wav(view(file), channels);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Sound, of_16_bits_is_read_as_it_is) {
  const Sound sound = parse_wav(view(wav_file(8000, {0, 1, -1, 32767, -32768, 300})));
  EXPECT_EQ(sound.rate, 8000);
  EXPECT_THAT(sound.samples, ElementsAre(0, 1, -1, 32767, -32768, 300));
}

TEST(Sound, of_two_channels_is_asked_about) {
  const std::string file = wav_file(8000, {100, 300, -7, -9}, 2);
  EXPECT_THAT(complaint(file), HasSubstr("2 channels; say channels=mean"));
  EXPECT_THAT(parse_wav(view(file), Channels::first).samples, ElementsAre(100, -7));
  EXPECT_THAT(parse_wav(view(file), Channels::mean).samples, ElementsAre(200, -8));
}

TEST(Sound, refuses_what_is_no_whole_wav) {
  const std::string file = wav_file(8000, std::vector<std::int16_t>(100, 5));
  EXPECT_THAT(complaint(""), HasSubstr("no WAV file"));
  EXPECT_THAT(complaint("fLaC" + file.substr(4)), HasSubstr("no WAV file"));
  EXPECT_THAT(complaint(wav_file(8000, {})), HasSubstr("no samples"));
  for (std::size_t length = 12; length < file.size(); ++length) {
    const std::string text = complaint(file.substr(0, length));
    EXPECT_NE(text, "no error") << length;
  }
  EXPECT_THAT(complaint(wav_file(0, {1})), HasSubstr("WAV file"));
}

TEST(Sound, at_another_rate_is_the_same_tone) {
  // 440 Hz at 8 kHz, and at 16 kHz the samples that such a tone has there; the ends have no neighbours.
  const auto tone = [](int rate, int count) {
    Sound sound{.rate = rate};
    for (int n = 0; n < count; ++n) {
      sound.samples.push_back(
          static_cast<std::int16_t>(std::lround(10000 * std::sin(2 * std::numbers::pi * 440 * n / rate))));
    }
    return sound;
  };
  const Sound found = resampled(tone(8000, 4000), 16000), expected = tone(16000, 8000);
  EXPECT_EQ(found.rate, 16000);
  ASSERT_EQ(found.samples.size(), 8000U);
  for (std::size_t n = 500; n < 7500; ++n) ASSERT_NEAR(found.samples[n], expected.samples[n], 4) << n;
  EXPECT_EQ(resampled(tone(8000, 10), 8000).samples, tone(8000, 10).samples);
}

}  // namespace
}  // namespace mirim
