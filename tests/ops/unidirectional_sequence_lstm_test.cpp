#include "mirim/ops/unidirectional_sequence_lstm.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "mirim/base/error.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

struct Operands {
  std::vector<Tensor> tensors;
  std::vector<bool> present;

  std::vector<Operand> types() const {
    std::vector<Operand> result;
    for (std::size_t i = 0; i < tensors.size(); ++i) result.push_back(present[i] ? tensors[i].operand() : Operand{});
    return result;
  }
};

// One unit, one input: the gates' weights are 1, 2, 3, 4 on x and 0.5 on the last output, their biases 0.1.
Operands one_unit(Shape x, const std::vector<float>& values) {
  const std::int64_t batches = x[0];
  Operands o{.tensors = std::vector<Tensor>(24), .present = std::vector<bool>(24, true)};
  o.tensors[0] = test::tensor(std::move(x), values);
  for (std::size_t g = 0; g < 4; ++g) {
    o.tensors[1 + g] = test::tensor({1, 1}, {static_cast<float>(g + 1)});
    o.tensors[5 + g] = test::tensor({1, 1}, {0.5F});
    o.tensors[12 + g] = test::tensor({1}, {0.1F});
  }
  for (const std::size_t state : {18U, 19U}) o.tensors[state] = Tensor(TensorType{DType::float32, {batches, 1}});
  for (const std::size_t absent : {9U, 10U, 11U, 16U, 17U, 20U, 21U, 22U, 23U}) o.present[absent] = false;
  return o;
}

std::vector<float> run(const UnidirectionalSequenceLstm& op, Operands& o) {
  const auto types = o.types();
  Tensor y(op.infer(Types(types))[0]);
  std::vector<ConstTensorView> in;
  for (std::size_t i = 0; i < 24; ++i)
    in.push_back(o.present[i] ? std::as_const(o.tensors[i]).view() : ConstTensorView{});
  const std::vector<TensorView> out{y.view(), o.tensors[18].view(), o.tensors[19].view()};
  op.forward(Inputs(in), Outputs(out));
  return test::values(y);
}

struct Cell {
  double h = 0, c = 0;

  double next(double x, double clip) {
    const auto sigmoid = [](double v) { return 1 / (1 + std::exp(-v)); };
    const double rest = 0.5 * h + 0.1;
    c = sigmoid(2 * x + rest) * c + sigmoid(x + rest) * std::tanh(3 * x + rest);
    if (clip > 0) c = std::min(std::max(c, -clip), clip);
    return h = sigmoid(4 * x + rest) * std::tanh(c);
  }
};

TEST(UnidirectionalSequenceLstm, follows_the_formula_from_step_to_step_and_from_run_to_run) {
  for (const float clip : {0.0F, 0.3F}) {
    Operands o = one_unit({1, 3, 1}, {0.5, -1, 0.25});
    Cell cell;
    for (int time = 0; time < 2; ++time) {
      const auto y = run({.cell_clip = clip}, o);
      EXPECT_NEAR(y[0], cell.next(0.5, clip), 1e-6);
      EXPECT_NEAR(y[1], cell.next(-1, clip), 1e-6);
      EXPECT_NEAR(y[2], cell.next(0.25, clip), 1e-6);
    }
    EXPECT_NEAR(o.tensors[18].as<float>()[0], cell.h, 1e-6);
    EXPECT_NEAR(o.tensors[19].as<float>()[0], cell.c, 1e-6);
  }
}

