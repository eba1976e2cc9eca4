#include "mirim/passes/masks.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/passes/calibrate.hpp"
#include "mirim/passes/quantize.hpp"
#include "tests/passes/graphs.hpp"

namespace mirim {
namespace {

// Calibrated on ramps in [-1, 1] and quantized.
Graph quantized(Graph graph) {
  const auto fill = [](Interpreter& interpreter, std::int64_t sample) {
    const auto x = interpreter.input(0).as<float>();
    for (std::size_t i = 0; i < x.size(); ++i) {
      x[i] = std::sin(static_cast<float>(i) + static_cast<float>(sample));
    }
  };
  const std::vector<Range> ranges = calibrate(graph, 20, fill);
  quantize(graph, ranges);
  return graph;
}

// The largest difference of output 0 from the float graph's.
float worst(const Graph& floats) {
  const Graph integers = quantized(floats);
  Interpreter a(floats), b(integers);
  const Quantization &in = integers[integers.inputs[0]].quantization, &out = integers[integers.outputs[0]].quantization;
  float worst = 0;
  for (int sample = 0; sample < 20; ++sample) {
    const auto x = a.input(0).as<float>();
    const auto q = b.input(0).as<std::int8_t>();
    for (std::size_t i = 0; i < x.size(); ++i) {
      x[i] = std::sin(static_cast<float>(i) + static_cast<float>(sample));
      q[i] = static_cast<std::int8_t>(
          std::clamp(std::round(x[i] / in.scale[0]) + static_cast<float>(in.zero_point[0]), -128.0F, 127.0F));
    }
    a.run();
    b.run();
    for (std::size_t i = 0; i < a.output(0).as<float>().size(); ++i) {
      const float y = static_cast<float>(b.output(0).as<std::int8_t>()[i] - out.zero_point[0]) * out.scale[0];
      worst = std::max(worst, std::fabs(y - a.output(0).as<float>()[i]));
    }
  }
  return worst;
}

Graph padded_maximum(const std::string& padding) {
  return test::parse(R"(graph "" (%x: float32[1x4x4x2]) -> (%y) {
    %pads: int32[4x2] = [0, 0, 1, 1, 1, 1, 0, 0]
    %c: float32[1] = [)" +
                     padding + R"(]
    %p: float32[1x6x6x2] = PADV2(%x, %pads, %c)
    %y: float32[1x2x2x2] = MAX_POOL_2D(%p) {padding=VALID, stride_w=3, stride_h=3, filter_width=3, filter_height=3}
  })");
}

TEST(Masks, padding_before_a_maximum_does_not_enter_the_range) {
  for (const std::string padding : {"-inf", "-3.40282347e+38", "-1e9", "-1e4"}) {
    const Graph graph = quantized(padded_maximum(padding));
    // 2 / 255 at most, the scale of the data; the padding is the least int8.
    EXPECT_LT(graph[graph.outputs[0]].quantization.scale[0], 0.008F) << padding;
    EXPECT_EQ(graph[graph.nodes[0].inputs[2]].values<std::int8_t>()[0], -128) << padding;
    EXPECT_LT(worst(padded_maximum(padding)), 0.008F) << padding;
  }
}

TEST(Masks, before_softmax_leave_no_probability_and_do_not_enter_the_range) {
  const auto added = [](const std::string& mask) {
    return test::parse(R"(graph "" (%x: float32[2x4]) -> (%y) {
      %m: float32[2x4] = [0, )" +
                       mask + ", 0, " + mask + ", 0, 0, 0, " + mask + R"(]
      %s: float32[2x4] = ADD(%x, %m)
      %y: float32[2x4] = SOFTMAX(%s) {beta=1}
    })");
  };
  const auto selected = [](const std::string& mask) {
    return test::parse(R"(graph "" (%x: float32[2x4]) -> (%y) {
      %keep: bool[2x4] = bytes(0x0100010001010100)
      %c: float32[1] = [)" +
                       mask + R"(]
      %s: float32[2x4] = SELECT_V2(%keep, %x, %c)
      %y: float32[2x4] = SOFTMAX(%s) {beta=1}
    })");
  };
  for (const std::string mask : {"-inf", "-3.40282347e+38", "-1e9", "-1e4"}) {
    // A step of the scores is at most (2 + 1 + log(2048)) / 255 = 0.04, half of it 2 %.
    EXPECT_LT(worst(added(mask)), 0.03F) << mask;
    EXPECT_LT(worst(selected(mask)), 0.03F) << mask;
  }
}

TEST(Masks, made_of_a_computed_switch_are_as_good) {
  // Where x >= 0 the scores count; elsewhere 1 * -1e9 is added.
  EXPECT_LT(worst(test::parse(R"(graph "" (%x: float32[2x4]) -> (%y) {
    %zero: float32[1] = [0]
    %off: bool[2x4] = LESS(%x, %zero)
    %one: float32[1] = [1]
    %m: float32[2x4] = SELECT_V2(%off, %one, %zero)
    %c: float32[1] = [-1e9]
    %k: float32[2x4] = MUL(%m, %c)
    %s: float32[2x4] = ADD(%x, %k)
    %y: float32[2x4] = SOFTMAX(%s) {beta=1}
  })")),
            0.06F);
}

TEST(Masks, are_not_big_numbers_that_count) {
  // A scale of 1e5 in front of a maximum, and a result in thousands.
  const Graph scaled = test::parse(R"(graph "" (%x: float32[1x4]) -> (%y, %z) {
    %k: float32[1] = [100000]
    %y: float32[1x4] = MUL(%x, %k)
    %axis: int32[1] = [1]
    %z: float32[1] = REDUCE_MAX(%y, %axis)
  })");
  for (const NeverChosen& limit : find_never_chosen(scaled)) EXPECT_TRUE(counts(limit, 1e5F));
  EXPECT_LT(worst(scaled), 800.0F);
}

TEST(Masks, infinity_in_a_comparison_stays_beyond_all_numbers) {
  const Graph graph = quantized(test::parse(R"(graph "" (%x: float32[1x4]) -> (%y) {
    %c: float32[1] = [inf]
    %b: bool[1x4] = EQUAL(%x, %c)
    %none: float32[1] = [0]
    %y: float32[1x4] = SELECT_V2(%b, %none, %x)
  })"));
  Interpreter interpreter(graph);
  std::ranges::fill(interpreter.input(0).as<std::int8_t>(), std::int8_t{127});
  interpreter.run();
  EXPECT_THAT(interpreter.output(0).as<std::int8_t>(), testing::Each(127));
}

TEST(Masks, infinity_that_is_added_to_a_result_is_refused) {
  EXPECT_THROW(quantized(test::parse(R"(graph "" (%x: float32[1x4]) -> (%y) {
    %c: float32[4] = [0, 0, 0, -inf]
    %y: float32[1x4] = ADD(%x, %c)
  })")),
               Error);
}

}  // namespace
}  // namespace mirim
