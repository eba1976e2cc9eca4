#include "mirim/exec/loss_function.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/graph/text.hpp"
#include "mirim/ops/all.hpp"

namespace mirim {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

Graph ended_by(const std::string& op, const std::string& shape, const std::string& options = "") {
  return parse_graph("graph \"\" (%x: float32[" + shape + "]) -> (%y) {\n  %z: float32[" + shape +
                         "] = RELU(%x)\n  %y: float32[" + shape + "] = " + op + "(%z)" + options + "\n}",
                     all_operators());
}

/// The loss of one sample with these numbers and targets, and its gradient.
struct Result {
  float value;
  std::vector<float> gradient;
};
Result loss_of(const Graph& graph, Loss::Kind kind, const std::vector<float>& y, const std::vector<float>& targets) {
  LossFunction loss(graph, {.kind = kind}, 1);
  std::ranges::copy(targets, loss.targets.begin());
  Result result{.value = 0, .gradient = std::vector<float>(y.size())};
  result.value = loss.value(y.data(), 1, result.gradient.data());
  return result;
}

TEST(Loss, binary_cross_entropy_reads_the_logits_before_a_final_sigmoid) {
  const Graph graph = ended_by("LOGISTIC", "1x2");
  LossFunction loss(graph, {.kind = Loss::Kind::binary_cross_entropy}, 1);
  EXPECT_EQ(loss.reads(), graph.nodes[0].outputs[0]);
  // z = (0, 2), t = (1, 0): log 2 and log(1 + e^2), their mean; p - t over 2: (0.5 - 1) / 2 and p(2) / 2.
  const Result result = loss_of(graph, Loss::Kind::binary_cross_entropy, {0, 2}, {1, 0});
  EXPECT_NEAR(result.value, (std::log(2.0) + std::log1p(std::exp(2.0))) / 2, 1e-6);
  EXPECT_NEAR(result.gradient[0], -0.25, 1e-6);
  EXPECT_NEAR(result.gradient[1], 1 / (1 + std::exp(-2.0)) / 2, 1e-6);
}

TEST(Loss, binary_cross_entropy_of_huge_logits_is_finite) {
  const Result result = loss_of(ended_by("LOGISTIC", "1x2"), Loss::Kind::binary_cross_entropy, {1000, -1000}, {0, 0});
  EXPECT_FLOAT_EQ(result.value, 500);  // 1000 and 0
  EXPECT_FLOAT_EQ(result.gradient[0], 0.5F);
  EXPECT_FLOAT_EQ(result.gradient[1], 0);
}

// Each loss of two elements of which the second is not asked for is that of the first alone.
TEST(Loss, what_is_not_asked_for_does_not_count) {
  for (const Loss::Kind kind : kAllLosses) {
    if (kind == Loss::Kind::softmax_cross_entropy) continue;
    const std::string ends = kind == Loss::Kind::binary_cross_entropy ? "LOGISTIC" : "RELU";
    const Result alone = loss_of(ended_by(ends, "1x1"), kind, {0.7F}, {1});
    const Result both = loss_of(ended_by(ends, "1x2"), kind, {0.7F, 0.3F}, {1, NAN});
    EXPECT_GT(alone.value, 0) << name(kind);
    EXPECT_FLOAT_EQ(both.value, alone.value) << name(kind);
    EXPECT_FLOAT_EQ(both.gradient[0], alone.gradient[0]) << name(kind);
    EXPECT_EQ(both.gradient[1], 0) << name(kind);
    const Result none = loss_of(ended_by(ends, "1x2"), kind, {0.7F, 0.3F}, {NAN, NAN});
    EXPECT_EQ(none.value, 0) << name(kind);
    EXPECT_THAT(none.gradient, testing::Each(0.0F)) << name(kind);
  }
}

TEST(Loss, class_weights_of_one_output_are_of_no_and_yes) {
  // z = 0: p = 1/2, either loss is log 2. Weights (2, 5): a no counts 2 times, a yes 5 times.
  const Loss loss{.kind = Loss::Kind::binary_cross_entropy, .class_weights = {2, 5}};
  LossFunction weighted(ended_by("LOGISTIC", "2x1"), loss, 2);
  weighted.targets = {0, 1};
  const std::vector<float> z{0, 0};
  std::vector<float> gradient(2);
  EXPECT_NEAR(weighted.value(z.data(), 2, gradient.data()), (2 + 5) / 2.0 * std::log(2.0), 1e-6);
  EXPECT_THAT(gradient, testing::ElementsAre(2 * 0.5F / 2, -5 * 0.5F / 2));
  EXPECT_THAT([&] { LossFunction(ended_by("LOGISTIC", "1x3"), loss, 1); },
              ThrowsMessage<Error>(HasSubstr("with one output")));
}

TEST(Loss, absolute_error_and_huber_are_their_formulas) {
  // Differences 0.5 and -3: |d| is 0.5 and 3; Huber's 0.125 and 2.5. Means over two.
  const Graph graph = ended_by("RELU", "1x2");
  const Result absolute = loss_of(graph, Loss::Kind::mean_absolute_error, {1.5F, 0}, {1, 3});
  EXPECT_FLOAT_EQ(absolute.value, 1.75F);
  EXPECT_THAT(absolute.gradient, testing::ElementsAre(0.5F, -0.5F));
  const Result huber = loss_of(graph, Loss::Kind::huber, {1.5F, 0}, {1, 3});
  EXPECT_FLOAT_EQ(huber.value, 1.3125F);
  EXPECT_THAT(huber.gradient, testing::ElementsAre(0.25F, -0.5F));
}

TEST(Loss, cross_entropy_takes_a_softmax_over_the_whole_sample_only) {
  EXPECT_NO_THROW(LossFunction(ended_by("SOFTMAX", "1x1x1x6", " {beta=1}"), {}, 1));
  EXPECT_THAT([] { LossFunction(ended_by("SOFTMAX", "1x2x3", " {beta=1}"), {}, 1); },
              ThrowsMessage<Error>(HasSubstr("cross entropy needs an output [batch, classes]")));
}

TEST(Loss, smoothing_is_of_cross_entropy_only) {
  const Loss loss{.kind = Loss::Kind::mean_squared_error, .label_smoothing = 0.1F};
  EXPECT_THAT([&] { LossFunction(ended_by("RELU", "1x2"), loss, 1); },
              ThrowsMessage<Error>(HasSubstr("cross_entropy")));
}

}  // namespace
}  // namespace mirim
