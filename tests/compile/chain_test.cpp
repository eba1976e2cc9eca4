#include "mirim/compile/chain.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mirim/base/error.hpp"
#include "mirim/compile/compile.hpp"
#include "tests/compile/graphs.hpp"

namespace mirim {
namespace {

using ::testing::HasSubstr;

int chained_steps(const Plan& plan) {
  int sum = 0;
  for (const Step& step : plan.steps) sum += step.chain >= 0;
  return sum;
}

TEST(Chain, random_networks_row_by_row_equal_the_interpreter_and_need_less) {
  int chains = 0, overlaid = 0, upwards = 0, taken = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const std::string text = test::random_images(seed);
    SCOPED_TRACE(text);
    const Graph graph = test::parse(text);
    const Plan plan = make_plan(graph, {.optimize = Optimize::ram});
    const Plan whole = make_plan(graph, {.optimize = Optimize::speed});
    const Bytes samples = test::random_samples(graph, 2, seed + 2);
    ASSERT_EQ(test::run_plan(plan, samples), test::interpret(graph, samples));
    ASSERT_EQ(test::run_plan(whole, samples), test::interpret(graph, samples));
    ASSERT_LE(plan.peak_bytes, whole.peak_bytes);
    chains += chained_steps(plan) > 0;
    for (const Step& step : plan.steps) taken += step.band.taken;
    for (const Buffer& b : plan.buffers) {
      overlaid += b.over >= 0;
      upwards += b.upwards;
    }
  }
  EXPECT_GE(chains, 200);
  EXPECT_GE(overlaid, 100);
  EXPECT_GE(upwards, 5);
  EXPECT_GE(taken, 5);
}

TEST(Chain, balanced_plans_equal_the_interpreter_and_need_no_less_than_those_for_ram) {
  for (std::uint64_t seed = 1000; seed < 1100; ++seed) {
    const std::string text = test::random_images(seed);
    SCOPED_TRACE(text);
    const Graph graph = test::parse(text);
    const Bytes samples = test::random_samples(graph, 2, seed + 2);
    const Plan plan = make_plan(graph);
    ASSERT_EQ(test::run_plan(plan, samples), test::interpret(graph, samples));
    ASSERT_LE(make_plan(graph, {.optimize = Optimize::ram}).arena_bytes, plan.arena_bytes);
  }
}

// Each chain by itself is the judge of those that are gone through at once.
TEST(Chain, all_chains_to_a_step_cost_what_each_costs_by_itself) {
  int chains = 0, moving = 0, over = 0, pushing = 0;
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    const std::string text = test::random_images(seed);
    SCOPED_TRACE(text);
    const Graph graph = test::parse(text);
    const std::vector<std::vector<int>> readers = consumers(graph);
    std::vector<Link> links;
    std::vector<std::int32_t> rows;
    for (int n = 0; n < static_cast<int>(graph.nodes.size()); ++n) {
      const Node& node = graph.nodes[static_cast<std::size_t>(n)];
      links.push_back({n, reads_by_rows(graph, node)});
      const auto& image = links.back().reads && takes_rows(*links.back().reads) ? node.inputs[0] : node.outputs[0];
      const Shape& shape = graph[image].type.shape;
      rows.push_back(seed % 2 == 1 && shape.rank() == 4 && shape[1] % 2 == 0 ? 2 : 1);
    }
    for (int last = 0; last < static_cast<int>(links.size()); ++last) {
      const ChainsTo all(graph, readers, links, last, 64, rows);
      for (const ValueId pushed : {kNoValue, graph.inputs[0]}) {
        for (int first = 0; first <= last; ++first) {
          const auto made = std::span(rows).subspan(static_cast<std::size_t>(first));
          const auto plan = plan_chain(graph, readers, links, first, last, made, pushed);
          const auto cost = first < all.first() ? std::nullopt : all.cost(first, pushed);
          ASSERT_EQ(cost.has_value(), plan.has_value()) << first << " to " << last;
          if (!plan) continue;
          ASSERT_EQ(cost->window_bytes, plan->window_bytes) << first << " to " << last;
          ASSERT_EQ(cost->moved_bytes, plan->moved_bytes) << first << " to " << last;
          ASSERT_EQ(cost->overlaid, plan->overlaid) << first << " to " << last;
          ASSERT_EQ(cost->distance, plan->distance) << first << " to " << last;
          ASSERT_EQ(cost->distance_upwards, plan->distance_upwards) << first << " to " << last;
          chains += first < last;
          moving += first < last && plan->moved_bytes > 0;
          over += first < last && plan->distance > 0;
          pushing += first < last && pushed != kNoValue;
        }
      }
    }
  }
  EXPECT_GE(chains, 200);
  EXPECT_GE(moving, 100);
  EXPECT_GE(over, 20);
  EXPECT_GE(pushing, 100);
}

