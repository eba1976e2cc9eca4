#pragma once

namespace mirim {

/// Prints what layers of ResNet-8 and DS-CNN take with compressed weights against int8 ones. Throws Error if a kernel
/// has other bits than the one without packed weights.
void measure_compressed();

}  // namespace mirim
