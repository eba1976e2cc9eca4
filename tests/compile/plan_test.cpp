#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mirim/base/error.hpp"
#include "mirim/compile/compile.hpp"
#include "mirim/compile/fit.hpp"
#include "mirim/compile/place.hpp"
#include "tests/compile/graphs.hpp"

namespace mirim {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Byte by byte and step by step: at each step every byte of the arena belongs to one live buffer at most.
void expect_no_overlap(std::span<const Buffer> buffers, std::int64_t total) {
  int end = 0;
  for (const Buffer& b : buffers) end = std::max(end, b.last);
  for (int step = -1; step <= end; ++step) {
    std::vector<int> owner(static_cast<std::size_t>(total), -1);
    for (std::size_t b = 0; b < buffers.size(); ++b) {
      if (step < buffers[b].first || step > buffers[b].last) continue;
      ASSERT_GE(buffers[b].offset, 0);
      ASSERT_LE(buffers[b].offset + buffers[b].bytes, total);
      ASSERT_EQ(buffers[b].offset % kBufferAlignment, 0);
      for (std::int64_t i = 0; i < buffers[b].bytes; ++i) {
        int& o = owner[static_cast<std::size_t>(buffers[b].offset + i)];
        ASSERT_EQ(o, -1) << "buffers " << o << " and " << b << " share byte " << buffers[b].offset + i << " at step "
                         << step;
        o = static_cast<int>(b);
      }
    }
  }
}

TEST(Place, random_buffers_never_overlap_and_the_bound_is_nearly_always_reached) {
  int reached = 0;
  constexpr int kCases = 200;
  for (int seed = 0; seed < kCases; ++seed) {
    SCOPED_TRACE(seed);
    Random random(static_cast<std::uint64_t>(seed));
    std::vector<Buffer> buffers(static_cast<std::size_t>(1 + random.below(14)));
    for (Buffer& b : buffers) {
      b.bytes = 4 * (1 + random.below(30));
      b.first = static_cast<int>(random.below(10)) - 1;
      b.last = b.first + static_cast<int>(random.below(5));
    }
    const std::int64_t total = place(buffers);
    expect_no_overlap(buffers, total);
    ASSERT_GE(total, peak_of_live_bytes(buffers));
    reached += total == peak_of_live_bytes(buffers);
  }
  // Random buffers are harder than networks: some cannot reach the bound at all.
  EXPECT_GE(reached, kCases * 95 / 100);
}

TEST(Place, reaches_the_bound_where_largest_first_does_not) {
  // Steps 0..3; at each step 12 bytes are alive. Largest first puts A and B at 0, then C (4 bytes, all the time) on top
  // at 8: fine only when D and E find room beside them.
  std::vector<Buffer> buffers = {{.bytes = 8, .first = 0, .last = 0}, {.bytes = 8, .first = 3, .last = 3},
                                 {.bytes = 4, .first = 0, .last = 1}, {.bytes = 4, .first = 2, .last = 3},
                                 {.bytes = 8, .first = 1, .last = 1}, {.bytes = 8, .first = 2, .last = 2}};
  EXPECT_EQ(place(buffers), 12);
  expect_no_overlap(buffers, 12);
}

TEST(Place, a_buffer_lies_over_another_that_it_follows) {
  std::vector<Buffer> buffers = {{.bytes = 100, .first = -1, .last = 1},
                                 {.bytes = 60, .first = 1, .last = 3, .over = 0, .lead = 20},
                                 {.bytes = 8, .first = 0, .last = 1}};
  EXPECT_EQ(peak_of_live_bytes(buffers), 128);
  EXPECT_EQ(place(buffers), 128);
  const bool before = buffers[1].offset + 20 <= buffers[0].offset;
  EXPECT_TRUE(before || buffers[1].offset >= buffers[0].offset + 100);
}

TEST(Place, nothing_takes_nothing) { EXPECT_EQ(place({}), 0); }

// The two convolutions 1x1 by 8 channels on 2x2: 32 bytes each tensor of 8 channels.
constexpr const char* kResidual = R"(
graph "residual" (%x: int8[1x2x2x8]{scale=0.5, zero_point=0}) -> (%z) {
  %w: int8[8x1x1x8]{scale=0.01, zero_point=0} = random(1)
  %a: int8[1x2x2x8]{scale=0.5, zero_point=0} = CONV_2D(%x, %w, _) {stride_w=1, stride_h=1}
  %b: int8[1x2x2x8]{scale=0.5, zero_point=0} = CONV_2D(%a, %w, _) {stride_w=1, stride_h=1}
  %y: int8[1x2x2x8]{scale=0.5, zero_point=0} = ADD(%x, %b)
  %s: int32[2] = [1, 32]
  %z: int8[1x32]{scale=0.5, zero_point=0} = RESHAPE(%y, %s)
})";

