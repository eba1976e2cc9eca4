#pragma once

#include <cstdint>
#include <vector>

#include "mirim/data/dataset.hpp"
#include "mirim/graph/tensor.hpp"

namespace mirim {

/// The samples of a tensor along its first axis; images without a channel axis get one. float64 and float16 become
/// float32. Throws Error that names the first element which is not finite, or too large for a float32.
void set_samples(Dataset& data, Tensor tensor);

/// The labels or targets of the samples. Whole numbers (and bool), one per sample, are classes, unless they look like
/// values to predict; floats, and several numbers per sample, are targets. Throws Error unless there is one for each
/// sample.
void set_answers(Dataset& data, const Tensor& tensor);

/// The elements of a tensor of integers or bool. Throws Error for another type, and for numbers beyond int64.
std::vector<std::int64_t> whole_numbers(const Tensor& tensor);

}  // namespace mirim
