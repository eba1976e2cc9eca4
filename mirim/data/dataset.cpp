#include "mirim/data/dataset.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <span>

#include "mirim/base/error.hpp"
#include "mirim/data/folds.hpp"
#include "mirim/data/shuffle.hpp"

namespace mirim {

namespace {

/// What stays together in a split: the samples of a group, or each on its own.
class Groups {
 public:
  explicit Groups(const Dataset& data) : data_(data) {}

  /// Moves the samples of each group to its first one.
  void gather(std::span<std::int64_t> order) const {
    if (data_.groups.empty()) return;
    std::map<std::int32_t, std::size_t> rank;
    for (const std::int64_t i : order) rank.try_emplace(of(i), rank.size());
    std::ranges::stable_sort(order, {}, [&](std::int64_t i) { return rank.at(of(i)); });
  }

  /// How many of the first samples are the part.
  std::size_t cut(std::span<const std::int64_t> order, double part) const {
    const double wanted = static_cast<double>(order.size()) * part;
    const auto count = static_cast<std::size_t>(wanted);
    if (data_.groups.empty() || part == 0) return count;
    std::size_t cut = 0;
    for (std::size_t i = 1; i < order.size(); ++i) {  // all is no part
      if (of(order[i]) == of(order[i - 1])) continue;
      const auto distance = [&](std::size_t n) { return std::abs(static_cast<double>(n) - wanted); };
      if (cut == 0 || distance(i) < distance(cut)) cut = i;
    }
    return cut;
  }

 private:
  std::int32_t of(std::int64_t i) const { return data_.groups[static_cast<std::size_t>(i)]; }

  const Dataset& data_;
};

/// A series is not shuffled: training, then validation, then test.
Splits split_series(const std::shared_ptr<const Dataset>& data, const SplitOptions& options) {
  if (options.folds != 0) fail("the samples follow each other in time; they have no folds");
  const std::int64_t size = data->size();
  const auto part = [&](double of) { return static_cast<std::int64_t>(of * static_cast<double>(size)); };
  const std::int64_t test = size - part(options.test), validation = test - part(options.validation);
  if (validation < 1) fail("{} samples leave none for training", size);
  const auto range = [&](std::int64_t first, std::int64_t end) {
    std::vector<std::int64_t> index(static_cast<std::size_t>(end - first));
    std::iota(index.begin(), index.end(), first);
    return Subset{data, std::move(index)};
  };
  return {.training = range(0, validation), .validation = range(validation, test), .test = range(test, size)};
}

}  // namespace

std::int64_t Dataset::size() const {
  const std::int64_t bytes = sample.bytes();
  return bytes == 0 ? 0 : static_cast<std::int64_t>(samples.size()) / bytes;
}

BytesView Dataset::operator[](std::int64_t i) const {
  const auto bytes = static_cast<std::size_t>(sample.bytes());
  return BytesView(samples).subspan(static_cast<std::size_t>(i) * bytes, bytes);
}

Subset Subset::first(std::int64_t count) const {
  Subset result{data, index};
  if (count < size()) result.index.resize(static_cast<std::size_t>(count));
  return result;
}

Splits split(std::shared_ptr<const Dataset> data, const SplitOptions& options) {
  for (const auto& [what, part] : {std::pair("validation", options.validation), std::pair("test", options.test)}) {
    if (!(part >= 0 && part < 1)) fail("the part for {} is {}, expected a number in [0, 1)", what, part);
  }
  if (options.fold < 1 || (options.folds > 0 && options.fold > options.folds)) {
    fail("fold is {}; it must be from 1 to {}", options.fold, std::max<std::int64_t>(1, options.folds));
  }
  if (data->series) return split_series(data, options);
  std::vector<std::int64_t> order(static_cast<std::size_t>(data->size()));
  shuffle(order, options.seed, 0);
  const Groups groups(*data);
  std::size_t test = 0;
  if (options.folds != 0) {
    const std::vector<std::int64_t> fold = fold_of_each(*data, options.folds, options.seed);
    const auto rest = std::ranges::stable_partition(
        order, [&](std::int64_t i) { return fold[static_cast<std::size_t>(i)] == options.fold - 1; });
    test = order.size() - rest.size();
    groups.gather(std::span(order).subspan(test));
  } else {
    groups.gather(order);
    test = groups.cut(order, options.test);
  }
  const std::size_t validation = groups.cut(std::span(order).subspan(test), options.validation);
  if (test + validation >= order.size()) fail("{} samples leave none for training", order.size());
  // Each part in the data's own order, so that a part's first samples do not depend on its size.
  const auto part = [&](std::size_t first, std::size_t count) {
    std::vector<std::int64_t> index(order.begin() + static_cast<std::ptrdiff_t>(first),
                                    order.begin() + static_cast<std::ptrdiff_t>(first + count));
    std::sort(index.begin(), index.end());
    return Subset{data, std::move(index)};
  };
  return {.training = part(test + validation, order.size() - test - validation),
          .validation = part(test, validation),
          .test = part(0, test)};
}

void check_labels(const Dataset& data) {
  const auto classes = static_cast<std::int32_t>(data.class_names.size());
  for (std::size_t i = 0; i < data.labels.size(); ++i) {
    if (data.labels[i] < 0 || data.labels[i] >= classes) {
      fail("sample {} has label {}, expected 0 to {}", i, data.labels[i], classes - 1);
    }
  }
}

}  // namespace mirim
