#include "mirim/train/fit.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/base/random.hpp"
#include "mirim/train/checkpoint.hpp"
#include "tests/exec/networks.hpp"

namespace mirim {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// 10 classes, a cluster each in 20 dimensions.
MemorySource clusters(std::int64_t samples, std::uint64_t seed, bool shuffle) {
  Random centres(1);
  std::vector<float> centre(10 * 20);
  for (float& v : centre) v = 2 * centres.normal();
  Random random(seed);
  std::vector<float> x;
  std::vector<std::int32_t> labels;
  for (std::int64_t s = 0; s < samples; ++s) {
    const auto label = static_cast<std::size_t>(random.below(10));
    labels.push_back(static_cast<std::int32_t>(label));
    for (std::size_t i = 0; i < 20; ++i) x.push_back(centre[label * 20 + i] + random.normal());
  }
  return {std::move(x), std::move(labels), samples, shuffle ? std::optional<std::uint64_t>(3) : std::nullopt};
}

std::filesystem::path fresh(const std::string& name) {
  const auto path = std::filesystem::path(testing::TempDir()) / name;
  std::filesystem::remove(path);
  return path;
}

std::vector<float> first_weights(const Graph& graph) {
  const auto values = graph[trainable_parameters(graph)[0].value].values<float>();
  return {values.begin(), values.end()};
}

TEST(Fit, learns_clusters) {
  Graph graph = networks::mlp(20, 16);
  MemorySource training = clusters(640, 5, true);
  MemorySource validation = clusters(101, 6, false);
  const FitResult result = fit(graph, training, &validation, {.epochs = 12, .schedule = {.rate = 0.01F}});
  ASSERT_EQ(result.history.size(), 12U);
  EXPECT_GT(result.history.back().validation_accuracy, 0.95F);
  EXPECT_LT(result.history.back().training_loss, 0.2F * result.history.front().training_loss);
}

TEST(Fit, a_training_killed_after_any_epoch_goes_on_with_the_same_bits) {
  FitOptions options{.epochs = 5, .schedule = {.kind = Schedule::Kind::cosine, .rate = 0.01F}, .best_weights = true};
  Graph straight = networks::mlp(20, 16);
  MemorySource training = clusters(320, 5, true);
  MemorySource validation = clusters(64, 6, false);
  fit(straight, training, &validation, options);

  for (int killed_after = 1; killed_after < 5; ++killed_after) {
    SCOPED_TRACE(killed_after);
    options.checkpoint = fresh("killed.checkpoint");
    options.resume = true;
    // Killed in the middle of an epoch: what it did of that epoch is lost.
    options.progress = [killed_after](const Progress& p) {
      if (p.epoch == killed_after + 1 && p.step == 3) throw std::runtime_error("killed");
    };
    Graph graph = networks::mlp(20, 16);
    MemorySource first = clusters(320, 5, true);
    EXPECT_THROW(fit(graph, first, &validation, options), std::runtime_error);
    options.progress = {};
    Graph resumed = networks::mlp(20, 16);
    MemorySource second = clusters(320, 5, true);
    const FitResult result = fit(resumed, second, &validation, options);
    EXPECT_EQ(result.history.size(), 5U);
    EXPECT_EQ(first_weights(resumed), first_weights(straight));
  }
}

TEST(Fit, asked_to_stop_it_keeps_the_checkpoint_of_the_epoch_before) {
  FitOptions options{.epochs = 3, .checkpoint = fresh("stop.checkpoint")};
  Graph graph = networks::mlp(20, 16);
  MemorySource training = clusters(320, 5, true);
  int steps = 0;
  options.stop = [&] { return ++steps == 13; };  // 10 steps an epoch
  const FitResult result = fit(graph, training, nullptr, options);
  EXPECT_TRUE(result.interrupted);
  EXPECT_EQ(read_checkpoint(options.checkpoint).epoch, 1);
}

TEST(Fit, stops_early_when_validation_gets_no_better) {
  Graph graph = networks::mlp(20, 16);
  MemorySource training = clusters(64, 5, true);
  MemorySource validation = clusters(64, 6, false);
  // A rate of 0: after the first epoch nothing gets better.
  const FitResult result = fit(graph, training, &validation, {.epochs = 9, .schedule = {.rate = 0}, .patience = 2});
  EXPECT_TRUE(result.stopped_early);
  EXPECT_EQ(result.history.size(), 3U);
  EXPECT_EQ(result.best_epoch, 0);
}

TEST(Fit, refuses_a_checkpoint_of_other_settings) {
  FitOptions options{.epochs = 1, .checkpoint = fresh("other.checkpoint"), .resume = true};
  Graph graph = networks::mlp(20, 16);
  MemorySource training = clusters(64, 5, true);
  fit(graph, training, nullptr, options);
  options.batch = 16;
  EXPECT_THAT([&] { fit(graph, training, nullptr, options); },
              ThrowsMessage<Error>(HasSubstr("was made with 'batch = 32', this training has 'batch = 16'")));
  options.batch = 32;
  Graph other = networks::mlp(20, 32);
  EXPECT_THAT([&] { fit(other, training, nullptr, options); }, ThrowsMessage<Error>(HasSubstr("16x20")));
}

TEST(Fit, names_a_label_out_of_range) {
  MemorySource training(std::vector<float>(64 * 20, 0.0F), std::vector<std::int32_t>(64, 10), 64, std::nullopt);
  Graph graph = networks::mlp(20, 16);
  EXPECT_THAT([&] { fit(graph, training, nullptr, {}); },
              ThrowsMessage<Error>("sample 0 has label 10, but the network's output 'softmax4' has 10 classes: labels "
                                   "must be 0 to 9"));
}

TEST(Fit, says_at_which_step_and_layer_numbers_went_wrong_and_keeps_the_checkpoint) {
  FitOptions options{.epochs = 3,
                     .optimizer = {.kind = Optimizer::Kind::sgd},
                     .schedule = {.kind = Schedule::Kind::step, .rate = 1e-3F, .every = 1, .factor = 1e30F},
                     .checkpoint = fresh("nan.checkpoint")};
  Graph graph = networks::mlp(20, 16);
  MemorySource training = clusters(320, 5, true);
  EXPECT_THAT([&] { fit(graph, training, nullptr, options); },
              ThrowsMessage<Error>(AllOf(HasSubstr("(epoch 2) gave numbers that are not finite, first in node"),
                                         HasSubstr("(FULLY_CONNECTED)"), HasSubstr("nan.checkpoint holds epoch 1"))));
  EXPECT_EQ(read_checkpoint(options.checkpoint).epoch, 1);
}

TEST(Fit, refuses_fewer_samples_than_a_batch) {
  Graph graph = networks::mlp(20, 16);
  MemorySource training = clusters(20, 5, true);
  EXPECT_THAT([&] { fit(graph, training, nullptr, {}); },
              ThrowsMessage<Error>("20 training samples do not fill a batch of 32; choose a smaller batch"));
}

TEST(Checkpoint, is_refused_when_any_bit_is_flipped_or_it_is_cut) {
  const auto path = fresh("damaged.checkpoint");
  Checkpoint checkpoint{.settings = {"batch = 1"}, .epoch = 2};
  checkpoint.learnt.parameters = {{1, 2, 3}, {4}};
  write_checkpoint(path, checkpoint);
  EXPECT_EQ(read_checkpoint(path), checkpoint);
  const Bytes good = read_file(path);
  for (std::size_t i = 0; i < good.size(); ++i) {
    Bytes bad = good;
    bad[i] ^= std::byte{0x10};
    write_file(path, bad);
    EXPECT_THROW(read_checkpoint(path), Error) << "byte " << i;
    write_file(path, BytesView(good).first(i));
    EXPECT_THROW(read_checkpoint(path), Error) << "cut at " << i;
  }
}

TEST(Schedule, warms_up_then_falls_as_a_cosine) {
  const Schedule schedule{.kind = Schedule::Kind::cosine, .rate = 1, .warmup_epochs = 1, .last = 0.2F};
  EXPECT_FLOAT_EQ(learning_rate(schedule, 0, 10, 5), 0.1F);
  EXPECT_FLOAT_EQ(learning_rate(schedule, 9, 10, 5), 1);
  EXPECT_FLOAT_EQ(learning_rate(schedule, 10, 10, 5), 1);
  EXPECT_FLOAT_EQ(learning_rate(schedule, 30, 10, 5), 0.6F);  // half way: the mean of 1 and 0.2
}

TEST(Schedule, drops_by_a_factor_every_few_epochs) {
  const Schedule schedule{.kind = Schedule::Kind::step, .rate = 1, .every = 2, .factor = 0.5F};
  EXPECT_FLOAT_EQ(learning_rate(schedule, 19, 10, 9), 1);
  EXPECT_FLOAT_EQ(learning_rate(schedule, 20, 10, 9), 0.5F);
  EXPECT_FLOAT_EQ(learning_rate(schedule, 40, 10, 9), 0.25F);
}

}  // namespace
}  // namespace mirim
