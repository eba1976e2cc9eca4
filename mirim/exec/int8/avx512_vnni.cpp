#include "mirim/exec/int8/avx512.hpp"
#include "mirim/exec/int8/loops.hpp"

namespace mirim::int8 {

const Kernels* avx512_vnni_kernels() {
  static constexpr Kernels kKernels = vector_kernels<Avx512>("AVX-512 VNNI");
  return &kKernels;
}

}  // namespace mirim::int8
