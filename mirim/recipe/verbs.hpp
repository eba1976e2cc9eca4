#pragma once

#include <memory>

#include "mirim/recipe/verb.hpp"

/// The verbs, one file each.
namespace mirim {

std::unique_ptr<Verb> make_train();
std::unique_ptr<Verb> make_prune();
std::unique_ptr<Verb> make_cluster();
std::unique_ptr<Verb> make_quantize();
std::unique_ptr<Verb> make_distill();
std::unique_ptr<Verb> make_factorize();

}  // namespace mirim
