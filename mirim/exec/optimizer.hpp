#pragma once

#include <cstdint>
#include <string_view>

namespace mirim {

/// How a gradient g changes a weight w at learning rate r, with decay d (0 for biases and batch norm):
///   sgd    g += d w;  v = momentum v + g;  w -= r v
///   adam   g += d w;  m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2;  w -= r m' / (sqrt(v') + epsilon)
///   adamw  as adam without g += d w, then w -= r d w  (Loshchilov and Hutter, 2019)
/// With `relative`, the rate of a tensor is r min(1, s / 0.1), s the root mean square of its numbers that are not 0 at
/// the start (as Adafactor's; Shazeer and Stern, 2018); r where all are 0. Adam moves a weight by about r whatever its
/// size: weights of 0.004, as a folded batch norm or raw bytes as input leave them, would be lost within a few steps.
/// Here m' = m / (1 - b1^t), v' = v / (1 - b2^t) at step t = 1, 2, ... (Kingma and Ba, 2015).
struct Optimizer {
  enum class Kind { sgd, adam, adamw };
  Kind kind = Kind::adam;
  float momentum = 0.9F;
  float beta1 = 0.9F;
  float beta2 = 0.999F;
  float epsilon = 1e-8F;
  float weight_decay = 0;
  bool relative = false;
  /// If all gradients of a step together, as one vector, are longer than this, they are made this long; 0: never
  /// (Pascanu, Mikolov and Bengio, 2013).
  float longest = 0;

  /// Moments it keeps for each weight.
  int moments() const { return kind == Kind::sgd ? 1 : 2; }
};

}  // namespace mirim
