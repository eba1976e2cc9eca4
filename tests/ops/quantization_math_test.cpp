#include "mirim/ops/quantization_math.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <set>

#include "mirim/base/error.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/int8_table.hpp"
#include "mirim/ops/weighted.hpp"

namespace mirim {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(QuantizationMath, a_multiplier_is_a_fraction_of_at_least_a_half_and_a_shift) {
  EXPECT_EQ(quantize_multiplier(1), (QuantizedMultiplier{1 << 30, 1}));
  EXPECT_EQ(quantize_multiplier(0.375), (QuantizedMultiplier{3 << 29, -1}));  // 0.75 / 2
  EXPECT_EQ(quantize_multiplier(-0.25), (QuantizedMultiplier{-(1 << 30), -1}));
  EXPECT_EQ(quantize_multiplier(0), (QuantizedMultiplier{0, 0}));
  EXPECT_EQ(quantize_multiplier(std::ldexp(1.0, -33)), (QuantizedMultiplier{0, 0}));
  // Rounded up to 1, it is halved again.
  EXPECT_EQ(quantize_multiplier(1 - 1e-12), (QuantizedMultiplier{1 << 30, 1}));
}

TEST(QuantizationMath, scales_too_far_apart_are_refused) {
  EXPECT_THAT([] { quantize_multiplier(1e10); }, ThrowsMessage<Error>(HasSubstr("too far apart")));
  EXPECT_THAT([] { quantize_multiplier(NAN); }, ThrowsMessage<Error>(HasSubstr("too far apart")));
}

TEST(QuantizationMath, an_activation_becomes_steps_of_the_output) {
  const IntegerRange relu6 = output_range("ADD", Activation::relu6, {.scale = 0.05F, .zero_point = -100});
  EXPECT_EQ(relu6.min, -100);
  EXPECT_EQ(relu6.max, 20);  // 6 / 0.05 - 100
  const IntegerRange one = output_range("ADD", Activation::relu_n1_to_1, {.scale = 0.1F, .zero_point = 3});
  EXPECT_EQ(one.min, -7);
  EXPECT_EQ(one.max, 13);
  const IntegerRange relu = output_range("ADD", Activation::relu, {.scale = 1e-6F, .zero_point = -128});
  EXPECT_EQ(relu.min, -128);
  EXPECT_EQ(relu.max, 127);
}

TEST(QuantizationMath, an_operand_without_a_scale_is_named) {
  const TensorType type{DType::int8, {1}};
  const Quantization none, negative{.scale = {-1}, .zero_point = {0}};
  EXPECT_THAT(
      [&] {
        per_tensor("ADD", "output", {&type, &none, {}});
      },
      ThrowsMessage<Error>("ADD: the output has 0 scales, an int8 tensor needs one"));
  EXPECT_THAT(
      [&] {
        per_tensor("ADD", "output", {&type, &negative, {}});
      },
      ThrowsMessage<Error>(HasSubstr("scale -1")));
}

TEST(QuantizationMath, a_sum_that_can_overflow_is_refused) {
  const Tensor x({1, 2}, std::vector<std::int8_t>{0, 0}, {.scale = {1}, .zero_point = {127}});
  const Tensor weights({1, 2}, std::vector<std::int8_t>{100, -28}, {.scale = {1}, .zero_point = {0}});
  Tensor y({DType::int8, {1, 1}}, {.scale = {1}, .zero_point = {0}});
  const auto lower = [&](std::int32_t bias) {
    const Tensor b({1}, std::vector<std::int32_t>{bias}, {.scale = {1}, .zero_point = {0}});
    const std::vector<Operand> in{x.operand(), weights.operand(), b.operand()}, out{y.operand()};
    weighted_parameters("FULLY_CONNECTED", Types(in), Types(out), 0, Activation::none);
  };
  // The real input is -255 to 0, so 128 * 255 = 32640 lies on top of the bias.
  EXPECT_NO_THROW(lower(INT32_MAX - 32640));
  EXPECT_THAT([&] { lower(INT32_MAX - 32639); }, ThrowsMessage<Error>(HasSubstr("can overflow 32 bits")));
}

TEST(QuantizationRule, every_operator_that_can_be_quantized_has_a_device_kernel) {
  for (const Op& op : all_operators().all()) {
    EXPECT_TRUE(!op.quantization(Types{}) || op.deployable()) << op.name();
  }
}

TEST(OperandRole, weights_have_a_scale_for_each_output_channel) {
  for (const auto& [name, axis] : {std::pair("CONV_2D", 0), {"DEPTHWISE_CONV_2D", 3}, {"FULLY_CONNECTED", 0}}) {
    const Op& op = *all_operators().find(name);
    EXPECT_EQ(op.role(0).kind, OperandRole::Kind::activation) << name;
    EXPECT_EQ(op.role(1).kind, OperandRole::Kind::weights) << name;
    EXPECT_EQ(op.role(1).axis, axis) << name;
    EXPECT_EQ(op.role(2).kind, OperandRole::Kind::bias) << name;
  }
}

TEST(OperandRole, the_last_one_stands_for_all_further_inputs) {
  EXPECT_EQ(all_operators().find("RESHAPE")->role(1).kind, OperandRole::Kind::index);
  EXPECT_EQ(all_operators().find("SELECT_V2")->role(2).kind, OperandRole::Kind::activation);
  EXPECT_EQ(all_operators().find("CONCATENATION")->role(7).kind, OperandRole::Kind::activation);
}

TEST(ActivationName, is_that_of_one_operator) {
  std::set<std::string_view> names;
  for (const Op& op : all_operators().all()) {
    const ActivationName& name = op.activation_name();
    EXPECT_TRUE(name.name.empty() || names.insert(name.name).second) << op.name();
  }
  EXPECT_TRUE(names.contains("relu"));
}

TEST(Int8Table, starts_at_zero_and_ends_at_minus_one) {
  const Int8Table relu = relu_table({.scale = 1, .zero_point = 0}, {.scale = 1, .zero_point = 0});
  EXPECT_EQ(relu[5], 5);
  EXPECT_EQ(relu[255], 0);
}

TEST(Int8Table, an_unusual_output_scale_still_gives_the_function) {
  // logistic(0) = 0.5 is 10 steps of 0.05.
  const Int8Table logistic = logistic_table({.scale = 0.1F, .zero_point = 0}, {.scale = 0.05F, .zero_point = 0});
  EXPECT_EQ(logistic[0], 10);
  EXPECT_EQ(logistic[127], 20);
}

TEST(Int8Table, a_function_that_is_no_number_gives_the_zero_point) {
  const Int8Table log =
      float_table({.scale = 1, .zero_point = 0}, {.scale = 1, .zero_point = 7}, [](float x) { return std::log(x); });
  EXPECT_EQ(log[1], 7);
  EXPECT_EQ(log[static_cast<std::uint8_t>(-1)], 7);
  EXPECT_EQ(log[0], -128);  // minus infinity
}

}  // namespace
}  // namespace mirim