TEST(UnidirectionalSequenceLstm, the_float_kernel_of_the_device_agrees) {
  for (const float clip : {0.0F, 0.3F}) {
    const UnidirectionalSequenceLstm op{.cell_clip = clip, .time_major = true};
    Operands plain = one_unit({2, 2, 1}, {0.5, -1, 0.25, 2}), device = plain;
    const auto expected = run(op, plain);
    const auto types = device.types();
    Tensor y(op.infer(Types(types))[0]);
    std::vector<ConstTensorView> in;
    for (std::size_t i = 0; i < 24; ++i)
      in.push_back(device.present[i] ? std::as_const(device.tensors[i]).view() : ConstTensorView{});
    mirim::run(op.lower(Types(types), {}), Inputs(in), Outputs(std::vector<TensorView>{y.view()}));
    EXPECT_THAT(test::values(y), testing::Pointwise(testing::FloatNear(1e-6F), expected));
    EXPECT_THAT(test::values(device.tensors[19]),
                testing::Pointwise(testing::FloatNear(1e-6F), test::values(plain.tensors[19])));
  }
}

// 2 sequences of 3 steps (or the reverse), 4 numbers each, and 5 units; states that are not 0.
std::vector<Tensor> random_layer(bool time_major, float largest) {
  Random random(1);
  const auto draw = [&](Shape shape) {
    Tensor tensor(TensorType{DType::float32, std::move(shape)});
    for (float& value : tensor.as<float>()) value = largest * (2 * random.uniform() - 1);
    return tensor;
  };
  std::vector<Tensor> inputs(24);
  inputs[lstm::kInput] = draw(time_major ? Shape{3, 2, 4} : Shape{2, 3, 4});
  for (std::size_t g = 0; g < lstm::kGates; ++g) {
    inputs[lstm::kWeights + g] = draw({5, 4});
    inputs[lstm::kRecurrent + g] = draw({5, 5});
    inputs[lstm::kBias + g] = draw({5});
  }
  inputs[lstm::kState] = draw({2, 5});
  inputs[lstm::kCell] = draw({2, 5});
  return inputs;
}

TEST(UnidirectionalSequenceLstm, gradients) {
  for (int kind = 0; kind < 4; ++kind) {
    const UnidirectionalSequenceLstm op{.time_major = (kind & 1) != 0, .last_only = (kind & 2) != 0};
    const GradientCheck check = check_gradients(op, random_layer(op.time_major, 1));
    EXPECT_LT(check.error, 2e-4) << kind << ": input " << check.input << ", element " << check.element << ": "
                                 << check.analytic << " for " << check.numeric;
  }
}

TEST(UnidirectionalSequenceLstm, no_gradient_goes_to_what_the_cell_clip_cuts_off) {
  auto inputs = random_layer(false, 2);
  const auto derivative = [&](float clip) {
    return check_gradients(UnidirectionalSequenceLstm{.cell_clip = clip}, inputs, 1, 0x1p-9);
  };
  for (const float clip : {0.3F, 0.6F}) {
    const GradientCheck check = derivative(clip);
    ASSERT_LT(check.uncertainty, 1e-3) << "a cell is at its limit; choose another";
    EXPECT_LT(check.error, 1e-3) << clip << ": input " << check.input << ", element " << check.element << ": "
                                 << check.analytic << " for " << check.numeric;
  }
  // One unit and one step: the cell would be sigmoid(1) tanh(3) = 0.73.
  std::vector<Tensor> one(24);
  one[0] = test::tensor({1, 1, 1}, {1});
  for (std::size_t g = 0; g < 4; ++g) {
    one[1 + g] = test::tensor({1, 1}, {g == 2 ? 3.0F : 1.0F});
    one[5 + g] = test::tensor({1, 1}, {0});
    one[12 + g] = test::tensor({1}, {0});
  }
  one[18] = one[19] = test::tensor({1, 1}, {0});
  Tensor y(TensorType{DType::float32, {1, 1, 1}}), h = one[18], c = one[19];
  const UnidirectionalSequenceLstm op{.cell_clip = 0.5F};
  std::vector<ConstTensorView> in;
  std::vector<Operand> types;
  for (const Tensor& tensor : one) {
    in.push_back(tensor.bytes.empty() ? ConstTensorView{} : tensor.view());
    types.push_back(tensor.bytes.empty() ? Operand{} : tensor.operand());
  }
  Bytes saved(static_cast<std::size_t>(op.saved_bytes(Types(types))));
  op.forward_training(Inputs(in), Outputs(std::vector<TensorView>{y.view(), h.view(), c.view()}), {saved, 1});
  const Tensor dy = test::tensor({1, 1, 1}, {1});
  std::vector<Tensor> dx;
  for (const Tensor& tensor : one) dx.push_back(tensor.bytes.empty() ? Tensor() : Tensor(tensor.type));
  std::vector<TensorView> out;
  for (Tensor& tensor : dx) out.push_back(tensor.bytes.empty() ? TensorView{} : tensor.view());
  const std::vector<ConstTensorView> results{std::as_const(y).view()}, above{dy.view()};
  op.backward(Inputs(in), Inputs(results), Inputs(above), Outputs(out), {saved, 1});
  const double o = 1 / (1 + std::exp(-1.0));
  EXPECT_NEAR(y.as<float>()[0], o * std::tanh(0.5), 1e-6);
  for (const std::size_t cut : {1U, 2U, 3U, 19U}) EXPECT_EQ(dx[cut].as<float>()[0], 0) << cut;
  EXPECT_NEAR(dx[4].as<float>()[0], std::tanh(0.5) * o * (1 - o), 1e-6);
}

