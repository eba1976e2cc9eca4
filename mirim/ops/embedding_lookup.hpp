#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// Rows of a table: y[k] = table[positions[k]].
///
/// Inputs: positions, an int32 vector; table [rows, ...]. y has the table's type. With float32 as `to`, y of a table of
/// 8 bits or less is scale * table, its zero point 0, its scale one for all or one for each row. A position outside
/// that is computed at run time becomes the nearest valid one. TFLite's EMBEDDING_LOOKUP.
struct EmbeddingLookup {
  static constexpr std::string_view name = "EMBEDDING_LOOKUP";
  static constexpr int tflite_code = 7;
  static constexpr int tflite_options = 0;
  static constexpr std::array roles{role::index, role::weights()};

  DType to = DType::float32;  ///< of an integer table's rows: float32, or its own type

  std::vector<TensorType> infer(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  QuantizationRule quantization(Types in) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const EmbeddingLookup&) const = default;
};

}  // namespace mirim
