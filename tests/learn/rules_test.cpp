#include <gmock/gmock.h>

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/learn/k_means.hpp"
#include "mirim/learn/perceptron.hpp"
#include "mirim/learn/ridge.hpp"
#include "mirim/learn/rule.hpp"
#include "mirim/learn/self_organizing_map.hpp"
#include "tests/zoo/golden.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;
using testing::Pointwise;

const Golden& golden() {
  static const Golden all("rules");
  return all;
}

// Each rule's numbers against those of scikit-learn or MiniSom from the same data, in the same order.

TEST(Perceptron, has_the_weights_of_scikit_learn) {
  std::vector<bool> positive;
  for (const float y : golden().numbers("perceptron.y")) positive.push_back(y > 0);
  const PerceptronWeights found = perceptron(golden().rows("perceptron.x"), positive, {.shuffle = false}, 1);
  EXPECT_THAT(found.weights, Pointwise(FloatNear(1e-5F), golden().numbers("perceptron.weights")));
  EXPECT_FLOAT_EQ(found.bias, golden().numbers("perceptron.bias")[0]);
  EXPECT_EQ(found.epochs, golden().numbers("perceptron.epochs")[0]);
}

TEST(Perceptron, ends_without_a_mistake_where_a_line_divides_the_classes) {
  const Rows x{.rows = 4, .columns = 2, .values = {0, 0, 0, 1, 1, 0, 1, 1}};
  const PerceptronWeights found = perceptron(x, {false, false, false, true}, {}, 1);  // and
  for (std::int64_t i = 0; i < 4; ++i) {
    EXPECT_EQ(found.weights[0] * x[i][0] + found.weights[1] * x[i][1] + found.bias > 0, i == 3);
  }
  EXPECT_EQ(found.wrong, 0);
}

TEST(Ridge, has_the_weights_of_scikit_learn) {
  const Rows x = golden().rows("ridge.x"), y = golden().rows("ridge.y");
  for (const auto& [name, penalty] : {std::pair{"a", 1e-8}, {"b", 2.5}}) {
    const Solution found = least_squares(x, y, penalty, true);
    EXPECT_THAT(found.weights, Pointwise(FloatNear(2e-6F), golden().numbers(std::string("ridge.weights_") + name)));
    EXPECT_THAT(found.bias, Pointwise(FloatNear(2e-6F), golden().numbers(std::string("ridge.bias_") + name)));
  }
  EXPECT_THAT(least_squares(x, y, 0.5, false).weights,
              Pointwise(FloatNear(2e-6F), golden().numbers("ridge.weights_without_bias")));
}

TEST(Ridge, a_singular_system_is_refused) {
  Rows x = golden().rows("ridge.x");
  for (std::int64_t i = 0; i < x.rows; ++i) x[i][4] = 2 * x[i][0] - x[i][3];
  try {
    least_squares(x, golden().rows("ridge.y"), 0, true);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "30 samples do not determine 5 weights, the system is singular; choose a larger penalty than 0");
  }
  least_squares(x, golden().rows("ridge.y"), 1e-6, true);  // a penalty makes it regular
}

TEST(SelfOrganizingMap, a_step_is_that_of_minisom) {
  const Rows x = golden().rows("som.x");
  for (const auto& [name, neighbourhood] :
       {std::pair{"gaussian", Neighbourhood::gaussian}, {"bubble", Neighbourhood::bubble}}) {
    UnitMap map{
        .height = 3, .width = 4, .weights = {.rows = 12, .columns = 3, .values = golden().numbers("som.start")}};
    for (std::int64_t t = 0; t < x.rows; ++t) {
      const double fall = 1 + static_cast<double>(t) / (static_cast<double>(x.rows) / 2);
      move_towards(map, x[t], neighbourhood, 1.5 / fall, 0.5 / fall);
    }
    EXPECT_THAT(map.weights.values, Pointwise(FloatNear(1e-6F), golden().numbers(std::string("som.after_") + name)));
    EXPECT_THAT((std::vector<float>{static_cast<float>(quantization_error(map, x)),
                                    static_cast<float>(topographic_error(map, x))}),
                Pointwise(FloatNear(1e-6F), golden().numbers(std::string("som.errors_") + name)));
  }
}

TEST(SelfOrganizingMap, a_triangle_falls_from_one_to_zero_over_sigma) {
  UnitMap map{.height = 1, .width = 5, .weights = {.rows = 5, .columns = 1, .values = {0.9F, 0, 0, 0, 0}}};
  move_towards(map, std::vector<float>{1}, Neighbourhood::triangle, 2, 0.5);
  EXPECT_THAT(map.weights.values, ElementsAre(FloatNear(0.95F, 1e-6F), FloatNear(0.25F, 1e-6F), 0, 0, 0));
}

TEST(KMeansOfRows, finds_the_clusters_of_scikit_learn) {
  Random random(1);
  const Clusters found = cluster_rows(golden().rows("k_means.x"), 3, 100, random);
  EXPECT_NEAR(found.inertia, golden().numbers("k_means.inertia")[0], 1e-4);
  std::vector<std::vector<float>> centres;
  for (std::int64_t c = 0; c < 3; ++c) centres.emplace_back(found.centres[c].begin(), found.centres[c].end());
  std::ranges::sort(centres);
  std::vector<float> flat;
  for (const auto& centre : centres) flat.insert(flat.end(), centre.begin(), centre.end());
  EXPECT_THAT(flat, Pointwise(FloatNear(1e-5F), golden().numbers("k_means.centres")));
}

TEST(Rules, each_has_a_name_of_its_own_and_an_unknown_one_is_told_the_nearest) {
  std::vector<std::string_view> names;
  for (const auto& rule : all_rules()) names.push_back(rule->name());
  EXPECT_TRUE(std::ranges::is_sorted(names));
  EXPECT_EQ(std::ranges::adjacent_find(names), names.end());
  try {
    rule_called("rigde");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("there is no rule 'rigde'; did you mean 'ridge'?"));
  }
}

}  // namespace
}  // namespace mirim
