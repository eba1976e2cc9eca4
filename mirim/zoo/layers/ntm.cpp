#include "mirim/zoo/layers/ntm.hpp"

#include <array>
#include <numeric>

#include "mirim/base/error.hpp"
#include "mirim/ops/batch_matmul.hpp"
#include "mirim/ops/concatenation.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/ops/elementwise_unary.hpp"
#include "mirim/ops/fully_connected.hpp"
#include "mirim/ops/gather.hpp"
#include "mirim/ops/pack.hpp"
#include "mirim/ops/reduce.hpp"
#include "mirim/ops/resource_variable.hpp"
#include "mirim/ops/softmax.hpp"
#include "mirim/ops/split.hpp"
#include "mirim/zoo/builder.hpp"
#include "mirim/zoo/layers/reshape.hpp"

namespace mirim {
namespace {

constexpr std::int64_t kHeads = 2;  // reading, writing
constexpr float kEmpty = 0.01F;     // what the memory holds at first
constexpr float kLeast = 1e-12F;    // below squares of keys and weights of slots
constexpr std::int64_t kMostSteps = 128;

/// What goes from step to step.
struct State {
  ValueId hidden, cell, read, focus, memory;
};

class Machine {
 public:
  Machine(Builder& builder, const NtmLayer& layer, ValueId x)
      : builder_(builder), layer_(layer), x_(x), steps_(builder.shape(x)[1]) {
    const std::int64_t features = builder.shape(x)[2], units = layer.controller, width = layer.width;
    const auto dense = [&](std::int64_t outputs, std::int64_t inputs, const char* of) {
      return std::array{builder.weights({outputs, inputs}, inputs, outputs, "linear", layer.name + "/" + of),
                        builder.bias(layer.name + "/" + of, outputs)};
    };
    gates_ = dense(4 * units, features + width + units, "controller");
    heads_ = dense(kHeads * (width + 6) + 2 * width, units, "heads");
    output_ = dense(layer.units, units + width, "output");
    last_axis_ = builder.indices(layer.name + "/last_axis", {}, {-1});
    one_ = builder.constant(layer.name + "/one", {1}, {1});
    least_ = builder.constant(layer.name + "/least", {1}, {kLeast});
    for (const auto& [to, by] : {std::pair{0, layer.slots - 1}, {1, std::int64_t{1}}}) {
      std::vector<std::int32_t> from;
      for (std::int64_t i = 0; i < layer.slots; ++i) from.push_back(static_cast<std::int32_t>((i + by) % layer.slots));
      turned_[static_cast<std::size_t>(to)] =
          builder.indices(layer.name + (to == 0 ? "/before" : "/after"), {layer.slots}, from);
    }
    std::vector<float> first(static_cast<std::size_t>(kHeads * layer.slots), 0.0F);
    first[0] = first[static_cast<std::size_t>(layer.slots)] = 1;
    first_focus_ = builder.constant(layer.name + "/first_focus", {1, kHeads, layer.slots}, first);
    first_memory_ = builder.constant(layer.name + "/first_memory", {1, layer.slots, width},
                                     std::vector<float>(static_cast<std::size_t>(layer.slots * width), kEmpty));
  }

  ValueId append() {
    State state = begin();
    std::vector<ValueId> results;
    for (std::int64_t t = 0; t < steps_; ++t) {
      step_ = layer_.name + "/step_" + std::to_string(t);
      const ValueId now = builder_.node(
          Gather{.axis = 1}, {x_, builder_.indices(step_ + "/at", {}, {static_cast<std::int32_t>(t)})}, step_ + "/now");
      results.push_back(step(now, state));
    }
    if (steps_ == 1) end(state);
    return builder_.node(Pack{.values_count = static_cast<std::int32_t>(steps_), .axis = 1}, results, layer_.name);
  }

 private:
  ValueId node(Op op, std::vector<ValueId> inputs, const std::string& what) {
    return builder_.node(std::move(op), std::move(inputs), step_ + "/" + what);
  }
  ValueId shaped(ValueId x, const Shape& shape, const std::string& what) {
    return reshaped(builder_, x, shape, step_ + "/" + what);
  }
  ValueId joined(ValueId a, ValueId b, const std::string& what) {
    return node(Concatenation{.axis = -1}, {a, b}, what);
  }

