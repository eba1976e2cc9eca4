#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// Reads the options of a custom operator from a FlexBuffer: of a map each field by its name, of a vector by its slot.
/// What the map lacks, or all if there are no bytes, has its default; names that the operator does not ask for are
/// ignored, as in tflite-micro. Throws Error if the bytes are no such FlexBuffer, or a value is no number that fits.
void read_flexbuffer_options(BytesView bytes, Op& op);

/// The options of `op` as a FlexBuffer's map with every field; no bytes if it has none.
Bytes write_flexbuffer_options(const Op& op);

}  // namespace mirim
