#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "mirim/exec/layer.hpp"

namespace mirim {

/// Training lets one factor of the samples vary in a batch (Kulkarni et al., "Deep convolutional inverse graphics
/// network", 2015). Of a code [batch, n] the elements that are to stand for it keep their values; who reads the others
/// reads their mean over the batch:
///   y[b][i] = x[b][i] where varying[i] is 1, else the mean of x[.][i]
/// The gradient of a mean is shared by all samples. Outside of training y = x.
std::unique_ptr<Layer> make_held_factors(std::int64_t batch, const std::vector<float>& varying);

}  // namespace mirim
