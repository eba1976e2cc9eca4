// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/requantize.hpp"

/// Streams of samples in pieces. A state is all zeros at first.
namespace mirim {
namespace micro {
inline namespace v0 {

/// to[0 .. count) = from[0 .. count); `from` may lie behind `to` in one buffer.
template <class T>
inline void move_down(const T* from, T* to, int32_t count) {
  for (int32_t i = 0; i < count; ++i) to[i] = from[i];
}

struct SignalDelayParams {
  int32_t rows;
  int32_t samples;  ///< of a row
  int32_t delay;
};

template <class V>
constexpr void fields(V&& v, const SignalDelayParams& p) {
  v("rows", p.rows);
  v("samples", p.samples);
  v("delay", p.delay);
}

/// input and output [rows, samples], state [rows, delay]: the samples that are still to come out.
inline void signal_delay(const SignalDelayParams& p, const int16_t* input, int16_t* state, int16_t* output) {
  const int32_t waiting = min(p.delay, p.samples);
  for (int32_t r = 0; r < p.rows; ++r, input += p.samples, output += p.samples, state += p.delay) {
    move_down(static_cast<const int16_t*>(state), output, waiting);
    move_down(input, output + waiting, p.samples - waiting);
    move_down(static_cast<const int16_t*>(state + waiting), state, p.delay - waiting);
    move_down(input + p.samples - waiting, state + p.delay - waiting, waiting);
  }
}

struct SignalFramerParams {
  int32_t rows;
  int32_t frames;  ///< that a row gives
  int32_t size;
  int32_t step;
  int32_t capacity;  ///< of the state: size, rounded up to a multiple of step
  int32_t prefilled;
};

template <class V>
constexpr void fields(V&& v, const SignalFramerParams& p) {
  v("rows", p.rows);
  v("frames", p.frames);
  v("size", p.size);
  v("step", p.step);
  v("capacity", p.capacity);
  v("prefilled", p.prefilled);
}

/// input [rows, frames * step], output [rows, frames, size], valid: whether all frames were complete. state [rows,
/// capacity]: samples that have come, the oldest first; count: how many, without `prefilled`.
inline void signal_framer(const SignalFramerParams& p, const int16_t* input, int16_t* state, int32_t* count,
                          int16_t* output, bool* valid) {
  *valid = true;
  int32_t held = *count + p.prefilled;
  const int32_t before = held;
  for (int32_t r = 0; r < p.rows; ++r, state += p.capacity) {
    held = before;
    for (int32_t f = 0; f < p.frames; ++f, input += p.step, output += p.size) {
      move_down(input, state + held, p.step);
      held += p.step;
      if (held >= p.size) {
        move_down(static_cast<const int16_t*>(state), output, p.size);
        held -= p.step;
        move_down(static_cast<const int16_t*>(state + p.step), state, held);
      } else {
        for (int32_t i = 0; i < p.size; ++i) output[i] = 0;
        *valid = false;
      }
    }
  }
  *count = held - p.prefilled;
}

struct SignalStackerParams {
  int32_t channels;
  int32_t left;    ///< frames before the one in the middle
  int32_t frames;  ///< of a result
  int32_t step;
};

template <class V>
constexpr void fields(V&& v, const SignalStackerParams& p) {
  v("channels", p.channels);
  v("left", p.left);
  v("frames", p.frames);
  v("step", p.step);
}

/// input [channels], output [frames * channels], valid: whether it is complete. state: the frames that have come;
/// count: how many they are, and whether there was one at all.
inline void signal_stacker(const SignalStackerParams& p, const int16_t* input, int16_t* state, int32_t* count,
                           int16_t* output, bool* valid) {
  const int32_t copies = count[1] == 0 ? 1 + p.left : 1;
  for (int32_t k = 0; k < copies; ++k) move_down(input, state + count[0]++ * p.channels, p.channels);
  count[1] = 1;
  *valid = count[0] >= p.frames;
  const int32_t size = p.frames * p.channels;
  if (!*valid) {
    for (int32_t i = 0; i < size; ++i) output[i] = 0;
    return;
  }
  move_down(static_cast<const int16_t*>(state), output, size);
  count[0] -= p.step;
  move_down(static_cast<const int16_t*>(state + p.step * p.channels), state, count[0] * p.channels);
}

struct SignalOverlapAddParams {
  int32_t rows;
  int32_t frames;
  int32_t size;
  int32_t step;
};

template <class V>
constexpr void fields(V&& v, const SignalOverlapAddParams& p) {
  v("rows", p.rows);
  v("frames", p.frames);
  v("size", p.size);
  v("step", p.step);
}

inline float added(float a, float b) { return a + b; }
inline int16_t added(int16_t a, int16_t b) { return static_cast<int16_t>(clamp(a + b, INT16_MIN, INT16_MAX)); }

/// input [rows, frames, size], output [rows, frames * step], state [rows, size]: sums that are not complete.
template <class T>
inline void signal_overlap_add(const SignalOverlapAddParams& p, const T* input, T* state, T* output) {
  for (int32_t r = 0; r < p.rows; ++r, state += p.size) {
    for (int32_t f = 0; f < p.frames; ++f, input += p.size, output += p.step) {
      for (int32_t i = 0; i < p.size; ++i) state[i] = added(state[i], input[i]);
      move_down(static_cast<const T*>(state), output, p.step);
      move_down(static_cast<const T*>(state + p.step), state, p.size - p.step);
      for (int32_t i = p.size - p.step; i < p.size; ++i) state[i] = 0;
    }
  }
}

struct SignalWindowParams {
  int32_t samples;
  int32_t size;  ///< of the window
  int32_t shift;
};

template <class V>
constexpr void fields(V&& v, const SignalWindowParams& p) {
  v("samples", p.samples);
  v("size", p.size);
  v("shift", p.shift);
}

/// input and output [samples], weights [size].
inline void signal_window(const SignalWindowParams& p, const int16_t* input, const int16_t* weights, int16_t* output) {
  for (int32_t i = 0, k = 0; i < p.samples; ++i, ++k) {
    if (k == p.size) k = 0;
    output[i] = static_cast<int16_t>(clamp((int32_t{input[i]} * weights[k]) >> p.shift, INT16_MIN, INT16_MAX));
  }
}

/// How many bits x needs; 0 for 0.
inline int32_t bits_needed(uint64_t x) {
  int32_t bits = 0;
  for (; x != 0; x >>= 1) ++bits;
  return bits;
}

struct SignalFftAutoScaleParams {
  int32_t samples;
};

template <class V>
constexpr void fields(V&& v, const SignalFftAutoScaleParams& p) {
  v("samples", p.samples);
}

/// output = input * 2^bits; silence has 0 bits. The magnitude of -32768 does not fit 16 bits and becomes -32768, which
/// anything after it exceeds, as in tflite-micro.
inline void signal_fft_auto_scale(const SignalFftAutoScaleParams& p, const int16_t* input, int16_t* output,
                                  int32_t* bits) {
  int16_t most = 0;
  for (int32_t i = 0; i < p.samples; ++i) {
    if (input[i] > most) {
      most = input[i];
    } else if (-input[i] > most) {
      most = static_cast<int16_t>(-input[i]);
    }
  }
  *bits = most == 0 ? 0 : max(0, 15 - bits_needed(static_cast<uint32_t>(int32_t{most})));
  for (int32_t i = 0; i < p.samples; ++i) output[i] = static_cast<int16_t>(int32_t{input[i]} * (1 << *bits));
}

struct CircularBufferParams {
  int32_t slots;
  int32_t slot_bytes;
  int32_t cycles;
};

template <class V>
constexpr void fields(V&& v, const CircularBufferParams& p) {
  v("slots", p.slots);
  v("slot_bytes", p.slot_bytes);
  v("cycles", p.cycles);
}

/// input [slot_bytes], output and state [slots, slot_bytes]; valid, which may be null: whether `cycles` inputs have
/// come since it was true last. count: how many.
inline void circular_buffer(const CircularBufferParams& p, const int8_t* input, int8_t* state, int32_t* count,
                            int8_t* output, bool* valid) {
  const int32_t kept = (p.slots - 1) * p.slot_bytes;
  move_down(static_cast<const int8_t*>(state + p.slot_bytes), state, kept);
  move_down(input, state + kept, p.slot_bytes);
  move_down(static_cast<const int8_t*>(state), output, kept + p.slot_bytes);
  const bool done = ++*count >= p.cycles;
  if (done) *count = 0;
  if (valid) *valid = done;
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
