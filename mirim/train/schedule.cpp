#include "mirim/train/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace mirim {

float learning_rate(const Schedule& schedule, std::int64_t step, std::int64_t steps_per_epoch, int epochs) {
  const auto now = static_cast<double>(step);
  const double per_epoch = static_cast<double>(steps_per_epoch);
  const double rate = static_cast<double>(schedule.rate);
  const double warmup = static_cast<double>(schedule.warmup_epochs) * per_epoch;
  // The first step has a rate above 0, else it would be wasted.
  if (now < warmup) return static_cast<float>(rate * (now + 1) / warmup);
  switch (schedule.kind) {
    case Schedule::Kind::constant:
      break;
    case Schedule::Kind::step: {
      const std::int64_t drops = step / steps_per_epoch / std::max(1, schedule.every);
      return static_cast<float>(rate * std::pow(static_cast<double>(schedule.factor), static_cast<double>(drops)));
    }
    case Schedule::Kind::cosine: {
      const double part = (now - warmup) / std::max(1.0, per_epoch * epochs - warmup);
      const double last = static_cast<double>(schedule.last);
      return static_cast<float>(last + (rate - last) * (1 + std::cos(std::numbers::pi * part)) / 2);
    }
  }
  return schedule.rate;
}

}  // namespace mirim
