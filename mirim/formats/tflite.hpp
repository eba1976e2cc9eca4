#pragma once

#include <filesystem>
#include <string>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// The model in the bytes of a .tflite file (FlatBuffers, identifier TFL3, version 3). The bytes are taken as hostile:
/// FlatBuffers' verifier first, then each index, length, shape and scale. `name` stands in front of messages:
/// "model.tflite: tensor 12 'conv/bias': ...". Throws Error, also for an operator that mirim lacks (names it and its
/// node). What the file has and Graph does not model is kept in `extras` for write_tflite.
Model read_tflite(BytesView bytes, const std::string& name = "model.tflite");
Model read_tflite_file(const std::filesystem::path& path);

/// The .tflite file of a model: the same model gives the same bytes. Equal constants are stored once, buffers stand at
/// multiples of 16 bytes. Throws Error for an operator that TFLite has not (training only) and past 2 GiB.
Bytes write_tflite(const Model& model);
/// Whole or not at all, as write_file.
void write_tflite_file(const std::filesystem::path& path, const Model& model);

}  // namespace mirim
