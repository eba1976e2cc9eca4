#include "mirim/data/features.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/data/batches.hpp"
#include "mirim/data/parts.hpp"

namespace mirim {
namespace {

/// Sums relative to the first value, so that a large mean costs no precision.
class Moments {
 public:
  void add(float value) {
    if (count_ == 0) first_ = double{value};
    const double distance = double{value} - first_;
    sum_ += distance;
    squares_ += distance * distance;
    ++count_;
  }
  float mean() const { return static_cast<float>(first_ + sum_ / static_cast<double>(count_)); }
  float deviation() const {
    const double mean = sum_ / static_cast<double>(count_);
    const double variance = squares_ / static_cast<double>(count_) - mean * mean;
    const auto result = static_cast<float>(std::sqrt(std::max(variance, 0.0)));
    // Below float32's resolution at the mean there is nothing to learn.
    return result > 1e-6F * std::fabs(static_cast<float>(first_ + mean)) && std::isnormal(result) ? result : 1.0F;
  }

 private:
  double first_ = 0, sum_ = 0, squares_ = 0;
  std::int64_t count_ = 0;
};

Scaling scaling_of(const std::vector<Moments>& moments) {
  Scaling result;
  for (const Moments& m : moments) {
    result.mean.push_back(m.mean());
    result.deviation.push_back(m.deviation());
  }
  return result;
}

/// The position of each name among the table's columns.
std::vector<std::size_t> places(const std::vector<std::string>& columns, const std::vector<std::string>& names) {
  std::vector<std::size_t> result;
  for (const std::string& name : names) {
    const auto found = std::ranges::find(columns, name);
    if (found == columns.end()) {
      fail("the model's feature '{}' is no column of the data, which has {}", name, fmt::join(columns, ", "));
    }
    result.push_back(static_cast<std::size_t>(found - columns.begin()));
  }
  return result;
}

}  // namespace

Scaling channel_statistics(const Subset& samples, std::int64_t channels) {
  if (samples.size() == 0) fail("there are no samples to take means and deviations from");
  std::vector<Moments> moments(static_cast<std::size_t>(channels));
  std::vector<float> values(static_cast<std::size_t>(samples.data->sample.shape.elements()));
  for (std::int64_t s = 0; s < samples.size(); ++s) {
    to_floats(samples.data->sample, samples.sample(s), values);
    for (std::size_t i = 0; i < values.size(); ++i) moments[i % moments.size()].add(values[i]);
  }
  return scaling_of(moments);
}

Scaling target_statistics(const Subset& samples) {
  if (samples.size() == 0) fail("there are no samples to take means and deviations from");
  std::vector<Moments> moments(static_cast<std::size_t>(samples.data->target_size));
  for (const std::int64_t s : samples.index) {
    for (std::size_t i = 0; i < moments.size(); ++i) {
      moments[i].add(samples.data->targets[static_cast<std::size_t>(s) * moments.size() + i]);
    }
  }
  return scaling_of(moments);
}

Subset match_features(Subset samples, const std::vector<std::string>& names) {
  const std::vector<std::string>& columns = samples.data ? samples.data->feature_names : names;
  if (names.empty() || columns.empty() || columns == names) return samples;
  const std::vector<std::size_t> from = places(columns, names);
  Dataset matched = *samples.data;
  const std::size_t size = static_cast<std::size_t>(matched.sample.bytes()) / columns.size();  // of an element
  matched.samples.clear();
  for (std::int64_t s = 0; s < samples.data->size(); ++s) {
    const BytesView row = (*samples.data)[s];
    for (const std::size_t column : from) {
      const BytesView element = row.subspan(column * size, size);
      matched.samples.insert(matched.samples.end(), element.begin(), element.end());
    }
  }
  matched.sample.shape = {std::ssize(names)};
  matched.feature_names = names;
  matched.notes.push_back(columns.size() == names.size() ? "columns taken in the order of the model's features"
                                                         : fmt::format("{} of {} columns taken, the model's features",
                                                                       names.size(), columns.size()));
  samples.data = std::make_shared<const Dataset>(std::move(matched));
  return samples;
}

Splits match_features(Splits splits, const std::vector<std::string>& names) {
  return with_each_part(std::move(splits), [&](Subset part) { return match_features(std::move(part), names); });
}

}  // namespace mirim
