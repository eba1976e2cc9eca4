#pragma once

#include "mirim/recipe/verb.hpp"

namespace mirim {

/// `train` as a recipe's step: a description (.toml) from its first weights, or a model further. What a student reaches
/// without a teacher, for example. The command line has a command of its own for it.
std::unique_ptr<Verb> make_train_step();

}  // namespace mirim
