#pragma once

#include "mirim/recipe/verb.hpp"

namespace mirim {

/// What a recipe's [[step]] can do: all verbs, `train`, and `shrink`, which is made of them. In a recipe it searches in
/// one process and keeps its journal beside its model; the command line has commands of their own for these two.
Verbs recipe_verbs();

}  // namespace mirim
