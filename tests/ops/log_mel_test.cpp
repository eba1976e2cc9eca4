#include "mirim/ops/log_mel.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <fstream>
#include <numbers>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

using testing::HasSubstr;

const LogMelSettings kDigits{.rate = 8000};
const LogMelSettings kKeywords{.rate = 16000, .window = 25, .hop = 10, .bands = 40, .low = 20, .high = 7600};

/// As tests/zoo/peers/log_mel.py: noise, a triangle whose pitch rises, and silence.
std::vector<std::int16_t> sound(int count) {
  std::vector<std::int16_t> samples;
  std::uint32_t state = 1;
  for (int n = 0; n < count; ++n) {
    state = state * 1664525U + 1013904223U;
    const int triangle = std::abs((n * (3 + 2 * (n / 1024))) % 256 - 128) - 64;
    const int value = static_cast<int>(state >> 22) - 512 + 100 * triangle;
    samples.push_back(static_cast<std::int16_t>(n >= 4000 && n < 4600 ? 0 : value));
  }
  return samples;
}

/// By the definitions: a sum over samples for each frequency, and corners in mel.
std::vector<double> by_definition(const LogMelSettings& s, const std::vector<std::int16_t>& samples) {
  const auto size = static_cast<int>(std::lround(s.window * static_cast<double>(s.rate) / 1000));
  const auto hop = static_cast<int>(std::lround(s.hop * static_cast<double>(s.rate) / 1000));
  const auto points = static_cast<int>(std::pow(2, std::ceil(std::log2(size))));
  const double rate = static_cast<double>(s.rate), high = s.high == 0 ? rate / 2 : s.high;
  const auto mel = [](double f) { return 2595 * std::log10(1 + f / 700); };
  const auto corner = [&](std::int64_t i) {
    const double at = mel(s.low) + (mel(high) - mel(s.low)) * static_cast<double>(i) / static_cast<double>(s.bands + 1);
    return 700 * (std::pow(10, at / 2595) - 1);
  };
  std::vector<double> features;
  for (int begin = 0; begin + size <= static_cast<int>(samples.size()); begin += hop) {
    std::vector<double> power;
    for (int k = 0; k <= points / 2; ++k) {
      std::complex<double> sum = 0;
      for (int n = 0; n < size; ++n) {
        const double x = samples[static_cast<std::size_t>(begin + n)] / 32768.0;
        const double window = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * n / size);
        sum += x * window * std::polar(1.0, -2 * std::numbers::pi * k * n / points);
      }
      power.push_back(std::norm(sum));
    }
    for (std::int64_t b = 0; b < s.bands; ++b) {
      double sum = 0;
      for (int k = 0; k <= points / 2; ++k) {
        const double f = k * rate / points;
        const double rise = (f - corner(b)) / (corner(b + 1) - corner(b));
        const double fall = (corner(b + 2) - f) / (corner(b + 2) - corner(b + 1));
        sum += std::max(0.0, std::min(rise, fall)) * power[static_cast<std::size_t>(k)];
      }
      features.push_back(std::log(1 + 1e6 * sum));
    }
  }
  return features;
}

void expect_near(const std::vector<float>& found, const std::vector<double>& expected, double tolerance) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    ASSERT_NEAR(static_cast<double>(found[i]), expected[i], tolerance) << "element " << i;
  }
}

TEST(LogMel, is_what_its_definition_says) {
  for (const LogMelSettings& settings : {kDigits, kKeywords}) {
    const std::vector<std::int16_t> samples = sound(3000);
    expect_near(LogMel(settings).features(samples), by_definition(settings, samples), 2e-4);
  }
}

TEST(LogMel, is_librosas) {
  std::ifstream golden(MIRIM_SOURCE_DIR "/tests/zoo/golden/log_mel.txt");
  ASSERT_TRUE(golden);
  std::string name;
  std::int64_t frames = 0, bands = 0, sets = 0;
  while (golden >> name >> frames >> bands) {
    std::vector<double> expected(static_cast<std::size_t>(frames * bands));
    for (double& value : expected) golden >> value;
    ASSERT_TRUE(golden);
    const LogMel front(name == "digits" ? kDigits : kKeywords);
    const std::vector<float> found = front.features(sound(name == "digits" ? 8320 : 4960));
    EXPECT_EQ(std::ssize(found), frames * bands);
    expect_near(found, expected, 2e-4);
    ++sets;
  }
  EXPECT_EQ(sets, 2);
}

TEST(LogMel, of_silence_is_0) {
  const std::vector<float> features = LogMel(kDigits).features(std::vector<std::int16_t>(1000));
  EXPECT_EQ(features.size(), 6 * 20U);  // (1000 - 256) / 128 + 1 frames
  EXPECT_EQ(std::ranges::count(features, 0.0F), 120);
}

TEST(LogMel, pieces_of_any_length_give_the_bits_of_the_whole) {
  const LogMel front(kKeywords);
  const micro::LogMelParams p = front.params();
  const std::vector<std::int16_t> samples = sound(5000);
  const std::vector<float> whole = front.features(samples);
  for (const std::int32_t piece : {1, 7, 160, 399, 400, 401, 5000}) {
    std::vector<std::int16_t> kept(static_cast<std::size_t>(front.size()));
    std::vector<float> work(static_cast<std::size_t>(front.points()) + 2), frame(40), all;
    micro::LogMelStream stream{.samples = kept.data(), .work = work.data(), .held = 0};
    for (std::int32_t at = 0; at < 5000; at += piece) {
      const std::int32_t end = std::min(at + piece, 5000);
      for (std::int32_t n = at; n < end;) {
        bool made = false;
        n += micro::log_mel_push(p, stream, samples.data() + n, end - n, frame.data(), made);
        if (made) all.insert(all.end(), frame.begin(), frame.end());
      }
    }
    EXPECT_EQ(all, whole) << piece;
  }
}

TEST(LogMel, refuses_what_makes_no_features) {
  const auto complaint = [](const LogMelSettings& settings) -> std::string {
    try {
      LogMel front(settings);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(complaint({.rate = 10}), HasSubstr("rate=10"));
  EXPECT_THAT(complaint({.window = 1000}), HasSubstr("window=1000 ms at 16000 Hz are 16000 samples"));
  EXPECT_THAT(complaint({.hop = 0}), HasSubstr("hop=0"));
  EXPECT_THAT(complaint({.hop = 40}), HasSubstr("longer than window=32"));
  EXPECT_THAT(complaint({.bands = 0}), HasSubstr("bands=0"));
  EXPECT_THAT(complaint({.high = 9000}), HasSubstr("half the rate, 8000"));
  EXPECT_THAT(complaint({.low = 500, .high = 500}), HasSubstr("low must be below high"));
  EXPECT_THAT(complaint({.bands = 200}), HasSubstr("choose fewer bands or a longer window"));
}

}  // namespace
}  // namespace mirim
