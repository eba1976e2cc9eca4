#pragma once

/// Names of `extras` for parts of a .tflite file that Graph does not model. Each is the file's own table. The writer
/// keeps what still agrees with the graph and writes the rest anew.
namespace mirim::tflite_extra {

inline constexpr auto model = "tflite.model";                      // Model: the Model, without graphs and buffers
inline constexpr auto unused_code = "tflite.unused_code";          // Model: int32, an operator code that no node names
inline constexpr auto unused_buffer = "tflite.unused_buffer.";     // Model: an unreferenced buffer, by number
inline constexpr auto empty_buffers = "tflite.empty_buffers";      // Model: int32 each, buffers with empty data
inline constexpr auto outside_buffers = "tflite.outside_buffers";  // Model: int32 each, those after the FlatBuffer
inline constexpr auto metadata = "tflite.metadata.";  // Model: content of a further entry of the same name, by number
inline constexpr auto file = "tflite.file.";          // Model: a file packed after the model, by name
inline constexpr auto subgraph = "tflite.subgraph";   // Graph: the SubGraph, without tensors and operators
inline constexpr auto tensor = "tflite.tensor";       // Value: the Tensor
inline constexpr auto shape = "tflite.shape";         // Value: int64 each, its shape if the Tensor's differs
inline constexpr auto node = "tflite.operator";       // Node: a Model of this Operator and its OperatorCode
inline constexpr auto version = "tflite.version";     // Node: int32, the version that mirim would have written
inline constexpr auto large_options = "tflite.large_custom_options";  // Node: those after the FlatBuffer

}  // namespace mirim::tflite_extra
