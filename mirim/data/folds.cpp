#include "mirim/data/folds.hpp"

#include <algorithm>
#include <limits>

#include "mirim/base/error.hpp"
#include "mirim/data/shuffle.hpp"

namespace mirim {
namespace {

using Counts = std::vector<double>;  // by class

std::size_t class_at(const Dataset& data, std::size_t i) {
  return data.labels.empty() ? 0 : static_cast<std::size_t>(data.labels[i]);
}

std::size_t classes_of(const Dataset& data) { return std::max<std::size_t>(1, data.class_names.size()); }

// Deals each class's samples out in turn, going on where the class before ended, so that folds differ by one sample.
std::vector<std::int64_t> by_samples(const Dataset& data, std::int64_t folds, std::uint64_t seed) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(data.size()));
  shuffle(order, seed, 0);
  std::ranges::stable_sort(order, {}, [&](std::int64_t i) { return class_at(data, static_cast<std::size_t>(i)); });
  std::vector<std::int64_t> fold(order.size());
  for (std::size_t k = 0; k < order.size(); ++k) {
    fold[static_cast<std::size_t>(order[k])] = static_cast<std::int64_t>(k) % folds;
  }
  return fold;
}

struct Group {
  std::vector<std::size_t> samples{};
  Counts counts;
};

std::vector<Group> groups_of(const Dataset& data) {
  std::vector<Group> groups(static_cast<std::size_t>(*std::ranges::max_element(data.groups)) + 1,
                            {.counts = Counts(classes_of(data))});
  for (std::size_t i = 0; i < data.groups.size(); ++i) {
    Group& group = groups[static_cast<std::size_t>(data.groups[i])];
    group.samples.push_back(i);
    group.counts[class_at(data, i)] += 1;
  }
  std::erase_if(groups, [](const Group& group) { return group.samples.empty(); });
  return groups;
}

// What adding a group changes in the sum over folds and classes of (samples / samples of the class)^2, and over folds
// of (samples / all)^2: both are least where folds are equal.
double growth(const Counts& fold, const Group& group, const Counts& all) {
  double sum = 0, size = 0, samples = 0;
  for (std::size_t c = 0; c < all.size(); ++c) {
    if (all[c] > 0) sum += group.counts[c] * (2 * fold[c] + group.counts[c]) / (all[c] * all[c]);
    size += fold[c];
    samples += all[c];
  }
  const auto added = static_cast<double>(group.samples.size());
  return sum + added * (2 * size + added) / (samples * samples);
}

// Large groups first, each into the fold that it makes the least unequal.
std::vector<std::int64_t> by_groups(const Dataset& data, std::int64_t folds, std::uint64_t seed) {
  const std::vector<Group> groups = groups_of(data);
  if (std::ssize(groups) < folds) {
    fail("{} groups (recordings or speakers) do not make {} folds; choose fewer", groups.size(), folds);
  }
  Counts all(classes_of(data));
  for (const Group& group : groups) {
    for (std::size_t c = 0; c < all.size(); ++c) all[c] += group.counts[c];
  }
  std::vector<std::int64_t> order(groups.size()), fold(static_cast<std::size_t>(data.size()));
  shuffle(order, seed, 0);
  std::ranges::stable_sort(order, std::ranges::greater{},
                           [&](std::int64_t g) { return groups[static_cast<std::size_t>(g)].samples.size(); });
  std::vector<Counts> counts(static_cast<std::size_t>(folds), Counts(all.size()));
  for (const std::int64_t g : order) {
    const Group& group = groups[static_cast<std::size_t>(g)];
    std::size_t best = 0;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t f = 0; f < counts.size(); ++f) {
      const double grown = growth(counts[f], group, all);
      if (grown < least) least = grown, best = f;
    }
    for (std::size_t c = 0; c < all.size(); ++c) counts[best][c] += group.counts[c];
    for (const std::size_t i : group.samples) fold[i] = static_cast<std::int64_t>(best);
  }
  return fold;
}

}  // namespace

std::vector<std::int64_t> fold_of_each(const Dataset& data, std::int64_t folds, std::uint64_t seed) {
  if (folds < 2) fail("folds is {}; it must be 0 (none) or at least 2", folds);
  if (folds > data.size()) fail("{} samples do not make {} folds; choose fewer", data.size(), folds);
  return data.groups.empty() ? by_samples(data, folds, seed) : by_groups(data, folds, seed);
}

}  // namespace mirim
