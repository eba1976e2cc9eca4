#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mirim/recipe/recipe.hpp"

/// A recipe done with several seeds: what of its figures is chance, and what is not.
namespace mirim {

/// The same recipe with each of its seeds `by` higher: that of the first weights, of the order of samples, and those of
/// the steps. The data's split stays, but with folds each has the next one. Verbs are new ones.
Recipe with_raised_seeds(const Recipe& recipe, std::int64_t by);

/// What the models of one seed reached.
struct SeedFigures {
  std::int64_t seed = 0;
  std::string models{};  ///< JSON: [{"name", "accuracy", "stored_bytes", ...}], the same models for every seed
};

/// `seeds` of run.json (docs/run-json.md): of each figure the mean, half of its 95 % interval and the values by seed;
/// for each model, and for each pair of models the differences at the same seed. Of at least two seeds.
std::string seeds_json(const std::vector<SeedFigures>& runs);

/// The same as CSV, a line for each figure of a model or a pair.
std::string seeds_csv(const std::string& seeds);

/// The same for people: a table of models and one of pairs.
std::string seeds_text(const std::string& seeds);

}  // namespace mirim
