#include "mirim/ops/reduce_window.hpp"

#include "mirim/base/error.hpp"
#include "mirim/graph/text.hpp"
#include "mirim/ops/all.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using test::floats, test::infer, test::random_tensor, test::run_op, test::tensor, test::values;
using testing::ElementsAre, testing::HasSubstr;

Tensor scalar(float value) { return tensor({}, {value}); }

// Windows of two over 1 2 3 4, every second one: 1+2, 3+4.
TEST(ReduceWindow, windows_move_by_strides) {
  const ReduceWindow op{.window_dimensions = {2}, .window_strides = {2}, .body = ReduceBody::add};
  EXPECT_THAT(floats(op, {tensor({4}, {1, 2, 3, 4}), scalar(0)}), ElementsAre(3, 7));
}

// What litert-torch makes of AvgPool2d(count_include_pad=False): the sum under a window of 2x2 with padding before
// only. 1 2 / 3 4 gives 1, 1+2, 1+3, all.
TEST(ReduceWindow, padding_is_before_and_after_each_axis) {
  const ReduceWindow op{.window_dimensions = {2, 2}, .padding = {1, 0, 1, 0}, .body = ReduceBody::add};
  EXPECT_THAT(floats(op, {tensor({2, 2}, {1, 2, 3, 4}), scalar(0)}), ElementsAre(1, 3, 4, 10));
}

// Init begins each sum, and stands in the padded place: 10 + 10 + 1, 10 + 1 + 2.
TEST(ReduceWindow, a_place_without_an_element_counts_as_init) {
  const ReduceWindow op{.window_dimensions = {2}, .padding = {1, 0}, .body = ReduceBody::add};
  EXPECT_THAT(floats(op, {tensor({2}, {1, 2}), scalar(10)}), ElementsAre(21, 13));
}

TEST(ReduceWindow, every_body_is_its_operator) {
  const auto run = [](ReduceBody body, float init) {
    return floats(ReduceWindow{.window_dimensions = {3}, .body = body}, {tensor({3}, {2, -3, 4}), scalar(init)})[0];
  };
  EXPECT_EQ(run(ReduceBody::add, 1), 4);
  EXPECT_EQ(run(ReduceBody::mul, 2), -48);
  EXPECT_EQ(run(ReduceBody::minimum, 0), -3);
  EXPECT_EQ(run(ReduceBody::minimum, -5), -5);
  EXPECT_EQ(run(ReduceBody::maximum, 0), 4);
  const auto logic = [](ReduceBody body, std::vector<std::uint8_t> x, std::uint8_t init) {
    Tensor elements({DType::boolean, {3}}), start({DType::boolean, {}});
    for (std::size_t i = 0; i < 3; ++i) elements.bytes[i] = std::byte{x[i]};
    start.bytes[0] = std::byte{init};
    return static_cast<int>(run_op(ReduceWindow{.window_dimensions = {3}, .body = body}, {elements, start}).bytes[0]);
  };
  EXPECT_EQ(logic(ReduceBody::all, {1, 1, 1}, 1), 1);
  EXPECT_EQ(logic(ReduceBody::all, {1, 0, 1}, 1), 0);
  EXPECT_EQ(logic(ReduceBody::any, {0, 0, 0}, 0), 0);
  EXPECT_EQ(logic(ReduceBody::any, {0, 1, 0}, 0), 1);
}

// Window dilation 2 over 1 2 3: 1+3. Base dilation 2 makes 1 0 2 of 1 2: with windows of two 1+0, 0+2.
TEST(ReduceWindow, dilations_of_window_and_of_input) {
  EXPECT_THAT(floats(ReduceWindow{.window_dimensions = {2}, .window_dilations = {2}, .body = ReduceBody::add},
                     {tensor({3}, {1, 2, 3}), scalar(0)}),
              ElementsAre(4));
  EXPECT_THAT(floats(ReduceWindow{.window_dimensions = {2}, .base_dilations = {2}, .body = ReduceBody::add},
                     {tensor({2}, {1, 2}), scalar(0)}),
              ElementsAre(1, 2));
}

