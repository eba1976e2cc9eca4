#include "mirim/passes/store_variables.hpp"

#include <gmock/gmock.h>

#include "mirim/graph/verify.hpp"
#include "mirim/passes/resolve_variables.hpp"
#include "tests/passes/graphs.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(StoreVariables, is_the_way_back_from_resolved_ones) {
  Model model;
  model.graphs.push_back(test::parse(R"(graph "" (%x: int8[2]{scale=0.5, zero_point=3}) -> (%y) {
    variable %v: int8[2]{scale=0.5, zero_point=3} = [5, 7]
    variable %w: int8[2]{scale=0.5, zero_point=3}
    %before: int8[2]{scale=0.5, zero_point=3} = READ_VARIABLE(%v)
    %other: int8[2]{scale=0.5, zero_point=3} = READ_VARIABLE(%w)
    %y: int8[2]{scale=0.5, zero_point=3} = MAXIMUM(%before, %other)
    ASSIGN_VARIABLE(%v, %x)
    ASSIGN_VARIABLE(%w, %before)
  })"));
  const Graph before = model.main();
  store_variables(model);
  EXPECT_THAT(verify(model), IsEmpty());
  ASSERT_EQ(model.graphs.size(), 2U);
  EXPECT_THAT(test::operator_names(model.main()),
              ElementsAre("CALL_ONCE", "VAR_HANDLE", "VAR_HANDLE", "READ_VARIABLE", "READ_VARIABLE", "MAXIMUM",
                          "ASSIGN_VARIABLE", "ASSIGN_VARIABLE"));
  Interpreter was(before), is(resolve_variables(model));
  for (int run = 0; run < 4; ++run) {
    for (Interpreter* interpreter : {&was, &is}) {
      interpreter->input(0).as<std::int8_t>()[0] = static_cast<std::int8_t>(10 * run);
      interpreter->input(0).as<std::int8_t>()[1] = static_cast<std::int8_t>(-run);
      interpreter->run();
    }
    // A variable without a content of its own begins with its zero point.
    EXPECT_THAT(is.output(0).as<std::int8_t>(), testing::ElementsAreArray(was.output(0).as<std::int8_t>())) << run;
    if (run > 0) continue;
    EXPECT_THAT(is.output(0).as<std::int8_t>(), ElementsAre(5, 7));
  }
}

TEST(StoreVariables, leaves_a_graph_without_any_alone) {
  Model model;
  model.graphs.push_back(test::parse(R"(graph "" (%x: float32[2]) -> (%y) {
    %y: float32[2] = RELU(%x)
  })"));
  store_variables(model);
  EXPECT_EQ(model.graphs.size(), 1U);
  EXPECT_THAT(test::operator_names(model.main()), ElementsAre("RELU"));
}

}  // namespace
}  // namespace mirim
