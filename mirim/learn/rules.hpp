#pragma once

#include <memory>

#include "mirim/learn/rule.hpp"

/// The rules, each in the file of its name. `all_rules` lists them.
namespace mirim {

std::shared_ptr<Rule> make_boltzmann();
std::shared_ptr<Rule> make_contrastive_divergence();
std::shared_ptr<Rule> make_counting();
std::shared_ptr<Rule> make_hebbian();
std::shared_ptr<Rule> make_k_means();
std::shared_ptr<Rule> make_perceptron();
std::shared_ptr<Rule> make_ridge();
std::shared_ptr<Rule> make_self_organizing_map();

}  // namespace mirim
