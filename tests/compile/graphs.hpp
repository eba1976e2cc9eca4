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
#include "tests/compile/run_chain.hpp"

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
    const auto address = [&](const Pointer& p) -> void* {
      if (p.to == Pointer::To::nothing) return nullptr;
      if (p.to == Pointer::To::buffer) return buffer(p.index);
      return const_cast<std::byte*>(plan.constants[static_cast<std::size_t>(p.index)].bytes->data());
    };
    for (int s = 0; s < static_cast<int>(plan.steps.size()); ++s) {
      const Step& step = plan.steps[static_cast<std::size_t>(s)];
      if (step.chain >= 0) {
        const Chain& chain = plan.chains[static_cast<std::size_t>(step.chain)];
        if (s == chain.last) ChainRunner(plan, chain, arena, address).run();
        continue;
      }
      if (!step.skipped.empty()) continue;
      std::vector<void*> pointers;
      for (const Pointer& p : step.pointers) pointers.push_back(address(p));
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

/// A random int8 network of images, mostly with rows of whole words: convolutions and depthwise ones of any filter,
/// stride and padding, pools, additions of equals, table look-ups. What chains are made of.
inline std::string random_images(std::uint64_t seed) {
  Random random(seed);
  const auto below = [&](std::int64_t n) { return random.below(n); };
  struct Known {
    std::string name;
    std::int64_t height, width, channels;
  };
  const auto type = [](const Known& k) {
    return "int8[1x" + std::to_string(k.height) + "x" + std::to_string(k.width) + "x" + std::to_string(k.channels) +
           "]{scale=0.0625, zero_point=-3}";
  };
  const auto some_channels = [&] { return below(4) == 0 ? 1 + below(9) : 4 * (1 + below(4)); };
  std::vector<Known> known = {{"x", 1 + below(20), 1 + below(9), some_channels()}};
  const std::string head = "%x: " + type(known[0]);
  std::string body;
  const std::int64_t nodes = 1 + below(9);
  for (std::int64_t n = 0; n < nodes; ++n) {
    // Mostly the last result, so that the network is deep.
    const Known a = known[below(4) == 0 ? static_cast<std::size_t>(below(static_cast<std::int64_t>(known.size())))
                                        : known.size() - 1];
    Known y{"y" + std::to_string(n), a.height, a.width, a.channels};
    std::vector<Known> same;
    for (const Known& k : known) {
      if (k.height == a.height && k.width == a.width && k.channels == a.channels) same.push_back(k);
    }
    const Known b = same[static_cast<std::size_t>(below(static_cast<std::int64_t>(same.size())))];
    const std::int64_t stride = 1 + below(2), filter = 1 + below(4), across = 1 + below(3);
    const bool inside = below(3) == 0 && filter <= a.height && across <= a.width;  // no padding
    const std::string strides = "stride_h=" + std::to_string(stride) + ", stride_w=" + std::to_string(stride);
    const auto positions = [&](std::int64_t size, std::int64_t taps) {
      return inside ? (size - taps) / stride + 1 : (size + stride - 1) / stride;
    };
    const std::string taps = std::to_string(filter) + "x" + std::to_string(across);
    const std::string options = " {padding=" + std::string(inside ? "VALID" : "SAME") + ", " + strides + "}\n";
    const std::string random_weights = "{scale=0.01, zero_point=0} = random(" + std::to_string(seed + 1) + ")\n";
    switch (below(6)) {
      case 0:
      case 1:
        y.channels = some_channels();
        y.height = positions(a.height, filter);
        y.width = positions(a.width, across);
        body += "  %w" + y.name + ": int8[" + std::to_string(y.channels) + "x" + taps + "x" +
                std::to_string(a.channels) + "]" + random_weights;
        body += "  %" + y.name + ": " + type(y) + " = CONV_2D(%" + a.name + ", %w" + y.name + ", _)" + options;
        break;
      case 2:
        y.height = positions(a.height, filter);
        y.width = positions(a.width, across);
        body += "  %w" + y.name + ": int8[1x" + taps + "x" + std::to_string(a.channels) + "]" + random_weights;
        body +=
            "  %" + y.name + ": " + type(y) + " = DEPTHWISE_CONV_2D(%" + a.name + ", %w" + y.name + ", _)" + options;
        break;
      case 3:
        y.height = positions(a.height, filter);
        y.width = positions(a.width, across);
        body += "  %" + y.name + ": " + type(y) + " = " + (below(2) == 0 ? "MAX" : "AVERAGE") + "_POOL_2D(%" + a.name +
                ") {padding=" + (inside ? "VALID" : "SAME") + ", " + strides +
                ", filter_width=" + std::to_string(across) + ", filter_height=" + std::to_string(filter) + "}\n";
        break;
      case 4:
        body += "  %" + y.name + ": " + type(y) + " = ADD(%" + a.name + ", %" + b.name + ")\n";
        break;
      default:
        body += "  %" + y.name + ": " + type(y) + " = LOGISTIC(%" + a.name + ")\n";
        break;
    }
    known.push_back(y);
  }
  std::string results = "%" + known.back().name;
  if (below(4) == 0)
    results += ", %" + known[static_cast<std::size_t>(below(static_cast<std::int64_t>(known.size())))].name;
  return "graph \"images\" (" + head + ") -> (" + results + ") {\n" + body + "}\n";
}

}  // namespace mirim::test
