#pragma once

#include <cstdint>

#include "mirim/graph/op.hpp"

// Declared here so that no outside header is included; only tflite_*.cpp use these.
namespace flatbuffers {
class FlatBufferBuilder;
class Table;
}  // namespace flatbuffers

namespace mirim {

/// Reads the options of `op` from a verified table of the schema, each field by its slot. Throws Error if an
/// enumeration has no such value or a number is not finite. Throws Unsupported if the file sets a field that the
/// operator does not model, which would change what the network computes. An option in the slot kOutputType is
/// `output`, the type of the node's first result.
void read_tflite_options(Op& op, const flatbuffers::Table& table, DType output);

/// Writes the options of `op` as a table and returns its offset in `builder`; fields with default values are left out.
std::uint32_t write_tflite_options(flatbuffers::FlatBufferBuilder& builder, const Op& op);

}  // namespace mirim
