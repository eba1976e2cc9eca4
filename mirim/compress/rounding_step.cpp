#include "mirim/compress/rounding_step.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace mirim {
namespace {

// The sigmoid is stretched so that h reaches 0 and 1 at a finite v (Louizos et al., 2018).
constexpr float kStretch = 1.2F, kBelow = 0.1F;

float sigmoid(float v) { return 1 / (1 + std::exp(-v)); }

float part_up(float v) { return std::clamp(kStretch * sigmoid(v) - kBelow, 0.0F, 1.0F); }

float slope_of_part(float v) {
  const float s = sigmoid(v), h = kStretch * s - kBelow;
  return h > 0 && h < 1 ? kStretch * s * (1 - s) : 0.0F;
}

}  // namespace

RoundingStep::RoundingStep(const WeightForm::Grid& grid, const RowsOf& rows, std::span<const float> stored)
    : grid_(grid), v_gradient_(stored.size(), 0.0F) {
  assert(grid.has_zero && static_cast<std::int64_t>(grid.scale.size()) == rows.rows());
  for (std::size_t i = 0; i < stored.size(); ++i) {
    const float scale = grid.scale[static_cast<std::size_t>(rows.row(static_cast<std::int64_t>(i)))];
    float steps = stored[i] / scale;
    // A quotient that is a whole number but for its own rounding is that number.
    if (std::fabs(steps - std::round(steps)) < 1e-4F) steps = std::round(steps);
    const float floor = std::floor(steps), part = steps - floor;
    const bool inside = floor >= static_cast<float>(grid.least) && floor < static_cast<float>(grid.most);
    scale_.push_back(scale);
    floor_.push_back(floor);
    free_.push_back(part > 0 && inside);
    v_.push_back(free_.back() ? -std::log(kStretch / (part + kBelow) - 1) : -100.0F);
  }
}

void RoundingStep::pull(float strength, float sharpness) {
  strength_ = strength;
  sharpness_ = sharpness;
}

std::int64_t RoundingStep::free() const { return std::ranges::count(free_, 1); }

void RoundingStep::apply(std::span<float> weights) {
  const auto least = static_cast<float>(grid_.least), most = static_cast<float>(grid_.most);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const float up = free_[i] ? part_up(v_[i]) : 0.0F;
    weights[i] = scale_[i] * std::clamp(floor_[i] + up, least, most);
  }
}

void RoundingStep::adjoint(std::span<float> gradient) {
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    if (free_[i]) {
      const float away = 2 * part_up(v_[i]) - 1;
      const float pull = -strength_ * 2 * sharpness_ * std::copysign(std::pow(std::fabs(away), sharpness_ - 1), away);
      v_gradient_[i] = (gradient[i] * scale_[i] + pull) * slope_of_part(v_[i]);
    }
    gradient[i] = 0;
  }
}

std::vector<float> RoundingStep::rounded() const {
  std::vector<float> weights;
  for (std::size_t i = 0; i < v_.size(); ++i) {
    const float up = free_[i] && part_up(v_[i]) >= 0.5F ? 1.0F : 0.0F;
    const float steps = std::clamp(floor_[i] + up, static_cast<float>(grid_.least), static_cast<float>(grid_.most));
    weights.push_back(scale_[i] * steps + 0.0F);  // never -0
  }
  return weights;
}

}  // namespace mirim
