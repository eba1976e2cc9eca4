#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "mirim/base/bytes.hpp"

namespace mirim {

/// A recording of one channel.
struct Sound {
  std::int64_t rate = 0;                ///< samples a second
  std::vector<std::int16_t> samples{};  ///< full scale is 32768
};

/// Which of several channels is read.
enum class Channels { only, first, mean };

/// Reads a WAV file (PCM of 8 to 32 bits, float, A-law, mu-law, ADPCM: what libsndfile reads), rounded to 16 bits;
/// those of 16 are unchanged. Throws Error for anything else, for a file that is cut off, has no samples or more than
/// 2^28, whose numbers are not finite, and for several channels with Channels::only.
Sound parse_wav(BytesView bytes, Channels channels = Channels::only);

/// The recording at another rate (libsoxr, its high quality), rounded to 16 bits; unchanged if it has that rate.
Sound resampled(Sound sound, std::int64_t rate);

}  // namespace mirim
