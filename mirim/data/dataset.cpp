#include "mirim/data/dataset.hpp"

#include <algorithm>
#include <numeric>

#include "mirim/base/error.hpp"
#include "mirim/data/shuffle.hpp"

namespace mirim {

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
  std::vector<std::int64_t> order(static_cast<std::size_t>(data->size()));
  shuffle(order, options.seed, 0);
  const auto test = static_cast<std::size_t>(static_cast<double>(order.size()) * options.test);
  const auto validation = static_cast<std::size_t>(static_cast<double>(order.size() - test) * options.validation);
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
