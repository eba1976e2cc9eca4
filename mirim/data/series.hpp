#pragma once

#include <string_view>

#include "mirim/data/source.hpp"

namespace mirim {

/// series:mackey-glass[?key=value&...]: the chaotic series of Mackey and Glass (1977), dx/dt = 0.2 x(t - tau) / (1 +
/// x(t
/// - tau)^10) - 0.1 x, made by Runge and Kutta's method with a step of 0.1, from x = 1.2 and a seed's noise of 0.01 on
/// the first tau, 1,000 units of time after its beginning. A sample is float32 [taps]: x(t), x(t - lag), ...; its
/// target is x(t + horizon). Samples follow each other by one unit of time; the test samples are those after the
/// others.
///
/// Keys: samples (2 to 1,000,000; 4,000), test (how many of them; 1,000), taps (1 to 100; 1), lag (6), horizon (1), tau
/// (1 to 100; 17), warm_up (test samples that only fill a network's state; 0), seed (1). Throws Error for another
/// series, key or value.
Source load_series(std::string_view spec);

}  // namespace mirim
