#pragma once

#include <cstdint>

#include "mirim/formats/tflite_table.hpp"
#include "mirim/graph/graph.hpp"

// Declared here so that the generated header stays within tflite_*.cpp.
namespace tflite {
struct Tensor;
}  // namespace tflite

namespace mirim {

/// The tensor's table as the file had it from which the value was read; null where there is none.
const tflite::Tensor* kept_tensor(const Value& value);

/// Writes a value as a Tensor; its offset. `sparse` is whether its buffer is (stored_constant).
std::uint32_t write_tensor(flatbuffers::FlatBufferBuilder& builder, const Value& value, std::uint32_t buffer,
                           bool sparse);

/// What a node's operator is in a file: the OperatorCode as a table of its own, and its number in the file that the
/// node was read from, -1 where it is another by now. Throws Error for an operator that TFLite has not.
struct OperatorCodeEntry {
  Bytes table;
  std::int64_t wanted = -1;
};
OperatorCodeEntry operator_code(const Graph& graph, const Node& node);

/// Writes a node as an Operator; its offset. Large custom options get a place that is still to be told.
std::uint32_t write_operator(flatbuffers::FlatBufferBuilder& builder, const Graph& graph, const Node& node,
                             std::uint32_t code);

}  // namespace mirim
