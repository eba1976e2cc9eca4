#pragma once

#include <string>
#include <vector>

#include "mirim/graph/graph.hpp"

// Declared here so that the generated header stays within tflite_*.cpp.
namespace tflite {
struct SubGraph;
}  // namespace tflite

namespace mirim {

/// Gives the results of nodes the shapes that their operators infer, as TensorFlow Lite does when it allocates, where a
/// file's own is a placeholder (-1 in its shape_signature, or no shape at all) or arranges as many elements otherwise.
/// The latter is told in `odd`. Any other shape stays, for `verify` to refuse. A placeholder that no operator says more
/// about is marked (`shape_is_known`). What the file had stays in `extras`, for the writer.
void settle_shapes(const tflite::SubGraph& stored, Graph& graph, std::vector<std::string>& odd);

}  // namespace mirim
