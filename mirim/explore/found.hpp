#pragma once

#include <string>

#include "mirim/explore/search.hpp"

namespace mirim {

/// For people: the front as a table, and the chosen one.
std::string to_text(const Found& found, const std::string& output);

/// All of it: {"output", "before", "score", "sensitivity": [...], "candidates": [...], "front": [...], "chosen"}.
std::string to_json(const Found& found, const std::string& output);

}  // namespace mirim
