#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "mirim/recipe/recipe.hpp"

namespace mirim {

/// The commands that repeat a recipe's run in a shell: `mirim make` first; then, if they give the same weights, those
/// of its steps one by one, with the settings that differ from the defaults.
std::vector<std::string> commands_of(const Recipe& recipe, const std::filesystem::path& folder);

}  // namespace mirim