// Padding of -1 before cuts the 1: 2+3.
TEST(ReduceWindow, negative_padding_cuts) {
  const ReduceWindow op{.window_dimensions = {2}, .padding = {-1, 0}, .body = ReduceBody::add};
  EXPECT_THAT(floats(op, {tensor({3}, {1, 2, 3}), scalar(0)}), ElementsAre(5));
}

// 100 + 100 leaves int8: -56.
TEST(ReduceWindow, integers_wrap_around) {
  const ReduceWindow op{.window_dimensions = {2}, .body = ReduceBody::add};
  const Tensor x({2}, std::vector<std::int8_t>{100, 100}), init(Shape{}, std::vector<std::int8_t>{0});
  EXPECT_THAT(values<std::int8_t>(run_op(op, {x, init})), ElementsAre(-56));
}

TEST(ReduceWindow, gradients_are_right) {
  const Tensor x = test::distinct_tensor({2, 4, 3}, 1);
  for (const ReduceBody body : {ReduceBody::add, ReduceBody::minimum, ReduceBody::maximum}) {
    test::expect_gradients(
        ReduceWindow{
            .window_dimensions = {1, 2, 2}, .window_strides = {1, 2, 1}, .padding = {0, 0, 1, 0, 0, 1}, .body = body},
        {x, scalar(5.5F)});
  }
  test::expect_gradients(ReduceWindow{.window_dimensions = {2, 2}, .padding = {1, 0, 0, 0}, .body = ReduceBody::mul},
                         {random_tensor({3, 3}, 2), scalar(0.7F)});
}

Graph body(std::string_view operation) {
  return parse_graph("graph \"b\" (%a: float32[scalar], %b: float32[scalar]) -> (%c) {\n  %c: float32[scalar] = " +
                         std::string(operation) + "\n}\n",
                     all_operators());
}

TEST(ReduceWindow, reads_what_a_body_computes) {
  EXPECT_EQ(reduce_body(body("ADD(%a, %b)")), ReduceBody::add);
  EXPECT_EQ(reduce_body(body("MAXIMUM(%b, %a)")), ReduceBody::maximum);
  EXPECT_EQ(reduce_body(body("\"STABLEHLO_MULTIPLY\"(%a, %b)")), ReduceBody::mul);
  EXPECT_EQ(reduce_body(body("ADD(%a, %a)")), std::nullopt);
  EXPECT_EQ(reduce_body(body("ADD(%a, %b) {fused_activation_function=RELU}")), std::nullopt);
  EXPECT_EQ(reduce_body(body("SUB(%a, %b)")), std::nullopt);
}

TEST(ReduceWindow, refuses_what_does_not_fit) {
  const auto why = [](const ReduceWindow& op, const Tensor& x) -> std::string {
    try {
      infer(op, {x, scalar(0)});
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  const Tensor x = tensor({4}, {1, 2, 3, 4});
  EXPECT_THAT(why({.window_dimensions = {2, 2}}, x), HasSubstr("window_dimensions has 2 numbers, expected 1"));
  EXPECT_THAT(why({.window_dimensions = {0}}, x), HasSubstr("window_dimensions of axis 0 is 0"));
  EXPECT_THAT(why({.window_strides = {-1}}, x), HasSubstr("window_strides of axis 0 is -1"));
  EXPECT_THAT(why({.padding = {-3, -2}}, x), HasSubstr("cut by more than it has"));
  EXPECT_THAT(why({.padding = {INT64_MAX, 0}}, x), HasSubstr("has the padding"));
  EXPECT_THAT(why({}, scalar(1)), HasSubstr("expected 1 to 6 dimensions"));
  EXPECT_THROW(run_op(ReduceWindow{}, {x, scalar(0)}), Unsupported) << "no body is known";
}

// A window larger than its input has no place.
TEST(ReduceWindow, a_window_that_does_not_fit_gives_nothing) {
  EXPECT_EQ(
      infer(ReduceWindow{.window_dimensions = {5}, .body = ReduceBody::add}, {tensor({4}, {1, 2, 3, 4}), scalar(0)}),
      (TensorType{DType::float32, {0}}));
}

}  // namespace
}  // namespace mirim
