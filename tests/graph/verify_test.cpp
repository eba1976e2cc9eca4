#include "mirim/graph/verify.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>

#include "mirim/graph/opaque.hpp"
#include "mirim/graph/text.hpp"
#include "tests/graph/test_operators.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Graph sound() {
  return parse_graph(R"(graph "" (%x: float32[2]) -> (%y) {
      %w: float32[2] = [1, 2]
      %s: float32[2] = SUM_OF(%x, %w)
      %y: float32[2] = SUM_OF(%s, %x)
    })",
                     test::operators());
}

TEST(Verify, accepts_a_sound_graph) { EXPECT_THAT(verify(sound()), IsEmpty()); }

TEST(Verify, refuses_a_state_that_is_no_variable) {
  const auto text = [](const char* kind) {
    return fmt::format(R"(graph "" (%x: float32[2]) -> (%y) {{
      {} %s: float32[2] = [1, 2]
      %y: float32[2] = ACCUMULATE(%x, %s)
    }})",
                       kind);
  };
  EXPECT_THAT(verify(parse_graph(text("variable"), test::operators())), IsEmpty());
  EXPECT_THAT(verify(parse_graph(text(""), test::operators())),
              ElementsAre("node 0 'y' (ACCUMULATE): its state, input 1 's', is no variable"));
}

TEST(Verify, refuses_ids_that_are_no_values) {
  Graph graph = sound();
  graph.nodes[0].inputs[1] = 99;
  graph.outputs = {-7};
  graph.inputs.push_back(1000);
  EXPECT_THAT(verify(graph), ElementsAre("the graph's input 1000 is no value", HasSubstr("operand 99 is no value"),
                                         "the graph's output -7 is no value"));
}

TEST(Verify, refuses_a_cycle_as_a_value_read_too_early) {
  Graph graph = sound();
  graph.nodes[0].inputs[1] = graph.nodes[1].outputs[0];
  EXPECT_THAT(verify(graph), ElementsAre("node 0 's' (SUM_OF): reads 'y' before any node made it"));
}

TEST(Verify, takes_what_nobody_makes_for_the_scratch_memory_of_an_operator_it_lacks) {
  Graph graph = sound();
  const ValueId scratch = graph.add(Value{.name = "scratch", .type = {DType::uint8, {16}}});
  graph.nodes[0].inputs.push_back(scratch);
  EXPECT_THAT(verify(graph), testing::Contains(HasSubstr("reads 'scratch' before any node made it")));
  graph.nodes[0].op = Opaque{"ethos-u"};
  const Findings findings = examine(graph);
  EXPECT_THAT(findings.problems, IsEmpty());
  EXPECT_THAT(findings.unsupported, ElementsAre(HasSubstr("ethos-u")));
}

TEST(Verify, refuses_two_makers_of_one_value) {
  Graph graph = sound();
  graph.nodes[1].outputs = graph.nodes[0].outputs;
  EXPECT_THAT(verify(graph), ElementsAre("node 1 's' (SUM_OF): makes 's', which is given or made already",
                                         "the graph's output 'y' is made by no node"));
}

TEST(Verify, refuses_types_the_operator_does_not_infer) {
  Graph graph = sound();
  graph[graph.outputs[0]].type.shape = {3};
  EXPECT_THAT(verify(graph), ElementsAre("node 1 'y' (SUM_OF): output 0 is declared float32[3], expected float32[2]"));
}

TEST(Verify, refuses_constants_of_the_wrong_size) {
  Graph graph = sound();
  graph[1].constant = make_constant(std::vector<float>{1});
  EXPECT_THAT(verify(graph), ElementsAre("value 1 'w': the constant has 4 bytes, its type float32[2] needs 8"));
}

// An operator that reads axes or paddings trusts the size of their constant.
TEST(Verify, asks_no_operator_about_a_broken_constant) {
  Graph graph = sound();
  graph[1].constant = make_constant(Bytes{});
  graph[1].type.shape = {7};  // with a whole constant the operator would refuse it too: the inputs differ
  EXPECT_THAT(verify(graph), ElementsAre("value 1 'w': the constant has 0 bytes, its type float32[7] needs 28"));
}

TEST(Verify, refuses_quantization_that_does_not_fit) {
  Graph graph = sound();
  graph[0].quantization = {{NAN}, {0}, 0};
  graph[1].quantization = {{1, 1, 1}, {0, 0}, 0};
  graph[2].quantization = {{1, 1}, {0, 0}, 4};
  graph[3].quantization = {{}, {3}, 0};
  EXPECT_THAT(verify(graph), ElementsAre("value 0 'x': the scale nan is not finite and positive",
                                         "value 1 'w': has 3 scales and 2 zero points, expected as many",
                                         "value 1 'w': has 3 scales along axis 0 of [2]",
                                         "value 2 's': is quantized along axis 4, its shape is [2]",
                                         "value 3 'y': has zero points without scales"));
}

TEST(Verify, refuses_shapes_that_overflow) {
  Graph graph = sound();
  graph[0].type.shape = {std::int64_t{1} << 40, std::int64_t{1} << 40};
  graph[2].type.shape = {-1};
  EXPECT_THAT(verify(graph), testing::Contains(HasSubstr("too many elements")));
  EXPECT_THAT(verify(graph), testing::Contains(HasSubstr("negative dimension")));
}

TEST(Verify, refuses_zero_points_names_and_bools_that_are_none_of_their_kind) {
  Graph graph = sound();
  graph[0].name = "line\nend";
  graph[1] = Value{.name = "w", .type = {DType::boolean, {2}}, .constant = make_constant(Bytes(2, std::byte{2}))};
  graph[2].type.dtype = DType::int8;
  graph[2].quantization = {{1}, {200}, 0};
  EXPECT_THAT(
      examine(graph).problems,
      testing::IsSupersetOf({testing::Eq("value 0 'line?end': the name is not text"),
                             testing::Eq("value 1 'w': the constant is bool and has elements that are neither 0 "
                                         "nor 1"),
                             testing::Eq("value 2 's': the zero point 200 is no int8, expected -128 to 127")}));
}

TEST(Verify, refuses_more_elements_than_32_bits_count) {
  Graph graph = sound();
  for (Value& value : graph.values) value.type.shape = {std::int64_t{1} << 31};
  graph[1].constant = nullptr;
  EXPECT_THAT(verify(graph), testing::Contains("value 0 'x': shape 2147483648 has too many elements"));
}

TEST(Verify, says_the_first_problem_and_how_many_follow) {
  Graph graph = sound();
  graph.outputs = {-7};
  graph[1].constant = make_constant(std::vector<float>{1});
  try {
    verify_or_throw(graph);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("(and 1 more problem)"));
  }
}

TEST(Verify, checks_signatures_of_a_model) {
  Model model{.graphs = {sound()}, .signatures = {{"serve", 0, {{"x", 0}}, {{"y", 77}}}, {"other", 3, {}, {}}}};
  EXPECT_THAT(verify(model), ElementsAre("signature 'serve': 'y' is value 77, which does not exist",
                                         "signature 'other': graph 3 does not exist"));
  EXPECT_THAT(verify(Model{}), ElementsAre("the model has no graph"));
}

}  // namespace
}  // namespace mirim
