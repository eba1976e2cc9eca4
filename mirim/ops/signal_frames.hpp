#pragma once

#include "mirim/graph/op.hpp"

/// tflite-micro's custom operators on frames of samples. Frames and samples are int16 unless said. Those with a state
/// have it as variables behind their input once a model is read to be run (`hidden_states`).
namespace mirim {

/// y = x as it was `delay_length` samples before, zeros at first. x [...,n] int16; each row has a delay of its own.
struct SignalDelay {
  static constexpr std::string_view name = "SignalDelay";
  static constexpr int tflite_code = kCustomOperator;
  static constexpr int tflite_options = 0;
  static constexpr OperatorKind kind = OperatorKind::state;

  std::int32_t delay_length = 0;

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  std::vector<int> variables(Types in) const;
  std::vector<TensorType> hidden_states(Types in) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const SignalDelay&) const = default;
};

/// Frames of `frame_size` samples, each `frame_step` after the one before, of a stream that comes in pieces. x [...,n]
/// int16, n a multiple of frame_step; outputs [...,n / frame_step,frame_size] and a bool: whether all of them were
/// complete. An incomplete frame is zeros. With `prefill` the stream begins with frame_size - frame_step zeros.
struct SignalFramer {
  static constexpr std::string_view name = "SignalFramer";
  static constexpr int tflite_code = kCustomOperator;
  static constexpr int tflite_options = 0;
  static constexpr OperatorKind kind = OperatorKind::state;

  std::int32_t frame_size = 0;
  std::int32_t frame_step = 0;
  bool prefill = false;

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  std::vector<int> variables(Types in) const;
  std::vector<TensorType> hidden_states(Types in) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const SignalFramer&) const = default;
};

/// A frame with those before and after it: x [num_channels] int16, outputs [num_channels * (left + 1 + right)] and a
/// bool: whether they are complete; zeros if not. The first frame stands for those left of it. After each result the
/// window moves on by `stacker_step` frames.
struct SignalStacker {
  static constexpr std::string_view name = "SignalStacker";
  static constexpr int tflite_code = kCustomOperator;
  static constexpr int tflite_options = 0;
  static constexpr OperatorKind kind = OperatorKind::state;

  std::int32_t num_channels = 0;
  std::int32_t stacker_left_context = 0;
  std::int32_t stacker_right_context = 0;
  std::int32_t stacker_step = 0;

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  std::vector<int> variables(Types in) const;
  std::vector<TensorType> hidden_states(Types in) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const SignalStacker&) const = default;
};

/// The stream of which frames, added where they overlap, are parts: the way back of SignalFramer. x
/// [...,frames,frame_size] int16 (sums are clamped) or float32, output [...,frames * frame_step].
struct SignalOverlapAdd {
  static constexpr std::string_view name = "SignalOverlapAdd";
  static constexpr int tflite_code = kCustomOperator;
  static constexpr int tflite_options = 0;
  static constexpr OperatorKind kind = OperatorKind::state;

  std::int32_t type = 0;  ///< of x, by TFLite's number
  std::int32_t frame_step = 0;

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  std::vector<int> variables(Types in) const;
  std::vector<TensorType> hidden_states(Types in) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const SignalOverlapAdd&) const = default;
};

/// y = clamp(x * weights / 2^shift), rounded down. x [...,k * n] int16, weights [n] int16, used again for each n
/// samples.
struct SignalWindow {
  static constexpr std::string_view name = "SignalWindow";
  static constexpr int tflite_code = kCustomOperator;
  static constexpr int tflite_options = 0;

  std::int32_t shift = 0;

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const SignalWindow&) const = default;
};

/// x * 2^k and k, the largest that keeps the largest of x in 16 bits, 0 for silence. x [n] int16; outputs [n] int16 and
/// a scalar int32.
struct SignalFftAutoScale {
  static constexpr std::string_view name = "SignalFftAutoScale";
  static constexpr int tflite_code = kCustomOperator;
  static constexpr int tflite_options = 0;

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options&) {}
  bool operator==(const SignalFftAutoScale&) const = default;
};

/// The last `num_slots` inputs, one behind the other, zeros at first. x [N,1,W,C] int8; outputs [N,num_slots,W,C] of
/// the same scale and, if the file has it, a bool: whether `cycles_max` inputs have come since it was true last. N
/// is 1. Without that output tflite-micro ends the run where the bool would be false; this is refused.
struct CircularBuffer {
  static constexpr std::string_view name = "CIRCULAR_BUFFER";
  static constexpr int tflite_code = kCustomOperator;
  static constexpr int tflite_options = 0;
  static constexpr OperatorKind kind = OperatorKind::state;

  std::int32_t cycles_max = 0;  ///< 0: 1 for 5, 13 or 25 slots, else 2
  std::int32_t num_slots = 0;   ///< of the file's output
  bool tells_valid = false;     ///< whether there is the second output

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  std::vector<int> variables(Types in) const;
  std::vector<TensorType> hidden_states(Types in) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const CircularBuffer&) const = default;
};

}  // namespace mirim
