#include "mirim/exec/int8/avx256.hpp"
#include "mirim/exec/int8/loops.hpp"

namespace mirim::int8 {
namespace {

/// VPDPBUSD on 256 bits, for processors without AVX-512: 32 products at once.
struct AvxVnni : Avx256 {
  using X = __m256i;
  using W = __m256i;
  static X load_x(const int8_t* p) { return load(p); }
  static W load_w(const int8_t* p) { return load(p); }
  static X broadcast(const int8_t* p) { return broadcast_bytes(p); }
  static Sums dot(Sums sums, X x, W w) { return _mm256_dpbusd_avx_epi32(sums, x, w); }
};

}  // namespace

const Kernels* avx_vnni_kernels() {
  static constexpr Kernels kKernels = vector_kernels<AvxVnni>("AVX-VNNI");
  return &kKernels;
}

}  // namespace mirim::int8
