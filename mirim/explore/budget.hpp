#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mirim/explore/price.hpp"

namespace mirim {

/// The most that a model may take of something.
struct Limit {
  Measure measure;
  std::int64_t most = 0;
};
using Budget = std::vector<Limit>;

/// "flash=32K,ram=16K", with the names of kMeasures. K is 1,024 and M 1,048,576 of bytes, 1,000 and 1,000,000 of MACs.
/// With the name of a board also what that has: its flash, its RAM, and the arena in one piece. Where both limit the
/// same, the smaller counts. Throws Error.
Budget budget_of(const std::string& text, const std::string& device);

/// By how much the price is above the budget: the sum of the parts that are over it, each as a share of its limit. 0
/// for a price within.
double excess(const Price& price, const Budget& budget);

/// "flash 21,344 bytes, 4,960 more than the budget's 16,384", for each limit that is passed, joined by "; ". "" within.
std::string over(const Price& price, const Budget& budget);

}  // namespace mirim
