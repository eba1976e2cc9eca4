#include "mirim/machine/optimize.hpp"

#include <fmt/ranges.h>

#include <algorithm>

#include "mirim/base/error.hpp"

namespace mirim {

Optimize find_optimize(std::string_view name) {
  const auto* found = std::ranges::find(kOptimizeNames, name);
  if (found == kOptimizeNames.end()) {
    fail("'{}' is nothing to optimize for; there are {}", name, fmt::join(kOptimizeNames, ", "));
  }
  return static_cast<Optimize>(found - kOptimizeNames.begin());
}

}  // namespace mirim
