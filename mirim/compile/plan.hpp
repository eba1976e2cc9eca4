#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/graph/graph.hpp"
#include "mirim/offers/offer.hpp"
#include "mirim/ops/log_mel.hpp"

namespace mirim {

/// A range of the arena, alive from step `first` to step `last`, inclusive. Inputs of the graph live from -1, its
/// outputs to the number of steps. Several values share one if they replace each other in place.
struct Buffer {
  std::int64_t bytes = 0;
  int first = 0;
  int last = 0;
  std::int64_t offset = 0;  ///< once placed, a multiple of kBufferAlignment
  int over = -1;            ///< a buffer that this one may lie over while both live, if it begins `lead` before it
  std::int64_t lead = 0;    ///< at least 0
  bool upwards = false;     ///< not so: if it ends `lead` behind it
  std::vector<ValueId> values{};  ///< in order of creation; none for scratch
};

/// Enough for int32 and float; the arena itself starts at a multiple of 16.
inline constexpr std::int64_t kBufferAlignment = 4;

/// An array in flash: a constant of the graph in a kernel's order, or one that lowering made.
struct PackedConstant {
  std::string name;    ///< a C identifier, unique in the model: "conv1_multiplier"
  std::string c_type;  ///< "int32_t"
  Constant bytes{};
  std::int64_t offset = 0;  ///< in the one object of all constants
};

/// The target of a kernel's pointer argument.
struct Pointer {
  enum class To { nothing, buffer, constant };
  To to = To::nothing;
  int index = 0;

  bool operator==(const Pointer&) const = default;
};

/// Which rows of an input a step of a chain reads: for its output row y the rows from stride * y - before on.
struct BandRead {
  int input = 0;            ///< of the node's inputs
  int window = -1;          ///< of Chain::windows; -1: of the whole tensor
  std::int32_t stride = 1;  ///< 0: all rows of the whole tensor
  std::int32_t before = 0;  ///< rows of padding above; 0 without a window
  std::int32_t rows = 1;    ///< read by one call
};

/// How a step of a chain works: a few rows at a time.
struct RowBand {
  std::int32_t rows = 0;    ///< made by one call, a divisor of `height`
  std::int32_t height = 0;  ///< of its output
  bool taken = false;       ///< both are of its input: the last step, whose result is made of all rows, takes them so
  int window = -1;          ///< of Chain::windows, where the rows go; -1: the whole tensor
  std::vector<BandRead> reads{};
};

/// The rows of a tensor that a chain keeps for the steps that read them: one after the other in a buffer, the padding
/// above and below among them. When the buffer is full, those that nobody needs any more make room.
struct RowWindow {
  ValueId value = kNoValue;
  int step = -1;            ///< of the plan, that makes the rows; -1: they are copied from the whole tensor
  std::int32_t height = 0;  ///< rows of the tensor
  std::int32_t row_bytes = 0;
  std::int32_t before = 0;    ///< rows of padding above
  std::int32_t after = 0;     ///< and below
  std::uint8_t padding = 0;   ///< every byte of them
  std::int32_t capacity = 0;  ///< rows in the buffer
  int buffer = -1;            ///< of Plan::buffers
};

/// Neighbouring steps that run row by row: the last one asks for the rows that it needs, and so on. Only its tensor is
/// ever whole.
struct Chain {
  int first = 0;  ///< step
  int last = 0;
  bool upwards = false;  ///< a single step without windows that begins with the last rows
  int state = -1;        ///< buffer of what the last step made of the rows that it took; its first word starts as 0
  std::vector<RowWindow> windows{};
};

/// One layer as the device runs it.
struct Step {
  int node = 0;  ///< of Plan::graph
  KernelCall call;
  std::string kernel{};                  ///< the chosen one's name, Choice::kernel
  std::vector<Considered> considered{};  ///< what else was offered
  std::vector<Pointer> pointers{};       ///< one for each of call.arguments
  std::string_view skipped{};            ///< why nothing is called; empty if its kernel is
  int chain = -1;                        ///< of Plan::chains; -1: its tensors are whole
  RowBand band{};                        ///< in a chain: `call` makes these rows
};

/// A variable and its initial content: all bytes of a constant, or one byte everywhere.
struct State {
  ValueId value = kNoValue;
  int buffer = 0;
  int constant = -1;  ///< index of Plan::constants once they are packed, or -1
  std::uint8_t fill = 0;
};

/// Sound as the input: the buffers of Plan::buffers and constants of Plan::constants that make it of samples.
struct FrontEnd {
  LogMelSettings settings{};
  std::int64_t frames = 0;  ///< of the input
  std::int64_t every = 0;   ///< frames from one answer to the next, 1 to frames
  int samples = -1;         ///< buffer of a frame on its way
  int progress = -1;        ///< two words: how many samples and frames there are
  int features = -1;        ///< floats [frames, bands]
  int work = -1;
  int window = -1, twiddles = -1, first = -1, count = -1, weights = -1;  ///< constants, once they are packed
};

/// A graph prepared for a device: its layers in order, the place of each tensor, and the constants.
struct Plan {
  Graph graph;
  std::vector<Step> steps{};
  std::vector<Chain> chains{};
  std::vector<Buffer> buffers{};
  std::vector<int> buffer_of{};  ///< by ValueId; -1 for constants and values that nothing uses
  std::vector<PackedConstant> constants{};
  std::vector<State> states{};
  /// The input whose rows the caller hands over one by one, to the chain that begins with step 0; it is never whole.
  ValueId pushed = kNoValue;
  int progress = -1;  ///< buffer that keeps how far that chain is
  /// Flag buffer, set once the states are initialised; -1 if all start as zeros.
  int ready = -1;
  std::optional<FrontEnd> front_end{};
  std::vector<Pointer> outputs{};  ///< of the graph, once constants are packed: an output may be a constant

  std::int64_t arena_bytes = 0;
  std::int64_t peak_bytes = 0;      ///< of live buffers at one step: no placement can need fewer
  std::int64_t constant_bytes = 0;  ///< of the object of all constants, padding between them included
};

/// What the firmware learns: the variables that a RANK_ONE_UPDATE changes, in the order of `states`.
std::vector<const State*> learnt_states(const Plan& plan);
std::int64_t learnt_bytes(const Plan& plan);

/// A buffer's name in messages and comments: the tensors in it, "conv1 (5 of 32 rows)", "scratch", or "whether the
/// state is set".
std::string buffer_name(const Plan& plan, const Buffer& buffer);

/// `bytes` rounded up to a multiple of kBufferAlignment.
constexpr std::int64_t aligned(std::int64_t bytes) {
  return (bytes + kBufferAlignment - 1) / kBufferAlignment * kBufferAlignment;
}

}  // namespace mirim
