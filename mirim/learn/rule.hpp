#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/base/settings.hpp"
#include "mirim/data/dataset.hpp"
#include "mirim/graph/graph.hpp"
#include "mirim/graph/meaning.hpp"
#include "mirim/train/task.hpp"

namespace mirim {

/// What a rule learns from, and who waits for it.
struct Lesson {
  const Splits& data;
  const Task& task;
  const Scaling& targets;  ///< numbers are learnt as (target - mean) / deviation; empty: as they are
  std::uint64_t seed = 1;
  std::function<bool()> stop{};
  std::function<void(std::string_view)> say{};

  void tell(const std::string& line) const {
    if (say) say(line);
  }
  /// Throws Error if it was asked to stop.
  void check_stop() const;
};

/// A way to learn that is not backpropagation: it gives constants of a graph their numbers. What it leaves is a graph
/// like any other; nothing later knows which rule made it.
class Rule {
 public:
  virtual ~Rule() = default;
  virtual std::string_view name() const = 0;  ///< "ridge"
  virtual std::string_view help() const = 0;  ///< one line: what it does, to which layers
  virtual void settings(Settings& s) = 0;
  /// Whether backpropagation goes on with what the rule leaves.
  virtual bool pretrains() const { return false; }
  /// Throws Error, one line with cause and option to change, for a graph or data that it does not fit; the graph is
  /// then in no defined state.
  virtual void learn(Graph& graph, const Lesson& lesson) const = 0;
};

using Rules = std::vector<std::shared_ptr<Rule>>;

/// A new one of each, with the default settings.
Rules all_rules();

/// The one of this name. Throws Error, with the nearest name, where there is none.
std::shared_ptr<Rule> rule_called(std::string_view name);

}  // namespace mirim
