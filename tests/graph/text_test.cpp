#include "mirim/graph/text.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "tests/graph/test_operators.hpp"

namespace mirim {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kExample = R"(graph "main" (%x: float32[2x2], %state.in: float32[2x2]) -> (%y, %x) {
  %w: float32[2x2] = [0.1, -0, inf, 3e-45]
  %s: float32[2x2] = SUM_OF(%x, %w) {flag=true, count=-3, factor=0.25, list=[1, 2], mode=FANCY}
  variable %"a \"b\"\x0a": float32[2x2]
  %t: float32[2x2], _ = SUM_OF(%s, %"a \"b\"\x0a") @"the layer"
  %y: float32[2x2] = SUM_OF(%t, _)
  %q: int8[2x3]{scale=[0.5, 0.25], zero_point=[0, 0], axis=0} = [1, 2, 3, -4, -128, 127]
  %q@2: int8[1]{scale=0.00390625, zero_point=-128}
  %b: bool[2] extras("k"=bytes(0xff)) = bytes(0x0100)
  variable %begins: int8[2] = [3, -4]
}
)";

std::string round_trip(std::string_view text) { return to_text(parse_graph(text, test::operators())); }

std::string error_of(std::string_view text) {
  try {
    parse_graph(text, test::operators());
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Text, prints_what_it_parsed) { EXPECT_EQ(round_trip(kExample), kExample); }

TEST(Text, parses_options_operands_and_quantization) {
  const Graph graph = parse_graph(R"(graph "" (%x: float32[2]) -> (%y) {
      %y: float32[2] = SUM_OF(%x, _) {mode=FANCY, count=7}  # a comment
      %q: int8[2]{scale=[0.5, 0.25], zero_point=[0, 1], axis=0} = [-128, 127]
    })",
                                  test::operators());
  EXPECT_EQ(*graph.nodes[0].op.as<test::Sum>(), (test::Sum{.count = 7, .mode = test::Mode::fancy}));
  EXPECT_EQ(graph.nodes[0].inputs, (std::vector<ValueId>{0, kNoValue}));
  EXPECT_EQ(graph[2].quantization, (Quantization{{0.5F, 0.25F}, {0, 1}, 0}));
  EXPECT_EQ(graph[2].values<std::int8_t>()[0], -128);
  EXPECT_EQ(graph.outputs, std::vector<ValueId>{1});
}

TEST(Text, keeps_the_bits_of_not_a_number) {
  Graph graph;
  graph.add(Value{.name = "n", .type = {DType::float32, {1}}, .constant = make_constant(std::vector<float>{NAN})});
  const std::string text = to_text(graph);
  EXPECT_THAT(text, HasSubstr("bytes(0x0000c07f)"));
  EXPECT_EQ(round_trip(text), text);
}

TEST(Text, tells_values_of_one_name_apart) {
  Graph graph;
  for (int i = 0; i < 3; ++i) graph.add(Value{.name = "same", .type = {DType::float32, {i + 1}}});
  const std::string text = to_text(graph);
  EXPECT_THAT(text, HasSubstr("%same@3: float32[3]"));
  EXPECT_EQ(round_trip(text), text);
  EXPECT_EQ(parse_graph(text, test::operators()).values[2].name, "same");
}

TEST(Text, elided_constants_cannot_be_parsed) {
  Graph graph = parse_graph(kExample, test::operators());
  const std::string text = to_text(graph, {.constants = false});
  EXPECT_THAT(text, HasSubstr("%w: float32[2x2] = ...\n"));
  EXPECT_THAT(error_of(text), HasSubstr("print the graph with its constants"));
}

TEST(Text, in_short_has_the_first_scales_and_names) {
  const Graph graph = parse_graph(R"(graph "" () -> () {
      %"conv/Relu;conv/bias": int8[6]{scale=[0.5, 0.25, 1, 2, 3, 4], zero_point=[0, 0, 0, 0, 0, 0], axis=0} = fill(1)
      %other: int8[2]{scale=[0.5, 0.25], zero_point=[1, 2], axis=0} = fill(1)
    })",
                                  test::operators());
  const std::string text = to_text(graph, {.constants = false});
  EXPECT_THAT(text, HasSubstr("%conv/Relu: int8[6]{scale=[0.5, 0.25, ... 6], zero_point=0, axis=0} = ...\n"));
  EXPECT_THAT(text, HasSubstr("%other: int8[2]{scale=[0.5, 0.25], zero_point=[1, 2], axis=0} = ...\n"));
}

TEST(Text, makes_up_constants_for_tests) {
  const Graph graph = parse_graph(R"(graph "" () -> () {
      %r: int8[1000] = random(7)
      %f: float32[3] = fill(-0.5)
    })",
                                  test::operators());
  EXPECT_EQ(graph[1].values<float>()[2], -0.5F);
  EXPECT_THAT(graph[0].values<std::int8_t>(), testing::Not(testing::Contains(-128)));
}

TEST(Text, errors_say_line_and_column) {
  EXPECT_EQ(error_of("graph \"\" () -> () {\n  %x: float32[2] = NO_SUCH()\n}"),
            "line 2, column 27: there is no operator 'NO_SUCH'");
  EXPECT_THAT(error_of("graph \"\" () -> () { %x: float32[2] = [1] }"), HasSubstr("%x has 4 bytes, its type 8"));
  EXPECT_THAT(error_of("graph \"\" (%x: float32[1]) -> (%z) { }"), HasSubstr("%z is not declared"));
  EXPECT_THAT(error_of("graph \"\" (%x: float32[1]) -> () { %x: float32[1] }"), HasSubstr("%x is declared twice"));
  EXPECT_THAT(error_of("graph \"\" (%x: float32[1]) -> () { %y: float32[1] = SUM_OF(%x) {cuont=1} }"),
              HasSubstr("SUM_OF has no option 'cuont'"));
  EXPECT_THAT(error_of("graph \"\" (%x: float32[1]) -> () { %y: float32[1] = SUM_OF(%x) {mode=ODD} }"),
              HasSubstr("expected one of PLAIN, FANCY"));
  EXPECT_THAT(error_of("graph \"\" (%x: int9[1]) -> () {}"), HasSubstr("'int9' is no element type"));
  EXPECT_THAT(error_of("graph \"\" (%x: int8[9999999x9999999x9]) -> () {}"), HasSubstr("too many elements"));
}

TEST(Text, every_cut_of_a_graph_is_refused) {
  for (std::size_t n = 0; n + 2 < kExample.size(); ++n) {
    EXPECT_THAT(error_of(kExample.substr(0, n)), StartsWith("line ")) << n;
  }
}

}  // namespace
}  // namespace mirim
