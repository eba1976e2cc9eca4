#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/graph/graph.hpp"
#include "mirim/offers/offer.hpp"

namespace mirim {

/// A range of the arena, alive from step `first` to step `last`, inclusive. Inputs of the graph live from -1, its
/// outputs to the number of steps. Several values share one if they replace each other in place.
struct Buffer {
  std::int64_t bytes = 0;
  int first = 0;
  int last = 0;
  std::int64_t offset = 0;        ///< once placed, a multiple of kBufferAlignment
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

/// One layer as the device runs it.
struct Step {
  int node = 0;  ///< of Plan::graph
  KernelCall call;
  std::string kernel{};                  ///< the chosen one's name, Choice::kernel
  std::vector<Considered> considered{};  ///< what else was offered
  std::vector<Pointer> pointers{};       ///< one for each of call.arguments
  std::string_view skipped{};            ///< why nothing is called; empty if its kernel is
};

/// A variable and its initial content: all bytes of a constant, or one byte everywhere.
struct State {
  ValueId value = kNoValue;
  int buffer = 0;
  int constant = -1;  ///< index of Plan::constants once they are packed, or -1
  std::uint8_t fill = 0;
};

/// A graph prepared for a device: its layers in order, the place of each tensor, and the constants.
struct Plan {
  Graph graph;
  std::vector<Step> steps{};
  std::vector<Buffer> buffers{};
  std::vector<int> buffer_of{};  ///< by ValueId; -1 for constants and values that nothing uses
  std::vector<PackedConstant> constants{};
  std::vector<State> states{};
  /// Flag buffer, set once the states are initialised; -1 if all start as zeros.
  int ready = -1;
  std::vector<Pointer> outputs{};  ///< of the graph, once constants are packed: an output may be a constant

  std::int64_t arena_bytes = 0;
  std::int64_t peak_bytes = 0;      ///< of live buffers at one step: no placement can need fewer
  std::int64_t constant_bytes = 0;  ///< of the object of all constants, padding between them included
};

/// A buffer's name in messages and comments: the tensors in it, "scratch", or "whether the state is set".
std::string buffer_name(const Plan& plan, const Buffer& buffer);

/// `bytes` rounded up to a multiple of kBufferAlignment.
constexpr std::int64_t aligned(std::int64_t bytes) {
  return (bytes + kBufferAlignment - 1) / kBufferAlignment * kBufferAlignment;
}

}  // namespace mirim
