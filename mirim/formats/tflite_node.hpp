#pragma once

#include "mirim/formats/tflite_tensor.hpp"
#include "mirim/graph/graph.hpp"

// Declared here so that the generated header is included only by tflite_*.cpp.
namespace tflite {
struct Operator;
struct OperatorCode;
}  // namespace tflite

namespace mirim {

/// A node's table in a file, with its context.
struct TfliteNode {
  const tflite::Operator& stored;
  const tflite::OperatorCode& code;
  const Graph& graph;  ///< its values have been read
  flatbuffers::FlatBufferBuilder& builder;
  TfliteBuffers& buffers;
};

/// Reads the operator of a node whose operands are known, and keeps parts of the table for the writer. An operator that
/// mirim lacks, or with options that mirim's does not model, becomes Opaque. Throws Error if the table is invalid.
void read_tflite_node(const TfliteNode& from, Node& node);

/// The operator of a file's code: TFLite's number, from the wider of its two fields.
int builtin_code(const tflite::OperatorCode& code);

/// Whether a file's code is that of `op`: its number, and its name if it is a custom operator.
bool is_operator_of(const tflite::OperatorCode& code, const Op& op);

/// Reads the options of `op` from those of a table, or of a custom operator from its FlexBuffer: `large_options` if
/// they are outside of the table. Without options every field has its default. Throws Unsupported for a field that the
/// operator does not model, Error if the options are another operator's.
void read_options(const tflite::Operator& stored, BytesView large_options, DType output, Op& op);

}  // namespace mirim
