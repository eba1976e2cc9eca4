#include "mirim/ops/log_mel.hpp"

#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/base/source_options.hpp"
#include "mirim/micro/log_mel_tables.hpp"

namespace mirim {
namespace {

constexpr std::int64_t kLongestFrame = 8192;

std::int64_t samples_of(const char* what, double milliseconds, std::int64_t rate) {
  const double samples = milliseconds * static_cast<double>(rate) / 1000;
  if (!(samples >= 1 && samples <= static_cast<double>(kLongestFrame))) {
    fail("{}={} ms at {} Hz are {:.6g} samples; there must be 1 to {}", what, milliseconds, rate, samples,
         kLongestFrame);
  }
  return std::llround(samples);
}

}  // namespace

LogMelSettings log_mel_settings(const SourceOptions& options, std::int64_t rate) {
  const LogMelSettings otherwise;
  return {.rate = rate,
          .window = options.number("window", otherwise.window, 0.001, 10'000),
          .hop = options.number("hop", otherwise.hop, 0.001, 10'000),
          .bands = options.whole("bands", otherwise.bands, 1, 256),
          .low = options.number("low", otherwise.low, 0, 96'000),
          .high = options.number("high", otherwise.high, 0, 96'000)};
}

LogMel::LogMel(const LogMelSettings& s) {
  if (s.rate < 1'000 || s.rate > 192'000) fail("rate={}: expected 1000 to 192000 samples a second", s.rate);
  size_ = samples_of("window", s.window, s.rate);
  hop_ = samples_of("hop", s.hop, s.rate);
  if (hop_ > size_) fail("hop={} ms is longer than window={} ms; choose it at most as long", s.hop, s.window);
  if (s.bands < 1 || s.bands > 256) fail("bands={}: expected 1 to 256", s.bands);
  const double half = static_cast<double>(s.rate) / 2, high = s.high == 0 ? half : s.high;
  if (!(s.low >= 0 && s.low < high && high <= half)) {
    fail("bands from low={} to high={} Hz: low must be below high, and both at most half the rate, {}", s.low, high,
         half);
  }
  while (points_ < size_) points_ *= 2;
  window_.resize(static_cast<std::size_t>(size_));
  twiddles_.resize(static_cast<std::size_t>(points_));
  weights_.resize(static_cast<std::size_t>(points_) + 2);
  first_.resize(static_cast<std::size_t>(s.bands));
  count_.resize(static_cast<std::size_t>(s.bands));
  micro::fill_hann_window(static_cast<std::int32_t>(size_), window_.data());
  micro::fill_twiddles(static_cast<std::int32_t>(points_), twiddles_.data());
  const std::int32_t used = micro::fill_mel_bands(static_cast<std::int32_t>(s.rate), static_cast<std::int32_t>(points_),
                                                  static_cast<std::int32_t>(s.bands), s.low, high, first_.data(),
                                                  count_.data(), weights_.data());
  if (used < 0) {
    fail(
        "bands={}: band {} is narrower than the {:.4g} Hz that a transform of {} points tells apart; choose fewer "
        "bands or a longer window",
        s.bands, -1 - used, static_cast<double>(s.rate) / static_cast<double>(points_), points_);
  }
  weights_.resize(static_cast<std::size_t>(used));
}

micro::LogMelParams LogMel::params() const {
  return {.size = static_cast<std::int32_t>(size_),
          .hop = static_cast<std::int32_t>(hop_),
          .points = static_cast<std::int32_t>(points_),
          .bands = static_cast<std::int32_t>(bands()),
          .window = window_.data(),
          .twiddles = twiddles_.data(),
          .first = first_.data(),
          .count = count_.data(),
          .weights = weights_.data()};
}

std::vector<float> LogMel::features(std::span<const std::int16_t> samples) const {
  const micro::LogMelParams p = params();
  std::vector<float> work(static_cast<std::size_t>(points_) + 2);
  std::vector<float> result(static_cast<std::size_t>(frames(std::ssize(samples)) * bands()));
  for (std::size_t t = 0; t * static_cast<std::size_t>(bands()) < result.size(); ++t) {
    micro::log_mel_frame(p, samples.data() + t * static_cast<std::size_t>(hop_), work.data(),
                         result.data() + t * static_cast<std::size_t>(bands()));
  }
  return result;
}

}  // namespace mirim
