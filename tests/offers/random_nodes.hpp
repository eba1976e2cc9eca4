#pragma once

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "mirim/graph/graph.hpp"
#include "mirim/offers/offer.hpp"
#include "mirim/ops/fully_connected.hpp"
#include "mirim/ops/pool2d.hpp"
#include "mirim/ops/reduce.hpp"
#include "mirim/ops/softmax.hpp"
#include "mirim/ops/svdf.hpp"
#include "mirim/ops/unidirectional_sequence_lstm.hpp"
#include "tests/offers/cases.hpp"

/// Random layers as nodes of a graph, each with an input and an output of its own. The judge of an offered kernel is
/// the call of the plain one.
namespace mirim::test {

/// Adds such layers to a graph.
class RandomNodes {
 public:
  RandomNodes(Graph& graph, std::uint32_t seed) : graph_(graph), random_(seed) {}

  void lstm() {
    const std::int64_t batches = random_.one_in(4) ? 2 : 1, steps = random_.between(1, 6),
                       inputs = random_.between(1, 70), units = random_.between(1, 45);
    const bool time_major = random_.one_in(2);
    std::vector<ValueId> operands(24, kNoValue);
    operands[0] = input(time_major ? Shape{steps, batches, inputs} : Shape{batches, steps, inputs});
    const float of_sums = 0.001F * static_cast<float>(std::exp(random_.between(0, 4000) / 1000.0));
    for (std::size_t gate = 0; gate < 4; ++gate) {
      operands[1 + gate] = int8_constant({units, inputs}, of_sums * fraction());
      operands[5 + gate] = int8_constant({units, units}, of_sums * fraction());
      operands[12 + gate] = int32_constant(units, 6000);
    }
    operands[18] = variable(DType::int8, {batches, units}, random_.one_in(2) ? 1.0F / 128 : 0.004F,
                            random_.one_in(2) ? 0 : random_.between(-128, 127));
    operands[19] = variable(DType::int16, {batches, units}, std::ldexp(1.0F, -random_.between(9, 13)), 0);
    const float clips[] = {0, 0.7F, 10};
    add(UnidirectionalSequenceLstm{.cell_clip = clips[random_.between(0, 2)], .time_major = time_major}, operands,
        graph_[operands[18]].quantization);
  }

