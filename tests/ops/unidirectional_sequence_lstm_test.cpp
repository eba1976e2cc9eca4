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
