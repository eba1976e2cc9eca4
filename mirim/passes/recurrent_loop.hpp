#pragma once

#include <map>
#include <string>
#include <vector>

#include "mirim/graph/match.hpp"
#include "mirim/graph/scopes.hpp"
#include "mirim/ops/activation.hpp"

namespace mirim {

/// What a value of a loop is in terms of the step x, the last output h and the gated value g (below), for each row of
/// its last axis: of_x x + of_h h + of_gated g + bias. Empty parts are zero.
struct LinearRows {
  std::int64_t rows = 0;
  std::vector<float> of_x{}, of_h{}, of_gated{}, bias{};  // [rows, inputs], [rows, units], [rows, units], [rows]
};

bool is_identity_matrix(const std::vector<float>& matrix, std::int64_t size);

/// A loop (mirim/graph/scopes.hpp) seen as a layer over a sequence: which of its values are the steps, the state and
/// what collects the outputs. Each function throws NoLayer if the loop is none.
class RecurrentLoop {
 public:
  struct NoLayer {};
  static void require(bool holds) {
    if (!holds) throw NoLayer();
  }

  /// `scope`: the loop's, of `scopes`; all must outlive this. Finds what is assigned and what counts the steps.
  RecurrentLoop(const Graph& graph, const Links& links, const Scopes& scopes, int scope);

  const Graph& graph() const { return graph_; }
  /// The variables that the loop sets, with what it sets them to.
  const std::map<ValueId, ValueId>& assigned() const { return assigned_; }

  /// The node in the loop that makes the value.
  const Node& maker(ValueId id) const;
  /// The same, an operator of this type.
  template <class T>
  const Node& made_by(ValueId id) const {
    const Node& n = maker(id);
    require(n.op.is<T>());
    return n;
  }
  template <class T>
  bool is_made_by(ValueId id) const {
    const int n = links_.producer(id);
    return is_inside(n) && node(n).op.is<T>();
  }
  /// An elementwise operator on two values, without an activation.
  template <class T>
  static bool is_plain(const Node& n) {
    const T* op = n.op.as<T>();
    return op != nullptr && op->activation == Activation::none && n.inputs.size() == 2;
  }
  template <class T>
  bool is_made_by_plain(ValueId id) const {
    return is_made_by<T>(id) && is_plain<T>(maker(id));
  }

  /// What a variable is set to before the loop; none if nothing does.
  ValueId first_of(ValueId variable) const;
  bool is_read_outside(ValueId id) const;

  /// h [batches, units] is the last output; must be set before the functions that follow.
  void set_output(ValueId h);
  ValueId output() const { return h_; }
  std::int64_t units() const { return last_axis(h_); }
  std::int64_t batches() const { return graph_[h_].type.shape[0]; }

  LinearRows linear(ValueId id);
  /// The same for what an ADD makes, but for its activation.
  LinearRows sum(const Node& add);
  /// The product of a logistic gate and another value, `gate` and `other`, that `linear` came upon in the value `id`.
  struct Gated {
    ValueId id = kNoValue, gate = kNoValue, other = kNoValue;
  };
  const Gated& gated() const { return gated_; }

  /// The steps [steps, batches, inputs], known when what depends on them was asked for.
  ValueId sequence() const { return sequence_; }

  /// Once all gates are known: checks the sequence, that nothing is kept from run to run, and that the loop changes
  /// nothing but `states`, counters and one variable that collects the outputs.
  void finish(std::int64_t rounds, const std::vector<ValueId>& states);
  /// The variable that holds all outputs [steps, batches, units], or the last one; none if none does.
  ValueId collected() const { return collected_; }
  bool collects_all() const { return collects_all_; }

  /// Zeros where the rows of a gate do not look. They must look at nothing gated.
  void complete(LinearRows& gate) const;

 private:
  bool is_inside(int node) const;
  const Node& node(int n) const { return graph_.nodes[static_cast<std::size_t>(n)]; }
  std::int64_t last_axis(ValueId id) const;
  void find_assignments();
  void find_counters();
  bool is_counter(ValueId id) const;
  bool is_constant(ValueId id, std::int32_t number) const;
  LinearRows compute(ValueId id);
  LinearRows dense(const Node& n, std::int64_t rows);
  LinearRows moved(const Node& n, ValueId id);
  std::vector<float> moved_numbers(const Node& n, ValueId id, ValueId from, float sign) const;
  bool take_gated(const Node& n, ValueId id);
  bool collects(ValueId variable, ValueId source);
  bool begins_at_counter(ValueId id) const;

  const Graph& graph_;
  const Links& links_;
  const Scopes& scopes_;
  int scope_;
  std::map<ValueId, ValueId> assigned_;
  std::vector<ValueId> counters_;
  ValueId h_ = kNoValue, sequence_ = kNoValue, collected_ = kNoValue;
  bool collects_all_ = false;
  Gated gated_;
  std::map<ValueId, LinearRows> linears_;
};

}  // namespace mirim
