#include <gmock/gmock.h>

#include <filesystem>

#include "tests/zoo/learnt.hpp"

namespace mirim {
namespace {

// The recipe has all 12,000 digits and 8 epochs a layer.
TEST(DeepBeliefNetworkSlow, pretrained_layers_need_fewer_labels) {
  if (!std::filesystem::exists(kDataSets)) GTEST_SKIP() << "no ../shared/data";
  const std::string mnist = kDataSets + "mnist_subset/";
  const Splits data =
      load({.set = "idx:" + mnist + "train12k-images-idx3-ubyte.xz," + mnist + "train12k-labels-idx1-ubyte," + mnist +
                   "test3k-images-idx3-ubyte.xz," + mnist + "test3k-labels-idx1-ubyte",
            .validation = 0,
            .train_limit = 3000});
  const TrainSettings settings{.epochs = 25, .labelled = 500, .batch = 20};
  Pupil pupil = read_pupil(kRoot + "models/zoo/dbn.toml", 1);
  const Pupil random{.graph = pupil.graph};
  const double pretrained = accuracy(learnt(std::move(pupil), data, settings), data.test);
  EXPECT_GT(pretrained, 0.82);
  EXPECT_GT(pretrained, accuracy(learnt(random, data, settings), data.test) + 0.02);
}

}  // namespace
}  // namespace mirim
