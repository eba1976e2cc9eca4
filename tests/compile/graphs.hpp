#pragma once

#include <fmt/format.h>

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

/// Runs the plan's kernels in one arena, where the plan put the tensors, as the device does; all but the variables is
/// full of rubbish at first.
inline Bytes run_plan(const Plan& plan, BytesView samples) {
  std::vector<std::int64_t> words(static_cast<std::size_t>(plan.arena_bytes) / 8 + 1, 0x5A5A5A5A5A5A5A5A);
  auto* arena = reinterpret_cast<std::byte*>(words.data());
  const auto buffer = [&](int index) { return arena + plan.buffers[static_cast<std::size_t>(index)].offset; };
  for (const State& state : plan.states) {
    const auto bytes = static_cast<std::size_t>(plan.buffers[static_cast<std::size_t>(state.buffer)].bytes);
    if (state.constant < 0)
      std::memset(buffer(state.buffer), state.fill, bytes);
    else
      std::memcpy(buffer(state.buffer), plan.constants[static_cast<std::size_t>(state.constant)].bytes->data(), bytes);
  }
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
  const auto quantized = [](const std::string& shape) {
    return fmt::format("int8[{}]{{scale=0.0625, zero_point=-3}}", shape);
  };
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
    const auto type = [&] { return quantized(fmt::format("1x4x4x{}", channels)); };
    std::vector<Known> same;
    for (const Known& k : known) {
      if (k.channels == a.channels) same.push_back(k);
    }
    const Known b = same[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(same.size())))];
    switch (random.below(6)) {
      case 0: {
        channels = 1 + random.below(6);
        const std::string c = std::to_string(channels), in = std::to_string(a.channels);
        body += fmt::format("  %w{}: int8[{}x3x3x{}]{{scale=0.01, zero_point=0}} = random({})\n", y, c, in, seed + 1);
        body += fmt::format("  %{}: {} = CONV_2D(%{}, %w{}, _) {{stride_w=1, stride_h=1}}\n", y, type(), a.name, y);
        break;
      }
      case 1:
        body += fmt::format("  %{}: {} = ADD(%{}, %{})\n", y, type(), a.name, b.name);
        break;
      case 2:
        body += fmt::format("  %{}: {} = LOGISTIC(%{})\n", y, type(), a.name);
        break;
      case 3:
        body += fmt::format("  %{}: {} = MUL(%{}, %{})\n", y, type(), a.name, b.name);
        break;
      case 4:
        channels = a.channels + b.channels;
        if (channels > 12) {
          channels = a.channels;
          body += fmt::format("  %{}: {} = TANH(%{})\n", y, type(), a.name);
        } else {
          body += fmt::format("  %{}: {} = CONCATENATION(%{}, %{}) {{axis=3}}\n", y, type(), a.name, b.name);
        }
        break;
      default:
        body += fmt::format("  %s{}: int32[4] = [1, 4, 4, {}]\n", y, channels);
        body += fmt::format("  %{}: {} = RESHAPE(%{}, %s{})\n", y, type(), a.name, y);
        break;
    }
    known.push_back({y, channels});
  }
  const Known& last = known.back();
  std::string results = fmt::format("%{}", last.name);
  if (random.below(3) == 0)
    results += ", %" + known[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(known.size())))].name;
  return fmt::format("graph \"random\" ({}) -> ({}) {{\n{}}}\n", heads, results, body);
}

