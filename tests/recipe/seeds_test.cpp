#include "mirim/recipe/seeds.hpp"

#include <gtest/gtest.h>

namespace mirim {
namespace {

TEST(Seeds, each_takes_the_next_fold_and_begins_again_behind_the_last) {
  const Recipe recipe = parse_recipe(
      "model = \"m.toml\"\nseeds = 4\n[data]\nset = \"csv:wine.csv\"\nfolds = 3\nfold = 2\n[train]\nseed = 5\n",
      "wine.toml");
  EXPECT_EQ(recipe.data.fold, 2);
  EXPECT_EQ(with_raised_seeds(recipe, 1).data.fold, 3);
  EXPECT_EQ(with_raised_seeds(recipe, 2).data.fold, 1);
  EXPECT_EQ(with_raised_seeds(recipe, 3).data.fold, 2);
  EXPECT_EQ(with_raised_seeds(recipe, 3).train.seed, 8);
  EXPECT_EQ(
      with_raised_seeds(parse_recipe("model = \"m.toml\"\n[data]\nset = \"points:xor\"\n", "r.toml"), 1).data.fold, 1);
}

}  // namespace
}  // namespace mirim
