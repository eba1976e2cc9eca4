#include "mirim/recipe/overview.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "mirim/base/error.hpp"
#include "mirim/recipe/recipe.hpp"

namespace mirim {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

OverviewRow row(const std::string& name, double figure, const json& goal) {
  const json model = {{"name", "float32"}, {"mean_activation", figure}};
  const json run = {
      {"topology", "SAE"}, {"models", json::array({model})}, {"goal", goal}, {"firmware", json::object()}};
  return {.name = name, .run_json = run.dump()};
}

bool met(double figure, const json& bounds) {
  json goal = bounds;
  goal["figure"] = "mean_activation";
  return json::parse(overview_json({row("sparse", figure, goal)}))[0]["met"].get<bool>();
}

TEST(Overview, a_goal_is_met_within_all_of_its_bounds) {
  EXPECT_TRUE(met(0.05, {{"least", 0.04}, {"most", 0.06}}));
  EXPECT_FALSE(met(0.03, {{"least", 0.04}, {"most", 0.06}}));
  EXPECT_FALSE(met(0.07, {{"least", 0.04}, {"most", 0.06}}));
  EXPECT_TRUE(met(0.07, {{"least", 0.04}}));
  EXPECT_FALSE(met(0.07, {{"most", 0.06}}));
}

TEST(Overview, shows_goals_and_what_missed_them) {
  const json goal = {{"figure", "mean_activation"}, {"least", 0.04}, {"most", 0.06}};
  const std::string good = overview_text({row("good", 0.05, goal)}), bad = overview_text({row("bad", 0.2, goal)});
  EXPECT_THAT(good, HasSubstr("0.04 to 0.06"));
  EXPECT_THAT(good, Not(HasSubstr("missed")));
  EXPECT_THAT(bad, HasSubstr("missed"));
}

TEST(Overview, a_goal_has_bounds_in_order) {
  const auto goal = [](const std::string& bounds) {
    return parse_recipe("model = \"m.toml\"\n[data]\nset = \"fashion-mnist\"\n[goal]\n" + bounds, "r.toml").goal;
  };
  EXPECT_EQ(goal("least = 0.04\nmost = 0.06\n")->most, 0.06);
  EXPECT_THAT([&] { goal("least = 0.06\nmost = 0.04\n"); }, ThrowsMessage<Error>(HasSubstr("above most")));
  EXPECT_THAT([&] { goal("reference = 1\n"); }, ThrowsMessage<Error>(HasSubstr("`least` or `most`")));
}

TEST(Overview, a_recipe_that_failed_says_why_under_the_table) {
  EXPECT_THAT(overview_text({{.name = "broken", .error = "no data"}}), HasSubstr("broken: no data"));
}

}  // namespace
}  // namespace mirim
