#pragma once

#include "mirim/data/dataset.hpp"

namespace mirim {

/// Each image [H,W,C] five times: as it is and moved by one pixel to the left, right, up and down, with zeros from
/// outside. They stay in the part, training, validation or test, that the image was in. Throws Error for samples that
/// are no images of at least 2 x 2.
Splits nudged(Splits splits);

}  // namespace mirim
