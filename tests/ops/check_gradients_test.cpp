#include "mirim/ops/check_gradients.hpp"

#include "mirim/ops/elementwise_unary.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

// y = x^2, with a derivative that is off by the factor `wrong`.
struct Square {
  static constexpr std::string_view name = "TEST_SQUARE";
  static constexpr int tflite_code = -1;
  static constexpr int tflite_options = 0;
  float wrong = 1;
  bool adds = false;

  std::vector<TensorType> infer(Types in) const { return {*in[0].type}; }
  Cost cost(Types) const { return {}; }
  void forward(Inputs x, Outputs y) const {
    for (std::size_t i = 0; i < x[0].as<float>().size(); ++i)
      y[0].as<float>()[i] = x[0].as<float>()[i] * x[0].as<float>()[i];
  }
  void backward(Inputs x, Inputs, Inputs dy, Outputs dx, TrainingState) const {
    for (std::size_t i = 0; i < x[0].as<float>().size(); ++i) {
      float& below = dx[0].as<float>()[i];
      below = (adds ? below : 0.0F) + dy[0].as<float>()[i] * 2 * x[0].as<float>()[i] * wrong;
    }
  }
  void options(Options&) {}
  bool operator==(const Square&) const = default;
};

TEST(CheckGradients, a_right_gradient_passes) {
  const GradientCheck check = check_gradients(Square{}, {test::random_tensor({20}, 1)});
  EXPECT_LT(check.error, 1e-4);
  EXPECT_LT(check.uncertainty, 1e-3);
}

TEST(CheckGradients, a_gradient_wrong_by_one_percent_is_found) {
  EXPECT_GT(check_gradients(Square{.wrong = 1.01F}, {test::random_tensor({20}, 1)}).error, 5e-3);
}

TEST(CheckGradients, a_backward_that_adds_to_what_is_there_is_found) {
  EXPECT_GT(check_gradients(Square{.adds = true}, {test::random_tensor({20}, 1)}).error, 1);
}

TEST(CheckGradients, a_kink_shows_as_uncertainty) {
  EXPECT_GT(check_gradients(Relu{}, {test::tensor({1}, {0.02F})}).uncertainty, 0.05);
}

}  // namespace
}  // namespace mirim
