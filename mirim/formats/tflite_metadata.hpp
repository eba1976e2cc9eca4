#pragma once

#include <functional>

#include "mirim/graph/graph.hpp"
#include "mirim/graph/meaning.hpp"

namespace mirim {

/// The metadata entry that describes a model's inputs and outputs; Google's and Android's tools read it.
inline constexpr auto kTfliteMetadata = "TFLITE_METADATA";

/// The files packed after a .tflite, by name, as a model keeps them.
std::map<std::string, Bytes> associated_files(const Model& model);
void set_associated_files(Model& model, const std::map<std::string, Bytes>& files);

/// Reads labels and scaling (`mirim/graph/meaning.hpp`) of the main graph's inputs and outputs from that entry and the
/// associated files: TENSOR_AXIS_LABELS with one line per element of the last axis (or two lines for one element),
/// TENSOR_VALUE_LABELS, and NormalizationOptions of one number or one per element. Of several languages the file
/// without one is taken, else the English one, else the first. If nothing is said of
/// output 0, its names are those of the graph or of the model. Or they come from a packed labels.txt (label.txt,
/// labelmap.txt) with as many lines as elements. A damaged or different entry is ignored and kept. `spend` is called
/// with the number of bytes before a value gets them.
void read_meaning(Model& model, const std::function<void(std::size_t bytes)>& spend);

/// The reverse: updates the entry and the associated files where they differ.
void write_meaning(Model& model);

}  // namespace mirim
