#include "mirim/base/neighbourhood.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>
#include <vector>

#include "mirim/base/error.hpp"
#include "mirim/base/spelling.hpp"

namespace mirim {

Neighbourhood neighbourhood_named(const std::string& text) {
  constexpr std::array kAll = {std::pair<std::string_view, Neighbourhood>("gaussian", Neighbourhood::gaussian),
                               std::pair<std::string_view, Neighbourhood>("triangle", Neighbourhood::triangle),
                               std::pair<std::string_view, Neighbourhood>("bubble", Neighbourhood::bubble)};
  std::vector<std::string> known;
  for (const auto& [word, neighbourhood] : kAll) {
    if (word == text) return neighbourhood;
    known.emplace_back(word);
  }
  fail("neighbourhood '{}' is unknown; {}", text, suggestion(text, known));
}

double along(Neighbourhood neighbourhood, double distance, double sigma) {
  switch (neighbourhood) {
    case Neighbourhood::gaussian:
      return std::exp(-distance * distance / (2 * sigma * sigma));
    case Neighbourhood::triangle:
      return std::max(0.0, 1 - std::fabs(distance) / sigma);
    case Neighbourhood::bubble:
      return std::fabs(distance) < sigma ? 1 : 0;
  }
  return 0;
}

}  // namespace mirim
