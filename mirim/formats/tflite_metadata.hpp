#pragma once

#include <functional>

#include "mirim/graph/graph.hpp"
#include "mirim/graph/meaning.hpp"

namespace mirim {

/// The entry of a model's metadata that says what its inputs and outputs mean: Google's tools and Android's read it.
inline constexpr auto kTfliteMetadata = "TFLITE_METADATA";

/// The files packed behind a .tflite, by name, as a model keeps them.
std::map<std::string, Bytes> associated_files(const Model& model);
void set_associated_files(Model& model, const std::map<std::string, Bytes>& files);

/// From that entry and the associated files to labels and scaling (`mirim/graph/meaning.hpp`) of the main graph's
/// inputs and outputs: TENSOR_AXIS_LABELS where there is a line for each element of the last axis (or two lines for one
/// element), and NormalizationOptions of one number or one per element. An entry that is damaged, or says something
/// else, is not looked at; it stays as it is. `spend` is told how many bytes a value gets, before it gets them.
void read_meaning(Model& model, const std::function<void(std::size_t bytes)>& spend);

/// The other way: changes the entry and the associated files where they say something else.
void write_meaning(Model& model);

}  // namespace mirim
