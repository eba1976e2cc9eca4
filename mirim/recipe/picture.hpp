#pragma once

#include <string>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// The model as a self-contained SVG, light or dark by the viewer's setting. Each graph runs from top to bottom, with a
/// box for each operator (its kind by colour; its constants, stride and activation); each line has the type, shape,
/// scale and zero point of its value. Names are escaped; long ones are cut, with the full name in a tooltip.
std::string picture(const Model& model);

}  // namespace mirim
