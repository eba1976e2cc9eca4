#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// Changes a matrix in place, w[r][c] += row[r] * column[c], but for columns that are kept; with `pull`, w[r][c] +=
/// row[r] * (column[c] - w[r][c]): each row moves to the column. What learning on a device does to weights
/// (mirim/passes/learn_on_device.hpp). Inputs: a variable [R,C], a row of R elements and a column of C elements, all
/// float32; no output. It is in no list of operators: a file holds it as MUL, ADD and ASSIGN_VARIABLE would be written,
/// and only compiled models have it.
struct RankOneUpdate {
  static constexpr std::string_view name = "RANK_ONE_UPDATE";
  static constexpr int tflite_code = -1;
  static constexpr int tflite_options = 0;
  static constexpr OperatorKind kind = OperatorKind::state;

  bool pull = false;
  std::int32_t kept_begin = 0, kept_end = 0;  ///< columns from kept_begin to before kept_end stay; not with `pull`

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  std::vector<int> variables(Types) const { return {0}; }
  KernelCall lower(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const RankOneUpdate&) const = default;
};

}  // namespace mirim
