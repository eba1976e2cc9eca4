#pragma once

#include <string>

namespace mirim {

/// How much of a step the units of a self-organizing map make beside the nearest one.
enum class Neighbourhood {
  gaussian,  ///< exp(-d^2 / 2 s^2)
  triangle,  ///< max(0, 1 - |d| / s)
  bubble,    ///< 1 within s, else 0
};

/// Throws Error, with the nearest name, for an unknown one.
Neighbourhood neighbourhood_named(const std::string& text);

/// At distance d along one axis of the grid, with s = `sigma` > 0; that of both axes is the product.
double along(Neighbourhood neighbourhood, double distance, double sigma);

}  // namespace mirim
