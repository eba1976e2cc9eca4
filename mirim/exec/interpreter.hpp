#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "mirim/exec/sums.hpp"
#include "mirim/graph/graph.hpp"

namespace mirim {

/// Runs a graph on the host, float or integer. Prepared once: types are checked against what the operators infer, each
/// value gets its place in one arena, each node its implementation (`implementations`). `run` then allocates nothing.
/// Every value keeps its own place, so calibration and `diff` can inspect all of them after a run.
class Interpreter {
 public:
  /// Throws Error that names the node whose types are wrong or that cannot run.
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

  /// Copies bytes into input i. Throws Error unless their number is the input's.
  void set_input(int i, BytesView bytes);

  /// Runs all nodes in order, or only the first `nodes`.
  void run();
  void run(int nodes);
  /// Runs all nodes and calls `after` with each: of a loop as often as it ran.
  void run_watched(const std::function<void(int node)>& after);

  /// Sets the variables of the graph (recurrent state) to their initial content, see `initial_content`. Otherwise they
  /// are kept between runs.
  void reset();

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

/// A node with its tensors bound, from which an implementation is prepared.
struct BoundNode {
  const Graph& graph;
  const Node& node;
  Inputs x;   ///< valid as long as the interpreter lives
  Outputs y;  ///< the outputs, then the variables that it writes
  Sums sums = Sums::fastest;

  /// Whether input i is a constant or absent.
  bool is_fixed(int i) const { return !x.has(i) || graph[node.inputs[static_cast<std::size_t>(i)]].is_constant(); }
};

/// One implementation of nodes on the host.
struct Implementation {
  std::string_view name;
  /// The prepared node, or an empty function if this implementation does not take it.
  std::function<void()> (*prepare)(const BoundNode&);
};

/// The implementations in the order in which they are tried; the plain one (Op::forward), which takes every node, is
/// last.
std::span<const Implementation> implementations();

/// What the state of a recurrent layer is when several samples run at a time.
enum class States {
  kept,            ///< from sample to sample, as the graph says: they cannot run together
  of_each_sample,  ///< each sample is a sequence that begins with the initial content, as in training
};

/// The graph for `batch` samples at a time: the first dimension of every input becomes `batch`, the shapes that follow
/// are inferred again, and constant shapes of RESHAPE nodes that contain the batch are changed. Throws Error that names
/// the node which mixes samples or does not let the batch through. Throws Error for a graph with state, since its
/// samples come in sequence; with `of_each_sample` only where others than recurrent layers use it.
Graph rebatch(Graph graph, std::int64_t batch, States states = States::kept);

/// Calls `each(interpreter, sample)` for every sample in [0, samples), on `threads` threads with an interpreter each;
/// thread t takes the t-th contiguous part. `each` writes the input, calls run() and reads the output; it must not
/// touch what other samples' calls touch. If threads throw, the exception of the first sample is rethrown here.
void for_each_sample(const Graph& graph, std::int64_t samples, int threads,
                     const std::function<void(Interpreter&, std::int64_t sample)>& each);

}  // namespace mirim
