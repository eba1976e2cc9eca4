#include "mirim/explore/front.hpp"

#include <algorithm>
#include <cassert>

namespace mirim {
namespace {

bool nowhere_higher(const std::vector<double>& a, const std::vector<double>& b) {
  assert(a.size() == b.size());
  return std::ranges::equal(a, b, std::less_equal<>());
}

}  // namespace

std::vector<std::size_t> pareto_front(const std::vector<std::vector<double>>& points) {
  std::vector<std::size_t> front;
  for (std::size_t i = 0; i < points.size(); ++i) {
    bool beaten = false;
    for (std::size_t j = 0; j < points.size() && !beaten; ++j) {
      beaten = j != i && nowhere_higher(points[j], points[i]) && (points[j] != points[i] || j < i);
    }
    if (!beaten) front.push_back(i);
  }
  return front;
}

}  // namespace mirim
