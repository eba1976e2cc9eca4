#include "mirim/compress/steps.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <map>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

constexpr float kMemory = 0.99F;  // of the moving average of Taylor scores

float rounded_steps(float steps, const WeightForm::Grid& grid) {
  if (!grid.has_zero) return steps < 0 ? -1.0F : 1.0F;
  return std::clamp(std::round(steps), static_cast<float>(grid.least), static_cast<float>(grid.most));
}

/// The scale of GridStep::Scale::least_error for one row; 1 where all is 0.
float least_error_scale(std::span<const float> row, const WeightForm::Grid& grid) {
  float largest = 0;
  double mean = 0;
  for (const float w : row) {
    largest = std::max(largest, std::fabs(w));
    mean += std::fabs(static_cast<double>(w)) / static_cast<double>(row.size());
  }
  // Of two values, the mean size has the least error.
  if (!grid.has_zero) return mean > 0 ? static_cast<float>(mean) : 1.0F;
  const float whole = largest / static_cast<float>(grid.most);
  if (!(whole >= std::numeric_limits<float>::min())) return 1;
  constexpr int kCandidates = 128;
  float best = whole;
  double least = std::numeric_limits<double>::infinity();
  for (int i = kCandidates; i >= kCandidates / 8; --i) {
    const float scale = whole * static_cast<float>(i) / kCandidates;
    double error = 0;
    for (const float w : row) {
      const double off = static_cast<double>(w) - static_cast<double>(scale * rounded_steps(w / scale, grid));
      error += off * off;
    }
    if (error < least) {
      least = error;
      best = scale;
    }
  }
  return best;
}

}  // namespace

MaskStep::MaskStep(std::size_t elements, Watch watch) : watch_(watch), mask_(elements, 1.0F) {
  if (watch == Watch::nothing) return;
  scores_.assign(elements, 0.0F);
  weights_.assign(elements, 0.0F);
}

void MaskStep::apply(std::span<float> weights) {
  assert(weights.size() == mask_.size());
  if (watch_ != Watch::nothing) std::ranges::copy(weights, weights_.begin());
  // A product would make -0 of negative weights, which is no number of a grid or mask.
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = mask_[i] == 0 ? 0.0F : weights[i];
}

void MaskStep::adjoint(std::span<float> gradient) {
  for (std::size_t i = 0; i < scores_.size(); ++i) {
    const float change = weights_[i] * gradient[i];
    if (watch_ == Watch::taylor) {
      scores_[i] = kMemory * scores_[i] + (1 - kMemory) * std::fabs(change);
    } else {
      scores_[i] -= change;
    }
  }
  for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] *= mask_[i];
}

std::vector<float> MaskStep::state() const {
  std::vector<float> state = mask_;
  state.insert(state.end(), scores_.begin(), scores_.end());
  return state;
}

void MaskStep::set_state(std::span<const float> state) {
  if (state.size() != mask_.size() + scores_.size()) fail("the state of its mask is another one's");
  const auto middle = state.begin() + static_cast<std::ptrdiff_t>(mask_.size());
  mask_.assign(state.begin(), middle);
  scores_.assign(middle, state.end());
}

void MaskStep::set_mask(std::vector<float> mask) {
  assert(mask.size() == mask_.size());
  mask_ = std::move(mask);
}

CodebookStep::CodebookStep(std::vector<std::int32_t> cluster) : cluster_(std::move(cluster)) {
  const std::int32_t last = cluster_.empty() ? -1 : *std::ranges::max_element(cluster_);
  members_.assign(static_cast<std::size_t>(std::int64_t{last} + 1), 0);
  sums_.assign(members_.size(), 0);
  for (const std::int32_t c : cluster_) {
    if (c >= 0) ++members_[static_cast<std::size_t>(c)];
  }
}

void CodebookStep::average(std::span<float> numbers) {
  assert(numbers.size() == cluster_.size());
  std::ranges::fill(sums_, 0.0);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (cluster_[i] >= 0) sums_[static_cast<std::size_t>(cluster_[i])] += static_cast<double>(numbers[i]);
  }
  for (std::size_t c = 0; c < sums_.size(); ++c) {
    if (members_[c] > 0) sums_[c] /= static_cast<double>(members_[c]);
  }
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    numbers[i] = cluster_[i] < 0 ? 0.0F : static_cast<float>(sums_[static_cast<std::size_t>(cluster_[i])]);
  }
}

std::vector<std::int32_t> clusters_of(std::span<const float> values, const RowsOf& rows, bool per_row,
                                      bool zeros_stay) {
  std::map<std::pair<std::int64_t, float>, std::int32_t> known;
  std::vector<std::int32_t> cluster(values.size(), -1);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (zeros_stay && values[i] == 0) continue;
    const std::int64_t row = per_row ? rows.row(static_cast<std::int64_t>(i)) : 0;
    const auto next = static_cast<std::int32_t>(known.size());
    cluster[i] = known.emplace(std::pair(row, values[i]), next).first->second;
  }
  return cluster;
}

