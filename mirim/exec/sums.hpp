#pragma once

namespace mirim {

/// The order in which layers with float weights add on the host. `in_order` rounds each product and each sum, which
/// gives the bits of TensorFlow Lite's reference kernels: a deep network may magnify the last bit of a sum a thousand
/// times. What has no products, and recurrent layers, then run the device's own kernels. `fastest` uses fused
/// multiply-add and any order, and its clamps may turn NaN into their lower bound.
enum class Sums { fastest, in_order };

}  // namespace mirim