  /// Of several steps zeros made from the input, so that they have the batch; of one the variables, as differences to
  /// what they begin with, since variables begin with zeros.
  State begin() {
    step_ = layer_.name + "/begin";
    const auto kept = [&](const char* what, Shape shape) {
      std::vector<std::int64_t> whole{1};
      whole.insert(whole.end(), shape.begin(), shape.end());
      if (steps_ == 1) {
        variables_.push_back(builder_.variable(layer_.name + "/" + what, Shape(whole)));
        return node(ReadVariable{}, {variables_.back()}, what);
      }
      return zeros(shape, what);
    };
    State state{};
    state.hidden = kept("hidden", {layer_.controller});
    state.cell = kept("cell", {layer_.controller});
    state.read = kept("read", {layer_.width});
    state.focus = node(Add{}, {kept("focus", {kHeads, layer_.slots}), first_focus_}, "focus_now");
    state.memory = node(Add{}, {kept("memory", {layer_.slots, layer_.width}), first_memory_}, "memory_now");
    return state;
  }

  /// [batch, shape] of zeros: the first feature of the first step times zeros.
  ValueId zeros(const Shape& shape, const std::string& what) {
    if (source_ == kNoValue) {
      const ValueId first = node(Gather{.axis = 1}, {x_, builder_.indices(step_ + "/at", {1}, {0})}, "first");
      source_ = node(Gather{.axis = 2}, {first, builder_.indices(step_ + "/at_feature", {1}, {0})}, "feature");
    }
    const auto none = [&](const Shape& of) {
      return builder_.constant(step_ + "/" + what + "/none", of,
                               std::vector<float>(static_cast<std::size_t>(of.elements())));
    };
    const Shape wide = shape.rank() == 1 ? Shape{1, shape[0]} : shape;
    const ValueId all = node(Mul{}, {source_, none(wide)}, what + "/all");
    return shape.rank() == 1 ? shaped(all, shape, what) : all;
  }

  void end(const State& state) {
    const ValueId focus = node(Sub{}, {state.focus, first_focus_}, "focus_after");
    const ValueId memory = node(Sub{}, {state.memory, first_memory_}, "memory_after");
    const std::array values{state.hidden, state.cell, state.read, focus, memory};
    for (std::size_t i = 0; i < values.size(); ++i) {
      builder_.run(AssignVariable{}, {variables_[i], values[i]}, step_ + "/keep_" + std::to_string(i));
    }
  }

  std::vector<ValueId> cut(ValueId x, const std::vector<std::int32_t>& lengths, const std::string& what) {
    const auto count = static_cast<std::int64_t>(lengths.size());
    return builder_.nodes(SplitV{.num_splits = static_cast<std::int32_t>(count)},
                          {x, builder_.indices(step_ + "/" + what + "/lengths", {count}, lengths), last_axis_},
                          step_ + "/" + what);
  }

  ValueId step(ValueId now, State& state) {
    control(joined(now, state.read, "input"), state);
    const auto width = static_cast<std::int32_t>(layer_.width);
    const auto parts = cut(node(FullyConnected{}, {state.hidden, heads_[0], heads_[1]}, "heads"),
                           {2 * width, 2, 2, 6, 2, width, width}, "parts");
    focus(parts, state);
    write(parts, state);
    const auto each = builder_.nodes(Split{.num_splits = 2},
                                     {builder_.indices(step_ + "/of_heads", {}, {1}), state.focus}, step_ + "/each");
    state.read = shaped(node(BatchMatMul{}, {each[0], state.memory}, "reading"), {layer_.width}, "read");
    return node(FullyConnected{}, {joined(state.hidden, state.read, "known"), output_[0], output_[1]}, "answer");
  }

  /// h and c of the LSTM; its gates are input, forget, cell and output.
  void control(ValueId input, State& state) {
    const auto units = static_cast<std::int32_t>(layer_.controller);
    const ValueId sums = node(FullyConnected{}, {joined(input, state.hidden, "all"), gates_[0], gates_[1]}, "gates");
    const auto gates = cut(sums, {units, units, units, units}, "gate");
    const ValueId kept = node(Mul{}, {node(Logistic{}, {gates[1]}, "forget"), state.cell}, "kept");
    const ValueId fresh =
        node(Mul{}, {node(Logistic{}, {gates[0]}, "let_in"), node(Tanh{}, {gates[2]}, "candidate")}, "fresh");
    state.cell = node(Add{}, {kept, fresh}, "cell");
    state.hidden =
        node(Mul{}, {node(Logistic{}, {gates[3]}, "let_out"), node(Tanh{}, {state.cell}, "inner")}, "hidden");
  }

  /// x / |x| along the last axis.
  ValueId unit(ValueId x, const std::string& what) {
    const ValueId axis = builder_.indices(step_ + "/" + what + "/axis", {1}, {2});
    const ValueId squares = node(Square{}, {x}, what + "/squares");
    const ValueId sum = node(Sum{.keep_dims = true}, {squares, axis}, what + "/sum");
    const ValueId factor = node(Rsqrt{}, {node(Add{}, {sum, least_}, what + "/raised")}, what + "/factor");
    return node(Mul{}, {x, factor}, what);
  }

