// Layers that take the rows of their image as they come against the plain kernels on the whole image.
#include "mirim/offers/taken_rows.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/compile/graphs.hpp"

namespace mirim {
namespace {

struct Case {
  std::int32_t height, width, channels;
  std::uint64_t seed;
};

Graph graph_of(const Case& c) {
  Random random(c.seed);
  return test::parse(
      fmt::format("graph \"one\" (%x: int8[1x{}x{}x{}]{{scale=0.0625, zero_point=-3}}) -> (%all) {{\n{}}}\n", c.height,
                  c.width, c.channels, test::over_the_image("x", c.height, c.width, c.channels, random)));
}

// The last node on `image`, by the plain kernel or, with `rows`, taking as many at each call; twice, to see that the
// state is as before.
Bytes run(const Graph& graph, const Bytes& image, std::int32_t rows) {
  const Node& node = graph.nodes.back();
  const std::vector<Operand> in = operands(graph, node.inputs), out = operands(graph, node.outputs);
  KernelCall call = node.op.lower(Types(in), Types(out));
  if (rows > 0) {
    std::optional<Offer> offer = offer_taken_rows({node.op, Types(in), Types(out), call}, rows);
    if (!offer) return {};
    call = std::move(offer->call);
  }
  Bytes result(static_cast<std::size_t>(out[0].type->bytes())), state(static_cast<std::size_t>(call.scratch_bytes));
  const std::int64_t height = rows > 0 ? in[0].shape()[1] : 1, step = rows > 0 ? rows : 1;
  for (int time = 0; time < 2; ++time) {
    std::ranges::fill(result, std::byte{0x55});
    for (std::int64_t row = 0; row < height; row += step) {
      std::vector<void*> pointers;
      for (const KernelArgument& a : call.arguments) {
        const void* from = nullptr;
        if (a.from == KernelArgument::From::output) from = result.data();
        if (a.from == KernelArgument::From::scratch) from = state.data();
        if (a.from == KernelArgument::From::constant)
          from = call.constants[static_cast<std::size_t>(a.index)].bytes.data();
        if (a.from == KernelArgument::From::input) {
          const ValueId id = static_cast<std::size_t>(a.index) < node.inputs.size()
                                 ? node.inputs[static_cast<std::size_t>(a.index)]
                                 : kNoValue;
          if (id != kNoValue && graph[id].is_constant()) from = graph[id].constant->data();
          if (a.index == 0) from = image.data() + static_cast<std::int64_t>(image.size()) / height * row;
        }
        pointers.push_back(const_cast<void*>(from));
      }
      call.run(pointers);
    }
  }
  return result;
}

TEST(TakenRows, have_the_bits_of_the_plain_kernels) {
  int taken = 0;
  for (std::uint64_t seed = 0; seed < 600; ++seed) {
    Random random(seed);
    const Case c{static_cast<std::int32_t>(1 + random.below(12)), static_cast<std::int32_t>(1 + random.below(9)),
                 static_cast<std::int32_t>(1 + random.below(13)), seed};
    const Graph graph = graph_of(c);
    if (graph.nodes.size() > 1) continue;  // a RESHAPE comes first
    Bytes image = test::random_samples(graph, 1, seed);
    if (seed % 5 == 0) std::ranges::fill(image, static_cast<std::byte>(seed % 2 == 0 ? -128 : 127));
    for (std::int32_t rows = 1; rows <= c.height; ++rows) {
      if (c.height % rows != 0) continue;
      SCOPED_TRACE(fmt::format("seed {}, {} rows of {}x{}x{}", seed, rows, c.height, c.width, c.channels));
      const Bytes result = run(graph, image, rows);
      ASSERT_FALSE(result.empty());
      ASSERT_EQ(result, run(graph, image, 0));
      ++taken;
    }
  }
  EXPECT_GT(taken, 1000);
}

// Sums of 16 bits hold 256 elements.
TEST(TakenRows, of_many_extreme_pixels_pass_no_limit) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Graph graph = graph_of({2, 700, 5, seed});
    if (graph.nodes.size() > 1) continue;
    for (const int value : {-128, 127}) {
      const Bytes image(2 * 700 * 5, static_cast<std::byte>(value));
      EXPECT_EQ(run(graph, image, 1), run(graph, image, 0)) << seed;
      EXPECT_EQ(run(graph, image, 2), run(graph, image, 0)) << seed;
    }
  }
}

TEST(TakenRows, part_of_an_image_or_another_axis_is_refused) {
  for (const char* text : {
           "%y: int8[1x3x3x4]{scale=0.5, zero_point=0} = AVERAGE_POOL_2D(%x) {padding=VALID, stride_h=1, stride_w=1, "
           "filter_width=2, filter_height=2}",
           "%a: int32[2] = [1, 3]\n  %y: int8[1x4]{scale=0.5, zero_point=0} = MEAN(%x, %a)",
           "%w: int8[2x16]{scale=0.01, zero_point=0} = random(1)\n  %y: int8[4x2]{scale=0.5, zero_point=0} = "
           "FULLY_CONNECTED(%x, %w, _)",
       }) {
    const Graph graph = test::parse(
        fmt::format("graph \"g\" (%x: int8[1x4x4x4]{{scale=0.5, zero_point=0}}) -> (%y) {{\n  {}\n}}\n", text));
    EXPECT_TRUE(run(graph, Bytes(64), 1).empty()) << text;
  }
}

}  // namespace
}  // namespace mirim
