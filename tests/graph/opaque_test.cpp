#include "mirim/graph/opaque.hpp"

#include <gmock/gmock.h>

#include "mirim/base/error.hpp"
#include "mirim/graph/text.hpp"
#include "mirim/graph/verify.hpp"
#include "tests/graph/test_operators.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kText = R"(graph "" (%x: float32[2]) -> (%y) {
  %i: int16[2]{scale=0.5, zero_point=0}
  %y: float32[7] = "Mine \"own\""(%x) {subgraph_indices=[1, 2], content=bytes(0x0aff)} intermediates(%i, _)
}
)";

TEST(Opaque, stands_in_quotes_in_the_text_and_keeps_its_bytes) {
  const Graph graph = parse_graph(kText, test::operators());
  EXPECT_EQ(graph.nodes[0].op.name(), "Mine \"own\"");
  const auto* opaque = graph.nodes[0].op.as<Opaque>();
  ASSERT_NE(opaque, nullptr);
  EXPECT_EQ(*opaque, (Opaque{"Mine \"own\"", {std::byte{0x0a}, std::byte{0xff}}, {1, 2}}));
  EXPECT_EQ(to_text(graph), kText);
  EXPECT_THAT(to_text(graph, {.constants = false}), HasSubstr(R"("Mine \"own\""(%x) {subgraph_indices=[1, 2]} inter)"));
}

TEST(Opaque, is_no_problem_of_the_graph_but_keeps_it_from_running) {
  const Graph graph = parse_graph(kText, test::operators());
  const Findings findings = examine(graph);
  EXPECT_THAT(findings.problems, IsEmpty());
  EXPECT_THAT(findings.unsupported, ElementsAre(HasSubstr("node 0 'y' (Mine \"own\"): mirim has no such operator")));
  EXPECT_THROW(verify_or_throw(graph), Error);
}

TEST(Opaque, keeps_its_intermediates_when_values_are_renumbered) {
  Graph graph = parse_graph(kText, test::operators());
  graph.values.insert(graph.values.begin(), Value{.name = "unused"});
  for (auto* ids : {&graph.inputs, &graph.outputs, &graph.nodes[0].inputs, &graph.nodes[0].outputs}) ++ids->front();
  ++graph.nodes[0].intermediates[0];
  remove_unused_values(graph);
  EXPECT_EQ(to_text(graph), kText);
}

}  // namespace
}  // namespace mirim
