#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "mirim/data/batches.hpp"
#include "mirim/passes/extract.hpp"
#include "tests/zoo/trained.hpp"

namespace mirim {
namespace {

const Trained& zoom() {
  static const Trained trained =
      mirim::trained("deconvolutional_network", {.set = "fashion-mnist", .validation = 0, .train_limit = 6400},
                     {.epochs = 4, .batch = 32, .learning_rate = 0.005});
  return trained;
}

constexpr int kSide = 28, kSmall = 7;

/// PSNR in dB, of 255, of the images averaged to 7x7 and drawn large by bilinear interpolation between the middles of
/// the small pixels; those at the border reach to it.
double bilinear(const Subset& images) {
  double squares = 0;
  std::vector<float> x(kSide * kSide);
  for (std::int64_t n = 0; n < images.size(); ++n) {
    to_floats(images.data->sample, images.sample(n), x);
    double small[kSmall][kSmall] = {};
    for (int i = 0; i < kSide * kSide; ++i) {
      small[i / kSide / 4][i % kSide / 4] += static_cast<double>(x[static_cast<std::size_t>(i)]) / 16;
    }
    for (int i = 0; i < kSide * kSide; ++i) {
      const auto place = [](int at) { return std::clamp((at + 0.5) / 4 - 0.5, 0.0, kSmall - 1.0); };
      const double r = place(i / kSide), c = place(i % kSide);
      const int top = std::min(static_cast<int>(r), kSmall - 2), left = std::min(static_cast<int>(c), kSmall - 2);
      const double down = r - top, right = c - left;
      const double y = (1 - down) * ((1 - right) * small[top][left] + right * small[top][left + 1]) +
                       down * ((1 - right) * small[top + 1][left] + right * small[top + 1][left + 1]);
      squares += (y - static_cast<double>(x[static_cast<std::size_t>(i)])) *
                 (y - static_cast<double>(x[static_cast<std::size_t>(i)]));
    }
  }
  return 10 * std::log10(255.0 * 255.0 * kSide * kSide * static_cast<double>(images.size()) / squares);
}

TEST(DeconvolutionalNetworkSlow, draws_finer_than_bilinear_interpolation) {
  const Evaluation result = zoom().evaluate(zoom().graph, 500);
  EXPECT_GT(result.psnr.value_or(0), bilinear(zoom().data.test.first(500)) + 2);
}

TEST(DeconvolutionalNetworkSlow, of_int8_loses_little) {
  const double floats = zoom().evaluate(zoom().graph, 500).psnr.value_or(0);
  EXPECT_GT(zoom().evaluate(zoom().int8(), 500).psnr.value_or(0), floats - 0.3);
}

// Transposed convolutions read their data from another operand than the layers that are refined.
TEST(DeconvolutionalNetworkSlow, takes_corrected_biases) {
  Model model;
  model.graphs.push_back(zoom().graph);
  QuantizeSettings settings;
  settings.samples = 50;
  settings.correct_bias = true;
  const Graph int8 = std::move(quantize(std::move(model), zoom().data, settings, {}).model.main());
  EXPECT_GT(zoom().evaluate(int8, 200).psnr.value_or(0), zoom().evaluate(zoom().graph, 200).psnr.value_or(0) - 0.5);
}

TEST(DeconvolutionalNetworkSlow, zooms_small_images_when_its_averaging_is_cut_off) {
  const Graph small = extract(zoom().graph, {"small"}, {});
  EXPECT_EQ(small[small.inputs[0]].type.shape, (Shape{1, kSmall, kSmall, 1}));
  EXPECT_EQ(small[small.outputs[0]].type.shape, (Shape{1, kSide, kSide, 1}));
}

}  // namespace
}  // namespace mirim
