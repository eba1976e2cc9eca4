#pragma once

#include <filesystem>
#include <string>

#include "mirim/graph/graph.hpp"
#include "mirim/graph/verify.hpp"

namespace mirim {

/// A .tflite file as far as it could be read, and all findings about it. If there are problems, the model is
/// incomplete: only for reporting.
struct TfliteFile {
  Model model;
  Findings findings;
};

/// Reads the bytes of a .tflite file (FlatBuffers, identifier TFL3, version 3) and treats them as hostile: first
/// FlatBuffers' verifier, then each index, length, shape and scale (`examine`). An operator that mirim lacks becomes
/// Opaque. What Graph does not model is kept in `extras` for write_tflite. Sparse tensors become dense; elements of 2
/// or 4 bits take a byte each. No content of the bytes makes it throw.
TfliteFile examine_tflite(BytesView bytes);

/// The bytes of a .tflite file; of C or C++ source (.h, .hpp, .c, .cc, .cpp, .cxx, .ino) those of the array that holds
/// one. Throws Error for source without such an array.
Bytes read_tflite_bytes(const std::filesystem::path& path);

/// The same model if the file has no problem; it may have operators or types that mirim cannot run (`verify` lists
/// them). Throws Error with the first problem: "model.tflite: tensor 12 'conv/bias': ...".
Model read_tflite(BytesView bytes, const std::string& name = "model.tflite");
Model read_tflite_file(const std::filesystem::path& path);

/// The .tflite file of a model: the same model gives the same bytes. A model from read_tflite is written with every
/// field of its file, in the file's own numbering of buffers and operator codes; after a change this holds for what was
/// not changed. New equal constants are stored once. Buffers are at multiples of 16 bytes, after the FlatBuffer if the
/// file had them there or they exceed 2 GiB. Throws Error for an operator that TFLite lacks (training only).
Bytes write_tflite(const Model& model);
/// Whole or not at all, like write_file.
void write_tflite_file(const std::filesystem::path& path, const Model& model);

}  // namespace mirim
