#pragma once

#include <string>
#include <vector>

#include "mirim/graph/graph.hpp"

// Declared here so that the generated header stays within tflite_*.cpp.
namespace tflite {
struct SubGraph;
}  // namespace tflite

namespace mirim {

/// Gives the results of nodes their inferred shapes, as TensorFlow Lite does when it allocates, if the file's shape is
/// a placeholder (-1 in its shape_signature, or no shape at all) or has equally many elements in another arrangement.
/// The latter is reported in `odd`. Any other shape stays, for `verify` to refuse. A placeholder that no operator
/// resolves is marked (`shape_is_known`). The file's shapes stay in `extras`, for the writer.
void settle_shapes(const tflite::SubGraph& stored, Graph& graph, std::vector<std::string>& odd);

}  // namespace mirim