// By hand: two convolutions of 3x3 over 8 rows of 16 bytes. Each window holds the three rows under a filter; the second
// layer's row 0 needs rows 0 and 1 of the first, which need rows 0 to 2 of the input: two rows before the result's
// first one is written, then one for one.
TEST(Chain, windows_hold_what_a_filter_sees_and_the_result_follows_the_input) {
  const Graph graph = test::parse(R"(
graph "two" (%x: int8[1x8x4x4]{scale=0.5, zero_point=7}) -> (%z) {
  %w: int8[4x3x3x4]{scale=0.01, zero_point=0} = random(1)
  %y: int8[1x8x4x4]{scale=0.5, zero_point=-9} = CONV_2D(%x, %w, _) {padding=SAME, stride_h=1, stride_w=1}
  %z: int8[1x8x4x4]{scale=0.5, zero_point=0} = CONV_2D(%y, %w, _) {padding=SAME, stride_h=1, stride_w=1}
})");
  std::vector<Link> order;
  for (int n = 0; n < 2; ++n) order.push_back({n, reads_by_rows(graph, graph.nodes[static_cast<std::size_t>(n)])});
  const std::int32_t rows[] = {1, 1};
  const std::optional<ChainPlan> plan = plan_chain(graph, order, 0, 1, rows);
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->chain.windows.size(), 2U);
  for (const RowWindow& w : plan->chain.windows) {
    EXPECT_EQ(w.capacity, 3);
    EXPECT_EQ(w.before, 1);
    EXPECT_EQ(w.after, 1);
  }
  EXPECT_EQ(plan->chain.windows[0].padding, 7);
  EXPECT_EQ(plan->chain.windows[1].padding, 256 - 9);
  EXPECT_EQ(plan->window_bytes, 2 * 3 * 16);
  // When the result's row 0 is there, rows 0 to 2 of the input were taken: it may begin where the input does.
  EXPECT_EQ(plan->distance, 0);
}

// By hand: a row of 16 bytes is written while the row of 16 under it is still read, so each result lies one row before
// its input, or one behind it. Three layers, one after the other, need one row more than one tensor, not three.
TEST(Chain, results_over_their_inputs_go_down_and_up) {
  std::string text = "graph \"three\" (%x0: int8[1x8x4x4]{scale=0.5, zero_point=7}) -> (%x3) {\n";
  for (int i = 1; i <= 3; ++i) {
    text += fmt::format(
        "  %w{0}: int8[4x1x1x4]{{scale=0.01, zero_point=0}} = random({0})\n"
        "  %x{0}: int8[1x8x4x4]{{scale=0.5, zero_point=7}} = CONV_2D(%x{1}, %w{0}, _) {{padding=SAME, stride_h=1, "
        "stride_w=1}}\n",
        i, i - 1);
  }
  const Graph graph = test::parse(text + "}");
  const Plan plan = make_plan(graph, {.target = "cortex-m3", .optimize = Optimize::ram});
  EXPECT_EQ(plan.arena_bytes, 8 * 16 + 16);
  const Bytes samples = test::random_samples(graph, 2, 5);
  EXPECT_EQ(test::run_plan(plan, samples), test::interpret(graph, samples));
}

// 512 bytes of input, 96 of its window, 64 of the row between, and sums: not the 1,024 bytes of the image between.
TEST(Chain, ends_with_a_layer_that_takes_rows_as_they_come) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Random random(seed);
    const std::string text =
        "graph \"g\" (%x: int8[1x16x8x4]{scale=0.5, zero_point=7}) -> (%all) {\n"
        "  %w: int8[8x3x3x4]{scale=0.01, zero_point=0} = random(1)\n"
        "  %y: int8[1x16x8x8]{scale=0.0625, zero_point=-3} = CONV_2D(%x, %w, _) {padding=SAME, stride_h=1, "
        "stride_w=1}\n" +
        test::over_the_image("y", 16, 8, 8, random) + "}\n";
    SCOPED_TRACE(text);
    const Graph graph = test::parse(text);
    const Plan plan = make_plan(graph, {.target = "cortex-m3", .optimize = Optimize::ram});
    EXPECT_TRUE(plan.steps[1].band.taken);
    EXPECT_LT(plan.arena_bytes, 512 + 96 + 64 + 100);
    const Bytes samples = test::random_samples(graph, 3, 5);
    EXPECT_EQ(test::run_plan(plan, samples), test::interpret(graph, samples));
  }
}

