#include "mirim/ops/fully_connected.hpp"

#include "mirim/base/error.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using test::floats, test::infer, test::random_tensor, test::tensor;
using testing::ElementsAre;

// Rows (1, 2) and (3, 4) of x; weights (1, 10), (100, 1000): 21+1, 2100+2; 43+1, 4300+2.
TEST(FullyConnected, weights_are_outputs_by_inputs) {
  EXPECT_THAT(
      floats(FullyConnected{}, {tensor({2, 2}, {1, 2, 3, 4}), tensor({2, 2}, {1, 10, 100, 1000}), tensor({2}, {1, 2})}),
      ElementsAre(22, 2102, 44, 4302));
}

TEST(FullyConnected, the_input_is_flattened_to_the_weights) {
  const Tensor x = random_tensor({2, 3, 4}, 1);
  EXPECT_EQ(infer(FullyConnected{}, {x, random_tensor({5, 12}, 2)}).shape, (Shape{2, 5}));
  EXPECT_EQ(infer(FullyConnected{}, {x, random_tensor({5, 4}, 2)}).shape, (Shape{6, 5}));
  EXPECT_EQ(infer(FullyConnected{.keep_num_dims = true}, {x, random_tensor({5, 4}, 2)}).shape, (Shape{2, 3, 5}));
  EXPECT_THROW(infer(FullyConnected{}, {x, random_tensor({5, 7}, 2)}), Error);
  EXPECT_THROW(infer(FullyConnected{.keep_num_dims = true}, {x, random_tensor({5, 12}, 2)}), Error);
}

TEST(FullyConnected, gradients_are_right) {
  const Tensor x = random_tensor({3, 4}, 1), w = random_tensor({2, 4}, 2), b = random_tensor({2}, 3);
  test::expect_gradients(FullyConnected{}, {x, w, b});
  test::expect_gradients(FullyConnected{}, {x, w});
  test::expect_gradients(FullyConnected{.activation = Activation::relu}, {x, w, b});
}

TEST(FullyConnected, macs_are_outputs_times_inputs) {
  EXPECT_EQ(test::cost(FullyConnected{}, {random_tensor({1, 640}, 1), random_tensor({128, 640}, 2)}).macs, 81'920);
}

TEST(FullyConnected, versions_are_those_of_tflite) {
  const Tensor x = random_tensor({1, 4}, 1), w = random_tensor({2, 4}, 2), b = random_tensor({2}, 3);
  EXPECT_EQ(test::version(FullyConnected{}, {x, w, b}), 1);
  EXPECT_EQ(test::version(FullyConnected{}, {x, w}), 6);
  EXPECT_EQ(test::version(FullyConnected{.keep_num_dims = true}, {x, w, b}), 5);
  const Tensor xi({DType::int8, {1, 4}}), wi({DType::int8, {2, 4}}), bi({DType::int32, {2}});
  EXPECT_EQ(test::version(FullyConnected{}, {xi, wi, bi}), 4);
}

}  // namespace
}  // namespace mirim
