#pragma once

#include <string>
#include <vector>

namespace mirim {

/// Rows of cells as text with the columns aligned; the first row is the heading. Columns of numbers are right-aligned.
std::string table(const std::vector<std::vector<std::string>>& rows);

}  // namespace mirim
