#pragma once

#include <string>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// The model as an SVG that stands alone, light or dark as the viewer asks: each graph from top to bottom, a box for
/// each operator (its kind by colour; its constants, stride and activation), and at the lines what flows along them:
/// type, shape, scale and zero point. Names are escaped; long ones are cut and stand whole in a tooltip.
std::string picture(const Model& model);

}  // namespace mirim
