#include "mirim/exec/ranges.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "mirim/base/error.hpp"
#include "mirim/exec/simd/kernels.hpp"

namespace mirim {

AffineGrid affine_grid(float min, float max, int bits) {
  const double low = std::min(static_cast<double>(min), 0.0), high = std::max(static_cast<double>(max), 0.0);
  if (high - low < static_cast<double>(std::numeric_limits<float>::min())) return {};
  const double lowest = -std::ldexp(1.0, bits - 1), highest = -lowest - 1;
  const double scale = (high - low) / (highest - lowest);
  // Both ends suggest a zero point; the one whose terms are smaller has lost less to rounding.
  const double from_low = lowest - low / scale, from_high = highest - high / scale;
  const double zero_point = -lowest - low / scale < highest + high / scale ? from_low : from_high;
  return {static_cast<float>(scale), static_cast<std::int32_t>(std::clamp(std::round(zero_point), lowest, highest))};
}

/// y = round(x); see ActivationGrid.
class GridLayer final : public Layer {
 public:
  GridLayer(Ranges& ranges, int group, std::int64_t elements) : ranges_(ranges), group_(group), elements_(elements) {}
  std::string description() const override { return "vectorised loops"; }
  void bind(const LayerMemory& memory) override { memory_ = &memory; }
  void forward(bool training) override {
    Ranges::Group& group = ranges_.group(group_);
    const simd::Ends ends = simd::round_to_grid(group.steps, memory_->x[0], memory_->y[0], elements_);
    if (training) group.seen = {std::min(group.seen.min, ends.min), std::max(group.seen.max, ends.max)};
  }
  void backward() override {
    if (!memory_->dx[0]) return;
    const Ranges::Group& group = ranges_.group(group_);
    const bool learn = group.grid.follow == ActivationGrid::Follow::learnt;
    const double d = simd::grid_gradient(group.steps, memory_->x[0], memory_->dy[0], memory_->dx[0], elements_, learn);
    if (!learn) return;
    // Esser et al.: 1 / sqrt(elements * steps) brings it to the size of the weights' gradients.
    const double steps = std::max(1.0, static_cast<double>(group.steps.most - group.steps.least));
    const double size = d * static_cast<double>(group.steps.scale) / std::sqrt(static_cast<double>(elements_) * steps);
    ranges_.gradients_[static_cast<std::size_t>(&group - ranges_.groups_.data())] += static_cast<float>(size);
  }

 private:
  Ranges& ranges_;
  int group_;
  std::int64_t elements_;
  const LayerMemory* memory_ = nullptr;
};

Ranges::Ranges(std::span<const ActivationGrid> grids, const Optimizer& optimizer) : grids_(grids.begin(), grids.end()) {
  for (const ActivationGrid& grid : grids_) {
    if (!(grid.min <= 0 && grid.max >= 0 && std::isfinite(grid.max - grid.min))) {
      fail("the range [{}, {}] of an activation does not hold 0", grid.min, grid.max);
    }
    const auto known = std::ranges::find(groups_, grid.group, [](const Group& g) { return g.grid.group; });
    if (known == groups_.end()) {
      groups_.push_back({.grid = grid});
      continue;
    }
    if (known->grid.bits != grid.bits || known->grid.follow != grid.follow) {
      fail("two grids of group {} differ", grid.group);
    }
    known->grid.min = std::min(known->grid.min, grid.min);
    known->grid.max = std::max(known->grid.max, grid.max);
  }
  for (auto* numbers : {&factors_, &gradients_, &moment1_}) numbers->assign(groups_.size(), 0);
  if (optimizer.moments() > 1) moment2_.assign(groups_.size(), 0);
  for (Group& group : groups_) {
    group.first_scale = affine_grid(group.grid.min, group.grid.max, group.grid.bits).scale;
    set_steps(group);
  }
}

const ActivationGrid* Ranges::find(ValueId value) const {
  const auto found = std::ranges::find(grids_, value, &ActivationGrid::value);
  return found == grids_.end() ? nullptr : &*found;
}

Ranges::Group& Ranges::group(int id) {
  return *std::ranges::find(groups_, id, [](const Group& g) { return g.grid.group; });
}

std::unique_ptr<Layer> Ranges::make_layer(ValueId value, std::int64_t elements) {
  return std::make_unique<GridLayer>(*this, find(value)->group, elements);
}

void Ranges::set_steps(Group& group) {
  const AffineGrid affine = affine_grid(group.grid.min, group.grid.max, group.grid.bits);
  const float lowest = -std::ldexp(1.0F, group.grid.bits - 1);
  const auto zero_point = static_cast<float>(affine.zero_point);
  group.steps = {.scale = affine.scale, .least = lowest - zero_point, .most = -lowest - 1 - zero_point};
}

bool Ranges::finish_step(const Update& update) {
  bool finite = true;
  const auto count = static_cast<std::int64_t>(groups_.size());
  const bool learns =
      std::ranges::any_of(groups_, [](const Group& g) { return g.grid.follow == ActivationGrid::Follow::learnt; });
  if (learns) {
    finite = simd::update_unpadded(update, {factors_.data(), gradients_.data(), moment1_.data(),
                                            moment2_.empty() ? nullptr : moment2_.data(), count});
  }
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    Group& group = groups_[i];
    ActivationGrid& grid = group.grid;
    if (grid.follow == ActivationGrid::Follow::average) {
      grid.min = grid.momentum * grid.min + (1 - grid.momentum) * group.seen.min;
      grid.max = grid.momentum * grid.max + (1 - grid.momentum) * group.seen.max;
      set_steps(group);
    } else if (grid.follow == ActivationGrid::Follow::learnt) {
      // The zero point stays, so both ends grow alike.
      group.steps.scale = group.first_scale * std::exp(factors_[i]);
      grid.min = group.steps.least * group.steps.scale;
      grid.max = group.steps.most * group.steps.scale;
    }
    finite = finite && std::isfinite(group.steps.scale) && std::isfinite(grid.min) && std::isfinite(grid.max);
    group.seen = {};
    gradients_[i] = 0;
  }
  return finite;
}

std::vector<LearntRange> Ranges::current() const {
  std::vector<LearntRange> ranges;
  for (const Group& group : groups_) ranges.push_back({group.grid.group, group.grid.min, group.grid.max});
  return ranges;
}

std::vector<float> Ranges::state() const {
  std::vector<float> state;
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    const Group& group = groups_[i];
    const float moment2 = moment2_.empty() ? 0 : moment2_[i];
    state.insert(state.end(), {group.grid.min, group.grid.max, group.steps.scale, factors_[i], moment1_[i], moment2});
  }
  return state;
}

void Ranges::set_state(std::span<const float> state) {
  constexpr std::size_t kEach = 6;
  if (state.size() != kEach * groups_.size()) {
    fail("the state has {} numbers for {} ranges", state.size(), groups_.size());
  }
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    Group& group = groups_[i];
    const float* at = state.data() + kEach * i;
    group.grid.min = at[0];
    group.grid.max = at[1];
    if (group.grid.follow != ActivationGrid::Follow::learnt) set_steps(group);
    group.steps.scale = at[2];
    factors_[i] = at[3];
    moment1_[i] = at[4];
    if (!moment2_.empty()) moment2_[i] = at[5];
  }
}

}  // namespace mirim
