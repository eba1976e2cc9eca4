#pragma once

#include <utility>

#include "mirim/data/dataset.hpp"

namespace mirim {

/// The splits with each part changed by `change`, a function from Subset to Subset. Parts that share the training
/// samples' data set still share it.
template <class F>
Splits with_each_part(Splits splits, const F& change) {
  const auto before = splits.training.data;
  splits.training = change(std::move(splits.training));
  for (Subset* part : {&splits.validation, &splits.test}) {
    if (part->data == before) {
      part->data = splits.training.data;
    } else {
      *part = change(std::move(*part));
    }
  }
  return splits;
}

}  // namespace mirim
