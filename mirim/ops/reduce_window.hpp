#pragma once

#include <optional>

#include "mirim/graph/graph.hpp"
#include "mirim/graph/op.hpp"

namespace mirim {

/// What a window's elements are put together with; the numbers are those of TFLite's ReduceWindowFunction. UPDATE, the
/// second of two, is that of STABLEHLO_SCATTER and STABLEHLO_PAD.
enum class ReduceBody { unsupported = 0, add = 1, mul = 2, minimum = 3, maximum = 4, all = 5, any = 6, update = 7 };

/// The schema's names by number: "UNSUPPORTED", "ADD".
std::span<const std::string_view> enum_names(ReduceBody);

/// What a body computes: a graph of one node, ADD, MUL, MINIMUM, MAXIMUM, LOGICAL_AND or LOGICAL_OR (or StableHLO's of
/// these) of the graph's two inputs; or of no node, whose output is its second input. Nothing for any other graph.
std::optional<ReduceBody> reduce_body(const Graph& body);

/// y[o] = init . x[...] . x[...] ..., `.` the body, over the elements under a window at o * stride, in memory order.
///
/// x is first spread, `base_dilations` - 1 places between neighbours, then padded; padding below 0 cuts off. A place
/// without an element counts as init. Inputs: x of 1 to 6 dimensions, init, one element of its type; output [...] of
/// x's rank. float32, int8, uint8, int16, int32, int64 and bool; integers are taken as they are, whatever their scales,
/// and wrap around, as in LiteRT. TFLite's STABLEHLO_REDUCE_WINDOW, whose body is a graph of the model.
struct ReduceWindow {
  static constexpr std::string_view name = "STABLEHLO_REDUCE_WINDOW";
  static constexpr int tflite_code = 198;
  static constexpr int tflite_options = 0;
  static constexpr int tflite_options_2 = 13;
  static constexpr std::array roles{role::activation, role::index};

  std::vector<std::int64_t> window_dimensions{};  ///< of each axis, as the next three; empty: 1 each
  std::vector<std::int64_t> window_strides{};
  std::vector<std::int64_t> base_dilations{};
  std::vector<std::int64_t> window_dilations{};
  std::vector<std::int64_t> padding{};  ///< before and after, of each axis; empty: none
  std::int32_t body_subgraph_index = 0;
  ReduceBody body = ReduceBody::unsupported;  ///< of that graph

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  void backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState s) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const ReduceWindow&) const = default;
};

}  // namespace mirim
