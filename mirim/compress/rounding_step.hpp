#pragma once

#include <cstdint>
#include <vector>

#include "mirim/exec/parametrisation.hpp"
#include "mirim/graph/weight_form.hpp"

namespace mirim {

/// Learns for each weight whether it is rounded down or up (AdaRound; Nagel et al., 2020):
///   effective = scale[row] * clamp(floor(stored / scale[row]) + h(v), least, most)
///   h(v) = clamp(1.2 sigmoid(v) - 0.1, 0, 1)
/// with v learnt, from the h(v) that gives the stored weights back. A weight that stands on the grid already stays, so
/// zeros stay zero. The stored weights get no gradient.
class RoundingStep final : public Parametrisation {
 public:
  /// For `stored` weights of these rows; `grid` has a zero and one scale for each row.
  RoundingStep(const WeightForm::Grid& grid, const RowsOf& rows, std::span<const float> stored);

  /// How strongly v is pulled to where h is 0 or 1: `strength` * sum of 1 - |2 h - 1|^sharpness is added to the loss.
  void pull(float strength, float sharpness);
  /// Weights that have a choice.
  std::int64_t free() const;

  void apply(std::span<float> weights) override;
  void adjoint(std::span<float> gradient) override;
  Learnt learnt() override { return {v_, v_gradient_}; }

  /// The weights with each choice made: down where h < 1/2, else up.
  std::vector<float> rounded() const;

 private:
  WeightForm::Grid grid_;
  std::vector<float> scale_;  // of each weight
  std::vector<float> floor_;  // steps
  std::vector<char> free_;
  std::vector<float> v_;
  std::vector<float> v_gradient_;
  float strength_ = 0;
  float sharpness_ = 2;
};

}  // namespace mirim
