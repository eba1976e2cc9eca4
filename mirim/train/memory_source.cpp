#include <algorithm>
#include <numeric>

#include "mirim/base/error.hpp"
#include "mirim/base/random.hpp"
#include "mirim/train/fit.hpp"

namespace mirim {

MemorySource::MemorySource(std::vector<float> x, std::vector<std::int32_t> labels, std::int64_t samples,
                           std::optional<std::uint64_t> shuffle_seed)
    : x_(std::move(x)),
      labels_(std::move(labels)),
      samples_(samples),
      seed_(shuffle_seed),
      order_(static_cast<std::size_t>(samples)) {
  if (samples < 1 || x_.size() % static_cast<std::size_t>(samples) != 0) {
    fail("{} numbers are not {} samples", x_.size(), samples);
  }
  if (!labels_.empty() && static_cast<std::int64_t>(labels_.size()) != samples) {
    fail("{} labels for {} samples", labels_.size(), samples);
  }
  std::iota(order_.begin(), order_.end(), std::int64_t{0});
}

void MemorySource::fill(int epoch, std::int64_t first, std::int64_t count, const BatchView& to) {
  if (seed_ && epoch != epoch_) {
    Random random(*seed_ * 0x9e3779b97f4a7c15ULL + static_cast<std::uint64_t>(epoch));
    std::iota(order_.begin(), order_.end(), std::int64_t{0});
    for (std::int64_t i = samples_ - 1; i > 0; --i) {
      std::swap(order_[static_cast<std::size_t>(i)], order_[static_cast<std::size_t>(random.below(i + 1))]);
    }
    epoch_ = epoch;
  }
  const std::size_t size = x_.size() / static_cast<std::size_t>(samples_);
  const std::size_t room = size * static_cast<std::size_t>(count);
  if (to.x.size() != room || (!to.targets.empty() && to.targets.size() != room)) {
    fail("a sample has {} numbers, the network has {} inputs and {} targets", size,
         to.x.size() / static_cast<std::size_t>(count), to.targets.size() / static_cast<std::size_t>(count));
  }
  for (std::int64_t i = 0; i < count; ++i) {
    const auto sample = static_cast<std::size_t>(order_[static_cast<std::size_t>(first + i)]);
    const auto place = static_cast<std::size_t>(i);
    std::copy_n(x_.begin() + static_cast<std::ptrdiff_t>(sample * size), size,
                to.x.begin() + static_cast<std::ptrdiff_t>(place * size));
    if (!to.labels.empty()) to.labels[place] = labels_.empty() ? 0 : labels_[sample];
    if (!to.targets.empty()) {
      std::copy_n(x_.begin() + static_cast<std::ptrdiff_t>(sample * size), size,
                  to.targets.begin() + static_cast<std::ptrdiff_t>(place * size));
    }
  }
}

}  // namespace mirim
