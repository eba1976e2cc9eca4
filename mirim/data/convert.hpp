#pragma once

#include "mirim/graph/tensor.hpp"

namespace mirim {

/// Whether elements of the type are int32 or int64, which is what indices and tokens are.
bool is_index_type(DType dtype);

/// The elements of one sample, integers, as int32 or int64 in `to`, of as many elements. Throws Error for another type
/// of sample, and for a number that int32 does not have.
void to_indices(const TensorType& type, BytesView sample, const TensorView& to);

}  // namespace mirim
