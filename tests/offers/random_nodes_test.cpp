// Offers for random layers against the plain kernels. On the host they are in C++; tests/compile runs such layers on an
// emulated board, where they are in assembly.
#include <gmock/gmock.h>

#include "mirim/micro/pool_words.hpp"
#include "mirim/micro/softmax_kept.hpp"
#include "mirim/offers/kernels.hpp"
#include "tests/offers/random_nodes.hpp"

namespace mirim {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

// How many of random layers the kernel takes, all with the bits of the plain one.
int taken_of(int layers, void (test::RandomNodes::*add)(), Answer (*answer)(const Work&, const Target&),
             const testing::Matcher<std::string>& refusals) {
  int taken = 0;
  for (int seed = 1; seed <= layers; ++seed) {
    SCOPED_TRACE(seed);
    Graph graph;
    test::RandomNodes nodes(graph, static_cast<std::uint32_t>(seed));
    (nodes.*add)();
    const Node& node = graph.nodes[0];
    const test::NodeTypes types(graph, node);
    const KernelCall plain = node.op.lower(Types(types.in), Types(types.out));
    const Answer given = answer({.op = node.op, .in = Types(types.in), .out = Types(types.out), .plain = plain},
                                find_target("cortex-m4"));
    if (const auto* refusal = std::get_if<std::string>(&given)) {
      EXPECT_THAT(*refusal, refusals);
      continue;
    }
    ++taken;
    EXPECT_EQ(test::run_node(graph, node, std::get<Offer>(given).call, 4), test::run_node(graph, node, plain, 4));
    if (testing::Test::HasFailure()) break;
  }
  return taken;
}

TEST(LstmInLanes, has_the_bits_of_the_plain_kernel) {
  const auto refusals =
      AnyOf(HasSubstr("it has fewer than"), HasSubstr("a shift of"), HasSubstr("is -128 beside a negative one"));
  EXPECT_GT(taken_of(200, &test::RandomNodes::lstm, &offer_lstm_paired, refusals), 100);
}

TEST(SvdfInLanes, has_the_bits_of_the_plain_kernel) {
  const auto refusals = AnyOf(HasSubstr("it has fewer than"), HasSubstr("is -128 beside a negative one"));
  EXPECT_GT(taken_of(300, &test::RandomNodes::svdf, &offer_svdf_paired, refusals), 80);
}

TEST(FullyConnectedInLanes, has_the_bits_of_the_plain_kernel) {
  const auto refusals =
      AnyOf(HasSubstr("it has fewer than"), HasSubstr("is -128 beside a negative one"), HasSubstr("a shift of"));
  EXPECT_GT(taken_of(300, &test::RandomNodes::fully_connected, &offer_fully_connected_paired, refusals), 100);
}

// Sums of 16 bits hold 256 elements.
TEST(PoolsOfFourChannels, hold_256_extreme_elements) {
  for (const int value : {-128, 127}) {
    const std::vector<std::int8_t> x(16 * 16 * 4, static_cast<std::int8_t>(value));
    std::int8_t y[4] = {};
    micro::Pool2dParams p{};
    p.batches = p.output_height = p.output_width = p.stride_height = p.stride_width = 1;
    p.input_height = p.input_width = p.filter_height = p.filter_width = 16, p.channels = 4;
    p.activation_min = -128, p.activation_max = 127;
    micro::average_pool_2d_words(p, x.data(), y);
    for (const std::int8_t each : y) EXPECT_EQ(int{each}, value);
  }
}

TEST(FullyConnectedWithTheShortRescaling, has_the_bits_of_the_plain_kernel) {
  EXPECT_GT(taken_of(300, &test::RandomNodes::fully_connected, &offer_fully_connected_short, HasSubstr("output")), 250);
}

TEST(PoolsOfFourChannels, have_the_bits_of_the_plain_kernels) {
  const auto few = HasSubstr("fewer than 4 channels");
  EXPECT_GT(taken_of(300, &test::RandomNodes::max_pool, &offer_max_pool_words, few), 200);
  EXPECT_GT(taken_of(300, &test::RandomNodes::average_pool, &offer_average_pool_words, few), 200);
}

TEST(MeansOfFourChannels, have_the_bits_of_the_plain_kernel) {
  const auto refusals = AnyOf(HasSubstr("fewer than 4 channels"), HasSubstr("no neighbours"));
  EXPECT_GT(taken_of(300, &test::RandomNodes::mean, &offer_mean_words, refusals), 150);
}

TEST(SoftmaxWithExponentialsKept, has_the_bits_of_the_plain_kernel) {
  EXPECT_EQ(taken_of(400, &test::RandomNodes::softmax, &offer_softmax_kept, HasSubstr("none")), 400);
}

// Steps of a prime go through all quarters and their ends.
TEST(SoftmaxWithExponentialsKept, has_the_exponentials_of_the_plain_kernel) {
  for (std::int64_t a = std::numeric_limits<std::int32_t>::min(); a <= 0; a += 4093) {
    const auto x = static_cast<std::int32_t>(a);
    ASSERT_EQ(micro::fast_exp(x), micro::exp_on_negative_values<5>(x)) << x;
  }
  for (std::int32_t quarter = 0; quarter <= 127; ++quarter) {
    for (std::int32_t by = -2; by <= 2; ++by) {
      const std::int32_t x = -quarter * (1 << 24) + by;
      if (x > 0) continue;
      ASSERT_EQ(micro::fast_exp(x), micro::exp_on_negative_values<5>(x)) << x;
    }
  }
}

TEST(SoftmaxWithExponentialsKept, has_the_reciprocals_of_the_plain_kernel) {
  for (std::int64_t a = 0; a <= std::numeric_limits<std::int32_t>::max(); a += a < 5000 ? 1 : 4093) {
    const auto x = static_cast<std::int32_t>(a);
    ASSERT_EQ(micro::fast_one_over_one_plus(x), micro::one_over_one_plus(x)) << x;
  }
}

}  // namespace
}  // namespace mirim