// A core without SMLAD has the plain kernels only, which take no memory of their own.
const CompileOptions kPlain{.target = "cortex-m3", .optimize = Optimize::speed};  // whole tensors

TEST(Plan, adds_in_place_and_reshapes_for_nothing) {
  const Plan plan = make_plan(test::parse(kResidual), kPlain);
  // x and a, then x, a and b, then the sum over x or b: three tensors of 32 bytes at the peak.
  EXPECT_EQ(plan.peak_bytes, 96);
  EXPECT_EQ(plan.arena_bytes, 96);
  EXPECT_EQ(plan.steps[3].skipped, "the same bytes by another name");
  const auto buffer_of = [&](std::string_view name) {
    for (std::size_t v = 0; v < plan.graph.values.size(); ++v) {
      if (plan.graph.values[v].name == name) return plan.buffer_of[v];
    }
    return -2;
  };
  EXPECT_THAT(buffer_of("y"), ::testing::AnyOf(buffer_of("x"), buffer_of("b")));
  EXPECT_EQ(buffer_of("z"), buffer_of("y"));
}

TEST(Plan, refuses_an_arena_beyond_32_bits) {
  const Graph graph = test::parse(R"(
graph "large" (%x: int8[1x40000x40000x1]{scale=0.5, zero_point=0}) -> (%y, %z) {
  %y: int8[1x40000x40000x1]{scale=0.5, zero_point=0} = ADD(%x, %x)
  %z: int8[1x40000x40000x1]{scale=0.5, zero_point=0} = ADD(%y, %y)
})");
  EXPECT_THAT([&] { make_plan(graph); }, ::testing::ThrowsMessage<Error>(HasSubstr("3200000000 bytes")));
}

