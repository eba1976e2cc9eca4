#include "mirim/ops/transpose_conv.hpp"

#include <gmock/gmock.h>

#include "mirim/base/error.hpp"
#include "mirim/ops/check_gradients.hpp"
#include "mirim/ops/conv2d.hpp"
#include "run_op.hpp"

namespace mirim::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(TransposeConv, each_input_spreads_the_filter_over_the_output) {
  // Stride 2, filter (1, 10, 100): input 1 covers outputs 0 to 2, input 2 covers 2 to 4.
  const Tensor shape = indices({4}, {1, 1, 5, 1}), w = tensor({1, 1, 3, 1}, {1, 10, 100});
  const TransposeConv op{.padding = Padding::valid, .stride = {1, 2}};
  EXPECT_THAT(floats(op, {shape, w, tensor({1, 1, 2, 1}, {1, 2}), tensor({1}, {0.5F})}),
              ElementsAre(1.5F, 10.5F, 102.5F, 20.5F, 200.5F));
}

TEST(TransposeConv, same_padding_cuts_what_the_convolution_would_have_padded) {
  // A convolution of stride 2 with 3 taps over 4 elements pads one behind, so the last of 5 is cut off.
  const Tensor shape = indices({4}, {1, 1, 4, 1}), w = tensor({1, 1, 3, 1}, {1, 10, 100});
  const TransposeConv op{.padding = Padding::same, .stride = {1, 2}};
  EXPECT_THAT(floats(op, {shape, w, tensor({1, 1, 2, 1}, {1, 2})}), ElementsAre(1, 10, 102, 20));
}

TEST(TransposeConv, is_the_gradient_of_a_convolution) {
  // dL/dx of y = conv(x, w) with dL/dy = g is the transposed convolution of g with w's channels exchanged.
  const Tensor x = random_tensor({2, 7, 6, 3}, 1), w = random_tensor({4, 3, 2, 3}, 2),
               g = random_tensor({2, 4, 3, 4}, 3);
  const Conv2d conv{.padding = Padding::same, .stride = {2, 2}};
  const Tensor y = run_op(conv, {x, w});
  Tensor dx(x.type);
  const std::vector<ConstTensorView> inputs{x.view(), w.view()}, outputs{y.view()}, above{g.view()};
  conv.backward(Inputs(inputs), Inputs(outputs), Inputs(above), Outputs(std::vector<TensorView>{dx.view()}), {});

  Tensor exchanged(TensorType{DType::float32, {3, 3, 2, 4}});
  for (std::size_t o = 0; o < 4; ++o) {
    for (std::size_t tap = 0; tap < 6; ++tap) {
      for (std::size_t c = 0; c < 3; ++c)
        exchanged.as<float>()[(c * 6 + tap) * 4 + o] = w.as<float>()[(o * 6 + tap) * 3 + c];
    }
  }
  const TransposeConv op{.padding = Padding::same, .stride = {2, 2}};
  const auto result = floats(op, {indices({4}, {2, 7, 6, 3}), exchanged, g});
  ASSERT_EQ(result.size(), dx.as<float>().size());
  for (std::size_t i = 0; i < result.size(); ++i) EXPECT_NEAR(result[i], dx.as<float>()[i], 1e-5) << i;
}

TEST(TransposeConv, gradients_are_right) {
  struct Case {
    Padding padding;
    Size2d stride;
    std::int32_t height, width;  // of the output, from 3 x 4
  };
  // SAME; VALID; strides beyond the filter, so that some outputs are the bias alone; an output cut short.
  for (const Case& c :
       {Case{Padding::same, {2, 2}, 6, 8}, Case{Padding::same, {2, 2}, 5, 7}, Case{Padding::valid, {2, 1}, 7, 5},
        Case{Padding::valid, {4, 3}, 11, 11}, Case{Padding::same, {1, 1}, 3, 4}}) {
    SCOPED_TRACE(fmt::format("stride {}x{} to {}x{}", c.stride.height, c.stride.width, c.height, c.width));
    const TransposeConv op{.padding = c.padding, .stride = c.stride};
    const GradientCheck check =
        check_gradients(op, {indices({4}, {2, c.height, c.width, 2}), random_tensor({2, 3, 2, 3}, 1),
                             random_tensor({2, 3, 4, 3}, 2), random_tensor({2}, 3)});
    EXPECT_LT(check.error, 1e-3) << "input " << check.input << " element " << check.element;
  }
}

TEST(TransposeConv, a_fused_rectifier_passes_no_gradient_where_it_cuts) {
  // y = relu(w * x + b): -3 + 1 is cut, 3 + 1 is not. dy = 1.
  const Tensor shape = indices({4}, {1, 1, 2, 1}), w = tensor({1, 1, 1, 1}, {3}), x = tensor({1, 1, 2, 1}, {-1, 1});
  const Tensor bias = tensor({1}, {1}), dy = tensor({1, 1, 2, 1}, {1, 1});
  const TransposeConv op{.activation = Activation::relu};
  const Tensor y = run_op(op, {shape, w, x, bias});
  Tensor dw(w.type), dx(x.type), db(bias.type);
  const std::vector<ConstTensorView> inputs{shape.view(), w.view(), x.view(), bias.view()}, outputs{y.view()},
      above{dy.view()};
  const std::vector<TensorView> gradients{TensorView{}, dw.view(), dx.view(), db.view()};
  op.backward(Inputs(inputs), Inputs(outputs), Inputs(above), Outputs(gradients), {});
  EXPECT_THAT(dx.as<float>(), ElementsAre(0, 3));
  EXPECT_THAT(dw.as<float>(), ElementsAre(1));
  EXPECT_THAT(db.as<float>(), ElementsAre(1));
}

TEST(TransposeConv, an_int16_bias_counts_as_an_int64_one) {
  const Quantization one{.scale = {1}, .zero_point = {0}};
  const Tensor w({1, 1, 1, 1}, std::vector<std::int8_t>{3}, one), x({1, 1, 1, 1}, std::vector<std::int16_t>{100}, one);
  const Tensor shape = indices({4}, {1, 1, 1, 1}), bias({1}, std::vector<std::int16_t>{-7}, one);
  EXPECT_THAT(values<std::int16_t>(run_op(TransposeConv{}, {shape, w, x, bias}, one)), ElementsAre(293));
}

TEST(TransposeConv, a_shape_that_does_not_fit_is_refused) {
  const Tensor w = random_tensor({2, 3, 3, 3}, 1), x = random_tensor({1, 4, 4, 3}, 2);
  const auto error_of = [](const std::vector<Tensor>& inputs) { return [inputs] { infer(TransposeConv{}, inputs); }; };
  EXPECT_THAT(error_of({indices({4}, {1, 4, 4, 5}), w, x}), ThrowsMessage<Error>(HasSubstr("does not fit the input")));
  EXPECT_THAT(error_of({indices({4}, {1, 0, 4, 2}), w, x}), ThrowsMessage<Error>(HasSubstr("does not fit the input")));
  EXPECT_THAT(error_of({indices({3}, {1, 4, 4}), w, x}), ThrowsMessage<Error>(HasSubstr("does not fit the input")));
  EXPECT_THAT(error_of({indices({4}, {1, 4, 4, 2}), random_tensor({2, 3, 3, 4}, 1), x}),
              ThrowsMessage<Error>(HasSubstr("weights [2x3x3x4] do not fit")));
}

}  // namespace
}  // namespace mirim::test
