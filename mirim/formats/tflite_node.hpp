#pragma once

#include "mirim/formats/tflite_tensor.hpp"
#include "mirim/graph/graph.hpp"

// Declared here so that the generated header stays within tflite_*.cpp.
namespace tflite {
struct Operator;
struct OperatorCode;
}  // namespace tflite

namespace mirim {

/// A node's table in a file, with what surrounds it.
struct TfliteNode {
  const tflite::Operator& stored;
  const tflite::OperatorCode& code;
  const Graph& graph;  ///< its values have been read
  flatbuffers::FlatBufferBuilder& builder;
  TfliteBuffers& buffers;
};

/// Reads the operator of a node whose operands are known, and what of the table is to be kept. An operator that mirim
/// lacks, or that has options which mirim's does not model, becomes Opaque. Throws Error where the table makes no
/// sense.
void read_tflite_node(const TfliteNode& from, Node& node);

/// The operator that a file's code stands for: TFLite's number, from the wider of the two fields that it may stand in.
int builtin_code(const tflite::OperatorCode& code);

/// Reads the options of `op` from those of a table; where there are none, every field is at the schema's default.
/// Throws Unsupported for a field that the operator does not model, Error where the options are another operator's.
void read_builtin_options(const tflite::Operator& stored, DType output, Op& op);

}  // namespace mirim
