#include "mirim/zoo/layers/dnc.hpp"

#include "mirim/base/error.hpp"
#include "mirim/ops/batch_matmul.hpp"
#include "mirim/ops/concatenation.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/ops/elementwise_unary.hpp"
#include "mirim/ops/fully_connected.hpp"
#include "mirim/ops/reduce.hpp"
#include "mirim/ops/softmax.hpp"
#include "mirim/zoo/layers/memory_machine.hpp"

namespace mirim {
namespace {

constexpr std::int64_t kMostSlots = 256;  // a link for each pair
constexpr std::int64_t kMostReads = 16;
constexpr float kLeastUsage = 1e-6F;  // its logarithm is taken

class Computer : MemoryMachine {
 public:
  Computer(Builder& builder, const DncLayer& layer, ValueId x)
      : MemoryMachine(builder, layer.name, x, layer.controller),
        layer_(layer),
        slots_(layer.slots),
        reads_(layer.reads),
        width_(layer.width) {}

  ValueId append() {
    const ValueId read = kept("read", {reads_ * width_});
    const ValueId hidden = control(read);
    take_interface(hidden);
    const ValueId written_last = kept("written", {slots_}), read_last = kept("reading", {reads_, slots_});
    const ValueId memory_before = kept("memory", {slots_, width_});

    const ValueId place = writing(allocation(usage(written_last, read_last)), memory_before);
    keep("written", place);
    const ValueId column = shaped(place, {slots_, 1}, "place");
    const ValueId memory =
        written(memory_before, column, shaped(node(Logistic{}, {erase_}, "erase"), {1, width_}, "erase_row"),
                shaped(vector_, {1, width_}, "vector_row"));
    keep("memory", memory);
    const ValueId reading = focus(links(place, column), read_last, memory);
    keep("reading", reading);
    const ValueId now = shaped(node(BatchMatMul{}, {reading, memory}, "rows_read"), {reads_ * width_}, "read/after");
    keep("read", now);
    const Dense output = dense_weights(layer_.units, controller_ + reads_ * width_, "output");
    return builder_.node(FullyConnected{}, {joined(hidden, now, "known"), output.weights, output.bias}, name_);
  }

 private:
  void take_interface(ValueId hidden) {
    const auto width = static_cast<std::int32_t>(width_), reads = static_cast<std::int32_t>(reads_);
    const Dense weights = dense_weights(reads_ * width_ + 3 * width_ + 5 * reads_ + 3, controller_, "interface");
    const auto parts = cut(dense(hidden, weights, "interface/sums"),
                           {reads * width, reads, width, 1, width, width, reads, 1, 1, 3 * reads}, "interface/parts");
    read_keys_ = shaped(parts[0], {reads_, width_}, "read_keys");
    read_strengths_ = shaped(strength(parts[1], "read_strengths"), {reads_, 1}, "read_strength");
    write_key_ = shaped(parts[2], {1, width_}, "write_key");
    write_strength_ = shaped(strength(parts[3], "write_strengths"), {1, 1}, "write_strength");
    erase_ = parts[4];
    vector_ = parts[5];
    free_ = shaped(node(Logistic{}, {parts[6]}, "free"), {reads_, 1}, "free_gates");
    allocate_ = node(Logistic{}, {parts[7]}, "allocation_gate");
    write_ = node(Logistic{}, {parts[8]}, "write_gate");
    modes_ = node(Softmax{}, {shaped(parts[9], {reads_, 3}, "mode_sums")}, "modes");
  }

  /// At least 1.
  ValueId strength(ValueId x, const std::string& what) {
    return node(Add{}, {node(Softplus{}, {x}, what + "/softplus"), one_}, what);
  }

  /// [slots]
  ValueId usage(ValueId written_last, ValueId read_last) {
    const ValueId before = kept("usage", {slots_});
    const ValueId both = node(Mul{}, {before, written_last}, "usage/both");
    ValueId used = node(Sub{}, {node(Add{}, {before, written_last}, "usage/sum"), both}, "usage/written");
    const ValueId retained = one_minus(node(Mul{}, {read_last, free_}, "freed"), "retained");
    int head = 0;
    for (const ValueId of_head : each(retained, reads_, "retained/head")) {
      const std::string of = "usage/after_" + std::to_string(head++);
      used = node(Mul{}, {used, shaped(of_head, {slots_}, of + "/retained")}, of);
    }
    keep("usage", used);
    const ValueId part = constant("usage/part", {1}, {1 - kLeastUsage});
    const ValueId least = constant("usage/least", {1}, {kLeastUsage});
    return node(Add{}, {node(Mul{}, {used, part}, "usage/scaled"), least}, "usage/positive");
  }

