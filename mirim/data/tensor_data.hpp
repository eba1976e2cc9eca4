#pragma once

#include <cstdint>
#include <vector>

#include "mirim/data/dataset.hpp"
#include "mirim/graph/tensor.hpp"

namespace mirim {

/// The samples of a tensor along its first axis; images without a channel axis get one. float64 and float16 become
/// float32. Throws Error that names the first element which is not finite, or too large for a float32.
void set_samples(Dataset& data, Tensor tensor);

/// What should come of the samples: whole numbers (and bool), one a sample, are classes, unless they look like numbers
/// to predict; floats, and several numbers a sample, are those. Throws Error where they are not as many as samples.
void set_answers(Dataset& data, const Tensor& tensor);

/// The elements of a tensor of integers or bool. Throws Error for another type, and for numbers beyond int64.
std::vector<std::int64_t> whole_numbers(const Tensor& tensor);

}  // namespace mirim
