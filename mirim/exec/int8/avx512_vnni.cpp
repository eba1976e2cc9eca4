#include "mirim/exec/int8/avx512.hpp"
#include "mirim/exec/int8/loops.hpp"

namespace mirim::int8 {

const Kernels* avx512_vnni_kernels() {
  using L = Loops<Avx512>;
  static constexpr Kernels kKernels{.name = "AVX-512 VNNI",
                                    .lanes = Avx512::lanes,
                                    .fours = 1,
                                    .flip = Avx512::flip,
                                    .slack = 0,
                                    .narrow = nullptr,
                                    .gather = &L::gather,
                                    .copy = &L::copy,
                                    .product = &L::product,
                                    .depthwise = &L::depthwise,
                                    .product_sums = &L::product,
                                    .depthwise_sums = &L::depthwise,
                                    .mean = &L::mean,
                                    .add = &L::add};
  return &kKernels;
}

}  // namespace mirim::int8
