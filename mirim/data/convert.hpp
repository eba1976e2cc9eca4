#pragma once

#include "mirim/graph/tensor.hpp"

namespace mirim {

/// Whether elements of the type are int32 or int64: indices and tokens.
bool is_index_type(DType dtype);

/// The integer elements of one sample as int32 or int64 in `to`, which has as many elements. Throws Error for another
/// type of sample, and for a number that does not fit int32.
void to_indices(const TensorType& type, BytesView sample, const TensorView& to);

}  // namespace mirim
