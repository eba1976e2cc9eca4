#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// What the elements of a random input are: independent numbers that whoever runs the graph draws anew for each run.
enum class Distribution {
  normal,     ///< mean 0, variance 1
  uniform,    ///< from 0 to below 1
  bernoulli,  ///< 0 or 1, each with probability 1/2
};
inline constexpr std::array kAllDistributions{Distribution::normal, Distribution::uniform, Distribution::bernoulli};

std::string_view name(Distribution distribution);
/// Throws Error, with the nearest name, for an unknown one.
Distribution distribution_named(std::string_view name);

/// Extra of an input of the graph that is random: the name of its distribution.
inline constexpr std::string_view kRandomInput = "mirim.random_input";

std::optional<Distribution> distribution_of(const Value& value);
void set_distribution(Value& value, Distribution distribution);

/// The inputs of a graph that are not random, in order: what data feed.
std::vector<ValueId> data_inputs(const Graph& graph);

}  // namespace mirim
