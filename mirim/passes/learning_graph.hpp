#pragma once

#include <functional>
#include <string>
#include <vector>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// What a graph that learns on its device is made with: constants and state in floats, its two further inputs, and the
/// part that runs only when it learns.
class LearningGraph {
 protected:
  explicit LearningGraph(Graph& graph) : graph_(graph) {}

  ValueId add_value(const std::string& name, TensorType type, Bytes content = {}, bool variable = false);
  ValueId numbers(const std::string& name, Shape shape, const std::vector<float>& values);
  ValueId number(const std::string& name, float value);
  ValueId indices(const std::string& name, Shape shape, const std::vector<std::int32_t>& values);
  ValueId variable(const std::string& name, Shape shape, const std::vector<float>& values);

  /// What a constant stands for, with a scale for all or for each element of axis 0. Throws Unsupported for types other
  /// than float32 and whole bytes.
  static std::vector<float> reals(const Value& value);

  /// A value as float32 [1, elements].
  ValueId real_row(ValueId x, const std::string& name);
  /// Gives `to`, a value that others read, the floats y.
  void answer_as(ValueId to, ValueId y, const std::string& name);

  /// The graph's inputs kLearnTarget and kLearnFlag.
  void add_learning_inputs(ValueId target);
  /// Adds nodes that run only if the flag is set.
  void only_when_learning(const std::function<void()>& add);

  Graph& graph_;

 private:
  ValueId flag_ = kNoValue;
};

}  // namespace mirim
