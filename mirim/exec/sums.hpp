#pragma once

namespace mirim {

/// How layers of float weights add up on the host. In order, a product after the other and each rounded, they give the
/// bits of TensorFlow Lite's reference kernels: a deep network may magnify the last bit of a sum a thousand times. The
/// fastest way fuses them, and takes them in any order.
enum class Sums { fastest, in_order };

}  // namespace mirim
