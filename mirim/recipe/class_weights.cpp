#include "mirim/recipe/class_weights.hpp"

#include <fmt/ranges.h>

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/recipe/parsed.hpp"

namespace mirim {
namespace {

constexpr std::string_view kSetting = "class_weights";

/// The classes that a weight can be given to.
std::int64_t classes_of(const Task& task) {
  if (task.kind != Task::Kind::classes) fail("{} are for classes, and this model learns none", kSetting);
  if (task.loss == Loss::Kind::softmax_cross_entropy) return task.outputs;
  if (task.loss == Loss::Kind::binary_cross_entropy && task.outputs == 1) return 2;
  if (task.loss == Loss::Kind::binary_cross_entropy) {
    fail("{} of several outputs need a SOFTMAX at the end of the model in place of the sigmoid", kSetting);
  }
  fail("{} are of the losses cross_entropy and binary_cross_entropy, this training's is {}", kSetting, name(task.loss));
}

std::vector<float> balanced(const Subset& training, std::int64_t classes, Task& task) {
  std::vector<std::int64_t> counts(static_cast<std::size_t>(classes));
  for (const std::int64_t sample : training.index) {
    const std::int32_t label = class_of(*training.data, sample);
    if (label < 0 || label >= classes) fail("sample {} has label {}, the model has {} classes", sample, label, classes);
    ++counts[static_cast<std::size_t>(label)];
  }
  const auto there = std::ranges::count_if(counts, [](std::int64_t count) { return count > 0; });
  const double share = static_cast<double>(training.size()) / static_cast<double>(there);
  std::vector<float> weights;
  for (const std::int64_t count : counts) {
    weights.push_back(count > 0 ? static_cast<float>(share / static_cast<double>(count)) : 1.0F);
  }
  task.notes.push_back(fmt::format("class weights: {:.4g}", fmt::join(weights, ", ")));
  return weights;
}

}  // namespace

std::vector<float> class_weights(const std::string& setting, const Subset& training, Task& task) {
  if (setting == "none") return {};
  const std::int64_t classes = classes_of(task);
  if (setting == "balanced") return balanced(training, classes, task);
  std::vector<float> weights;
  for (const double weight : numbers_in(kSetting, setting, "balanced, or a number for each class, as 1,2,1")) {
    if (!(weight >= 0 && weight <= 1e6)) fail("{}: {} is not from 0 to 1000000", kSetting, weight);
    weights.push_back(static_cast<float>(weight));
  }
  if (std::ssize(weights) != classes) {
    fail("{} has {} numbers, the model {} classes; give one for each, in their order, or balanced", kSetting,
         weights.size(), classes);
  }
  if (std::ranges::all_of(weights, [](float w) { return w == 0; })) fail("{}: all are 0", kSetting);
  return weights;
}

}  // namespace mirim
