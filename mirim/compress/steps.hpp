#pragma once

#include <cstdint>
#include <vector>

#include "mirim/exec/parametrisation.hpp"
#include "mirim/graph/weight_form.hpp"

/// The steps between stored and effective weights that compression needs.
namespace mirim {

/// effective[i] = mask[i] * stored[i]. Stored weights under the mask stay, so that a mask may give them back.
class MaskStep final : public Parametrisation {
 public:
  /// What is kept of gradients, to score weights by.
  enum class Watch {
    nothing,
    taylor,    ///< a moving average of |w dL/dw|, what the loss would change without w (Molchanov et al., 2017)
    movement,  ///< -(sum of w dL/dw): high for weights that training moves away from 0 (Sanh et al., 2020)
  };

  explicit MaskStep(std::size_t elements, Watch watch = Watch::nothing);

  void apply(std::span<float> weights) override;
  void adjoint(std::span<float> gradient) override;
  std::vector<float> state() const override;
  void set_state(std::span<const float> state) override;

  /// 1 or 0 each.
  std::span<const float> mask() const { return mask_; }
  void set_mask(std::vector<float> mask);
  /// By element; empty where nothing is watched.
  std::span<const float> scores() const { return scores_; }

 private:
  Watch watch_;
  std::vector<float> mask_;
  std::vector<float> scores_;
  std::vector<float> weights_;  // stored, of the last `apply`; only where watched
};

/// effective[i] = mean of the stored weights of i's cluster; those of cluster -1 are 0. So a cluster's weights stay
/// one number, and the gradient of that number is their gradients' mean.
class CodebookStep final : public Parametrisation {
 public:
  /// `cluster`: of each element, -1 or from 0 on.
  explicit CodebookStep(std::vector<std::int32_t> cluster);

  void apply(std::span<float> weights) override { average(weights); }
  void adjoint(std::span<float> gradient) override { average(gradient); }

 private:
  void average(std::span<float> numbers);

  std::vector<std::int32_t> cluster_;
  std::vector<std::int64_t> members_;  // by cluster
  std::vector<double> sums_;
};

/// The clusters of a constant that is clustered already: equal numbers of a row (or of the tensor) are one cluster,
/// zeros are cluster -1 where `zeros_stay`.
std::vector<std::int32_t> clusters_of(std::span<const float> values, const RowsOf& rows, bool per_row, bool zeros_stay);

/// effective = scale[row] * clamp(round(stored / scale[row]), least, most); without a zero, scale * sign(stored).
/// The gradient passes inside the range and is 0 outside.
class GridStep final : public Parametrisation {
 public:
  enum class Scale {
    largest,  ///< the largest |stored| of the row / most: nothing is outside (of a grid without zero, the mean)
    learnt,   ///< trained: scale = first * exp(t), first = 2 mean |stored| / sqrt(most) (Esser et al., LSQ, 2020)
    /// The one between largest and an eighth of it that rounds the row's stored weights with the least squared error.
    least_error,
    fixed,  ///< the grid's own
  };

  /// For weights of these rows. With Scale::fixed `grid.scale` has one for each row, else it is found here.
  GridStep(const WeightForm::Grid& grid, const RowsOf& rows, Scale scale, std::span<const float> stored);

  void apply(std::span<float> weights) override;
  void adjoint(std::span<float> gradient) override;
  Learnt learnt() override { return {growth_, growth_gradient_}; }

  /// The grid as it is now.
  WeightForm::Grid grid() const;

 private:
  float scale_of(std::int64_t row) const;

  WeightForm::Grid grid_;
  RowsOf rows_;
  Scale scale_;
  std::vector<float> growth_;  // t, a row each
  std::vector<float> growth_gradient_;
  std::vector<float> steps_;     // stored / scale, of the last `apply`
  std::vector<double> sizes_{};  // of rows, while Scale::largest looks for them
};

/// effective[i] = scale[i] * round(stored[i] / scale[i]) with scale[i] = input scale * weights' scale of row i: the
/// int32 bias of an integer layer. The gradient passes.
class BiasStep final : public Parametrisation {
 public:
  explicit BiasStep(std::shared_ptr<const GridStep> weights) : weights_(std::move(weights)) {}

  void set_input_scale(float scale) { input_scale_ = scale; }
  void apply(std::span<float> bias) override;
  void adjoint(std::span<float> /*gradient*/) override {}
  std::vector<float> state() const override { return {input_scale_}; }
  void set_state(std::span<const float> state) override;

 private:
  std::shared_ptr<const GridStep> weights_;
  float input_scale_ = 0;  ///< 0: not known yet, nothing is rounded
};

}  // namespace mirim
