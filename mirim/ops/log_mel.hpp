#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "mirim/micro/log_mel.hpp"

namespace mirim {

/// The front end of a network that hears: which features it is given of a sound (micro/log_mel.hpp has the formula).
struct LogMelSettings {
  std::int64_t rate = 16'000;  ///< samples a second, 1,000 to 192,000
  double window = 32;          ///< of a frame, ms
  double hop = 16;             ///< from one frame to the next, ms
  std::int64_t bands = 20;
  double low = 0;   ///< where the first band begins, Hz
  double high = 0;  ///< where the last one ends; 0: half the rate

  bool operator==(const LogMelSettings&) const = default;
};

class SourceOptions;

/// Those of the keys window, hop, bands, low and high. Throws Error for numbers out of range.
LogMelSettings log_mel_settings(const SourceOptions& options, std::int64_t rate);

/// The tables for the device's kernel, which also runs on the host: the same samples give the same bits on both.
class LogMel {
 public:
  /// Throws Error, with the option to change, for settings outside their ranges, a frame of more than 8,192 samples,
  /// a hop longer than the window, and bands that are too narrow for the frame.
  explicit LogMel(const LogMelSettings& settings);

  /// Borrows the tables.
  micro::LogMelParams params() const;
  std::int64_t size() const { return size_; }      ///< samples of a frame
  std::int64_t hop() const { return hop_; }        ///< samples
  std::int64_t points() const { return points_; }  ///< of the transform: the next power of two
  std::int64_t bands() const { return static_cast<std::int64_t>(first_.size()); }
  /// Whole frames of so many samples.
  std::int64_t frames(std::int64_t samples) const { return samples < size_ ? 0 : (samples - size_) / hop_ + 1; }

  /// [frames, bands].
  std::vector<float> features(std::span<const std::int16_t> samples) const;

  const std::vector<float>& window() const { return window_; }
  const std::vector<float>& twiddles() const { return twiddles_; }
  const std::vector<std::int16_t>& first() const { return first_; }
  const std::vector<std::int16_t>& count() const { return count_; }
  const std::vector<float>& weights() const { return weights_; }

 private:
  std::int64_t size_, hop_, points_ = 2;
  std::vector<float> window_{}, twiddles_{}, weights_{};
  std::vector<std::int16_t> first_{}, count_{};
};

}  // namespace mirim
