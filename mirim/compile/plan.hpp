#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// A stretch of the arena, alive from step `first` to step `last`, both included. Inputs of the graph live from -1, its
/// outputs to the number of steps. Several values share one where they follow each other in place.
struct Buffer {
  std::int64_t bytes = 0;
  int first = 0;
  int last = 0;
  std::int64_t offset = 0;        ///< once placed, a multiple of kBufferAlignment
  std::vector<ValueId> values{};  ///< in order of their making; none for scratch
};

/// Enough for int32 and float; the arena itself starts at a multiple of 16.
inline constexpr std::int64_t kBufferAlignment = 4;

/// An array in flash: a constant of the graph as a kernel reads it, or one that lowering made.
struct PackedConstant {
  std::string name;    ///< a C identifier, unique in the model: "conv1_multiplier"
  std::string c_type;  ///< "int32_t"
  Constant bytes{};
  std::int64_t offset = 0;  ///< in the one object of all constants
};

/// What a pointer argument of a kernel is bound to.
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
  std::vector<Pointer> pointers{};  ///< one for each of call.arguments
  std::string_view skipped{};       ///< why nothing is called, or empty where its kernel is
};

/// A variable, and what it holds at first: all bytes of a constant, or one byte everywhere.
struct State {
  ValueId value = kNoValue;
  int buffer = 0;
  int constant = -1;  ///< index of Plan::constants once they are packed, or -1
  std::uint8_t fill = 0;
};

/// A graph made ready for a device: its layers in order, where each tensor lies and what is constant.
struct Plan {
  Graph graph;
  std::vector<Step> steps{};
  std::vector<Buffer> buffers{};
  std::vector<int> buffer_of{};  ///< by ValueId; -1 for constants and values that nothing uses
  std::vector<PackedConstant> constants{};
  std::vector<State> states{};
  /// A buffer that is 0 until the states hold their first content, for a program that starts with all zeros; -1 where
  /// that is their first content.
  int ready = -1;
  std::vector<Pointer> outputs{};  ///< of the graph, once constants are packed: one of its outputs may be a constant

  std::int64_t arena_bytes = 0;
  std::int64_t peak_bytes = 0;      ///< of live buffers at one step: no placement can do with less
  std::int64_t constant_bytes = 0;  ///< of the object of all constants, padding between them included
};

/// What a layer is called: the node's name, or that of its first result, or of what it writes (ASSIGN_VARIABLE).
std::string layer_name(const Graph& graph, const Node& node);

/// What a message or a comment calls a buffer: the tensors in it, "scratch", or "whether the state is set".
std::string buffer_name(const Plan& plan, const Buffer& buffer);

/// `bytes` up to the next multiple of kBufferAlignment.
constexpr std::int64_t aligned(std::int64_t bytes) {
  return (bytes + kBufferAlignment - 1) / kBufferAlignment * kBufferAlignment;
}

}  // namespace mirim
