#include "mirim/ops/scatter.hpp"

#include <gmock/gmock.h>

#include "mirim/base/error.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using test::floats;
using test::indices;
using test::tensor;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

// Each row of positions, [count, 1], is a row of x; each row of the updates goes there.
Scatter of_rows(ReduceBody body) {
  return {.update_window_dims = {1},
          .inserted_window_dims = {0},
          .scatter_dims_to_operand_dims = {0},
          .index_vector_dim = 1,
          .body = body};
}

TEST(Scatter, puts_rows_in_their_places) {
  EXPECT_THAT(floats(of_rows(ReduceBody::update),
                     {tensor({3, 2}, {1, 2, 3, 4, 5, 6}), indices({2, 1}, {2, 0}), tensor({2, 2}, {7, 8, 9, 10})}),
              ElementsAre(9, 10, 3, 4, 7, 8));
}

TEST(Scatter, every_body_is_its_operator) {
  const auto result = [](ReduceBody body) {  // 2 meets 5, then -1
    return floats(of_rows(body), {tensor({2, 1}, {2, 9}), indices({2, 1}, {0, 0}), tensor({2, 1}, {5, -1})})[0];
  };
  EXPECT_EQ(result(ReduceBody::update), -1);
  EXPECT_EQ(result(ReduceBody::add), 6);
  EXPECT_EQ(result(ReduceBody::mul), -10);
  EXPECT_EQ(result(ReduceBody::minimum), -1);
  EXPECT_EQ(result(ReduceBody::maximum), 5);
}

TEST(Scatter, components_may_lie_along_any_axis_and_name_axes_in_any_order) {
  // Positions [2, 3]: component k of position i is [k, i]. Components are column, then row.
  const Scatter op{.inserted_window_dims = {0, 1},
                   .scatter_dims_to_operand_dims = {1, 0},
                   .index_vector_dim = 0,
                   .body = ReduceBody::update};
  EXPECT_THAT(
      floats(op, {tensor({2, 3}, {0, 0, 0, 0, 0, 0}), indices({2, 3}, {2, 0, 1, 0, 1, 1}), tensor({3}, {1, 2, 3})}),
      ElementsAre(0, 0, 1, 2, 3, 0));
}

TEST(Scatter, a_position_may_be_one_number) {
  const Scatter op{.inserted_window_dims = {0},
                   .scatter_dims_to_operand_dims = {0},
                   .index_vector_dim = 1,
                   .body = ReduceBody::update};
  EXPECT_THAT(floats(op, {tensor({3}, {1, 2, 3}), indices({2}, {2, 0}), tensor({2}, {8, 9})}), ElementsAre(9, 2, 8));
}

TEST(Scatter, a_window_begins_at_its_position) {
  const Scatter op{
      .update_window_dims = {0}, .scatter_dims_to_operand_dims = {0}, .index_vector_dim = 0, .body = ReduceBody::add};
  EXPECT_THAT(floats(op, {tensor({4}, {1, 1, 1, 1}), indices({1}, {1}), tensor({2}, {5, 6})}), ElementsAre(1, 6, 7, 1));
}

TEST(Scatter, what_falls_outside_is_left_out) {
  const Scatter op{.update_window_dims = {1},
                   .scatter_dims_to_operand_dims = {0},
                   .index_vector_dim = 1,
                   .body = ReduceBody::update};
  EXPECT_THAT(floats(op, {tensor({3}, {1, 2, 3}), indices({4, 1}, {2, -1, INT32_MAX, INT32_MIN}),
                          tensor({4, 2}, {10, 11, 20, 21, 30, 31, 40, 41})}),
              ElementsAre(21, 2, 10));
}

TEST(Scatter, refuses_what_does_not_fit) {
  const auto why = [](const Scatter& op, const Tensor& positions, const Tensor& updates) -> std::string {
    try {
      test::infer(op, {tensor({3, 2}, {1, 2, 3, 4, 5, 6}), positions, updates});
    } catch (const Error& error) {
      return error.what();
    }
    return "nothing";
  };
  const Tensor positions = indices({1, 1}, {0}), updates = tensor({1, 2}, {1, 2});
  const Scatter good = of_rows(ReduceBody::add);
  EXPECT_EQ(why(good, positions, updates), "nothing");
  EXPECT_THAT(why(good, positions, tensor({2, 2}, {1, 2, 3, 4})), HasSubstr("do not fit each other"));
  EXPECT_THAT(why(good, positions, tensor({1, 3}, {1, 2, 3})), HasSubstr("do not fit each other"));
  EXPECT_THAT(why(good, indices({1, 2}, {0, 0}), updates), HasSubstr("has 2 components, expected 1"));
  Scatter bad = good;
  bad.update_window_dims = {2};
  EXPECT_THAT(why(bad, positions, updates), HasSubstr("update_window_dims has axis 2"));
  bad = good;
  bad.scatter_dims_to_operand_dims = {-1};
  EXPECT_THAT(why(bad, positions, updates), HasSubstr("scatter_dims_to_operand_dims has axis -1"));
  bad = good;
  bad.index_vector_dim = 3;
  EXPECT_THAT(why(bad, positions, updates), HasSubstr("index_vector_dim is 3"));
  EXPECT_THROW(test::run_op(of_rows(ReduceBody::all), {tensor({3, 2}, {1, 2, 3, 4, 5, 6}), positions, updates}),
               Unsupported);
}

}  // namespace
}  // namespace mirim