/// "%all", made of all rows of an int8 image.
inline std::string over_the_image(const std::string& image, std::int64_t height, std::int64_t width,
                                  std::int64_t channels, Random& random) {
  const std::string quantization = "{scale=0.0625, zero_point=-3}";
  const std::int64_t kind = random.below(7);
  if (kind < 2) {
    return fmt::format(
        "  %all: int8[1x1x1x{}]{} = {}_POOL_2D(%{}) {{padding=VALID, stride_h=1, stride_w=1, filter_width={}, "
        "filter_height={}}}\n",
        channels, quantization, kind == 0 ? "MAX" : "AVERAGE", image, width, height);
  }
  if (kind < 5) {
    constexpr const char* kNames[] = {"MEAN", "SUM", "REDUCE_MAX"};
    const bool kept = random.below(2) == 0;
    return fmt::format(
        "  %axes: int32[2] = [1, 2]\n"
        "  %all: int8[{}{}]{} = {}(%{}, %axes) {{keep_dims={}}}\n",
        kept ? "1x1x1x" : "1x", channels, quantization, kNames[kind - 2], image, kept);
  }
  const std::int64_t inputs = height * width * channels, outputs = 1 + random.below(9);
  std::string text = fmt::format("  %dense: int8[{}x{}]{{scale=0.01, zero_point=0}} = random(5)\n", outputs, inputs);
  std::string from = image;
  if (kind == 6) {
    text += fmt::format("  %shape: int32[2] = [1, {}]\n  %flat: int8[1x{}]{} = RESHAPE(%{}, %shape)\n", inputs, inputs,
                        quantization, image);
    from = "flat";
  }
  return text + fmt::format("  %all: int8[1x{}]{} = FULLY_CONNECTED(%{}, %dense, _)\n", outputs, quantization, from);
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
    return fmt::format("int8[1x{}x{}x{}]{{scale=0.0625, zero_point=-3}}", k.height, k.width, k.channels);
  };
  const auto some_channels = [&] { return below(4) == 0 ? 1 + below(9) : 4 * (1 + below(4)); };
  std::vector<Known> known = {{"x", 1 + below(20), 1 + below(9), some_channels()}};
  const std::string head = fmt::format("%x: {}", type(known[0]));
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
    const std::string strides = fmt::format("stride_h={}, stride_w={}", stride, stride);
    const auto positions = [&](std::int64_t size, std::int64_t taps) {
      return inside ? (size - taps) / stride + 1 : (size + stride - 1) / stride;
    };
    const std::string taps = fmt::format("{}x{}", filter, across);
    const std::string options = fmt::format(" {{padding={}, {}}}\n", inside ? "VALID" : "SAME", strides);
    const std::string random_weights = fmt::format("{{scale=0.01, zero_point=0}} = random({})\n", seed + 1);
    switch (below(6)) {
      case 0:
      case 1:
        y.channels = some_channels();
        y.height = positions(a.height, filter);
        y.width = positions(a.width, across);
        body += fmt::format("  %w{}: int8[{}x{}x{}]{}", y.name, y.channels, taps, a.channels, random_weights);
        body += fmt::format("  %{}: {} = CONV_2D(%{}, %w{}, _){}", y.name, type(y), a.name, y.name, options);
        break;
      case 2:
        y.height = positions(a.height, filter);
        y.width = positions(a.width, across);
        body += fmt::format("  %w{}: int8[1x{}x{}]{}", y.name, taps, a.channels, random_weights);
        body += fmt::format("  %{}: {} = DEPTHWISE_CONV_2D(%{}, %w{}, _){}", y.name, type(y), a.name, y.name, options);
        break;
      case 3:
        y.height = positions(a.height, filter);
        y.width = positions(a.width, across);
        body += fmt::format("  %{}: {} = {}_POOL_2D(%{}) {{padding={}, {}, filter_width={}, filter_height={}}}\n",
                            y.name, type(y), below(2) == 0 ? "MAX" : "AVERAGE", a.name, inside ? "VALID" : "SAME",
                            strides, across, filter);
        break;
      case 4:
        body += fmt::format("  %{}: {} = ADD(%{}, %{})\n", y.name, type(y), a.name, b.name);
        break;
      default:
        body += fmt::format("  %{}: {} = LOGISTIC(%{})\n", y.name, type(y), a.name);
        break;
    }
    known.push_back(y);
  }
  std::string results = fmt::format("%{}", known.back().name);
  if (below(2) == 0) {
    body += over_the_image(known.back().name, known.back().height, known.back().width, known.back().channels, random);
    results = "%all";
  }
  if (below(4) == 0)
    results +=
        fmt::format(", %{}", known[static_cast<std::size_t>(below(static_cast<std::int64_t>(known.size())))].name);
  return fmt::format("graph \"images\" ({}) -> ({}) {{\n{}}}\n", head, results, body);
}

}  // namespace mirim::test
