#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "mirim/base/random.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/graph/graph.hpp"
#include "mirim/graph/text.hpp"
#include "mirim/graph/verify.hpp"
#include "mirim/ops/all.hpp"

namespace mirim {

/// What the graph answers for input values drawn from `seed`: normal floats times `spread`, any int8.
inline std::vector<Bytes> answers(const Graph& graph, std::uint64_t seed, float spread = 1) {
  Interpreter interpreter(graph);
  Random random(seed);
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
    const TensorView x = interpreter.input(static_cast<int>(i));
    if (x.dtype() == DType::float32) {
      for (float& v : x.as<float>()) v = spread * random.normal();
    } else {
      for (std::byte& v : x.bytes) v = static_cast<std::byte>(random.below(256));
    }
  }
  interpreter.run();
  std::vector<Bytes> result;
  for (std::size_t i = 0; i < graph.outputs.size(); ++i) {
    const auto bytes = interpreter.output(static_cast<int>(i)).bytes;
    result.emplace_back(bytes.begin(), bytes.end());
  }
  return result;
}

/// Floats within `tolerance` of the largest, anything else bit for bit, on a few random inputs.
inline void expect_equivalent(const Graph& before, const Graph& after, float tolerance = 1e-5F) {
  ASSERT_EQ(verify(after), std::vector<std::string>{}) << to_text(after, {.constants = false});
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    const auto expected = answers(before, seed);
    const auto actual = answers(after, seed);
    ASSERT_EQ(expected.size(), actual.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      if (before[before.outputs[i]].type.dtype != DType::float32) {
        EXPECT_EQ(expected[i], actual[i]) << "seed " << seed;
        continue;
      }
      ASSERT_EQ(expected[i].size(), actual[i].size());
      const auto* a = reinterpret_cast<const float*>(expected[i].data());
      const auto* b = reinterpret_cast<const float*>(actual[i].data());
      const std::size_t count = expected[i].size() / sizeof(float);
      float largest = 1;
      for (std::size_t k = 0; k < count; ++k) largest = std::max(largest, std::fabs(a[k]));
      for (std::size_t k = 0; k < count; ++k) {
        ASSERT_NEAR(a[k], b[k], tolerance * largest) << "element " << k << ", seed " << seed;
      }
    }
  }
}

inline Graph graph_of(std::string_view text) { return parse_graph(text, all_operators()); }

/// The operators in order: "CONV_2D RELU".
inline std::string operators_of(const Graph& graph) {
  std::string result;
  for (const Node& node : graph.nodes) result += (result.empty() ? "" : " ") + std::string(node.op.name());
  return result;
}

}  // namespace mirim
