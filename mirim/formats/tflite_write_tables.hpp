#pragma once

#include <cstdint>

#include "mirim/formats/tflite_table.hpp"
#include "mirim/graph/graph.hpp"

// Declared here so that the generated header stays within tflite_*.cpp.
namespace tflite {
struct Tensor;
}  // namespace tflite

namespace mirim {

/// The tensor's table in the file that the value was read from; null without one.
const tflite::Tensor* kept_tensor(const Value& value);

/// Writes a value as a Tensor and returns its offset. `sparse` says whether its buffer is (stored_constant);
/// `block_scales` is the tensor with the scales of its blocks, if it has some.
std::uint32_t write_tensor(flatbuffers::FlatBufferBuilder& builder, const Value& value, std::uint32_t buffer,
                           bool sparse, ValueId block_scales);

/// A node's operator in a file: the OperatorCode as a separate table, and its number in the file that the node was read
/// from, -1 if it has changed. Throws Error for an operator that TFLite lacks.
struct OperatorCodeEntry {
  Bytes table;
  std::int64_t wanted = -1;
};
OperatorCodeEntry operator_code(const Graph& graph, const Node& node);

/// Writes a node as an Operator and returns its offset. Large custom options get a position that is filled in later.
std::uint32_t write_operator(flatbuffers::FlatBufferBuilder& builder, const Graph& graph, const Node& node,
                             std::uint32_t code);

}  // namespace mirim
