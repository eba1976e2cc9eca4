#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mirim/graph/op.hpp"

namespace mirim {

/// The custom operator of tflite-micro's compressed files; `decode_constants` makes constants of it.
inline constexpr std::string_view kTflmDecode = "TFLM_DECODE";

/// An operator of a file that mirim lacks: one of TFLite's, a custom one, or one with options that mirim does not
/// model. It is read and written unchanged. Its results cannot be inferred, so `verify` accepts its outputs as
/// declared. Running, compiling or training it throws Unsupported with its name.
struct Opaque {
  static constexpr std::string_view name = "OPAQUE";
  static constexpr int tflite_code = -1;
  static constexpr int tflite_options = 0;

  std::string title;                                  ///< TFLite's name of it, or a custom operator's own
  Bytes content{};                                    ///< its code and options as in the file, for the writer
  std::vector<std::int32_t> subgraph_indices{};       ///< the graphs of its model that it runs
  std::string reason = "mirim has no such operator";  ///< why it cannot be run; empty if already reported

  std::string_view own_name() const { return title; }
  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void options(Options& o);
  bool operator==(const Opaque&) const = default;
};

}  // namespace mirim
