#pragma once

namespace mirim {

/// How layers of floats compute on the host. `in_order` rounds each product and each sum, which gives the bits of
/// TensorFlow Lite's reference kernels: a deep network may magnify the last bit of a sum a thousand times. `on_device`
/// is the same, but what has no products, and recurrent layers, run the device's own kernels: the board's bits.
/// `fastest` uses fused multiply-add and any order, and its clamps may turn NaN into their lower bound.
enum class Sums { fastest, in_order, on_device };

}  // namespace mirim
