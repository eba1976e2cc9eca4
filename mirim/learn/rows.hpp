#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "mirim/graph/graph.hpp"
#include "mirim/learn/rule.hpp"

/// What rules read: samples and targets as rows of numbers, and the layers that they change.
namespace mirim {

/// A matrix, row by row.
struct Rows {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::vector<float> values{};

  std::span<const float> operator[](std::int64_t row) const {
    return std::span(values).subspan(static_cast<std::size_t>(row * columns), static_cast<std::size_t>(columns));
  }
  std::span<float> operator[](std::int64_t row) {
    return std::span(values).subspan(static_cast<std::size_t>(row * columns), static_cast<std::size_t>(columns));
  }
};

/// The sum of (a - b)^2 over the elements of two rows of one length.
double squared_distance(std::span<const float> a, std::span<const float> b);

/// A value of the graph for each sample, a row each. A graph with variables keeps them from sample to sample, in the
/// samples' order: they are a series. Throws Error if the graph cannot run, and when the lesson is to stop.
Rows values_of(const Graph& graph, ValueId value, const Subset& samples, const Lesson& lesson);

/// The targets of the lesson's task for each sample: for classes 1 for the sample's and 0 elsewhere (one output: 1 for
/// class 1), numbers as they are learnt, or the sample itself.
Rows targets_of(const Lesson& lesson, const Subset& samples);

/// A FULLY_CONNECTED layer whose weights [units, inputs] a rule may replace.
struct Dense {
  int node = -1;
  ValueId input = kNoValue;
  ValueId weights = kNoValue;
  ValueId bias = kNoValue;  ///< kNoValue: none
  std::int64_t units = 0;
  std::int64_t inputs = 0;
};

/// The last layer of this kind. Throws Error, with the rule's name, if there is none.
Dense last_dense(const Graph& graph, std::string_view rule);

/// Replaces the numbers of a constant of the same size (assert).
void set_constant(Graph& graph, ValueId id, const std::vector<float>& values);

/// The constant of this name, such as "rbf_1/centres". Throws Error, with the rule's name and `layer`, the layer that
/// the rule needs, if there is none.
ValueId constant_of_layer(const Graph& graph, std::string_view ending, std::string_view rule, std::string_view layer);

}  // namespace mirim
