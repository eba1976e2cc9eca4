#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "mirim/formats/tflite.hpp"
#include "mirim/graph/text.hpp"
#include "mirim/ops/all.hpp"
#include "tests/cli/program.hpp"

// `mirim show` as text, JSON and picture.
namespace mirim {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Show : public ProgramTest {
 protected:
  Show() {
    Model model;
    model.graphs.push_back(parse_graph(R"(
graph "main" (%"a<b>&\"c\"": float32[1x2]) -> (%y) {
  %w: float32[2] = [123.5, 2]
  %left: float32[1x2] = ADD(%"a<b>&\"c\"", %w) {fused_activation_function=RELU}
  %y: float32[1x2] = MUL(%left, %"a<b>&\"c\"")
})",
                                       all_operators()));
    model.graphs.push_back(parse_graph(R"(graph "second" (%q: int8[1]{scale=0.5, zero_point=-3}) -> (%r) {
  %r: int8[1]{scale=0.5, zero_point=-3} = RELU(%q)
})",
                                       all_operators()));
    model.metadata["notes"] = Bytes(5000, std::byte{'x'});
    model.description = "made by\nhand";
    write_tflite_file(at("m.tflite"), model);
  }
};

TEST_F(Show, text_is_short_and_tells_the_metadata) {
  const std::string text = good("show m.tflite");
  EXPECT_THAT(text, AllOf(HasSubstr("# made by hand\n"), HasSubstr("# metadata notes: 5000 bytes"),
                          HasSubstr("graph \"second\"")));
  EXPECT_THAT(text, Not(HasSubstr("123.5")));
  EXPECT_LT(text.size(), 1000U);
  EXPECT_THAT(good("show m.tflite --constants"), HasSubstr("123.5"));
}

TEST_F(Show, json_has_every_graph_node_and_option) {
  const json shown = json::parse(good("show m.tflite --json"));
  ASSERT_EQ(shown["graphs"].size(), 2);
  EXPECT_EQ(shown["graphs"][0]["nodes"][0]["options"]["fused_activation_function"], "RELU");
  EXPECT_EQ(shown["graphs"][0]["nodes"][0]["inputs"][1]["constant"], true);
  EXPECT_EQ(shown["graphs"][1]["inputs"][0]["zero_point"], json({-3}));
  EXPECT_EQ(shown["metadata"]["notes"], 5000);
}

TEST_F(Show, the_picture_has_every_operator_and_escapes_names) {
  EXPECT_EQ(good("show m.tflite --svg m.svg"), "");
  const std::string svg = read_text(at("m.svg"));
  EXPECT_THAT(svg, AllOf(HasSubstr("<svg xmlns="), HasSubstr("ADD + RELU"), HasSubstr("a&lt;b&gt;&amp;&quot;c&quot;"),
                         HasSubstr("subgraph 1 second"), HasSubstr("prefers-color-scheme: dark"), HasSubstr("2 = 2"),
                         HasSubstr("0.5 · (q + 3)")));
  EXPECT_THAT(svg, Not(HasSubstr("a<b>")));
}

}  // namespace
}  // namespace mirim