  /// [slots]: of each the part of the next writing that it gets for being unused. Whether i comes before j is a matrix
  /// of 0 and 1: u[i] < u[j], or for i before j also u[i] = u[j], which is not u[j] < u[i].
  ValueId allocation(ValueId used) {
    std::vector<float> sign(static_cast<std::size_t>(slots_ * slots_), 1), before(sign.size(), 0);
    for (std::int64_t j = 0; j < slots_; ++j) {
      for (std::int64_t i = 0; i < j; ++i) {
        sign[static_cast<std::size_t>(j * slots_ + i)] = -1;
        before[static_cast<std::size_t>(j * slots_ + i)] = 1;
      }
    }
    const ValueId signs = constant("allocation/sign", {slots_, slots_}, sign);
    const ValueId column = shaped(used, {slots_, 1}, "allocation/column");
    const ValueId difference =
        node(Sub{}, {column, shaped(used, {1, slots_}, "allocation/row")}, "allocation/difference");
    const ValueId above = node(Step{}, {node(Mul{}, {difference, signs}, "allocation/turned")}, "allocation/above");
    const ValueId first = node(
        Add{},
        {node(Mul{}, {above, signs}, "allocation/signed"), constant("allocation/before", {slots_, slots_}, before)},
        "allocation/first");
    const ValueId sums = node(BatchMatMul{}, {first, node(Log{}, {column}, "allocation/logs")}, "allocation/sums");
    const ValueId product = shaped(node(Exp{}, {sums}, "allocation/products"), {slots_}, "allocation/product");
    return node(Mul{}, {one_minus(used, "unused"), product}, "allocation");
  }

  /// [slots]
  ValueId writing(ValueId allocated, ValueId memory) {
    const ValueId by_content =
        shaped(found(write_key_, memory, write_strength_, "write_content"), {slots_}, "write_found");
    const ValueId change =
        node(Mul{}, {node(Sub{}, {allocated, by_content}, "write_difference"), allocate_}, "write_change");
    return node(Mul{}, {node(Add{}, {by_content, change}, "write_mixed"), write_}, "written/after");
  }

  /// [slots, slots]: how much slot i was written after slot j.
  ValueId links(ValueId place, ValueId column) {
    const ValueId before = kept("links", {slots_, slots_}), precedence = kept("precedence", {slots_});
    std::vector<float> others(static_cast<std::size_t>(slots_ * slots_), 1);
    for (std::int64_t i = 0; i < slots_; ++i) others[static_cast<std::size_t>(i * (slots_ + 1))] = 0;
    const ValueId both = node(Add{}, {column, shaped(place, {1, slots_}, "place_row")}, "links/either");
    const ValueId held = node(Mul{}, {before, one_minus(both, "links/neither")}, "links/held");
    const ValueId fresh = node(Mul{}, {column, shaped(precedence, {1, slots_}, "precedence_row")}, "links/fresh");
    const ValueId all =
        node(Mul{}, {node(Add{}, {held, fresh}, "links/all"), constant("links/others", {slots_, slots_}, others)},
             "links/after");
    keep("links", all);
    const ValueId sum =
        node(Sum{.keep_dims = true}, {place, indices("precedence/axis", {1}, {1})}, "precedence/written");
    const ValueId left = node(Mul{}, {precedence, one_minus(sum, "precedence/rest")}, "precedence/left");
    keep("precedence", node(Add{}, {left, place}, "precedence/after"));
    return all;
  }

  /// [reads, slots]
  ValueId focus(ValueId links, ValueId last, ValueId memory) {
    const ValueId backward = node(BatchMatMul{}, {last, links}, "backward");
    const ValueId forward = node(BatchMatMul{.adj_y = true}, {last, links}, "forward");
    const ValueId content = found(read_keys_, memory, read_strengths_, "read_content");
    const auto modes = cut(modes_, {1, 1, 1}, "mode");
    const auto part = [&](ValueId w, std::size_t mode) {
      return node(Mul{}, {w, modes[mode]}, "reading/part_" + std::to_string(mode));
    };
    return node(Add{}, {node(Add{}, {part(backward, 0), part(content, 1)}, "reading/two"), part(forward, 2)},
                "reading/after");
  }

  const DncLayer& layer_;
  const std::int64_t slots_, reads_, width_;
  ValueId read_keys_ = kNoValue, read_strengths_ = kNoValue, write_key_ = kNoValue, write_strength_ = kNoValue,
          erase_ = kNoValue, vector_ = kNoValue, free_ = kNoValue, allocate_ = kNoValue, write_ = kNoValue,
          modes_ = kNoValue;
};

}  // namespace

void DncLayer::keys(LayerKeys& k) {
  k.needed("units", units, "dnc needs it: how many results it makes in each step");
  k.key("controller", controller);
  k.key("slots", slots);
  k.key("width", width);
  k.key("reads", reads);
  k.from(from);
}

ValueId DncLayer::append(Builder& builder) const {
  const ValueId x = builder.source(from, name);
  check_size(name, "units", units);
  check_size(name, "width", width);
  if (slots < 2 || slots > kMostSlots) {
    fail("layer '{}': slots is {}; it must be from 2 to {}", name, slots, kMostSlots);
  }
  if (reads < 1 || reads > kMostReads)
    fail("layer '{}': reads is {}; it must be from 1 to {}", name, reads, kMostReads);
  return Computer(builder, *this, x).append();
}

}  // namespace mirim
