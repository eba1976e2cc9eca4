#include "mirim/zoo/layers/memory_machine.hpp"

#include <algorithm>
#include <cassert>

#include "mirim/base/error.hpp"
#include "mirim/ops/batch_matmul.hpp"
#include "mirim/ops/concatenation.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/ops/elementwise_unary.hpp"
#include "mirim/ops/fully_connected.hpp"
#include "mirim/ops/reduce.hpp"
#include "mirim/ops/resource_variable.hpp"
#include "mirim/ops/softmax.hpp"
#include "mirim/ops/split.hpp"
#include "mirim/zoo/layer.hpp"
#include "mirim/zoo/layers/reshape.hpp"

namespace mirim {
namespace {

constexpr float kLeast = 1e-12F;

}  // namespace

MemoryMachine::MemoryMachine(Builder& builder, std::string name, ValueId x, std::int64_t controller)
    : builder_(builder), name_(std::move(name)), x_(x), controller_(controller) {
  if (builder.shape(x).rank() != 2) {
    fail(
        "layer '{}': reads {}, expected [features]: it answers one step a run and keeps its state; training takes "
        "sequences of any length",
        name_, to_string(builder.shape(x)));
  }
  check_size(name_, "controller", controller);
  last_axis_ = indices("last_axis", {}, {-1});
  one_ = constant("one", {1}, {1});
  least_ = constant("least", {1}, {kLeast});
}

ValueId MemoryMachine::node(Op op, std::vector<ValueId> inputs, const std::string& what) {
  return builder_.node(std::move(op), std::move(inputs), name_ + "/" + what);
}

ValueId MemoryMachine::constant(const std::string& what, Shape shape, const std::vector<float>& values) {
  return builder_.constant(name_ + "/" + what, std::move(shape), values);
}

ValueId MemoryMachine::indices(const std::string& what, Shape shape, const std::vector<std::int32_t>& values) {
  return builder_.indices(name_ + "/" + what, std::move(shape), values);
}

ValueId MemoryMachine::shaped(ValueId x, const Shape& shape, const std::string& what) {
  return reshaped(builder_, x, shape, name_ + "/" + what);
}

ValueId MemoryMachine::joined(ValueId a, ValueId b, const std::string& what) {
  return node(Concatenation{.axis = -1}, {a, b}, what);
}

std::vector<ValueId> MemoryMachine::cut(ValueId x, const std::vector<std::int32_t>& lengths, const std::string& what) {
  const auto count = static_cast<std::int64_t>(lengths.size());
  return builder_.nodes(SplitV{.num_splits = static_cast<std::int32_t>(count)},
                        {x, indices(what + "/lengths", {count}, lengths), last_axis_}, name_ + "/" + what);
}

std::vector<ValueId> MemoryMachine::each(ValueId x, std::int64_t count, const std::string& what) {
  if (count == 1) return {x};
  return builder_.nodes(Split{.num_splits = static_cast<std::int32_t>(count)}, {indices(what + "/axis", {}, {1}), x},
                        name_ + "/" + what);
}

MemoryMachine::Dense MemoryMachine::dense_weights(std::int64_t outputs, std::int64_t inputs, const std::string& what) {
  const std::string of = name_ + "/" + what;
  return {builder_.weights({outputs, inputs}, inputs, outputs, "linear", of), builder_.bias(of, outputs)};
}

ValueId MemoryMachine::dense(ValueId x, const Dense& weights, const std::string& what) {
  return node(FullyConnected{}, {x, weights.weights, weights.bias}, what);
}

ValueId MemoryMachine::one_minus(ValueId x, const std::string& what) { return node(Sub{}, {one_, x}, what); }

ValueId MemoryMachine::kept(const std::string& what, const Shape& shape, const std::vector<float>& first) {
  std::vector<std::int64_t> whole{1};
  whole.insert(whole.end(), shape.begin(), shape.end());
  states_.push_back({what, builder_.variable(name_ + "/" + what, Shape(whole), first)});
  return node(ReadVariable{}, {states_.back().variable}, what + "/before");
}

void MemoryMachine::keep(const std::string& what, ValueId value) {
  const auto state = std::ranges::find(states_, what, &State::what);
  assert(state != states_.end());
  builder_.run(AssignVariable{}, {state->variable, value}, name_ + "/" + what + "/keep");
}

ValueId MemoryMachine::control(ValueId more) {
  const std::int64_t inputs = builder_.shape(x_)[1] + builder_.shape(more)[1];
  const Dense weights = dense_weights(4 * controller_, inputs + controller_, "controller");
  const ValueId before = kept("hidden", {controller_}), cell_before = kept("cell", {controller_});
  const auto units = static_cast<std::int32_t>(controller_);
  const ValueId all = node(Concatenation{.axis = -1}, {x_, more, before}, "controller/input");
  const auto gates = cut(dense(all, weights, "controller/gates"), {units, units, units, units}, "controller/gate");
  const ValueId held = node(Mul{}, {node(Logistic{}, {gates[1]}, "forget"), cell_before}, "held");
  const ValueId fresh =
      node(Mul{}, {node(Logistic{}, {gates[0]}, "let_in"), node(Tanh{}, {gates[2]}, "candidate")}, "fresh");
  const ValueId cell = node(Add{}, {held, fresh}, "cell/after");
  const ValueId hidden =
      node(Mul{}, {node(Logistic{}, {gates[3]}, "let_out"), node(Tanh{}, {cell}, "inner")}, "hidden/after");
  keep("cell", cell);
  keep("hidden", hidden);
  return hidden;
}

ValueId MemoryMachine::unit(ValueId x, const std::string& what) {
  const ValueId squares = node(Square{}, {x}, what + "/squares");
  const ValueId sum = node(Sum{.keep_dims = true}, {squares, indices(what + "/axis", {1}, {2})}, what + "/sum");
  const ValueId factor = node(Rsqrt{}, {node(Add{}, {sum, least_}, what + "/raised")}, what + "/factor");
  return node(Mul{}, {x, factor}, what);
}

ValueId MemoryMachine::found(ValueId keys, ValueId rows, ValueId strengths, const std::string& what) {
  const ValueId alike =
      node(BatchMatMul{.adj_y = true}, {unit(keys, what + "/keys"), unit(rows, what + "/rows")}, what + "/alike");
  return node(Softmax{}, {node(Mul{}, {alike, strengths}, what + "/scores")}, what);
}

ValueId MemoryMachine::written(ValueId memory, ValueId place, ValueId erase, ValueId add) {
  const ValueId gone = node(Mul{}, {memory, node(Mul{}, {place, erase}, "erased")}, "gone");
  const ValueId added = node(Mul{}, {place, add}, "added");
  return node(Add{}, {node(Sub{}, {memory, gone}, "left"), added}, "memory/after");
}

}  // namespace mirim
