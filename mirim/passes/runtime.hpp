#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// What runs a .tflite file: tflite-micro, LiteRT, or an Ethos-U55 or U65 for which Vela compiles it.
enum class Runtime { any, tflm, litert, vela };

/// "tflm", "litert" or "vela"; "" is any. Throws Error with the names.
Runtime runtime_named(std::string_view name);

/// Why the runtime does not run the operator on data of this type, in words: "tflite-micro has no GELU",
/// "tflite-micro has no EXP of int8", "Ethos-U has no ELU of int16; it runs on the CPU". Empty if it does, as far as
/// names and types tell: shapes and options may be refused too.
std::string lacking(Runtime runtime, std::string_view operator_name, DType dtype);

/// The type of a node's data: of its first input with the role of an activation.
DType data_type(const Graph& graph, const Node& node);

/// A line for each operator and type of a graph that the runtime lacks, with the layers.
std::vector<std::string> what_lacks(Runtime runtime, const Graph& graph);

}  // namespace mirim