  void focus(const std::vector<ValueId>& parts, State& state) {
    const auto of_head = [&](ValueId x, std::int64_t size, const std::string& what) {
      return shaped(x, {kHeads, size}, what);
    };
    const ValueId keys = unit(of_head(node(Tanh{}, {parts[0]}, "tanh_keys"), layer_.width, "keys"), "directions");
    const ValueId rows = unit(state.memory, "rows");
    const ValueId alike = node(BatchMatMul{.adj_y = true}, {keys, rows}, "alike");
    const ValueId strength = of_head(node(Softplus{}, {parts[1]}, "softplus_strength"), 1, "strength");
    const ValueId found = node(Softmax{}, {node(Mul{}, {alike, strength}, "scores")}, "found");
    const ValueId gate = of_head(node(Logistic{}, {parts[2]}, "sigmoid_gate"), 1, "gate_of_head");
    const ValueId change = node(Mul{}, {node(Sub{}, {found, state.focus}, "difference"), gate}, "change");
    const ValueId mixed = node(Add{}, {state.focus, change}, "focus_mixed");

    const ValueId shift = node(Softmax{}, {of_head(parts[3], 3, "shift_sums")}, "shift");
    const auto taps = cut(shift, {1, 1, 1}, "tap");
    const auto tap = [&](ValueId w, std::size_t i) {
      return node(Mul{}, {w, taps[i]}, "shifted_" + std::to_string(i));
    };
    const ValueId ahead = tap(node(Gather{.axis = 2}, {mixed, turned_[1]}, "ahead"), 0);
    const ValueId behind = tap(node(Gather{.axis = 2}, {mixed, turned_[0]}, "behind"), 2);
    const ValueId shifted = node(Add{}, {node(Add{}, {ahead, tap(mixed, 1)}, "two"), behind}, "shifted");

    const ValueId sharpness =
        of_head(node(Add{}, {node(Softplus{}, {parts[4]}, "softplus_sharpness"), one_}, "above_one"), 1, "sharpness");
    const ValueId logs = node(Log{}, {node(Add{}, {shifted, least_}, "positive")}, "logs");
    state.focus = node(Softmax{}, {node(Mul{}, {logs, sharpness}, "powers")}, "focus");
  }

  void write(const std::vector<ValueId>& parts, State& state) {
    const ValueId slot = builder_.node(Gather{.axis = 1}, {state.focus, builder_.indices(step_ + "/writer", {}, {1})},
                                       step_ + "/writing");
    const ValueId column = shaped(slot, {layer_.slots, 1}, "column");
    const auto row = [&](ValueId x, const std::string& what) { return shaped(x, {1, layer_.width}, what); };
    const ValueId erased = node(Mul{}, {column, row(node(Logistic{}, {parts[5]}, "erase"), "erase_row")}, "erased");
    const ValueId added = node(Mul{}, {column, row(node(Tanh{}, {parts[6]}, "add"), "add_row")}, "added");
    const ValueId gone = node(Mul{}, {state.memory, erased}, "gone");
    state.memory = node(Add{}, {node(Sub{}, {state.memory, gone}, "left"), added}, "memory");
  }

  Builder& builder_;
  const NtmLayer& layer_;
  ValueId x_;
  std::int64_t steps_;
  std::string step_{};
  std::array<ValueId, 2> gates_{}, heads_{}, output_{}, turned_{};
  ValueId last_axis_ = kNoValue, one_ = kNoValue, least_ = kNoValue, first_focus_ = kNoValue, first_memory_ = kNoValue,
          source_ = kNoValue;
  std::vector<ValueId> variables_{};
};

}  // namespace

void NtmLayer::keys(LayerKeys& k) {
  k.needed("units", units, "ntm needs it: how many results it makes in each step");
  k.key("controller", controller);
  k.key("slots", slots);
  k.key("width", width);
  k.from(from);
}

ValueId NtmLayer::append(Builder& builder) const {
  const ValueId x = builder.source(from, name);
  check_sequence(name, builder.shape(x));
  check_size(name, "units", units);
  check_size(name, "controller", controller);
  check_size(name, "width", width);
  if (slots < 3 || slots > 4096) fail("layer '{}': slots is {}; it must be from 3 to 4096", name, slots);
  if (builder.shape(x)[1] > kMostSteps) {
    fail("layer '{}': reads {} steps, which are unrolled; at most {} are allowed", name, builder.shape(x)[1],
         kMostSteps);
  }
  return Machine(builder, *this, x).append();
}

}  // namespace mirim
