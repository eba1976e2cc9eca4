// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/fft.hpp"
#include "mirim/micro/float_math.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

/// Log-mel features of sound: how much of each band there is in each frame. Of samples s in int16, frame t is
///   x[n]    = s[hop t + n] / 32768 * window[n],             n in [0, size)
///   P[k]    = |transform of x, with zeros up to points|^2,  k in [0, points / 2]
///   f[t, b] = log(1 + 10^6 * sum over k of weights[b, k] P[k])
/// so silence is 0. The tables are those of log_mel_tables.hpp.
struct LogMelParams {
  int32_t size;    ///< samples of a frame
  int32_t hop;     ///< samples from one frame to the next, 1 to size
  int32_t points;  ///< of the transform: a power of two, at least size and 2
  int32_t bands;
  const float* window;    ///< [size], from the first sample on
  const float* twiddles;  ///< [points], as fft.hpp wants them
  const int16_t* first;   ///< [bands]: the first k with a weight
  const int16_t* count;   ///< [bands]: how many have one, side by side
  const float* weights;   ///< of all bands, one after the other
};

/// A frame on its way. `samples` is [size], `work` [points + 2].
struct LogMelStream {
  int16_t* samples;
  float* work;
  int32_t held;  ///< samples that there are already; 0 at first
};

/// The features [bands] of a frame's samples [size]. `work`: [points + 2].
inline void log_mel_frame(const LogMelParams& p, const int16_t* samples, float* work, float* features) {
  for (int32_t n = 0; n < p.size; ++n) work[n] = static_cast<float>(samples[n]) * (1.0F / 32768) * p.window[n];
  for (int32_t n = p.size; n < p.points; ++n) work[n] = 0;
  real_fft(work, p.points, p.twiddles, p.points);
  const int32_t bins = p.points / 2 + 1;
  for (int32_t k = 0; k < bins; ++k) work[k] = work[2 * k] * work[2 * k] + work[2 * k + 1] * work[2 * k + 1];
  const float* weight = p.weights;
  for (int32_t b = 0; b < p.bands; ++b) {
    float sum = 0;
    for (int32_t i = 0; i < p.count[b]; ++i) sum += *weight++ * work[p.first[b] + i];
    features[b] = logarithm(1 + 1e6F * sum);
  }
}

/// Takes samples up to the end of a frame. With that, `features` gets the frame's, [bands], and `made` is true; what
/// the next frame shares with it stays. Returns how many samples were taken: all of them, or those up to that end.
inline int32_t log_mel_push(const LogMelParams& p, LogMelStream& stream, const int16_t* samples, int32_t count,
                            float* features, bool& made) {
  int32_t taken = 0;
  while (taken < count && stream.held < p.size) stream.samples[stream.held++] = samples[taken++];
  made = stream.held == p.size;
  if (!made) return taken;
  log_mel_frame(p, stream.samples, stream.work, features);
  stream.held = p.size - p.hop;
  for (int32_t n = 0; n < stream.held; ++n) stream.samples[n] = stream.samples[n + p.hop];
  return taken;
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
