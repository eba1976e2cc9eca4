#pragma once

#include <cstdint>

namespace mirim {

/// The learning rate over the steps of a training. With warm-up the first `warmup_epochs` rise linearly from 0 to
/// `rate`; after them, with p the finished part of the remaining steps:
///   constant  rate
///   step      rate * factor^(epoch / every)
///   cosine    last + (rate - last) * (1 + cos(pi p)) / 2   (Loshchilov and Hutter, 2017, without restarts)
struct Schedule {
  enum class Kind { constant, step, cosine };
  Kind kind = Kind::constant;
  float rate = 1e-3F;
  float warmup_epochs = 0;
  int every = 10;       ///< epochs between two drops
  float factor = 0.1F;  ///< of one drop
  float last = 0;       ///< where cosine ends
};

/// The learning rate of step `step` (from 0) of epochs * steps_per_epoch.
float learning_rate(const Schedule& schedule, std::int64_t step, std::int64_t steps_per_epoch, int epochs);

}  // namespace mirim
