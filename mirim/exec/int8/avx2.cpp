#include "mirim/exec/int8/avx256.hpp"
#include "mirim/exec/int8/loops.hpp"

namespace mirim::int8 {
namespace {

/// VPMADDUBSW would saturate sums of two products. So bytes are widened to 16 bits, even and odd ones separately, and
/// VPMADDWD makes 16 products at once. Weights are widened once for all rows of a tile.
struct Avx2 : Avx256 {
  struct X {
    __m256i even, odd;
  };
  using W = X;
  static X unsigned_bytes(__m256i x) { return {_mm256_and_si256(x, _mm256_set1_epi16(255)), _mm256_srli_epi16(x, 8)}; }
  static X load_x(const int8_t* p) { return unsigned_bytes(load(p)); }
  static X broadcast(const int8_t* p) { return unsigned_bytes(broadcast_bytes(p)); }
  static W load_w(const int8_t* p) {
    const __m256i w = load(p);
    return {_mm256_srai_epi16(_mm256_slli_epi16(w, 8), 8), _mm256_srai_epi16(w, 8)};
  }
  static Sums dot(Sums sums, X x, W w) {
    return _mm256_add_epi32(sums, _mm256_add_epi32(_mm256_madd_epi16(x.even, w.even), _mm256_madd_epi16(x.odd, w.odd)));
  }
};

}  // namespace

const Kernels* avx2_kernels() {
  static constexpr Kernels kKernels = vector_kernels<Avx2>("AVX2");
  return &kKernels;
}

}  // namespace mirim::int8
