#include "mirim/graph/kernel_call.hpp"

#include <gmock/gmock.h>

#include "mirim/graph/op.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;

struct ScaleParams {
  std::int32_t size;
  float factor;
  std::int32_t pair[2];
};

template <class Visitor>
void fields(Visitor&& visit, const ScaleParams& params) {
  visit("size", params.size);
  visit("factor", params.factor);
  visit("pair", params.pair);
}

// y = factor * x + offset, by way of scratch.
void scale(const ScaleParams& params, const float* x, const std::int32_t* offset, float* scratch, float* y) {
  for (int i = 0; i < params.size; ++i) scratch[i] = params.factor * x[i];
  for (int i = 0; i < params.size; ++i) y[i] = scratch[i] + static_cast<float>(offset[i]);
}

KernelCall call() {
  KernelCall result =
      make_kernel_call("test.hpp", "scale", "ScaleParams", &scale, ScaleParams{2, 0.1F, {INT32_MIN, -1}},
                       {kernel_input(0), kernel_constant(0), kernel_scratch(), kernel_output(0)});
  result.constants.push_back(make_kernel_constant("offset", std::vector<std::int32_t>{10, 20}));
  result.scratch_bytes = 8;
  return result;
}

TEST(KernelCall, parameters_print_as_the_same_value_in_cpp) {
  const KernelCall c = call();
  ASSERT_EQ(c.parameters.size(), 3U);
  EXPECT_EQ(c.parameters[0], (KernelCall::Parameter{"size", "2"}));
  EXPECT_EQ(c.parameters[1], (KernelCall::Parameter{"factor", "0.100000001f"}));
  EXPECT_EQ(c.parameters[2], (KernelCall::Parameter{"pair", "{-2147483647 - 1, -1}"}));
}

TEST(KernelCall, argument_types_are_those_of_the_kernel) {
  EXPECT_THAT(call().argument_types, ElementsAre("const float*", "const int32_t*", "float*", "float*"));
  EXPECT_EQ(call().constants[0].c_type, "int32_t");
}

TEST(KernelCall, runs_with_inputs_constants_and_scratch_bound) {
  const Tensor x({2}, std::vector<float>{10, 20});
  Tensor y(x.type);
  const std::vector<ConstTensorView> in{x.view()};
  const std::vector<TensorView> out{y.view()};
  run(call(), Inputs(in), Outputs(out));
  EXPECT_THAT(y.as<float>(), ElementsAre(11, 22));
}

}  // namespace
}  // namespace mirim
