#pragma once

#include <string>
#include <vector>

#include "mirim/graph/op.hpp"

namespace mirim {

/// An operator of a file that mirim lacks: one of TFLite's, a custom one, or one with options that mirim does not
/// model. It goes from file to file as it was. What it makes of its inputs nobody here can say, so `verify` takes its
/// outputs as they are declared; whoever would run, compile or train it gets Unsupported, with its name.
struct Opaque {
  static constexpr std::string_view name = "OPAQUE";
  static constexpr int tflite_code = -1;
  static constexpr int tflite_options = 0;

  std::string title;                             ///< TFLite's name of it, or a custom operator's own
  Bytes content{};                               ///< its code and options as the file has them, for the file's writer
  std::vector<std::int32_t> subgraph_indices{};  ///< the graphs of its model that it runs
  std::string reason = "mirim has no such operator";  ///< why nothing runs it; empty where that has been told

  std::string_view own_name() const { return title; }
  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void options(Options& o);
  bool operator==(const Opaque&) const = default;
};

}  // namespace mirim
