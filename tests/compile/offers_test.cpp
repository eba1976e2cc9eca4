// The kernels of mirim/offers on the emulated board, where they are in assembly: the cases that tests/offers runs on
// the host.
#include <gtest/gtest.h>

#include "mirim/compile/compile.hpp"
#include "tests/compile/graphs.hpp"
#include "tests/offers/compressed_cases.hpp"
#include "tests/offers/linear_cases.hpp"
#include "tests/offers/on_board.hpp"
#include "tests/offers/random_nodes.hpp"
#include "tests/offers/winograd_cases.hpp"

namespace mirim {
namespace {

#define SKIP_WITHOUT_BOARD() \
  if (!test::has_board()) GTEST_SKIP() << "needs Debian's packages gcc-arm-none-eabi and qemu-system-arm"

struct Build {
  const char* name;
  std::vector<std::string> flags;
};
// The default, what makes inline assembly with fourteen operands fail to build, and without assembly.
const Build kBuilds[] = {{"by_default", {}},
                         {"small", {"-Os", "-fno-omit-frame-pointer", "-ffixed-r9"}},
                         {"in_cpp", {"-O2", "-DMIRIM_NO_ASSEMBLY"}}};

class OffersOnTheBoard : public testing::TestWithParam<Build> {};

TEST_P(OffersOnTheBoard, convolutions_in_lanes_have_the_bits_of_the_plain_kernel) {
  SKIP_WITHOUT_BOARD();
  test::BoardCalls calls;
  std::vector<std::vector<std::int8_t>> expected;
  for (std::uint32_t seed = 5001; seed <= 5080; ++seed) {
    for (const auto kernel : {test::BoardKernel::paired_4x2, test::BoardKernel::paired_4x2_odd,
                              test::BoardKernel::paired_2x4, test::BoardKernel::paired_4x1}) {
      test::PairedCase c = test::paired_case(seed, kernel == test::BoardKernel::paired_2x4 ? 2 : 4);
      if (c.pack.words.size() > 16'000 || c.expected.size() > test::BoardCalls::kAnswerBytes) continue;
      calls.add(kernel, c.p, c.input, c.pack.words);
      expected.push_back(std::move(c.expected));
    }
  }
  // Long filters of large weights, whose sums are taken out in chunks.
  const std::size_t whole = expected.size();
  for (std::uint32_t seed = 6001; seed <= 7000 && expected.size() < whole + 4; ++seed) {
    test::PairedCase c = test::paired_case(seed, 4);
    if (c.pack.chunk == micro::paired_filter_size(c.p) / 2 || c.pack.words.size() > 16'000) continue;
    if (c.expected.size() > test::BoardCalls::kAnswerBytes) continue;
    calls.add(test::BoardKernel::paired_4x1, c.p, c.input, c.pack.words);
    expected.push_back(std::move(c.expected));
  }
  ASSERT_EQ(expected.size(), whole + 4);
  calls.run({.flags = GetParam().flags});
  ASSERT_GT(expected.size(), 180U);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(calls.answer(i, expected[i].size()), expected[i]) << "call " << i;
  }
}

TEST_P(OffersOnTheBoard, convolutions_from_compressed_weights_have_the_bits_of_the_plain_kernel) {
  SKIP_WITHOUT_BOARD();
  test::BoardCalls calls;
  std::vector<std::vector<std::int8_t>> expected;
  for (std::uint32_t seed = 5001; seed <= 5080; ++seed) {
    for (test::CompressedCase c :
         {test::nibbles_case(seed), test::codebook_case(seed), test::sparse_case(seed), test::entropy_case(seed)}) {
      if (!c.refusal.empty() || c.words.size() > 16'000 || c.expected.size() > test::BoardCalls::kAnswerBytes) continue;
      calls.add(c.on_board, c.p, c.input, c.words);
      expected.push_back(std::move(c.expected));
    }
  }
  calls.run({.flags = GetParam().flags});
  ASSERT_GT(expected.size(), 270U);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(calls.answer(i, expected[i].size()), expected[i]) << "call " << i;
  }
}

TEST_P(OffersOnTheBoard, depthwise_convolutions_through_a_plane_have_the_bits_of_the_plain_kernel) {
  SKIP_WITHOUT_BOARD();
  test::BoardCalls calls;
  std::vector<std::vector<std::int8_t>> expected;
  for (std::uint32_t seed = 5001; seed <= 5150; ++seed) {
    test::PlaneCase c = test::plane_case(seed);
    if (c.expected.size() > test::BoardCalls::kAnswerBytes || c.input.size() > 30'000) continue;
    if (micro::depthwise_plane_scratch_bytes(c.p) > 16'000) continue;
    calls.add(c.in_place() ? test::BoardKernel::plane_in_place : test::BoardKernel::plane, c.p, c.input, c.pack.words);
    expected.push_back(std::move(c.expected));
  }
  calls.run({.flags = GetParam().flags});
  ASSERT_GT(expected.size(), 130U);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(calls.answer(i, expected[i].size()), expected[i]) << "call " << i;
  }
}

TEST_P(OffersOnTheBoard, depthwise_convolutions_of_four_channels_have_the_bits_of_the_plain_kernel) {
  SKIP_WITHOUT_BOARD();
  test::BoardCalls calls;
  std::vector<std::vector<std::int8_t>> expected;
  for (std::uint32_t seed = 5001; seed <= 5100; ++seed) {
    test::FoursCase c = test::fours_case(seed);
    if (c.expected.size() > test::BoardCalls::kAnswerBytes || c.input.size() > 30'000) continue;
    calls.add(test::BoardKernel::depthwise_fours, c.p, c.input, c.pack.words);
    expected.push_back(std::move(c.expected));
  }
  calls.run({.flags = GetParam().flags});
  ASSERT_GT(expected.size(), 90U);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(calls.answer(i, expected[i].size()), expected[i]) << "call " << i;
  }
}

TEST_P(OffersOnTheBoard, winograds_convolutions_have_the_bits_of_the_plain_kernel) {
  SKIP_WITHOUT_BOARD();
  test::BoardCalls calls;
  std::vector<std::vector<std::int8_t>> expected;
  for (std::uint32_t seed = 5001; seed <= 5060; ++seed) {
    test::WinogradCase c = test::winograd_case(seed);
    if (c.pack.words.size() > 20'000) continue;
    calls.add(test::BoardKernel::winograd, c.p, c.input, c.pack.words);
    expected.push_back(std::move(c.expected));
  }
  calls.run({.flags = GetParam().flags});
  ASSERT_GT(expected.size(), 40U);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(calls.answer(i, expected[i].size()), expected[i]) << "call " << i;
  }
}

TEST_P(OffersOnTheBoard, elementwise_kernels_have_the_bits_of_the_plain_ones) {
  SKIP_WITHOUT_BOARD();
  test::BoardCalls calls;
  std::vector<std::vector<std::int8_t>> expected;
  const auto kernel = [](test::BoardKernel first, int shift) {
    return static_cast<test::BoardKernel>(static_cast<int>(first) + shift);
  };
  for (std::uint32_t seed = 5001; seed <= 5040; ++seed) {
    test::MulCase mul = test::mul_case(seed);
    calls.add(test::BoardKernel::product_pair, test::product_params(mul), mul.input1, mul.input2);
    expected.push_back(std::move(mul.expected));
    test::AddCase add = test::add_case(seed);
    if (const auto fit = fit_linear_pair(add.results(), add.slope1, add.slope2)) {
      calls.add(kernel(test::BoardKernel::linear_pair, fit->shift), test::fitted(add, *fit), add.input1, add.input2);
      expected.push_back(std::move(add.expected));
    }
    test::RequantizeCase one = test::requantize_case(seed);
    if (const auto fit = fit_linear(one.results(), one.slope)) {
      calls.add(kernel(test::BoardKernel::linear, fit->shift), test::fitted(one, *fit), one.input);
      expected.push_back(std::move(one.expected));
    }
  }
  calls.run({.flags = GetParam().flags});
  ASSERT_GT(expected.size(), 80U);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(calls.answer(i, expected[i].size()), expected[i]) << "call " << i;
  }
}

// Layers of one graph, all in one firmware; the judge is the interpreter.
void expect_offers_have_the_interpreters_bits(const Graph& graph, const Build& build) {
  const TemporaryFolder folder;
  const Artifact artifact = compile(graph, {.optimize = Optimize::speed});
  int offered = 0;
  for (const Step& step : artifact.plan.steps) offered += step.kernel != "plain" ? 1 : 0;
  EXPECT_GT(offered, static_cast<int>(graph.nodes.size()) / 3);
  write_temporary_artifact(folder.path(), artifact);
  const Bytes samples = test::random_samples(graph, 3, 1);
  EXPECT_EQ(run_firmware(folder.path(), samples, {.flags = build.flags}).answers, test::interpret(graph, samples));
}

TEST_P(OffersOnTheBoard, recurrent_layers_have_the_bits_of_the_interpreter) {
  SKIP_WITHOUT_BOARD();
  Graph graph;
  test::RandomNodes nodes(graph, 5001);
  for (int i = 0; i < 12; ++i) nodes.lstm(), nodes.svdf();
  expect_offers_have_the_interpreters_bits(graph, GetParam());
}

TEST_P(OffersOnTheBoard, fully_connected_layers_have_the_bits_of_the_interpreter) {
  SKIP_WITHOUT_BOARD();
  Graph graph;
  test::RandomNodes nodes(graph, 5001);
  for (int i = 0; i < 24; ++i) nodes.fully_connected();
  expect_offers_have_the_interpreters_bits(graph, GetParam());
}

TEST_P(OffersOnTheBoard, pools_means_and_softmax_have_the_bits_of_the_interpreter) {
  SKIP_WITHOUT_BOARD();
  Graph graph;
  test::RandomNodes nodes(graph, 5001);
  for (int i = 0; i < 12; ++i) nodes.max_pool(), nodes.average_pool(), nodes.mean(), nodes.softmax();
  expect_offers_have_the_interpreters_bits(graph, GetParam());
}

INSTANTIATE_TEST_SUITE_P(Built, OffersOnTheBoard, testing::ValuesIn(kBuilds),
                         [](const auto& build) { return build.param.name; });

}  // namespace
}  // namespace mirim
