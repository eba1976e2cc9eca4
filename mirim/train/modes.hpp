#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace mirim {

/// How samples that a model made spread over the classes of real ones.
struct ModeScores {
  /// Part of the made samples that are as near to the mean of a class as 98.9 % of its real samples are: of a round
  /// normal distribution in the plane within 3 standard deviations.
  double near = 0;
  double least_class = 0;  ///< the smallest class's part of all made samples that are near to one
};

/// `made` and `real` hold samples of `size` numbers, one after the other; `labels` has the class of each real one, from
/// 0 to `classes` - 1. A made sample belongs to the class whose mean is nearest. A class without real samples does not
/// count. Throws Error for spans of other sizes, or none at all.
ModeScores mode_scores(std::span<const float> made, std::span<const float> real, std::span<const std::int32_t> labels,
                       std::size_t size, std::size_t classes);

}  // namespace mirim
