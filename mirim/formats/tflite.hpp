#pragma once

#include <filesystem>
#include <string>

#include "mirim/graph/graph.hpp"
#include "mirim/graph/verify.hpp"

namespace mirim {

/// A .tflite file as far as it could be read, and all that can be said against it. Where there are problems the model
/// is only what could be made of it: to be told about, not to be worked on.
struct TfliteFile {
  Model model;
  Findings findings;
};

/// Reads the bytes of a .tflite file (FlatBuffers, identifier TFL3, version 3), which are taken as hostile:
/// FlatBuffers' verifier first, then each index, length, shape and scale (`examine`). An operator that mirim lacks
/// becomes Opaque. What the file has and Graph does not model is kept in `extras` for write_tflite. Sparse tensors
/// become dense, elements of 2 or 4 bits a byte each. Throws nothing for what the bytes hold.
TfliteFile examine_tflite(BytesView bytes);

/// The same model, where there is no problem with the file; it may have operators or types that mirim cannot run
/// (`verify` says which). Throws Error with the first problem: "model.tflite: tensor 12 'conv/bias': ...".
Model read_tflite(BytesView bytes, const std::string& name = "model.tflite");
Model read_tflite_file(const std::filesystem::path& path);

/// The .tflite file of a model: the same model gives the same bytes. A model that read_tflite gave is written with
/// every field that its file had, in the file's own numbering of buffers and operator codes; after a change that holds
/// for what was not touched. New constants that are equal are stored once; buffers stand at multiples of 16 bytes,
/// behind the FlatBuffer where the file had them there or they pass 2 GiB. Throws Error for an operator that TFLite has
/// not (training only).
Bytes write_tflite(const Model& model);
/// Whole or not at all, as write_file.
void write_tflite_file(const std::filesystem::path& path, const Model& model);

}  // namespace mirim