// On the device too loops over the other dimensions would not end.
TEST(Plan, calls_nothing_for_results_without_elements) {
  const Plan plan = make_plan(test::parse(R"(
graph "empty" (%x: int8[100000x100000x1x0]{scale=0.5, zero_point=0}) -> (%y) {
  %y: int8[100000x100000x1x0]{scale=0.5, zero_point=0} = ADD(%x, %x)
})"));
  EXPECT_EQ(plan.steps[0].skipped, "no elements");
  EXPECT_EQ(plan.arena_bytes, 0);
}

TEST(Plan, equal_constants_are_stored_once) {
  const Plan plan = make_plan(test::parse(kResidual), kPlain);
  std::vector<std::string> names;
  for (const PackedConstant& c : plan.constants) names.push_back(c.name);
  // Weights once; both convolutions have the same multiplier 0.01 and so the same shift. No bias.
  EXPECT_THAT(names, ElementsAre("a_weights", "a_multiplier", "a_shift"));
  EXPECT_EQ(plan.constant_bytes, 64 + 4 + 4);
}

TEST(Plan, runs_the_branch_first_that_frees_more) {
  // Both orders of the branches are right. `wide` first needs x, wide and its convolution's result at once, while
  // `narrow` waits.
  const Plan plan = make_plan(test::parse(R"(
graph "branches" (%x: int8[1x2x2x4]{scale=0.5, zero_point=0}) -> (%y) {
  %w1: int8[4x1x1x4]{scale=0.01, zero_point=0} = random(1)
  %w2: int8[64x1x1x4]{scale=0.01, zero_point=0} = random(2)
  %w3: int8[4x1x1x64]{scale=0.01, zero_point=0} = random(3)
  %narrow: int8[1x2x2x4]{scale=0.5, zero_point=0} = CONV_2D(%x, %w1, _) {stride_w=1, stride_h=1}
  %wide: int8[1x2x2x64]{scale=0.5, zero_point=0} = CONV_2D(%x, %w2, _) {stride_w=1, stride_h=1}
  %back: int8[1x2x2x4]{scale=0.5, zero_point=0} = CONV_2D(%wide, %w3, _) {stride_w=1, stride_h=1}
  %y: int8[1x2x2x4]{scale=0.5, zero_point=0} = ADD(%narrow, %back)
})"),
                              kPlain);
  // In the graph's order narrow (16), wide (256) and x (16) live together: 288. With the wide branch first: wide, back
  // and x: 288; then narrow.
  EXPECT_EQ(plan.peak_bytes, 288);
  const Plan better = make_plan(test::parse(R"(
graph "branches" (%x: int8[1x2x2x4]{scale=0.5, zero_point=0}) -> (%y) {
  %w1: int8[32x1x1x4]{scale=0.01, zero_point=0} = random(1)
  %w2: int8[64x1x1x4]{scale=0.01, zero_point=0} = random(2)
  %w3: int8[32x1x1x64]{scale=0.01, zero_point=0} = random(3)
  %first: int8[1x2x2x32]{scale=0.5, zero_point=0} = CONV_2D(%x, %w1, _) {stride_w=1, stride_h=1}
  %wide: int8[1x2x2x64]{scale=0.5, zero_point=0} = CONV_2D(%x, %w2, _) {stride_w=1, stride_h=1}
  %back: int8[1x2x2x32]{scale=0.5, zero_point=0} = CONV_2D(%wide, %w3, _) {stride_w=1, stride_h=1}
  %y: int8[1x2x2x32]{scale=0.5, zero_point=0} = ADD(%first, %back)
})"),
                                kPlain);
  // The graph's own order: first (128) + wide (256) + back (128) = 512. The other: x (16) + wide (256) + back (128) =
  // 400.
  EXPECT_EQ(better.peak_bytes, 400);
  EXPECT_EQ(better.steps[0].node, 1);
}

TEST(Plan, an_input_that_is_read_later_is_not_overwritten) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const std::string text = test::random_network(seed);
    SCOPED_TRACE(text);
    const Graph graph = test::parse(text);
    const Plan plan = make_plan(graph);
    expect_no_overlap(plan.buffers, plan.arena_bytes);
    const Bytes samples = test::random_samples(graph, 2, seed);
    ASSERT_EQ(test::run_plan(plan, samples), test::interpret(graph, samples));
  }
}

std::string error_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Plan, a_layer_without_a_device_kernel_is_named) {
  EXPECT_EQ(error_of([] {
              make_plan(test::parse(R"(
graph "training" (%x: float32[1x4]) -> (%y) {
  %y: float32[1x4] = FAKE_QUANT(%x) {min=-6, max=6, num_bits=8}
})"));
            }),
            "node 0 'y' (FAKE_QUANT): has no device kernel");
}

TEST(Fit, names_the_three_largest_tensors_at_the_peak) {
  const std::string error = error_of([] {
    compile(test::parse(R"(
graph "large" (%x: int8[1x100x100x1]{scale=0.5, zero_point=0}) -> (%b) {
  %w: int8[1x1x1x1]{scale=0.01, zero_point=0} = random(1)
  %a: int8[1x100x100x1]{scale=0.5, zero_point=0} = CONV_2D(%x, %w, _) {stride_w=1, stride_h=1}
  %b: int8[1x100x100x1]{scale=0.5, zero_point=0} = CONV_2D(%a, %w, _) {stride_w=1, stride_h=1}
})"),
            {.optimize = Optimize::speed, .device = "nucleo_f030r8"});
  });
  EXPECT_EQ(error,
            "the model needs an arena of 20,000 bytes in one piece, ST Nucleo-F030R8 has 8,192; largest at the peak "
            "are 'x' (10000 bytes), "
            "'a' (10000 bytes); the arena takes with --optimize ram 10,100 bytes");
}

TEST(Fit, an_unknown_device_gets_the_list) {
  EXPECT_THAT(error_of([] { find_device("toaster"); }),
              HasSubstr("'toaster' is no device that mirim knows; there are nano33ble, "));
}

}  // namespace
}  // namespace mirim
