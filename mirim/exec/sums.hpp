#pragma once

namespace mirim {

/// How layers of float weights add up on the host. In order, a product after the other and each rounded, they give the
/// bits of TensorFlow Lite's reference kernels: a deep network may magnify the last bit of a sum a thousand times. The
/// fastest way fuses them, takes them in any order, and a clamp behind them may make its lower bound of NaN.
enum class Sums { fastest, in_order };

}  // namespace mirim
