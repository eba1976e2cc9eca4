#include "mirim/data/classes.hpp"

#include <gmock/gmock.h>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Names = std::vector<std::string>;

Dataset labelled(std::vector<std::int32_t> labels, Names names, bool named) {
  const std::size_t count = labels.size();
  return {.sample = {DType::uint8, {1}},
          .samples = Bytes(count),
          .labels = std::move(labels),
          .class_names = std::move(names),
          .named_classes = named};
}

Dataset matched(Dataset data, const Names& names) {
  match_classes(data, names);
  return data;
}

std::string error_of(const Dataset& data, const Names& names) {
  try {
    matched(data, names);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

// iris without one class: setosa is 0 and virginica 2, whatever the file has.
TEST(Classes, are_matched_by_name_where_a_set_lacks_one) {
  const Dataset data = matched(labelled({1, 0}, {"setosa", "virginica"}, true), {"setosa", "versicolor", "virginica"});
  EXPECT_THAT(data.labels, ElementsAre(2, 0));
  EXPECT_EQ(data.class_names.size(), 3U);
}

TEST(Classes, that_the_model_lacks_are_refused) {
  EXPECT_THAT(error_of(labelled({0, 1}, {"setosa", "daisy"}, true), {"setosa", "virginica"}),
              HasSubstr("the class 'daisy', which is not among the model's: setosa, virginica"));
  EXPECT_THAT(error_of(labelled({0, 1, 2}, {"0", "1", "2"}, false), {"1", "2", "3"}), HasSubstr("the class '0'"));
}

TEST(Classes, numbers_stay_the_numbers_of_a_model_without_names) {
  EXPECT_THAT(matched(labelled({0, 1}, {"1", "2"}, false), numbered_classes(3)).labels, ElementsAre(1, 2));
  // As many as outputs and none 0: they count from 1.
  const Dataset from_1 = matched(labelled({0, 2, 1}, {"1", "2", "3"}, false), numbered_classes(3));
  EXPECT_THAT(from_1.labels, ElementsAre(0, 2, 1));
  EXPECT_THAT(from_1.class_names, ElementsAre("1", "2", "3"));
  // Gaps: the three that occur.
  const Dataset gaps = matched(labelled({0, 2, 5}, {"0", "1", "2", "3", "4", "5"}, false), numbered_classes(3));
  EXPECT_THAT(gaps.labels, ElementsAre(0, 1, 2));
  EXPECT_THAT(gaps.class_names, ElementsAre("0", "2", "5"));
}

TEST(Classes, a_model_without_names_has_numbers_of_outputs_or_as_many_as_occur) {
  EXPECT_THAT(names_for_outputs(labelled({0, 1}, {"1", "2"}, false), 5), ElementsAre("0", "1", "2"));
  EXPECT_THAT(names_for_outputs(labelled({0, 2, 5}, {"0", "1", "2", "3", "4", "5"}, false), 3),
              ElementsAre("0", "2", "5"));
  EXPECT_THAT(names_for_outputs(labelled({0, 3}, {"0", "1", "2", "3"}, false), 1), ElementsAre("0", "3"));
  EXPECT_THAT(names_for_outputs(labelled({0, 1, 2}, {"1", "2", "3"}, false), 3), ElementsAre("1", "2", "3"));
  EXPECT_THAT(names_for_outputs(labelled({0, 1}, {"cat", "dog"}, true), 5), ElementsAre("cat", "dog"));
}

TEST(Classes, numbers_against_names_are_positions) {
  EXPECT_THAT(matched(labelled({1, 0}, {"0", "1"}, false), {"cat", "dog", "cow"}).labels, ElementsAre(1, 0));
  EXPECT_THAT(matched(labelled({0, 1, 2}, {"1", "2", "3"}, false), {"cat", "dog", "cow"}).labels, ElementsAre(0, 1, 2));
  EXPECT_THAT(error_of(labelled({0, 1}, {"0", "7"}, false), {"cat", "dog"}), HasSubstr("the class '0'"));
}

TEST(Classes, texts_against_a_model_without_names_must_be_as_many) {
  EXPECT_THAT(matched(labelled({1, 0}, {"cat", "dog"}, true), numbered_classes(2)).labels, ElementsAre(1, 0));
  EXPECT_THAT(error_of(labelled({1, 0}, {"cat", "dog"}, true), numbered_classes(3)), HasSubstr("the model 3 outputs"));
}

TEST(Classes, parts_of_one_data_set_stay_parts_of_one) {
  Splits splits;
  splits.training = {std::make_shared<const Dataset>(labelled({0, 1}, {"a", "c"}, true)), {0}};
  splits.validation = {splits.training.data, {1}};
  splits = match_classes(std::move(splits), {"a", "b", "c"});
  EXPECT_EQ(splits.training.data, splits.validation.data);
  EXPECT_EQ(splits.validation.label(0), 2);
}

// An autoencoder is trained on normal samples alone, and tested with the others.
TEST(MatchClasses, a_test_set_keeps_its_classes_where_training_has_none) {
  Splits splits;
  splits.training = {
      .data = std::make_shared<const Dataset>(Dataset{.sample = {DType::uint8, {1}}, .samples = Bytes(2)}),
      .index = {0, 1}};
  splits.test = {.data = std::make_shared<const Dataset>(labelled({0, 1, 1}, {"0", "1"}, false)), .index = {0, 1, 2}};
  splits = match_classes(std::move(splits), {});
  EXPECT_THAT(splits.test.data->labels, ElementsAre(0, 1, 1));
  EXPECT_THAT(splits.test.data->class_names, ElementsAre("0", "1"));
}

}  // namespace
}  // namespace mirim