TEST(Chain, a_tensor_that_is_read_outside_or_is_a_result_stays_whole) {
  const std::string head = "graph \"g\" (%x: int8[1x8x4x4]{scale=0.5, zero_point=0}) -> ";
  const std::string body = R"( {
  %w: int8[4x3x3x4]{scale=0.01, zero_point=0} = random(1)
  %y: int8[1x8x4x4]{scale=0.5, zero_point=0} = CONV_2D(%x, %w, _) {padding=SAME, stride_h=1, stride_w=1}
  %z: int8[1x8x4x4]{scale=0.5, zero_point=0} = CONV_2D(%y, %w, _) {padding=SAME, stride_h=1, stride_w=1}
})";
  const Graph graph = test::parse(head + "(%z, %y)" + body);
  std::vector<Link> order;
  for (int n = 0; n < 2; ++n) order.push_back({n, reads_by_rows(graph, graph.nodes[static_cast<std::size_t>(n)])});
  const std::int32_t rows[] = {1, 1};
  EXPECT_FALSE(plan_chain(graph, order, 0, 1, rows));
  EXPECT_TRUE(plan_chain(graph, order, 1, 1, std::span(rows).first(1)));
}

TEST(Chain, a_layer_that_needs_the_whole_image_has_no_rows) {
  const Graph graph = test::parse(R"(
graph "g" (%x: float32[1x8x4x4]) -> (%y, %p) {
  %w: int8[4x3x3x4]{scale=0.01, zero_point=0} = random(1)
  %y: float32[1x8x4x4] = CONV_2D(%x, %w, _) {padding=SAME, stride_h=1, stride_w=1}
  %p: float32[1x8x4x4] = AVERAGE_POOL_2D(%x) {padding=SAME, stride_w=1, stride_h=1, filter_width=3, filter_height=3}
})");
  EXPECT_FALSE(reads_by_rows(graph, graph.nodes[0]));  // its scale is that of the largest number
  EXPECT_FALSE(reads_by_rows(graph, graph.nodes[1]));  // its border has fewer numbers
}

std::string error_of_rows(const char* text) {
  try {
    make_plan(test::parse(text), {.input_rows = true});
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

// One row in all, and an operand of one channel's shape: nothing to walk along.
TEST(Chain, an_image_of_one_row_with_a_vector_beside) {
  const Graph graph = test::parse(R"(
graph "one row" (%x: int8[4]{scale=0.5, zero_point=0}) -> (%y) {
  %c: int8[1x1x8x4]{scale=0.5, zero_point=0} = random(3)
  %y: int8[1x1x8x4]{scale=0.5, zero_point=0} = ADD(%x, %c)
})");
  const Bytes samples = test::random_samples(graph, 2, 5);
  EXPECT_EQ(test::run_plan(make_plan(graph, {.optimize = Optimize::ram}), samples), test::interpret(graph, samples));
}

TEST(InputRows, what_cannot_come_row_by_row_is_refused) {
  EXPECT_THAT(error_of_rows(R"(
graph "dense" (%x: int8[1x4]{scale=0.5, zero_point=0}) -> (%y) {
  %w: int8[2x4]{scale=0.01, zero_point=0} = random(1)
  %y: int8[1x2]{scale=0.5, zero_point=0} = FULLY_CONNECTED(%x, %w, _)
})"),
              HasSubstr("--input rows: 'x' cannot come row by row"));
  EXPECT_EQ(error_of_rows(R"(
graph "also out" (%x: int8[1x4x4x4]{scale=0.5, zero_point=0}) -> (%y, %x) {
  %y: int8[1x4x4x4]{scale=0.5, zero_point=0} = LOGISTIC(%x)
})"),
            "--input rows: 'x' cannot come row by row: it is an output too");
  EXPECT_EQ(error_of_rows(R"(
graph "two" (%a: int8[1x4x4x4]{scale=0.5, zero_point=0}, %b: int8[1x4x4x4]{scale=0.5, zero_point=0}) -> (%y) {
  %y: int8[1x4x4x4]{scale=0.5, zero_point=0} = ADD(%a, %b)
})"),
            "--input rows: the model has 2 inputs; rows can come for one only");
}

TEST(InputRows, the_input_is_never_whole) {
  const Graph graph = test::parse(R"(
graph "camera" (%x: int8[1x32x32x4]{scale=0.5, zero_point=7}) -> (%y) {
  %w: int8[4x3x3x4]{scale=0.01, zero_point=0} = random(1)
  %y: int8[1x16x16x4]{scale=0.5, zero_point=-9} = CONV_2D(%x, %w, _) {padding=SAME, stride_h=2, stride_w=2}
})");
  const Plan plan = make_plan(graph, {.input_rows = true});
  EXPECT_EQ(plan.pushed, graph.inputs[0]);
  EXPECT_EQ(plan.buffers[static_cast<std::size_t>(plan.buffer_of[static_cast<std::size_t>(plan.pushed)])].bytes, 0);
  // Its three rows of 128 bytes, the result of 1,024, and less than 400 for columns and the count of rows.
  EXPECT_GE(plan.arena_bytes, 3 * 128 + 1024);
  EXPECT_LT(plan.arena_bytes, 3 * 128 + 1024 + 400);
}

}  // namespace
}  // namespace mirim
