#include "mirim/recipe/arrays.hpp"

#include <gmock/gmock.h>

namespace mirim {
namespace {

using testing::HasSubstr, testing::Not;

Arrays of(Tensor tensor) {
  Arrays arrays;
  arrays.tensors.push_back(std::move(tensor));
  return arrays;
}

TEST(Arrays, the_highest_element_names_the_class) {
  const Port port{.name = "y", .type = {DType::float32, {1, 3}}, .labels = {"cat", "dog", "owl"}};
  const Arrays two = of(Tensor({2, 1, 3}, std::vector<float>{0, 2, 1, 0, 0, 5}));
  EXPECT_THAT(arrays_text({port}, two, {""}), HasSubstr("dog, owl"));
  EXPECT_THAT(arrays_json({port}, two, {""}), HasSubstr(R"("classes":["dog","owl"])"));
}

TEST(Arrays, one_element_has_two_names) {
  const Port port{.name = "y", .type = {DType::float32, {1, 1}}, .labels = {"no", "yes"}};
  EXPECT_THAT(arrays_text({port}, of(Tensor({1, 1}, std::vector<float>{0.7F})), {""}), HasSubstr("yes"));
}

TEST(Arrays, numbers_name_classes) {
  const Port port{.name = "y", .type = {DType::int32, {1, 3}}, .value_labels = {"cat", "dog"}};
  EXPECT_THAT(arrays_text({port}, of(Tensor({1, 3}, std::vector<std::int32_t>{1, 0, 7})), {""}),
              HasSubstr("dog, cat, 7"));
}

TEST(Arrays, without_names_there_is_no_column) {
  const Port port{.name = "y", .type = {DType::float32, {1, 2}}};
  EXPECT_THAT(arrays_text({port}, of(Tensor({1, 2}, std::vector<float>{1, 2})), {""}), Not(HasSubstr("class")));
}

}  // namespace
}  // namespace mirim
