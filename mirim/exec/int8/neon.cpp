#include <arm_neon.h>

#include "mirim/exec/int8/loops.hpp"

namespace mirim::int8 {
namespace {

/// Armv8's 128-bit vectors. If the compiler may use it, SDOT makes 16 products at once; otherwise pairs of products are
/// added in 32 bits.
struct Neon {
  static constexpr int64_t lanes = 4;
  static constexpr uint8_t flip = 0;
  static constexpr int registers = 32;
  static constexpr bool floats = false;
  using Sums = int32x4_t;
  using X = int8x16_t;
  using W = int8x16_t;
  struct Scale {
    int32x4_t left, multiplier, nudge, tie, minus_right;
  };
  /// 16 results: those of four vectors of sums.
  using Packed = int8x16_t;

  static Sums load_sums(const int32_t* p) { return vld1q_s32(p); }
  static void store_sums(int32_t* p, Sums sums) { vst1q_s32(p, sums); }
  static W load_w(const int8_t* p) { return vld1q_s8(p); }
  static X load_x(const int8_t* p) { return vld1q_s8(p); }
  static X broadcast(const int8_t* p) {
    int32_t four;
    __builtin_memcpy(&four, p, 4);
    return vreinterpretq_s8_s32(vdupq_n_s32(four));
  }
  static Sums dot(Sums sums, X x, W w) {
#if defined(__ARM_FEATURE_DOTPROD)
    return vdotq_s32(sums, x, w);
#else
    const int32x4_t low = vpaddlq_s16(vmull_s8(vget_low_s8(x), vget_low_s8(w)));
    const int32x4_t high = vpaddlq_s16(vmull_high_s8(x, w));
    return vaddq_s32(sums, vpaddq_s32(low, high));
#endif
  }
  static Sums filled(int32_t value) { return vdupq_n_s32(value); }
  static Sums plus(Sums a, Sums b) { return vaddq_s32(a, b); }
  static Sums minus(Sums a, Sums b) { return vsubq_s32(a, b); }
  static void prefetch(const int8_t* p) { __builtin_prefetch(p); }

  /// Up to four bytes, in the first lane of 32 bits.
  static int32_t load_few(const int8_t* p, int64_t count) {
    int32_t four = 0;
    __builtin_memcpy(&four, p, static_cast<unsigned long>(count));
    return four;
  }
  static Sums widen(const int8_t* p, int64_t count) {
    return vmovl_s16(vget_low_s16(vmovl_s8(vreinterpret_s8_s32(vdup_n_s32(load_few(p, count))))));
  }

  static Scale load_scale(const Rescale& r, int64_t channel) {
    return {vld1q_s32(r.left + channel), vld1q_s32(r.multiplier + channel), vld1q_s32(r.nudge + channel),
            vld1q_s32(r.tie + channel), vnegq_s32(vld1q_s32(r.right + channel))};
  }
  static Sums rescaled(Sums sums, const Scale& s) {
    const int32x4_t x = vshlq_s32(sums, s.left);
    const int32x4_t y = vaddq_s32(vqrdmulhq_s32(x, s.multiplier), s.nudge);
    return vshlq_s32(vaddq_s32(y, vandq_s32(vshrq_n_s32(x, 31), s.tie)), s.minus_right);
  }
  static Packed pack(Sums a, Sums b, Sums c, Sums d, const Rescale& r) {
    const int16x8_t zero_point = vdupq_n_s16(static_cast<int16_t>(r.zero_point));
    const int16x8_t low = vqaddq_s16(vcombine_s16(vqmovn_s32(a), vqmovn_s32(b)), zero_point);
    const int16x8_t high = vqaddq_s16(vcombine_s16(vqmovn_s32(c), vqmovn_s32(d)), zero_point);
    const int8x16_t bytes = vcombine_s8(vqmovn_s16(low), vqmovn_s16(high));
    return vminq_s8(vmaxq_s8(bytes, vdupq_n_s8(static_cast<int8_t>(r.min))), vdupq_n_s8(static_cast<int8_t>(r.max)));
  }
  static void put_all(int8_t* y, Packed p) { vst1q_s8(y, p); }
  template <int part>
  static void put(int8_t* y, int64_t count, Packed p) {
    const int32_t four = vgetq_lane_s32(vreinterpretq_s32_s8(p), part);
    __builtin_memcpy(y, &four, static_cast<unsigned long>(count));
  }

  static void interleave(const int8_t* const rows[4], int64_t at, int64_t count, int8_t* to) {
    const int32_t fours[4] = {load_few(rows[0] + at, count), load_few(rows[1] + at, count),
                              load_few(rows[2] + at, count), load_few(rows[3] + at, count)};
    const uint8x16_t across = {0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15};
    vst1q_s8(to, vqtbl1q_s8(vreinterpretq_s8_s32(vld1q_s32(fours)), across));
  }
  static void copy(const int8_t* from, int8_t* to, int64_t count) {
    int64_t i = 0;
    for (; i + 16 <= count; i += 16) vst1q_s8(to + i, vld1q_s8(from + i));
    for (; i < count; ++i) to[i] = from[i];
  }
};

}  // namespace

const Kernels* neon_kernels() {
  static constexpr Kernels kKernels = vector_kernels<Neon>("NEON");
  return &kKernels;
}

}  // namespace mirim::int8
