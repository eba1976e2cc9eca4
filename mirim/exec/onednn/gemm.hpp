#pragma once

#include <cstdint>

namespace mirim::onednn {

/// c [m,n] = a' b', row-major, where a' is a [m,k] or, if transposed, the transpose of a [k,m]; likewise b.
void multiply(bool transpose_a, bool transpose_b, std::int64_t m, std::int64_t n, std::int64_t k, const float* a,
              const float* b, float* c);

}  // namespace mirim::onednn
