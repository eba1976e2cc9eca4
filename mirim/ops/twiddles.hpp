#pragma once

#include <cstdint>
#include <vector>

namespace mirim {

/// The factors of a Fourier transform as `mirim/micro/fft.hpp` takes them: cos and -sin of k turns / length for k in
/// [0, length / 2), at least those of k = 0.
std::vector<float> fft_twiddles(std::int64_t length);

}  // namespace mirim
