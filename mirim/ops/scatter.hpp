#pragma once

#include "mirim/graph/op.hpp"
#include "mirim/ops/reduce_window.hpp"

namespace mirim {

/// y = x; then y[t(u)] = body(y[t(u)], updates[u]) for each element u of the updates, in memory order.
///
/// The updates' axes `update_window_dims` walk along x's axes but `inserted_window_dims`, in order; their other axes
/// walk along the positions' axes but `index_vector_dim`. t(u) is the place in the window, plus component k of the
/// position on x's axis `scatter_dims_to_operand_dims[k]`. What falls outside of x is left out.
///
/// Inputs: x of 1 to 6 dimensions; positions, int32 or int64; updates of x's type and up to 6 dimensions. Output as x.
/// float32, int8, uint8, int16, int32, int64, and bool with the body UPDATE; integers are taken as they are, whatever
/// their scales, and wrap around. TFLite's STABLEHLO_SCATTER, whose body is a graph of the model.
struct Scatter {
  static constexpr std::string_view name = "STABLEHLO_SCATTER";
  static constexpr int tflite_code = 190;
  static constexpr int tflite_options = 0;
  static constexpr int tflite_options_2 = 7;
  static constexpr std::array roles{role::activation, role::index, role::activation};

  bool indices_are_sorted = false;  ///< kept for the file, as unique_indices
  std::vector<std::int64_t> update_window_dims{};
  std::vector<std::int64_t> inserted_window_dims{};
  std::vector<std::int64_t> scatter_dims_to_operand_dims{};
  std::int32_t index_vector_dim = 0;  ///< the positions' rank: each is one number
  bool unique_indices = false;
  std::int32_t update_computation_subgraph_index = 0;
  ReduceBody body = ReduceBody::unsupported;  ///< of that graph: UPDATE, ADD, MUL, MINIMUM or MAXIMUM

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const Scatter&) const = default;
};

}  // namespace mirim
