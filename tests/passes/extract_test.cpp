#include "mirim/passes/extract.hpp"

#include <gmock/gmock.h>

#include "mirim/base/error.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/exec/own_losses.hpp"
#include "mirim/graph/random_input.hpp"
#include "mirim/graph/text.hpp"
#include "mirim/graph/verify.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/passes/mark_metadata.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// y = relu(x a) + n, then z = y b.
Graph network() {
  Graph graph = parse_graph(R"(graph "" (%x: float32[1x2], %n: float32[1x2]) -> (%z) {
  %a: float32[2x2] = [1, 2, -3, 4]
  %b: float32[1x2] = [0.5, 2]
  %h: float32[1x2] = FULLY_CONNECTED(%x, %a)
  %h/relu: float32[1x2] = RELU(%h)
  %y: float32[1x2] = ADD(%h/relu, %n)
  %z: float32[1x1] = FULLY_CONNECTED(%y, %b)
})",
                            all_operators());
  set_distribution(graph[graph.inputs[1]], Distribution::normal);
  return graph;
}

std::vector<std::string> names(const Graph& graph, const std::vector<ValueId>& ids) {
  std::vector<std::string> all;
  for (const ValueId id : ids) all.push_back(graph[id].name);
  return all;
}

TEST(Extract, parts_in_a_row_compute_what_the_whole_does) {
  const Graph first = extract(network(), {}, {"y"}), second = extract(network(), {"y"}, {});
  EXPECT_EQ(verify(first), std::vector<std::string>{});
  EXPECT_EQ(verify(second), std::vector<std::string>{});
  EXPECT_THAT(names(first, first.inputs), ElementsAre("x", "n"));
  EXPECT_THAT(names(second, second.inputs), ElementsAre("y"));
  Interpreter one(first), two(second);
  one.set_input(0, bytes_of(std::vector<float>{1, 1}));
  one.set_input(1, bytes_of(std::vector<float>{0.25F, -1}));
  one.run();
  two.set_input(0, one.output(0).bytes);
  two.run();
  EXPECT_FLOAT_EQ(two.output(0).as<float>()[0], 0.5F * (3 + 0.25F) + 2 * (1 - 1));
}

TEST(Extract, a_layer_is_its_last_value_and_random_inputs_stay_where_they_are_needed) {
  const Graph part = extract(network(), {"h"}, {});
  EXPECT_THAT(names(part, part.inputs), ElementsAre("h", "n"));
  const Graph before = extract(network(), {}, {"h/relu"});
  EXPECT_THAT(names(before, before.inputs), ElementsAre("x"));
}

TEST(Extract, keeps_losses_only_whole) {
  Graph graph = network();
  set_own_losses(graph, {{.kind = "l1", .of = {"h"}}});
  EXPECT_TRUE(own_losses(extract(graph, {"y"}, {})).empty());
  EXPECT_TRUE(own_losses(extract(graph, {}, {"y"})).empty());  // its output is another
}

TEST(Extract, refuses_what_is_no_part) {
  const auto refused = [](const std::vector<std::string>& from, const std::vector<std::string>& to,
                          const std::string& why) {
    EXPECT_THAT([&] { extract(network(), from, to); }, ThrowsMessage<Error>(HasSubstr(why)));
  };
  refused({"hh"}, {}, "there is no layer 'hh'");
  refused({"z"}, {"y"}, "'y' does not depend on 'z'");
  refused({"n"}, {}, "also needs input 'x'");
  refused({"y"}, {"y"}, "nothing lies between");
  refused({"y", "y"}, {}, "named twice");
}

TEST(Marks, losses_and_random_inputs_survive_a_files_metadata) {
  Model model;
  model.graphs.push_back(network());
  const std::vector<OwnLoss> losses{{.kind = "l2", .of = {"h"}, .weight = 0.1F}};
  set_own_losses(model.main(), losses);
  save_marks(model);
  Model read;
  read.graphs.push_back(network());
  read.main()[read.main().inputs[1]].extras.clear();
  read.metadata = model.metadata;
  restore_marks(read);
  EXPECT_EQ(own_losses(read.main()), losses);
  EXPECT_EQ(distribution_of(read.main()[read.main().inputs[1]]), Distribution::normal);
  EXPECT_FALSE(distribution_of(read.main()[read.main().inputs[0]]));
  EXPECT_TRUE(read.metadata.empty());
}

TEST(Marks, damaged_ones_are_refused_by_name) {
  for (const auto& [key, text] : {std::pair{"mirim.losses", "l1\tx"},
                                  {"mirim.losses", "l1\tnan\t0.1\tmean\th"},
                                  {"mirim.random_inputs", "normal"},
                                  {"mirim.random_inputs", "gauss\tn"}}) {
    Model model;
    model.graphs.push_back(network());
    const BytesView bytes = bytes_of(std::string_view(text));
    model.metadata[key] = Bytes(bytes.begin(), bytes.end());
    EXPECT_THAT([&] { restore_marks(model); }, ThrowsMessage<Error>(HasSubstr(key))) << text;
  }
}

}  // namespace
}  // namespace mirim
