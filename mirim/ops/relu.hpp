#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

struct Relu {
  static constexpr std::string_view name = "RELU";
  static constexpr int tflite_code = 19;
  static constexpr int tflite_options = 0;

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  void options(Options&) {}
  bool operator==(const Relu&) const = default;
};

}  // namespace mirim