  void svdf() {
    const std::int64_t batches = random_.one_in(4) ? 2 : 1, inputs = random_.between(1, random_.one_in(8) ? 900 : 70),
                       rank = random_.between(1, 3), units = random_.between(1, 40), memory = random_.between(1, 13);
    const std::int64_t filters = units * rank;
    const DType state = random_.one_in(2) ? DType::int16 : DType::int8;
    std::vector<ValueId> operands(5, kNoValue);
    operands[0] = input({batches, inputs});
    operands[1] = int8_constant({filters, inputs}, 0.005F);
    if (state == DType::int8) {
      operands[2] = int8_constant({filters, memory}, 0.01F);
    } else {
      std::vector<std::int16_t> weights;
      for (std::int64_t i = 0; i < filters * memory; ++i) {
        weights.push_back(static_cast<std::int16_t>(random_.between(-32768, 32767)));
      }
      operands[2] = constant({filters, memory}, DType::int16, 0.0001F, weights);
    }
    if (!random_.one_in(4)) operands[3] = int32_constant(units, 30'000);
    const float scale = state == DType::int8 ? 0.3F : 0.002F;
    operands[4] = variable(state, {batches, filters * memory}, scale * fraction(),
                           state == DType::int8 || random_.one_in(2) ? random_.between(-100, 100) : 0);
    add(Svdf{.rank = static_cast<std::int32_t>(rank)}, operands,
        {.scale = {0.2F * fraction()}, .zero_point = {random_.between(-128, 127)}});
  }

  void fully_connected() {
    const bool small = random_.one_in(3);
    const std::int64_t batches = random_.one_in(4) ? 2 : 1, outputs = random_.between(1, small ? 20 : 90);
    const std::int64_t inputs = random_.between(1, small ? 20 : random_.one_in(8) ? 1500 : 300);
    std::vector<ValueId> operands(3, kNoValue);
    operands[0] = input({batches, inputs});
    operands[1] = int8_constant({outputs, inputs}, random_.one_in(8) ? 0.0000001F : 0.005F);
    if (random_.one_in(3)) {
      Quantization& q = graph_[operands[1]].quantization;
      q.scale.clear();
      for (std::int64_t o = 0; o < outputs; ++o) q.scale.push_back(0.005F * fraction());
      q.zero_point.assign(static_cast<std::size_t>(outputs), 0);
    }
    if (!random_.one_in(4)) operands[2] = int32_constant(outputs, 30'000);
    const Activation activations[] = {Activation::none, Activation::relu, Activation::relu6};
    add(FullyConnected{.activation = activations[random_.between(0, 2)]}, operands,
        {.scale = {0.05F * fraction()}, .zero_point = {random_.between(-128, 127)}});
  }

  void max_pool() { pool(MaxPool2d{}); }
  void average_pool() { pool(AveragePool2d{}); }

  void softmax() {
    const Shape shape{random_.between(1, 4), random_.between(1, random_.one_in(4) ? 300 : 20)};
    const ValueId x = input(shape);
    graph_[x].quantization.scale = {0.002F * static_cast<float>(std::exp(random_.between(0, 6000) / 1000.0))};
    add(Softmax{.beta = random_.one_in(3) ? 0.5F : 1.0F}, {x}, {.scale = {1.0F / 256}, .zero_point = {-128}});
  }

  // Over rows and columns, or over one of them, or over channels.
  void mean() {
    const Shape shape{random_.between(1, 2), random_.between(1, random_.one_in(4) ? 30 : 9), random_.between(1, 20),
                      random_.between(1, 20)};
    const std::vector<std::int32_t> axes[] = {{1, 2}, {1}, {2}, {1, 2}, {3}};
    const auto& some = axes[random_.between(0, 4)];
    const ValueId axis = graph_.add(Value{.name = name("a"),
                                          .type = {DType::int32, {static_cast<std::int64_t>(some.size())}},
                                          .constant = make_constant(some)});
    const bool keeps = random_.one_in(2);
    const Quantization output{.scale = {0.01F * fraction()}, .zero_point = {random_.between(-128, 127)}};
    const ValueId x = input(shape);
    if (random_.one_in(2)) {
      add(Mean{.keep_dims = keeps}, {x, axis}, output);
    } else {
      add(Sum{.keep_dims = keeps}, {x, axis}, {.scale = {0.2F * fraction()}, .zero_point = output.zero_point});
    }
  }

 protected:
  template <class Pool>
  void pool(Pool op) {
    const Shape shape{random_.one_in(4) ? 2 : 1, random_.between(1, 12), random_.between(1, 12),
                      random_.between(1, 19)};
    op.padding = random_.one_in(2) ? Padding::same : Padding::valid;
    op.filter = {random_.between(1, static_cast<std::int32_t>(shape[1])),
                 random_.between(1, static_cast<std::int32_t>(shape[2]))};
    if (random_.one_in(2)) op.filter = {std::min(op.filter.height, 3), std::min(op.filter.width, 3)};
    op.stride = {random_.between(1, 3), random_.between(1, 3)};
    const Activation activations[] = {Activation::none, Activation::relu, Activation::relu6};
    op.activation = activations[random_.between(0, 2)];
    const ValueId x = input(shape);
    add(op, {x}, graph_[x].quantization);
  }
  float fraction() { return static_cast<float>(random_.between(300, 1000)) / 1000; }
  Quantization quantization(float scale, std::int64_t zero_point) {
    return {.scale = {scale}, .zero_point = {zero_point}};
  }
  ValueId input(const Shape& shape) {
    const float scale = 0.02F * fraction();
    graph_.inputs.push_back(graph_.add(Value{.name = name("x"),
                                             .type = {DType::int8, shape},
                                             .quantization = quantization(scale, random_.between(-128, 127))}));
    return graph_.inputs.back();
  }
  template <class T>
  ValueId constant(const Shape& shape, DType dtype, float scale, const std::vector<T>& values) {
    return graph_.add(Value{.name = name("w"),
                            .type = {dtype, shape},
                            .quantization = quantization(scale, 0),
                            .constant = make_constant(values)});
  }
  ValueId int8_constant(const Shape& shape, float scale) {
    return constant(shape, DType::int8, scale, case_bytes(random_, shape.elements(), random_.one_in(8) ? -128 : -127));
  }
  ValueId int32_constant(std::int64_t count, std::int32_t most) {
    std::vector<std::int32_t> values;
    for (std::int64_t i = 0; i < count; ++i) values.push_back(random_.between(-most, most));
    return graph_.add(Value{.name = name("b"), .type = {DType::int32, {count}}, .constant = make_constant(values)});
  }
  ValueId variable(DType dtype, const Shape& shape, float scale, std::int64_t zero_point) {
    const ValueId id =
        graph_.add(Value{.name = name("s"), .type = {dtype, shape}, .quantization = quantization(scale, zero_point)});
    graph_[id].variable = true;
    return id;
  }
  void add(const Op& op, const std::vector<ValueId>& operands, Quantization output) {
    graph_.outputs.push_back(graph_.add(op, operands, name("y")));
    graph_[graph_.outputs.back()].quantization = std::move(output);
  }
  std::string name(const char* kind) { return kind + std::to_string(graph_.values.size()); }

  Graph& graph_;
  CaseRandom random_;
};

/// Operands of a node of a graph, as kernels take them.
struct NodeTypes {
  NodeTypes(const Graph& graph, const Node& node) {
    for (const ValueId id : node.inputs) in.push_back(id == kNoValue ? Operand{} : graph[id].operand());
    for (const ValueId id : node.outputs) out.push_back(graph[id].operand());
  }
  std::vector<Operand> in, out;
};

/// The outputs of `runs` runs of a call of the node, and its variables after the last; inputs are random.
inline std::vector<Bytes> run_node(const Graph& graph, const Node& node, const KernelCall& call, int runs) {
  CaseRandom random(1);
  std::vector<Bytes> in(node.inputs.size()), constants, results;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (node.inputs[i] == kNoValue) continue;
    const Value& value = graph[node.inputs[i]];
    in[i] = value.is_constant() ? *value.constant : value.variable ? initial_content(value) : Bytes{};
    in[i].resize(static_cast<std::size_t>(value.type.bytes()));
  }
  for (const KernelConstant& constant : call.constants) constants.push_back(constant.bytes);
  std::vector<std::uint64_t> scratch(static_cast<std::size_t>(call.scratch_bytes) / 8 + 1, 0x5A5A5A5A5A5A5A5A);
  Bytes output(static_cast<std::size_t>(graph[node.outputs[0]].type.bytes()));
  std::vector<void*> pointers;
  for (const KernelArgument& argument : call.arguments) {
    const auto index = static_cast<std::size_t>(argument.index);
    switch (argument.from) {
      case KernelArgument::From::input:
      case KernelArgument::From::variable:
        pointers.push_back(node.inputs[index] == kNoValue ? nullptr : in[index].data());
        break;
      case KernelArgument::From::output:
        pointers.push_back(output.data());
        break;
      case KernelArgument::From::constant:
        pointers.push_back(constants[index].data());
        break;
      case KernelArgument::From::scratch:
        pointers.push_back(scratch.data());
        break;
    }
  }
  for (int run = 0; run < runs; ++run) {
    for (std::byte& b : in[0]) b = static_cast<std::byte>(random.between(0, 255));
    call.run(pointers);
    results.push_back(output);
  }
  for (std::size_t i = 1; i < in.size(); ++i) results.push_back(in[i]);
  return results;
}

}  // namespace mirim::test
