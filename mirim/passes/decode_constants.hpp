#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// tflite-micro's compressed files: a TFLM_DECODE node computes a constant from an encoded tensor and an ancillary one.
/// Each becomes that constant, with what is known of its numbers as `form`, in all graphs of the model. The model must
/// be sound (`examine`). Source: tflite-micro's compression/decode.py and lut.py, and its kernels
/// decode_state_{lut,huffman,prune}.cc.
///   - LUT (type 0): the element is tables[channel][index], index of 1 to 7 bits, the highest bit first
///   - Huffman (type 1): int8 and int16; tables of 16 or 32 bits an entry, each entry a number or a further table
///   - pruned (type 2): a bit an element, which is the next stored number or the zero point
/// The ancillary tensor begins with 16 bytes: type, version, and by type version, bits and axis of the tables, their
/// stride. Everything in both tensors is checked. A node that cannot be decoded (a type of an application's own, data
/// that ends early) stays, with the reason why (Opaque::reason).
void decode_constants(Model& model);

}  // namespace mirim
