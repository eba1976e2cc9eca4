#include "mirim/recipe/class_weights.hpp"

#include <gmock/gmock.h>

#include <numeric>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

Subset labelled(const std::vector<std::int32_t>& labels) {
  const auto data = std::make_shared<Dataset>();
  data->labels = labels;
  Subset all{.data = data, .index = std::vector<std::int64_t>(labels.size())};
  std::iota(all.index.begin(), all.index.end(), std::int64_t{0});
  return all;
}

std::vector<float> weights(const std::string& setting, const std::vector<std::int32_t>& labels, std::int64_t outputs,
                           Loss::Kind loss = Loss::Kind::softmax_cross_entropy) {
  Task task{.loss = loss, .outputs = outputs};
  return class_weights(setting, labelled(labels), task);
}

TEST(ClassWeights, balanced_is_the_number_of_samples_over_classes_times_those_of_the_class) {
  // Of 6 samples 3, 2 and 1: 6 / (3 * 3), 6 / (3 * 2), 6 / (3 * 1).
  EXPECT_THAT(weights("balanced", {0, 1, 0, 2, 1, 0}, 3), ElementsAre(6 / 9.0F, 1, 2));
  // One output tells two classes apart: 4 / (2 * 3) and 4 / (2 * 1).
  EXPECT_THAT(weights("balanced", {0, 0, 1, 0}, 1, Loss::Kind::binary_cross_entropy), ElementsAre(4 / 6.0F, 2));
}

TEST(ClassWeights, a_class_without_samples_does_not_count) {
  EXPECT_THAT(weights("balanced", {0, 2, 0, 0}, 3), ElementsAre(4 / 6.0F, 1, 2));
}

TEST(ClassWeights, numbers_are_taken_in_order_and_none_is_none) {
  EXPECT_THAT(weights("1, 2.5,0", {0, 1, 2}, 3), ElementsAre(1, 2.5F, 0));
  EXPECT_THAT(weights("none", {0, 1, 2}, 3), ElementsAre());
}

TEST(ClassWeights, what_does_not_fit_is_refused) {
  const auto refused = [](const std::string& setting, std::int64_t outputs, Loss::Kind loss) {
    return [=] { weights(setting, {0, 1, 2}, outputs, loss); };
  };
  constexpr auto kSoftmax = Loss::Kind::softmax_cross_entropy;
  EXPECT_THAT(refused("1,2", 3, kSoftmax), ThrowsMessage<Error>(HasSubstr("2 numbers, the model 3 classes")));
  EXPECT_THAT(refused("1,x,2", 3, kSoftmax), ThrowsMessage<Error>(HasSubstr("'x' is no number; write balanced, or")));
  EXPECT_THAT(refused("1,-1,2", 3, kSoftmax), ThrowsMessage<Error>(HasSubstr("-1 is not from 0")));
  EXPECT_THAT(refused("1,nan,2", 3, kSoftmax), ThrowsMessage<Error>(HasSubstr("is no number")));
  EXPECT_THAT(refused("0,0,0", 3, kSoftmax), ThrowsMessage<Error>(HasSubstr("all are 0")));
  EXPECT_THAT(refused("", 3, kSoftmax), ThrowsMessage<Error>(HasSubstr("0 numbers, the model 3 classes")));
  EXPECT_THAT(refused("balanced", 3, Loss::Kind::huber), ThrowsMessage<Error>(HasSubstr("this training's is huber")));
  EXPECT_THAT(refused("balanced", 3, Loss::Kind::binary_cross_entropy), ThrowsMessage<Error>(HasSubstr("SOFTMAX")));
  Task numbers{.kind = Task::Kind::numbers, .outputs = 1};
  EXPECT_THAT([&] { class_weights("balanced", labelled({0}), numbers); },
              ThrowsMessage<Error>(HasSubstr("this model learns none")));
}

}  // namespace
}  // namespace mirim