Tensor int8_weight(std::int8_t steps, float scale) {
  Tensor weight({DType::int8, {1, 1}}, {.scale = {scale}});
  weight.as<std::int8_t>()[0] = steps;
  return weight;
}

// With one input and one unit a row has one element, which becomes 127 (or -128) steps of its own scale: quantizing it
// at run time loses nothing.
TEST(UnidirectionalSequenceLstm, int8_weights_of_one_unit_give_the_formula) {
  for (const bool asymmetric : {false, true}) {
    Operands o = one_unit({1, 3, 1}, {0.5, -1, 0.25});
    for (std::size_t g = 0; g < 4; ++g) {
      o.tensors[1 + g] = int8_weight(64, static_cast<float>(g + 1) / 64);
      o.tensors[5 + g] = int8_weight(127, 0.5F / 127);
    }
    Cell cell;
    for (int time = 0; time < 2; ++time) {
      const auto y = run({.asymmetric_quantize_inputs = asymmetric}, o);
      EXPECT_NEAR(y[0], cell.next(0.5, 0), 1e-6);
      EXPECT_NEAR(y[1], cell.next(-1, 0), 1e-6);
      EXPECT_NEAR(y[2], cell.next(0.25, 0), 1e-6);
    }
    EXPECT_NEAR(o.tensors[19].as<float>()[0], cell.c, 1e-6);
  }
}

TEST(UnidirectionalSequenceLstm, time_may_come_before_the_batch) {
  Operands batch_major = one_unit({2, 2, 1}, {1, 2, 3, 4});  // two sequences: 1 2 and 3 4
  Operands time_major = one_unit({2, 2, 1}, {1, 3, 2, 4});
  const auto a = run({}, batch_major), b = run({.time_major = true}, time_major);
  EXPECT_EQ(a, (std::vector<float>{b[0], b[2], b[1], b[3]}));
}

TEST(UnidirectionalSequenceLstm, says_what_it_does_not_do) {
  const auto refused = [](std::size_t input, UnidirectionalSequenceLstm op, const char* why) {
    Operands o = one_unit({1, 1, 1}, {1});
    if (input > 0) o.present[input] = !o.present[input];
    o.tensors[9] = o.tensors[16] = o.tensors[20] = test::tensor({1}, {1});
    const auto types = o.types();
    EXPECT_THAT([&] { op.infer(Types(types)); }, ThrowsMessage<Unsupported>(HasSubstr(why)));
  };
  refused(9, {}, "peepholes");
  refused(16, {}, "a projection");
  refused(20, {}, "a layer normalisation");
  refused(1, {}, "couples the input gate");
  refused(0, {.activation = Activation::relu}, "not TANH");
}

}  // namespace
}  // namespace mirim
