// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/float_math.hpp"

/// Random numbers by counting: number i of draw d is a function of seed, stream, d and i, so they can be made in any
/// order and on any machine, with the same bits. Only + - * / on floats, no library.
namespace mirim {
namespace micro {
inline namespace v0 {

/// Which numbers: those of one draw (a run of the model, a step of training) into one tensor.
struct Draw {
  uint64_t seed;
  uint64_t number;  ///< of the draw
  uint32_t stream;  ///< which tensor: of several in one draw each has its own
};

/// Four words of 32 random bits.
struct RandomWords {
  uint32_t word[4];
};

/// Philox4x32 with 10 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011).
inline RandomWords philox(RandomWords counter, uint32_t key0, uint32_t key1) {
  for (int32_t round = 0; round < 10; ++round) {
    const uint64_t a = UINT64_C(0xD2511F53) * counter.word[0], b = UINT64_C(0xCD9E8D57) * counter.word[2];
    counter = {{static_cast<uint32_t>(b >> 32) ^ counter.word[1] ^ key0, static_cast<uint32_t>(b),
                static_cast<uint32_t>(a >> 32) ^ counter.word[3] ^ key1, static_cast<uint32_t>(a)}};
    key0 += UINT32_C(0x9E3779B9);
    key1 += UINT32_C(0xBB67AE85);
  }
  return counter;
}

/// The words for numbers 4 * block to 4 * block + 3 of a draw.
inline RandomWords random_words(const Draw& draw, uint32_t block) {
  return philox({{block, draw.stream, static_cast<uint32_t>(draw.number), static_cast<uint32_t>(draw.number >> 32)}},
                static_cast<uint32_t>(draw.seed), static_cast<uint32_t>(draw.seed >> 32));
}

/// Uniform in [0, 1), a multiple of 2^-24.
inline float uniform_of(uint32_t word) { return static_cast<float>(word >> 8) * (1.0F / 16777216); }

/// 1 or 0, each with probability 1/2.
inline float coin_of(uint32_t word) { return static_cast<float>(word >> 31); }

/// Two independent numbers of mean 0 and variance 1 from two words (Box and Muller, 1958); at most 5.77 far from 0.
struct NormalPair {
  float first;
  float second;
};
inline NormalPair normal_of(uint32_t word0, uint32_t word1) {
  const float above_zero = static_cast<float>((word0 >> 8) + 1) * (1.0F / 16777216);
  const float length = square_root(-2 * logarithm(above_zero)), angle = uniform_of(word1) * 6.28318531F;
  return {length * cosine(angle), length * sine(angle)};
}

/// Four numbers of a distribution from four words. Normal, Uniform and Coin are what an input of a model may hold.
struct Normal {
  static void numbers(const RandomWords& w, float* y) {
    for (int32_t i = 0; i < 4; i += 2) {
      const NormalPair pair = normal_of(w.word[i], w.word[i + 1]);
      y[i] = pair.first;
      y[i + 1] = pair.second;
    }
  }
};
struct Uniform {
  static void numbers(const RandomWords& w, float* y) {
    for (int32_t i = 0; i < 4; ++i) y[i] = uniform_of(w.word[i]);
  }
};
struct Coin {
  static void numbers(const RandomWords& w, float* y) {
    for (int32_t i = 0; i < 4; ++i) y[i] = coin_of(w.word[i]);
  }
};

/// Calls put(i, number) for the numbers 0 to count - 1 of a draw.
template <class Distribution, class Put>
inline void random_numbers(const Draw& draw, int32_t count, Put put) {
  float y[4];
  for (int32_t first = 0; first < count; first += 4) {
    Distribution::numbers(random_words(draw, static_cast<uint32_t>(first) / 4), y);
    for (int32_t i = first; i < count && i < first + 4; ++i) put(i, y[i - first]);
  }
}

template <class Distribution>
inline void fill_random(const Draw& draw, float* to, int32_t count) {
  random_numbers<Distribution>(draw, count, [to](int32_t i, float y) { to[i] = y; });
}

/// The same for an integer tensor: y / scale, rounded half away from 0, plus zero_point, within T.
template <class Distribution, class T>
inline void fill_random(const Draw& draw, T* to, int32_t count, float scale, int32_t zero_point) {
  constexpr int32_t kMost = sizeof(T) == 1 ? 127 : 32767;  // int8 and int16
  random_numbers<Distribution>(draw, count, [=](int32_t i, float y) {
    float steps = y / scale;
    // What is beyond ends at T's limit in any case, but must not leave int32.
    if (steps > 131072.0F) steps = 131072.0F;
    if (steps < -131072.0F) steps = -131072.0F;
    const int32_t q = zero_point + static_cast<int32_t>(steps + (steps < 0 ? -0.5F : 0.5F));
    to[i] = static_cast<T>(q > kMost ? kMost : q < -kMost - 1 ? -kMost - 1 : q);
  });
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
