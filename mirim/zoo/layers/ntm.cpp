#include "mirim/zoo/layers/ntm.hpp"

#include "mirim/base/error.hpp"
#include "mirim/ops/batch_matmul.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/ops/elementwise_unary.hpp"
#include "mirim/ops/fully_connected.hpp"
#include "mirim/ops/gather.hpp"
#include "mirim/ops/softmax.hpp"
#include "mirim/zoo/layers/memory_machine.hpp"

namespace mirim {
namespace {

constexpr std::int64_t kHeads = 2;  // reading, writing
constexpr float kEmpty = 0.01F;     // what the memory holds at first

class Machine : MemoryMachine {
 public:
  Machine(Builder& builder, const NtmLayer& layer, ValueId x)
      : MemoryMachine(builder, layer.name, x, layer.controller), layer_(layer) {}

  ValueId append() {
    const ValueId read = kept("read", {layer_.width});
    const ValueId hidden = control(read);
    const auto width = static_cast<std::int32_t>(layer_.width);
    const Dense weights = dense_weights(kHeads * (width + 6) + 2 * width, controller_, "heads");
    const auto parts = cut(dense(hidden, weights, "heads/sums"), {2 * width, 2, 2, 6, 2, width, width}, "heads/parts");
    std::vector<float> first(static_cast<std::size_t>(kHeads * layer_.slots), 0.0F);
    first[0] = first[static_cast<std::size_t>(layer_.slots)] = 1;
    const ValueId memory = kept("memory", {layer_.slots, layer_.width},
                                std::vector<float>(static_cast<std::size_t>(layer_.slots * layer_.width), kEmpty));
    const ValueId focus = focused(parts, kept("focus", {kHeads, layer_.slots}, first), memory);
    keep("focus", focus);
    const auto heads = each(focus, kHeads, "each");
    const auto row = [&](ValueId x_of, const std::string& what) { return shaped(x_of, {1, layer_.width}, what); };
    const ValueId after = written(memory, shaped(heads[1], {layer_.slots, 1}, "place"),
                                  row(node(Logistic{}, {parts[5]}, "erase"), "erase_row"),
                                  row(node(Tanh{}, {parts[6]}, "add"), "add_row"));
    keep("memory", after);
    const ValueId now = shaped(node(BatchMatMul{}, {heads[0], after}, "reading"), {layer_.width}, "read/after");
    keep("read", now);
    const Dense output = dense_weights(layer_.units, controller_ + layer_.width, "output");
    return builder_.node(FullyConnected{}, {joined(hidden, now, "known"), output.weights, output.bias}, name_);
  }

 private:
  ValueId focused(const std::vector<ValueId>& parts, ValueId last, ValueId memory) {
    const auto of_head = [&](ValueId x, std::int64_t size, const std::string& what) {
      return shaped(x, {kHeads, size}, what);
    };
    const ValueId keys = of_head(node(Tanh{}, {parts[0]}, "tanh_keys"), layer_.width, "keys");
    const ValueId strength = of_head(node(Softplus{}, {parts[1]}, "softplus_strength"), 1, "strength");
    const ValueId by_content = found(keys, memory, strength, "found");
    const ValueId gate = of_head(node(Logistic{}, {parts[2]}, "sigmoid_gate"), 1, "gate");
    const ValueId change = node(Mul{}, {node(Sub{}, {by_content, last}, "difference"), gate}, "change");
    const ValueId mixed = node(Add{}, {last, change}, "mixed");

    const ValueId shift = node(Softmax{}, {of_head(parts[3], 3, "shift_sums")}, "shift");
    const auto taps = cut(shift, {1, 1, 1}, "tap");
    const auto tap = [&](ValueId w, std::size_t i) {
      return node(Mul{}, {w, taps[i]}, "shifted_" + std::to_string(i));
    };
    const ValueId ahead = tap(turned(mixed, 1, "ahead"), 0), behind = tap(turned(mixed, layer_.slots - 1, "behind"), 2);
    const ValueId shifted = node(Add{}, {node(Add{}, {ahead, tap(mixed, 1)}, "two"), behind}, "shifted");

    const ValueId sharpness =
        of_head(node(Add{}, {node(Softplus{}, {parts[4]}, "softplus_sharpness"), one_}, "above_one"), 1, "sharpness");
    const ValueId logs = node(Log{}, {node(Add{}, {shifted, least_}, "positive")}, "logs");
    return node(Softmax{}, {node(Mul{}, {logs, sharpness}, "powers")}, "focus/after");
  }

  /// The focus of each head, slot i from slot i + `by` in a circle.
  ValueId turned(ValueId focus, std::int64_t by, const std::string& what) {
    std::vector<std::int32_t> from;
    for (std::int64_t i = 0; i < layer_.slots; ++i) from.push_back(static_cast<std::int32_t>((i + by) % layer_.slots));
    return node(Gather{.axis = 2}, {focus, indices(what + "/slots", {layer_.slots}, from)}, what);
  }

  const NtmLayer& layer_;
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
  check_size(name, "units", units);
  check_size(name, "width", width);
  if (slots < 3 || slots > 4096) fail("layer '{}': slots is {}; it must be from 3 to 4096", name, slots);
  return Machine(builder, *this, x).append();
}

}  // namespace mirim
