#include "mirim/exec/onednn/gemm.hpp"

#include <dnnl.h>

namespace mirim::onednn {

void multiply(bool transpose_a, bool transpose_b, std::int64_t m, std::int64_t n, std::int64_t k, const float* a,
              const float* b, float* c) {
  dnnl_sgemm(transpose_a ? 'T' : 'N', transpose_b ? 'T' : 'N', m, n, k, 1, a, transpose_a ? m : k, b,
             transpose_b ? k : n, 0, c, n);
}

}  // namespace mirim::onednn
