#pragma once

#include <string>
#include <vector>

#include "mirim/data/dataset.hpp"
#include "mirim/train/task.hpp"

namespace mirim {

/// The factor of each class in the loss, as the setting `class_weights` says: "none" (empty); "balanced", by which all
/// classes weigh the same: samples / (classes * samples of the class), counted over the training samples and the
/// classes that occur in them; or a number for each class in their order, "1,2,1". What was counted is added to the
/// task's notes.
///
/// Throws Error for a task or loss without class weights, another count of numbers, and numbers that are negative,
/// above a million or all 0.
std::vector<float> class_weights(const std::string& setting, const Subset& training, Task& task);

}  // namespace mirim
