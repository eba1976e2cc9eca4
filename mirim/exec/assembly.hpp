#pragma once

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "mirim/exec/layer.hpp"
#include "mirim/exec/ranges.hpp"

namespace mirim {

/// Makes the layers of a plan from a graph, and then their memory. Two phases: `assemble` makes all layers, each of
/// which declares what it reads, writes and keeps. `bind` places that in the arena by lifetimes and hands out
/// addresses. Times: layer l runs forward at l + 1 and backward at kBackward - l, the loss in between.
class Assembly final : public PlanBuilder {
 public:
  static constexpr int kLoss = 1 << 19;
  static constexpr int kBackward = 1 << 20;

  Assembly(const Graph& graph, const TrainingOptions& options);

  /// Makes the layers that `result` and the values of the loss terms depend on; they end plain, since losses read them.
  void assemble(ValueId result);
  void bind(const Update* update, const std::uint64_t* step_seed, bool* finite);

  float* input(ValueId id);     ///< where an input of the graph is written
  float* data(ValueId id);      ///< of a plain activation
  float* gradient_of_result();  ///< where the loss writes; null when nothing is trainable

  /// Makes the layers' weights from the stored ones, where a parametrisation stands between them.
  void apply_parametrisations();
  /// Brings the layers' gradients back to the stored weights.
  void gather_gradients();

  /// An activation in one layout, where it stands and its gradient.
  struct Slot {
    ValueId value = kNoValue;
    Layout layout = Layout::plain;
    bool wants_gradient = false;
    Arena::BufferId data = -1;
    Arena::BufferId gradient = -1;
    int maker = -1;                      ///< layer; -1 for an input of the graph
    Arena::BufferId more_gradient = -1;  ///< the second contribution, for a maker that adds it itself
  };
  /// One layer with everything it asked for.
  struct Record {
    struct Read {
      int slot;
      Arena::BufferId temporary = -1;  ///< where this contribution goes before it is added; -1: directly
    };
    std::unique_ptr<Layer> layer;
    std::string name;
    std::vector<Read> reads;
    std::vector<int> writes;
    std::vector<std::pair<int, int>> parameters;  ///< with the use where it stands apart
    std::vector<int> statistics;
    bool updates_itself = false;
    bool takes_gradient_in_two = false;
    bool backward = false;  ///< whether any gradient passes through
    struct Addition {
      const float* from;
      float* to;
      std::int64_t count;
    };
    std::vector<Addition> additions{};  ///< after backward
    LayerMemory memory{};
  };
  /// A layer's copy of weights that are not its own.
  struct Use {
    Codec codec{};
    std::int64_t offset = 0;  ///< in `used_weights` and `used_gradients`, in floats
  };
  /// The stored weights of a parameter. Most are those that their one layer uses, in its order. Where several layers
  /// use them or a parametrisation stands between, they are canonical, and each layer has its copy.
  struct StoredParameter {
    ValueId value = kNoValue;
    bool decay = false;
    bool updated_by_layer = false;
    bool used = false;
    bool held = false;          ///< TrainingOptions::held
    std::int64_t elements = 0;  ///< canonical
    Codec codec{};
    std::int64_t offset = 0;  ///< in the flat buffers, in floats
    bool apart = false;       ///< whether the layers have copies
    std::vector<std::shared_ptr<Parametrisation>> steps{};
    std::vector<Use> uses{};                    ///< where apart
    std::vector<std::vector<float>> moments{};  ///< of the numbers that the steps learn: first, second, first, ...
    float rate = 1;                             ///< factor of the learning rate
    std::vector<float> rate_of_steps{};         ///< likewise, of the numbers that each step learns
  };
  struct StoredStatistic {
    ValueId value = kNoValue;
    std::int64_t elements = 0;
    std::int64_t offset = 0;
  };

  std::vector<Record> records;
  std::vector<StoredParameter> parameters;
  std::vector<StoredStatistic> statistics;
  std::vector<Slot> slots;
  Arena arena;
  /// Flat, every parameter at a multiple of 16 floats.
  float* weights = nullptr;
  float* gradients = nullptr;
  float* moment1 = nullptr;
  float* moment2 = nullptr;
  float* statistic_values = nullptr;
  float* used_weights = nullptr;
  float* used_gradients = nullptr;
  std::int64_t flat_elements = 0;
  Ranges ranges;
  std::vector<std::vector<float>> teachers;  ///< by loss term
  float term_losses = 0;                     ///< of the last backward pass
  std::vector<float> varying;                ///< of TrainingOptions::factors

  ParameterMemory memory_of(const StoredParameter& parameter) const;
  /// The layer's weights of parameter p, canonical.
  std::vector<float> effective(const StoredParameter& parameter) const;

  const Graph& graph() const override { return graph_; }
  const TrainingOptions& options() const override { return options_; }
  void read(ValueId id, Layout layout) override;
  void write(ValueId id, Layout layout) override;
  void takes_gradient_in_two() override { current_.takes_gradient_in_two = true; }
  void alias(ValueId from, ValueId to) override;
  void parameter(ValueId id, std::optional<Codec> codec) override;
  void statistic(ValueId id) override;
  void updates_itself() override { current_.updates_itself = true; }
  bool may_update(ValueId id) const override;
  bool is_parameter(ValueId id) const override;
  bool is_statistic(ValueId id) const override;
  bool wants_gradient(ValueId id) const override;
  Layout layout(ValueId id) const override;
  int only_reader(ValueId id) const override;
  void absorb(int node) override { absorbed_[static_cast<std::size_t>(node)] = 1; }
  Arena::BufferId buffer(std::int64_t bytes) override;
  void scratch(std::int64_t bytes) override;

 private:
  int slot_of(ValueId id, Layout layout);
  int new_slot(ValueId id, Layout layout, bool wants_gradient, int maker);
  void push(std::unique_ptr<Layer> layer, std::string name);
  void make_input(ValueId id);
  /// Whoever reads what the last layer made and has a grid reads it rounded, and a code of factors with some held.
  void change_what_is_read();
  void round_to_grid(int slot);
  void hold_factors(int slot);
  void put_between(int slot, std::unique_ptr<Layer> layer, std::string name);
  void add_loss_terms();
  bool is_read_by_a_loss(ValueId id) const;
  void plan_gradients();
  void plan_flat_buffers();
  void hand_out(Record& record);
  int index() const { return static_cast<int>(records.size()); }

  const Graph& graph_;
  TrainingOptions options_;
  std::vector<std::vector<int>> readers_;
  std::vector<char> absorbed_;
  std::vector<char> needed_;
  std::map<std::pair<ValueId, Layout>, int> slot_by_value_;
  Record current_;
  std::int64_t scratch_bytes_ = 0;
  Arena::BufferId scratch_ = -1;
  Arena::BufferId flat_ = -1;
  std::int64_t used_elements_ = 0;
  std::int64_t statistic_elements_ = 0;
  std::map<ValueId, int> input_slots_;
  std::vector<float> canonical_{};  // of the largest parameter that stands apart, with its gradient's sum
  ValueId result_ = kNoValue;
};

}  // namespace mirim