GridStep::GridStep(const WeightForm::Grid& grid, const RowsOf& rows, Scale scale, std::span<const float> stored)
    : grid_(grid), rows_(rows), scale_(scale), steps_(stored.size(), 0.0F) {
  const auto count = static_cast<std::size_t>(rows.rows());
  if (scale == Scale::fixed) {
    if (grid_.scale.size() == 1) grid_.scale.resize(count, grid_.scale[0]);
    if (grid_.scale.size() != count) fail("a grid of {} scales for {} rows", grid_.scale.size(), count);
    return;
  }
  grid_.scale.assign(count, 1.0F);
  if (scale == Scale::largest) return;  // found anew by each `apply`
  if (scale == Scale::least_error) {
    std::vector<float> row(static_cast<std::size_t>(rows.columns()));
    for (std::int64_t r = 0; r < rows.rows(); ++r) {
      for (std::size_t c = 0; c < row.size(); ++c) {
        row[c] = stored[static_cast<std::size_t>(rows.element(r, static_cast<std::int64_t>(c)))];
      }
      grid_.scale[static_cast<std::size_t>(r)] = least_error_scale(row, grid_);
    }
    return;
  }
  std::vector<double> sums(count, 0);
  for (std::size_t i = 0; i < stored.size(); ++i) {
    sums[static_cast<std::size_t>(rows.row(static_cast<std::int64_t>(i)))] += std::fabs(static_cast<double>(stored[i]));
  }
  const double steps = grid.has_zero ? std::sqrt(static_cast<double>(grid.most)) / 2 : 1;
  for (std::size_t r = 0; r < count; ++r) {
    const double mean = sums[r] / static_cast<double>(rows.columns());
    grid_.scale[r] = mean > 0 ? static_cast<float>(mean / steps) : 1.0F;
  }
  growth_.assign(count, 0.0F);
  growth_gradient_.assign(count, 0.0F);
}

float GridStep::scale_of(std::int64_t row) const {
  const auto r = static_cast<std::size_t>(row);
  return growth_.empty() ? grid_.scale[r] : grid_.scale[r] * std::exp(growth_[r]);
}

void GridStep::apply(std::span<float> weights) {
  assert(weights.size() == steps_.size());
  if (scale_ == Scale::largest) {
    std::vector<double>& size = sizes_;
    size.assign(grid_.scale.size(), 0);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      double& s = size[static_cast<std::size_t>(rows_.row(static_cast<std::int64_t>(i)))];
      const double w = std::fabs(static_cast<double>(weights[i]));
      s = grid_.has_zero ? std::max(s, w) : s + w / static_cast<double>(rows_.columns());
    }
    for (std::size_t r = 0; r < size.size(); ++r) {
      const double least = static_cast<double>(std::numeric_limits<float>::min());
      grid_.scale[r] = size[r] > 0 ? static_cast<float>(std::max(size[r] / grid_.most, least)) : 1.0F;
    }
  }
  for (std::int64_t r = 0; r < rows_.rows(); ++r) {
    const float scale = scale_of(r), inverse = 1 / scale;
    for (std::int64_t c = 0; c < rows_.columns(); ++c) {
      const auto i = static_cast<std::size_t>(rows_.element(r, c));
      const float steps = weights[i] * inverse;
      steps_[i] = steps;
      weights[i] = rounded_steps(steps, grid_) * scale + 0.0F;  // never -0
    }
  }
}

void GridStep::adjoint(std::span<float> gradient) {
  const bool learn = !growth_.empty();
  if (!learn && scale_ == Scale::largest) return;  // nothing is outside
  const float least = static_cast<float>(grid_.least) - 0.5F, most = static_cast<float>(grid_.most) + 0.5F;
  // Esser et al.: brings it to the size of the weights' gradients.
  const float part = 1 / std::sqrt(static_cast<float>(rows_.columns()) * static_cast<float>(grid_.most));
  for (std::int64_t r = 0; r < rows_.rows(); ++r) {
    double sum = 0;
    for (std::int64_t c = 0; c < rows_.columns(); ++c) {
      const auto i = static_cast<std::size_t>(rows_.element(r, c));
      const float steps = steps_[i];
      const bool inside = !grid_.has_zero || (steps >= least && steps <= most);
      if (learn) {
        const float slope = !grid_.has_zero ? (steps < 0 ? -1.0F : 1.0F)
                            : inside
                                ? std::round(steps) - steps
                                : std::clamp(steps, static_cast<float>(grid_.least), static_cast<float>(grid_.most));
        sum += static_cast<double>(gradient[i] * slope);
      }
      if (!inside) gradient[i] = 0;
    }
    if (learn) growth_gradient_[static_cast<std::size_t>(r)] = static_cast<float>(sum) * scale_of(r) * part;
  }
}

void BiasStep::apply(std::span<float> bias) {
  if (input_scale_ == 0) return;
  const WeightForm::Grid grid = weights_->grid();
  const float input_scale = input_scale_ / static_cast<float>(int8_factor(grid));
  for (std::size_t i = 0; i < bias.size(); ++i) {
    const float scale = input_scale * grid.scale[grid.scale.size() == 1 ? 0 : i];
    bias[i] = std::round(bias[i] / scale) * scale;
  }
}

void BiasStep::set_state(std::span<const float> state) {
  if (state.size() != 1) fail("the state of its rounding is another one's");
  input_scale_ = state[0];
}

WeightForm::Grid GridStep::grid() const {
  WeightForm::Grid grid = grid_;
  for (std::int64_t r = 0; r < rows_.rows(); ++r) grid.scale[static_cast<std::size_t>(r)] = scale_of(r);
  return grid;
}

}  // namespace mirim
