#include "mirim/data/match_data.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "mirim/base/error.hpp"
#include "mirim/data/classes.hpp"

namespace mirim {
namespace {

/// Rows of float32, each with the columns `from` of the old ones.
Bytes picked(const Dataset& data, const std::vector<std::size_t>& from) {
  Bytes result(static_cast<std::size_t>(data.size()) * from.size() * sizeof(float));
  std::byte* to = result.data();
  for (std::int64_t i = 0; i < data.size(); ++i) {
    for (const std::size_t column : from) {
      std::memcpy(to, data[i].data() + column * sizeof(float), sizeof(float));
      to += sizeof(float);
    }
  }
  return result;
}

void match_features(Dataset& test, const std::vector<std::string>& names) {
  if (names.empty() || test.feature_names.empty() || test.feature_names == names) return;
  std::vector<std::size_t> from;
  for (const std::string& name : names) {
    const auto found = std::find(test.feature_names.begin(), test.feature_names.end(), name);
    if (found == test.feature_names.end()) {
      fail("has no column '{}' as the training data has, its columns are {}", name, listed(test.feature_names));
    }
    from.push_back(static_cast<std::size_t>(found - test.feature_names.begin()));
  }
  test.samples = picked(test, from);
  test.sample.shape = {std::ssize(from)};
  test.feature_names = names;
}

const char* answers(const Dataset& data) {
  return !data.labels.empty() ? "classes" : !data.targets.empty() ? "numbers" : "neither classes nor numbers";
}

/// What a sample is, or of sequences of any length a step.
TensorType compared(const Dataset& data) {
  TensorType type = data.sample;
  if (data.sequences && data.steps == 0) type.shape = Shape({type.shape.begin() + 1, type.shape.end()});
  return type;
}

std::int64_t targets_of(const Dataset& data) {
  return data.sequences && data.steps == 0 ? data.target_size / data.sample.shape[0] : data.target_size;
}

/// Whole numbers of few samples look like classes or values by chance: the training set decides.
void match_answers(Dataset& test, const Dataset& training) {
  if (!test.labels.empty() && training.labels.empty() && training.target_size == 1 && !test.named_classes) {
    for (const std::int32_t label : test.labels) {
      test.targets.push_back(std::strtof(test.class_names[static_cast<std::size_t>(label)].c_str(), nullptr));
    }
    test.target_size = 1;
    test.labels.clear();
    test.class_names.clear();
  }
  if (test.labels.empty() != training.labels.empty() || targets_of(test) != targets_of(training)) {
    fail("has {} for each sample, the training data {}", answers(test), answers(training));
  }
}

}  // namespace

void match_data(Dataset& test, const Dataset& training) {
  match_features(test, training.feature_names);
  if (compared(test) != compared(training)) {
    fail("its samples are {}[{}], those of the training data {}[{}]", name(test.sample.dtype),
         to_string(test.sample.shape), name(training.sample.dtype), to_string(training.sample.shape));
  }
  // What learns samples alone, such as an autoencoder, may be judged with classes.
  if (training.labels.empty() && training.targets.empty()) return;
  match_answers(test, training);
  match_classes(test, training.class_names);
}

}  // namespace mirim
