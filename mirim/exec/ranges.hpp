#pragma once

#include <memory>
#include <span>
#include <vector>

#include "mirim/exec/activation_grid.hpp"
#include "mirim/exec/layer.hpp"
#include "mirim/exec/simd/grid_kernels.hpp"

namespace mirim {

/// The ranges of a plan's activation grids, by group, and how they follow the training.
class Ranges {
 public:
  /// Throws Error for a range that does not hold 0, or grids of one group that differ.
  Ranges(std::span<const ActivationGrid> grids, const Optimizer& optimizer);

  /// The grid of a value, or null.
  const ActivationGrid* find(ValueId value) const;

  /// A layer that rounds `value`, which has a grid, from one buffer to another; `elements` with padding.
  std::unique_ptr<Layer> make_layer(ValueId value, std::int64_t elements);

  /// Ends a step: averages take in what the forward pass saw, sizes are updated by their gradients. Returns whether
  /// all ranges are finite.
  bool finish_step(const Update& update);

  std::vector<LearntRange> current() const;

  std::vector<float> state() const;
  void set_state(std::span<const float> state);

 private:
  friend class GridLayer;
  struct Group {
    ActivationGrid grid;  ///< min and max as they are now
    simd::GridSteps steps{};
    simd::Ends seen{};      ///< by this step
    float first_scale = 1;  ///< of a size that is learnt: scale = first_scale * exp(factor)
  };
  Group& group(int id);
  void set_steps(Group& group);

  std::vector<ActivationGrid> grids_;
  std::vector<Group> groups_;
  // Of each group: the logarithm of its size's growth, with gradient and moments. A step of the optimizer so changes a
  // size by a share of it, whatever its unit.
  std::vector<float> factors_, gradients_, moment1_, moment2_;
};

}  // namespace mirim
