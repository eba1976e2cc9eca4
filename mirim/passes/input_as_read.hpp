#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Gives an input that one RESHAPE reads and nobody else the shape that it makes, so that the RESHAPE goes: its rows
/// are then those of the image. An input that is an output too, or a result of the graph that the RESHAPE makes, stays.
void input_as_read(Graph& graph);

}  // namespace mirim
