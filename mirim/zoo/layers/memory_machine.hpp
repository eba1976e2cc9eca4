#pragma once

#include <array>
#include <string>
#include <vector>

#include "mirim/zoo/builder.hpp"

namespace mirim {

/// What networks with a memory of their own are made of (ntm, dnc): an LSTM, state from run to run, and rows that are
/// found by likeness. Adds the operators of one step.
class MemoryMachine {
 public:
  /// The layer `name` reads vectors [features], and has an LSTM of `controller` units. Throws Error otherwise.
  MemoryMachine(Builder& builder, std::string name, ValueId x, std::int64_t controller);

 protected:
  struct Dense {
    ValueId weights, bias;
  };

  ValueId node(Op op, std::vector<ValueId> inputs, const std::string& what);
  ValueId constant(const std::string& what, Shape shape, const std::vector<float>& values);
  ValueId indices(const std::string& what, Shape shape, const std::vector<std::int32_t>& values);
  ValueId shaped(ValueId x, const Shape& shape, const std::string& what);
  /// Behind each other along the last axis.
  ValueId joined(ValueId a, ValueId b, const std::string& what);
  /// Pieces of the last axis.
  std::vector<ValueId> cut(ValueId x, const std::vector<std::int32_t>& lengths, const std::string& what);
  /// One piece for each element of axis 1, which stays, of length 1.
  std::vector<ValueId> each(ValueId x, std::int64_t count, const std::string& what);
  Dense dense_weights(std::int64_t outputs, std::int64_t inputs, const std::string& what);
  ValueId dense(ValueId x, const Dense& weights, const std::string& what);
  ValueId one_minus(ValueId x, const std::string& what);

  /// State of this shape, as the run before left it; `first` is what it is before the first run, else zeros.
  ValueId kept(const std::string& what, const Shape& shape, const std::vector<float>& first = {});
  /// What the next run finds.
  void keep(const std::string& what, ValueId value);

  /// h of the LSTM, which reads the layer's input and `more`; its gates are input, forget, cell and output.
  ValueId control(ValueId more);

  /// x / |x| along the last axis.
  ValueId unit(ValueId x, const std::string& what);
  /// softmax over the rows of strength * cos(key, row): keys [n, width], rows [rows, width], strengths [n, 1].
  ValueId found(ValueId keys, ValueId rows, ValueId strengths, const std::string& what);
  /// memory * (1 - place * erase) + place * add, place [rows, 1], erase and add [1, width].
  ValueId written(ValueId memory, ValueId place, ValueId erase, ValueId add);

  Builder& builder_;
  const std::string name_;
  const ValueId x_;
  const std::int64_t controller_;
  ValueId one_ = kNoValue, least_ = kNoValue;  // 1; below squares of what may be 0

 private:
  struct State {
    std::string what;
    ValueId variable;
  };

  ValueId last_axis_ = kNoValue;
  std::vector<State> states_{};
};

}  // namespace mirim
