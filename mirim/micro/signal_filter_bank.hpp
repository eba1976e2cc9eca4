// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/signal_frames.hpp"

/// From a spectrum to the features of a network, in integers.
namespace mirim {
namespace micro {
inline namespace v0 {

struct SignalEnergyParams {
  int32_t bins;
  int32_t begin;
  int32_t end;
};

template <class V>
constexpr void fields(V&& v, const SignalEnergyParams& p) {
  v("bins", p.bins);
  v("begin", p.begin);
  v("end", p.end);
}

/// input: `bins` pairs of real and imaginary part.
inline void signal_energy(const SignalEnergyParams& p, const int16_t* input, uint32_t* output) {
  for (int32_t i = 0; i < p.bins; ++i) {
    const auto re = static_cast<uint32_t>(input[2 * i]), im = static_cast<uint32_t>(input[2 * i + 1]);
    output[i] = i >= p.begin && i < p.end ? re * re + im * im : 0;
  }
}

struct SignalFilterBankParams {
  int32_t channels;
};

template <class V>
constexpr void fields(V&& v, const SignalFilterBankParams& p) {
  v("channels", p.channels);
}

/// output[c] = the weighted sum of band c + 1 and the unweighted one of band c.
inline void signal_filter_bank(const SignalFilterBankParams& p, const uint32_t* input, const int16_t* weights,
                               const int16_t* unweights, const int16_t* frequency_starts, const int16_t* weight_starts,
                               const int16_t* widths, uint64_t* output) {
  uint64_t from_before = 0;
  for (int32_t band = 0; band <= p.channels; ++band) {
    uint64_t weighted = from_before, unweighted = 0;
    for (int32_t j = 0; j < widths[band]; ++j) {
      const uint64_t x = input[frequency_starts[band] + j];
      weighted += static_cast<uint64_t>(weights[weight_starts[band] + j]) * x;
      unweighted += static_cast<uint64_t>(unweights[weight_starts[band] + j]) * x;
    }
    if (band > 0) output[band - 1] = weighted;
    from_before = unweighted;
  }
}

struct SignalChannelsParams {
  int32_t channels;
};

template <class V>
constexpr void fields(V&& v, const SignalChannelsParams& p) {
  v("channels", p.channels);
}

/// The nearest whole number to sqrt(x), at most 2^16 - 1 if x < 2^32 and 2^32 - 1 else. A digit after the other.
inline uint32_t rounded_square_root(uint64_t x) {
  const bool narrow = x >> 32 == 0;
  uint64_t bit = UINT64_C(1) << 62;
  while (bit > x) bit >>= 2;
  uint64_t root = 0, rest = x;
  for (; bit != 0; bit >>= 2) {
    const uint64_t trial = root + bit;
    root >>= 1;
    if (rest >= trial) {
      rest -= trial;
      root += bit;
    }
  }
  const uint64_t most = narrow ? UINT64_C(0xFFFF) : UINT64_C(0xFFFFFFFF);
  return static_cast<uint32_t>(rest > root && root != most ? root + 1 : root);
}

inline void signal_square_root(const SignalChannelsParams& p, const uint64_t* input, const int32_t* bits,
                               uint32_t* output) {
  const auto shift = static_cast<uint32_t>(*bits) & 31;
  for (int32_t i = 0; i < p.channels; ++i) output[i] = rounded_square_root(input[i]) >> shift;
}

struct SpectralSubtractionParams {
  int32_t channels;
  int32_t smoothing[2];  ///< of even and odd channels
  int32_t one_minus_smoothing[2];
  int32_t least_remaining;
  int32_t smoothing_bits;
  int32_t fraction_bits;
  bool clamping;
};

template <class V>
constexpr void fields(V&& v, const SpectralSubtractionParams& p) {
  v("channels", p.channels);
  v("smoothing", p.smoothing);
  v("one_minus_smoothing", p.one_minus_smoothing);
  v("least_remaining", p.least_remaining);
  v("smoothing_bits", p.smoothing_bits);
  v("fraction_bits", p.fraction_bits);
  v("clamping", p.clamping);
}

/// `state` is the noise from run to run, `noise` its copy.
inline void spectral_subtraction(const SpectralSubtractionParams& p, const uint32_t* input, uint32_t* state,
                                 uint32_t* output, uint32_t* noise) {
  const auto times = [](uint32_t x, int32_t factor) { return uint64_t{x} * static_cast<uint32_t>(factor); };
  for (int32_t i = 0; i < p.channels; ++i) {
    const uint32_t signal = input[i] << p.smoothing_bits;
    const uint64_t sum = times(signal, p.smoothing[i & 1]) + times(state[i], p.one_minus_smoothing[i & 1]);
    const auto mean = static_cast<uint32_t>(sum >> p.fraction_bits);
    const uint32_t removed = mean < signal ? mean : signal;
    state[i] = p.clamping ? removed : mean;
    noise[i] = state[i];
    const auto least = static_cast<uint32_t>(times(input[i], p.least_remaining) >> p.fraction_bits);
    const uint32_t rest = (signal - removed) >> p.smoothing_bits;
    output[i] = rest > least ? rest : least;
  }
}

struct SignalPcanParams {
  int32_t channels;
  int32_t snr_shift;
};

template <class V>
constexpr void fields(V&& v, const SignalPcanParams& p) {
  v("channels", p.channels);
  v("snr_shift", p.snr_shift);
}

/// The gain for a noise of x: from 3 on a polynomial of degree two for each number of bits, whose coefficients are
/// three of four numbers in `table`. The place within the power of two has ten bits.
inline int16_t pcan_gain(uint32_t x, const int16_t* table) {
  if (x <= 2) return table[x];
  const int32_t bits = bits_needed(x);
  const int16_t* c = table + 4 * bits - 6;
  const int32_t place = static_cast<int32_t>(bits < 11 ? x << (11 - bits) : x >> (bits - 11)) & 0x3FF;
  const int32_t slope = ((int32_t{c[2]} * place) >> 5) + int32_t{c[1]} * 32;
  const auto product = static_cast<int32_t>(static_cast<uint32_t>(slope) * static_cast<uint32_t>(place) + (1U << 14));
  return static_cast<int16_t>((product >> 15) + c[0]);
}

/// x^2 / 4 below 2, x - 1 above: from 12 bits of fraction to 6.
inline uint32_t pcan_shrink(uint32_t x) { return x < (2U << 12) ? (x * x) >> 20 : (x >> 6) - (1U << 6); }

inline void signal_pcan(const SignalPcanParams& p, const uint32_t* input, const uint32_t* noise, const int16_t* table,
                        uint32_t* output) {
  for (int32_t i = 0; i < p.channels; ++i) {
    const auto gain = static_cast<uint32_t>(int32_t{pcan_gain(noise[i], table)});
    output[i] = pcan_shrink(static_cast<uint32_t>((uint64_t{input[i]} * gain) >> p.snr_shift));
  }
}

struct SignalLogParams {
  int32_t channels;
  int32_t correction_bits;
  int32_t scale;
};

template <class V>
constexpr void fields(V&& v, const SignalLogParams& p) {
  v("channels", p.channels);
  v("correction_bits", p.correction_bits);
  v("scale", p.scale);
}

/// scale * ln(x) for x > 1, with 16 bits of fraction inside. `table`: log2(1 + f) - f at 128 places, one more at the
/// end.
inline uint32_t scaled_logarithm(uint32_t x, uint32_t scale, const uint16_t* table) {
  const int32_t whole = bits_needed(x) - 1;
  auto fraction = static_cast<int32_t>(x - (1U << whole));
  fraction =
      whole < 16 ? fraction << (16 - whole) : static_cast<int32_t>(static_cast<uint32_t>(fraction) >> (whole - 16));
  const int32_t segment = fraction >> 9;
  const int32_t low = table[segment], high = table[segment + 1];
  const int32_t between = ((high - low) * (fraction & 511)) >> 16;
  const auto log2 = (static_cast<uint32_t>(whole) << 16) + static_cast<uint32_t>(fraction + low + between);
  const auto natural = static_cast<uint32_t>((uint64_t{45426} * log2 + 32768) >> 16);  // ln 2 with 16 bits
  return (scale * natural + 32768) >> 16;
}

inline void signal_log(const SignalLogParams& p, const uint32_t* input, const uint16_t* table, int16_t* output) {
  for (int32_t i = 0; i < p.channels; ++i) {
    const uint32_t x = input[i] << p.correction_bits;
    const uint32_t y = x > 1 ? scaled_logarithm(x, static_cast<uint32_t>(p.scale), table) : 0;
    output[i] = static_cast<int16_t>(y < INT16_MAX ? y : INT16_MAX);
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
