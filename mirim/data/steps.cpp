#include "mirim/data/steps.hpp"

#include <cassert>
#include <utility>

namespace mirim {
namespace {

Dataset with_steps(const Dataset& data, std::int64_t steps) {
  Dataset result = data;
  const Shape& shape = data.sample.shape;
  if (steps > 0) {
    assert(data.steps == 0 && shape.rank() > 1 && shape[0] == steps && data.target_size % steps == 0);
    result.sample.shape = Shape({shape.begin() + 1, shape.end()});
    result.target_size /= steps;
  } else {
    std::vector<std::int64_t> all{data.steps};
    all.insert(all.end(), shape.begin(), shape.end());
    result.sample.shape = Shape(all);
    result.target_size *= data.steps;
  }
  result.steps = steps;
  result.groups.clear();
  return result;
}

}  // namespace

Subset in_steps(const Subset& sequences) {
  const std::int64_t steps = sequences.data->sample.shape[0];
  Subset result{std::make_shared<const Dataset>(with_steps(*sequences.data, steps))};
  for (const std::int64_t i : sequences.index) {
    for (std::int64_t t = 0; t < steps; ++t) result.index.push_back(i * steps + t);
  }
  return result;
}

Subset in_sequences(const Subset& steps) {
  const std::int64_t length = steps.data->steps;
  assert(length > 0 && steps.size() % length == 0);
  Subset result{std::make_shared<const Dataset>(with_steps(*steps.data, 0))};
  for (std::size_t i = 0; i < steps.index.size(); i += static_cast<std::size_t>(length)) {
    assert(begins_sequence(steps, static_cast<std::int64_t>(i)));
    result.index.push_back(steps.index[i] / length);
  }
  return result;
}

Splits in_sequences(const Splits& steps) {
  const auto whole = [](const Subset& part) { return part.data ? in_sequences(part) : part; };
  return {.training = whole(steps.training), .validation = whole(steps.validation), .test = whole(steps.test)};
}

bool begins_sequence(const Subset& samples, std::int64_t i) {
  const std::int64_t steps = samples.data->steps;
  return steps > 0 && samples.index[static_cast<std::size_t>(i)] % steps == 0;
}

}  // namespace mirim
