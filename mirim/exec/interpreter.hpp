#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "mirim/exec/sums.hpp"
#include "mirim/graph/graph.hpp"

namespace mirim {

/// Runs a graph on the host, float or integer. Prepared once: types are checked against what the operators infer, each
/// value has its place in one arena, each node its way of running (`implementations`). `run` then allocates nothing.
/// Every value keeps its own place, so calibration and `diff` can look at all of them after a run.
class Interpreter {
 public:
  /// Throws Error that names the node whose types do not fit or that cannot run.
  explicit Interpreter(Graph graph, Sums sums = Sums::fastest);
  Interpreter(Interpreter&&) noexcept;
  Interpreter& operator=(Interpreter&&) noexcept;
  ~Interpreter();

  const Graph& graph() const;

  /// Where to write input i and to read output i of the graph.
  TensorView input(int i);
  ConstTensorView output(int i) const;
  /// Any value after `run`; constants as well.
  ConstTensorView value(ValueId id) const;

  /// Copies bytes into input i. Throws Error when there are not exactly as many as the input has.
  void set_input(int i, BytesView bytes);

  /// Runs all nodes in order, or as many as the first `nodes`.
  void run();
  void run(int nodes);

  /// Sets the variables of the graph (recurrent state) to what they are at first, see `initial_content`. Until then
  /// they are kept from run to run.
  void reset();

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

/// A node with its tensors bound, for an implementation to look at.
struct BoundNode {
  const Graph& graph;
  const Node& node;
  Inputs x;   ///< valid as long as the interpreter lives
  Outputs y;  ///< behind the outputs the variables that it writes
  Sums sums = Sums::fastest;

  /// Whether input i is a constant, or left out.
  bool is_fixed(int i) const { return !x.has(i) || graph[node.inputs[static_cast<std::size_t>(i)]].is_constant(); }
};

/// One way of running nodes on the host.
struct Implementation {
  std::string_view name;
  /// The node made ready to run, or an empty function when this implementation does not take it.
  std::function<void()> (*prepare)(const BoundNode&);
};

/// The ways in the order in which they are asked, the plain one (Op::forward), which takes every node, last.
std::span<const Implementation> implementations();

/// The graph for `batch` samples at a time: the first dimension of every input becomes `batch`, the shapes that
/// follow are inferred anew, and the constant shapes of RESHAPE nodes that hold the batch are changed with it.
/// Throws Error that names the node which mixes samples or does not let the batch through, and for a graph that keeps
/// state: its samples come one after the other.
Graph rebatch(Graph graph, std::int64_t batch);

/// Calls `each(interpreter, sample)` for every sample in [0, samples), on `threads` threads with an interpreter each;
/// thread t takes the t-th contiguous part. `each` writes the input, calls run() and takes the output; it must not
/// touch what another sample's call touches. An exception in a thread is thrown here, the first sample's first.
void for_each_sample(const Graph& graph, std::int64_t samples, int threads,
                     const std::function<void(Interpreter&, std::int64_t sample)>& each);

}  // namespace mirim
