#include <gtest/gtest.h>

#include "mirim/exec/interpreter.hpp"
#include "mirim/exec/random_inputs.hpp"
#include "mirim/passes/extract.hpp"
#include "mirim/train/sample_numbers.hpp"
#include "tests/zoo/trained.hpp"

namespace mirim {
namespace {

const Trained& vae() {
  static const Trained trained =
      mirim::trained("variational_autoencoder", {.set = "fashion-mnist", .validation = 0, .train_limit = 6400},
                     {.epochs = 4, .batch = 64, .learning_rate = 0.002});
  return trained;
}

// PyTorch's example reaches 244.5 nats with 60,000 images and 10 epochs; the mean of all images alone costs about 400.
TEST(VariationalAutoencoderSlow, comes_near_to_its_bound_in_a_few_seconds) {
  const Evaluation result = vae().evaluate(vae().graph, 500);
  ASSERT_TRUE(result.negative_elbo);
  EXPECT_LT(result.loss, 285);
  ASSERT_EQ(result.own.size(), 1U);
  EXPECT_GT(result.own[0].value, 5);  // nats: the code says something of the sample
  EXPECT_LT(result.own[0].value, 40);
  EXPECT_GT(result.psnr.value_or(0), 14);
}

TEST(VariationalAutoencoderSlow, of_int8_loses_at_most_a_nat) {
  const double floats = vae().evaluate(vae().graph, 500).loss;
  EXPECT_NEAR(vae().evaluate(vae().int8(), 500).loss, floats, 1.0);
}

TEST(VariationalAutoencoderSlow, halves_are_the_whole) {
  const Graph& whole = vae().graph;
  Interpreter all(whole), encoder(extract(whole, {}, {"latent"})), decoder(extract(whole, {"latent"}, {}));
  ASSERT_EQ(encoder.graph().inputs.size(), 2U);
  ASSERT_EQ(decoder.graph().inputs.size(), 1U);
  const Dataset& data = *vae().data.test.data;
  set_sample(all, 0, data.sample, vae().data.test.sample(3));
  set_sample(encoder, 0, data.sample, vae().data.test.sample(3));
  draw_random_inputs(all, 9, 0);
  draw_random_inputs(encoder, 9, 0);
  all.run();
  encoder.run();
  decoder.set_input(0, encoder.output(0).bytes);
  decoder.run();
  EXPECT_TRUE(std::ranges::equal(decoder.output(0).bytes, all.output(0).bytes));
}

}  // namespace
}  // namespace mirim
