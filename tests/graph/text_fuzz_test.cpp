#include <gmock/gmock.h>

#include "mirim/base/random.hpp"
#include "mirim/graph/opaque.hpp"
#include "mirim/graph/text.hpp"
#include "mirim/graph/verify.hpp"
#include "tests/graph/test_operators.hpp"

namespace mirim {
namespace {

// Letters, and what a name in quotes must escape.
std::string random_name(Random& random) {
  constexpr std::string_view kPieces[] = {"a",    "Z9", ".", "/", "@2", "\"", "\\", "\n", std::string_view("\0", 1),
                                          "\xff", " ",  "%", "ü", "_",  "="};
  std::string name;
  for (std::int64_t n = random.below(5); n > 0; --n) name += kPieces[random.below(15)];
  return name;
}

Bytes random_bytes(Random& random, std::int64_t count) {
  Bytes bytes(static_cast<std::size_t>(count));
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random.bits());
  return bytes;
}

Quantization random_quantization(Random& random) {
  Quantization q;
  if (random.below(2) == 0) return q;
  for (std::int64_t n = 1 + random.below(3); n > 0; --n) {
    q.scale.push_back(random.uniform());
    q.zero_point.push_back(random.below(256) - 128);
  }
  q.dimension = static_cast<int>(random.below(3));
  return q;
}

ValueId random_id(Random& random, std::size_t values) {
  return static_cast<ValueId>(random.below(static_cast<std::int64_t>(values) + 1)) - 1;
}

// A graph of everything the text can say, mostly without sense: each value declared once, as an input, a constant, a
// variable or a node's result.
Graph random_graph(Random& random) {
  Graph graph;
  graph.name = random_name(random);
  const std::int64_t count = 1 + random.below(8);
  for (std::int64_t i = 0; i < count; ++i) {
    Value value{.name = random_name(random)};
    constexpr int kTypes = 1 + static_cast<int>(DType::float8_e5m2);
    value.type.dtype = static_cast<DType>(random.below(kTypes));
    std::vector<std::int64_t> dimensions(static_cast<std::size_t>(random.below(4)));
    for (std::int64_t& dimension : dimensions) dimension = random.below(4);
    value.type.shape = Shape(std::move(dimensions));
    value.quantization = random_quantization(random);
    value.variable = random.below(4) == 0;
    if (random.below(2) == 0 && bits(value.type.dtype) > 0) {
      value.constant = make_constant(random_bytes(random, value.type.bytes()));
    }
    if (random.below(4) == 0) value.extras[random_name(random)] = random_bytes(random, random.below(5));
    graph.add(std::move(value));
  }
  for (std::size_t i = 0; i < graph.values.size(); ++i) {
    Value& value = graph.values[i];
    if (value.constant || value.variable || random.below(2) == 0) continue;
    Node node{.op = test::Sum{.flag = random.below(2) == 1,
                              .count = static_cast<std::int32_t>(random.below(5)),
                              .factor = random.normal()}};
    if (random.below(4) == 0) node.op = Opaque{random_name(random), random_bytes(random, random.below(4)), {7}};
    for (std::int64_t n = random.below(3); n >= 0; --n) node.inputs.push_back(random_id(random, graph.values.size()));
    node.outputs = {static_cast<ValueId>(i)};
    node.name = random_name(random);
    if (random.below(3) == 0) node.extras["k"] = random_bytes(random, 3);
    graph.nodes.push_back(std::move(node));
  }
  // The text declares a value before it is read.
  const auto made = producers(graph);
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    for (ValueId& id : graph.nodes[n].inputs) {
      if (id != kNoValue && made[static_cast<std::size_t>(id)] >= static_cast<int>(n)) id = kNoValue;
    }
  }
  for (std::int64_t n = random.below(3); n > 0; --n) {
    graph.outputs.push_back(static_cast<ValueId>(random.below(static_cast<std::int64_t>(graph.values.size()))));
  }
  return graph;
}

TEST(TextFuzz, any_graph_prints_parses_and_prints_the_same) {
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    Random random(seed);
    const Graph graph = random_graph(random);
    const std::string text = to_text(graph);
    SCOPED_TRACE(fmt::format("seed {}\n{}", seed, text));
    Graph parsed;
    ASSERT_NO_THROW(parsed = parse_graph(text, test::operators()));
    ASSERT_EQ(to_text(parsed), text);
    ASSERT_EQ(parsed.values.size(), graph.values.size());
    ASSERT_EQ(parsed.nodes.size(), graph.nodes.size());
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
      // A layer called as its result is one without a name of its own.
      const bool own = graph.nodes[i].name != graph[graph.nodes[i].outputs[0]].name;
      EXPECT_EQ(parsed.nodes[i].name, own ? graph.nodes[i].name : "");
      EXPECT_TRUE(parsed.nodes[i].op == graph.nodes[i].op);
      EXPECT_EQ(parsed.nodes[i].extras, graph.nodes[i].extras);
      EXPECT_EQ(parsed.nodes[i].inputs.size(), graph.nodes[i].inputs.size());
    }
  }
}

// Bytes changed, dropped, doubled: parsed or refused with a place, never worse; what parses can be verified.
TEST(TextFuzz, broken_text_is_parsed_or_refused) {
  int refused = 0;
  for (std::uint64_t seed = 0; seed < 5'000; ++seed) {
    Random random(seed);
    std::string text = to_text(random_graph(random));
    for (std::int64_t n = 1 + random.below(3); n > 0 && !text.empty(); --n) {
      const auto at = static_cast<std::size_t>(random.below(static_cast<std::int64_t>(text.size())));
      constexpr std::string_view kBytes = "%{}[]()=,:\"\\#x0-9.e@_\n \0a";
      if (random.below(3) == 0) {
        text.erase(at, static_cast<std::size_t>(random.below(20)));
      } else if (random.below(2) == 0) {
        text[at] = kBytes[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(kBytes.size())))];
      } else {
        text.insert(at, text.substr(at, static_cast<std::size_t>(random.below(30))));
      }
    }
    try {
      verify(parse_graph(text, test::operators()));
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), testing::ContainsRegex("^[a-z ]*[0-9]+:[0-9]+|line [0-9]+")) << "seed " << seed;
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace mirim
