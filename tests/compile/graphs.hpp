#pragma once

#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/base/random.hpp"
#include "mirim/compile/plan.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/graph/text.hpp"
#include "mirim/ops/all.hpp"

namespace mirim::test {

inline Graph parse(std::string_view text) { return parse_graph(text, all_operators()); }

/// Bytes of `count` samples for the graph's inputs, uniform.
inline Bytes random_samples(const Graph& graph, int count, std::uint64_t seed) {
  std::int64_t sample = 0;
  for (const ValueId id : graph.inputs) sample += graph[id].type.bytes();
  Bytes bytes(static_cast<std::size_t>(sample * count));
  Random random(seed);
  for (std::byte& b : bytes) b = static_cast<std::byte>(random.below(256));
  return bytes;
}

/// The interpreter's answers: for each sample the bytes of all outputs.
inline Bytes interpret(const Graph& graph, BytesView samples) {
  Interpreter interpreter(graph);
  Bytes answers;
  for (std::size_t at = 0; at < samples.size();) {
    for (int i = 0; i < static_cast<int>(graph.inputs.size()); ++i) {
      const std::size_t bytes = interpreter.input(i).bytes.size();
      interpreter.set_input(i, samples.subspan(at, bytes));
      at += bytes;
    }
    interpreter.run();
    for (int i = 0; i < static_cast<int>(graph.outputs.size()); ++i) {
      const auto bytes = interpreter.output(i).bytes;
      answers.insert(answers.end(), bytes.begin(), bytes.end());
    }
  }
  return answers;
}

/// Runs the plan's kernels in one arena, where the plan put the tensors, as the device does; the arena is full of
/// rubbish at first.
inline Bytes run_plan(const Plan& plan, BytesView samples) {
  std::vector<std::int64_t> words(static_cast<std::size_t>(plan.arena_bytes) / 8 + 1, 0x5A5A5A5A5A5A5A5A);
  auto* arena = reinterpret_cast<std::byte*>(words.data());
  const auto buffer = [&](int index) { return arena + plan.buffers[static_cast<std::size_t>(index)].offset; };
  Bytes answers;
  for (std::size_t at = 0; at < samples.size();) {
    for (const ValueId id : plan.graph.inputs) {
      const auto bytes = static_cast<std::size_t>(plan.graph[id].type.bytes());
      std::memcpy(buffer(plan.buffer_of[static_cast<std::size_t>(id)]), samples.data() + at, bytes);
      at += bytes;
    }
    for (const Step& step : plan.steps) {
      if (!step.skipped.empty()) continue;
      std::vector<void*> pointers;
      for (const Pointer& p : step.pointers) {
        if (p.to == Pointer::To::nothing) pointers.push_back(nullptr);
        if (p.to == Pointer::To::buffer) pointers.push_back(buffer(p.index));
        if (p.to == Pointer::To::constant) {
          pointers.push_back(const_cast<std::byte*>(plan.constants[static_cast<std::size_t>(p.index)].bytes->data()));
        }
      }
      step.call.run(pointers);
    }
    for (std::size_t i = 0; i < plan.graph.outputs.size(); ++i) {
      const Pointer& p = plan.outputs[i];
      const std::byte* from = p.to == Pointer::To::buffer
                                  ? buffer(p.index)
                                  : plan.constants[static_cast<std::size_t>(p.index)].bytes->data();
      answers.insert(answers.end(), from, from + plan.graph[plan.graph.outputs[i]].type.bytes());
    }
  }
  return answers;
}

/// A random int8 network of tensors 1x4x4xC: convolutions, additions of two earlier results, products, activations,
/// reshapes and concatenations, with one or two inputs and one or two outputs. The seed gives the text, so a failure
/// can be read.
inline std::string random_network(std::uint64_t seed) {
  Random random(seed);
  // One quantization for all: copies and concatenations keep it, and rescaling is the operators' own tests' matter.
  const auto quantized = [](const std::string& shape) { return "int8[" + shape + "]{scale=0.0625, zero_point=-3}"; };
  struct Known {
    std::string name;
    std::int64_t channels;
  };
  std::vector<Known> known = {{"x0", 1 + random.below(6)}};
  std::string heads = "%x0: " + quantized("1x4x4x" + std::to_string(known[0].channels));
  if (random.below(2) == 0) {
    known.push_back({"x1", 1 + random.below(6)});
    heads += ", %x1: " + quantized("1x4x4x" + std::to_string(known[1].channels));
  }
  std::string body;
  const std::int64_t nodes = 1 + random.below(12);
  for (std::int64_t n = 0; n < nodes; ++n) {
    const Known a = known[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(known.size())))];
    const std::string y = "y" + std::to_string(n);
    std::int64_t channels = a.channels;
    const auto type = [&] { return quantized("1x4x4x" + std::to_string(channels)); };
    std::vector<Known> same;
    for (const Known& k : known) {
      if (k.channels == a.channels) same.push_back(k);
    }
    const Known b = same[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(same.size())))];
    switch (random.below(6)) {
      case 0: {
        channels = 1 + random.below(6);
        const std::string c = std::to_string(channels), in = std::to_string(a.channels);
        body += "  %w" + y + ": int8[" + c + "x3x3x" + in + "]{scale=0.01, zero_point=0} = random(" +
                std::to_string(seed + 1) + ")\n";
        body += "  %" + y + ": " + type() + " = CONV_2D(%" + a.name + ", %w" + y + ", _) {stride_w=1, stride_h=1}\n";
        break;
      }
      case 1:
        body += "  %" + y + ": " + type() + " = ADD(%" + a.name + ", %" + b.name + ")\n";
        break;
      case 2:
        body += "  %" + y + ": " + type() + " = LOGISTIC(%" + a.name + ")\n";
        break;
      case 3:
        body += "  %" + y + ": " + type() + " = MUL(%" + a.name + ", %" + b.name + ")\n";
        break;
      case 4:
        channels = a.channels + b.channels;
        if (channels > 12) {
          channels = a.channels;
          body += "  %" + y + ": " + type() + " = TANH(%" + a.name + ")\n";
        } else {
          body += "  %" + y + ": " + type() + " = CONCATENATION(%" + a.name + ", %" + b.name + ") {axis=3}\n";
        }
        break;
      default:
        body += "  %s" + y + ": int32[4] = [1, 4, 4, " + std::to_string(channels) + "]\n";
        body += "  %" + y + ": " + type() + " = RESHAPE(%" + a.name + ", %s" + y + ")\n";
        break;
    }
    known.push_back({y, channels});
  }
  const Known& last = known.back();
  std::string results = "%" + last.name;
  if (random.below(3) == 0)
    results += ", %" + known[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(known.size())))].name;
  return "graph \"random\" (" + heads + ") -> (" + results + ") {\n" + body + "}\n";
}

}  // namespace mirim::test
