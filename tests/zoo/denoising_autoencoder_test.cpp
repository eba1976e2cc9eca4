#include <gtest/gtest.h>

#include <cmath>

#include "mirim/data/augment.hpp"
#include "mirim/data/batches.hpp"
#include "mirim/exec/parameters.hpp"
#include "tests/zoo/trained.hpp"

namespace mirim {
namespace {

constexpr double kNoise = 0.3;

const Trained& cleaner() {
  static const Trained trained =
      mirim::trained("denoising_autoencoder", {.set = "fashion-mnist", .validation = 0, .train_limit = 6400},
                     {.epochs = 4, .batch = 32, .learning_rate = 0.005, .noise = kNoise});
  return trained;
}

double psnr(const Graph& graph, double noise) {
  return evaluate(graph, cleaner().data.test.first(500), {.noise = noise}).psnr.value_or(0);
}

/// Of the images with noise themselves.
double psnr_of_noise() {
  const Subset images = cleaner().data.test.first(500);
  std::vector<float> x(28 * 28), y(28 * 28);
  double squares = 0;
  for (std::int64_t n = 0; n < images.size(); ++n) {
    to_floats(images.data->sample, images.sample(n), x);
    to_floats(images.data->sample, with_noise(kNoise, images.data->sample, images.sample(n), 7), y);
    for (std::size_t i = 0; i < x.size(); ++i) squares += std::pow(static_cast<double>(x[i] - y[i]), 2);
  }
  return 10 * std::log10(255.0 * 255.0 * 28 * 28 * static_cast<double>(images.size()) / squares);
}

// The whole data and 3 epochs give 19.2 dB.
TEST(DenoisingAutoencoderSlow, takes_noise_away) {
  EXPECT_NEAR(psnr_of_noise(), 12.8, 0.2);
  EXPECT_GT(psnr(cleaner().graph, kNoise), 17);
}

TEST(DenoisingAutoencoderSlow, of_int8_loses_little) {
  Graph int8 = cleaner().int8();
  EXPECT_GT(psnr(int8, kNoise), psnr(cleaner().graph, kNoise) - 0.3);
}

TEST(DenoisingAutoencoderSlow, has_3217_weights) {
  std::int64_t weights = 0;
  for (const Parameter& parameter : trainable_parameters(cleaner().graph)) {
    weights += cleaner().graph[parameter.value].type.shape.elements();
  }
  EXPECT_EQ(weights, 3217);
}

}  // namespace
}  // namespace mirim
