#include "mirim/data/folds.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"

namespace mirim {
namespace {

using testing::HasSubstr;

/// A byte a sample; of class c there are counts[c].
Dataset of_classes(const std::vector<int>& counts) {
  Dataset data{.sample = {DType::uint8, {1}}};
  for (std::size_t c = 0; c < counts.size(); ++c) {
    data.labels.insert(data.labels.end(), static_cast<std::size_t>(counts[c]), static_cast<std::int32_t>(c));
    data.class_names.push_back(std::to_string(c));
  }
  data.samples.resize(data.labels.size());
  return data;
}

TEST(Folds, have_equally_many_samples_and_of_each_class) {
  const Dataset data = of_classes({59, 71, 48});  // as wine
  const std::vector<std::int64_t> fold = fold_of_each(data, 5, 3);
  std::vector<int> sizes(5);
  std::map<std::pair<std::int64_t, std::int32_t>, int> of_class;
  for (std::size_t i = 0; i < fold.size(); ++i) {
    ++sizes[static_cast<std::size_t>(fold[i])];
    ++of_class[{fold[i], data.labels[i]}];
  }
  EXPECT_EQ(*std::ranges::min_element(sizes), 35);  // 178 / 5 = 35.6
  EXPECT_EQ(*std::ranges::max_element(sizes), 36);
  for (std::int64_t f = 0; f < 5; ++f) {
    EXPECT_THAT((of_class[{f, 0}]), testing::AnyOf(11, 12));
    EXPECT_THAT((of_class[{f, 1}]), testing::AnyOf(14, 15));
    EXPECT_THAT((of_class[{f, 2}]), testing::AnyOf(9, 10));
  }
  EXPECT_EQ(fold, fold_of_each(data, 5, 3));
  EXPECT_NE(fold, fold_of_each(data, 5, 4));
}

TEST(Folds, keep_groups_whole_and_balance_what_is_left) {
  // Ten speakers of 6 samples: of five all are of class 0, of five all of class 1.
  Dataset data = of_classes({30, 30});
  for (int i = 0; i < 60; ++i) data.groups.push_back(i / 6);
  const std::vector<std::int64_t> fold = fold_of_each(data, 5, 1);
  std::map<std::int64_t, std::map<std::int32_t, int>> of_class;
  for (std::size_t i = 0; i < fold.size(); ++i) {
    EXPECT_EQ(fold[i], fold[i / 6 * 6]);
    ++of_class[fold[i]][data.labels[i]];
  }
  for (const auto& [f, counts] : of_class) EXPECT_EQ(counts.at(0), counts.at(1)) << f;
}

TEST(Folds, are_test_sets_that_together_are_all) {
  const auto data = std::make_shared<const Dataset>(of_classes({20, 30}));
  std::set<std::int64_t> tested;
  for (std::int64_t fold = 1; fold <= 5; ++fold) {
    const Splits splits = split(data, {.validation = 0.1, .folds = 5, .fold = fold});
    EXPECT_EQ(splits.test.size(), 10);
    EXPECT_EQ(splits.validation.size(), 4);
    EXPECT_EQ(splits.training.size(), 36);
    tested.insert(splits.test.index.begin(), splits.test.index.end());
    for (const std::int64_t i : splits.test.index) {
      EXPECT_EQ(std::ranges::count(splits.training.index, i) + std::ranges::count(splits.validation.index, i), 0);
    }
  }
  EXPECT_EQ(tested.size(), 50U);
}

TEST(Folds, refuse_what_cannot_be_cut_so) {
  const auto data = std::make_shared<const Dataset>(of_classes({3}));
  const auto complaint = [&](const SplitOptions& options) -> std::string {
    try {
      split(data, options);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(complaint({.folds = 1}), HasSubstr("at least 2"));
  EXPECT_THAT(complaint({.folds = -5}), HasSubstr("at least 2"));
  EXPECT_THAT(complaint({.folds = 4}), HasSubstr("do not make 4 folds"));
  EXPECT_THAT(complaint({.folds = 3, .fold = 0}), HasSubstr("from 1 to 3"));
  EXPECT_THAT(complaint({.folds = 3, .fold = 4}), HasSubstr("from 1 to 3"));
  EXPECT_THROW(load_data("points:xor", {.test_set = "points:xor", .folds = 5}), Error);
}

}  // namespace
}  // namespace mirim
