#include <gmock/gmock.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "mirim/base/error.hpp"
#include "mirim/data/dataset.hpp"
#include "mirim/recipe/model_file.hpp"
#include "mirim/recipe/quantize_job.hpp"

// The accuracy that a training for integers reports is that of the integer file, on 2,000 images of Fashion-MNIST.
namespace mirim {
namespace {

constexpr std::int64_t kSamples = 3000;

struct Case {
  const char* network;
  const char* weights;
  const char* ranges;
};

class AwareAccuracySlow : public testing::TestWithParam<Case> {};

TEST_P(AwareAccuracySlow, in_training_is_that_of_the_written_file) {
  const auto [network, weights, ranges] = GetParam();
  Splits data;
  try {
    data = load_data("fashion-mnist", {.validation = 0.05, .seed = 1});
  } catch (const Error& error) {
    GTEST_SKIP() << error.what();
  }
  data.training = data.training.first(6000);
  data.validation = data.validation.first(3000);

  Graph floats = read_for_training(std::string(MIRIM_SOURCE_DIR) + "/models/" + network + ".toml", 1);
  floats = train(std::move(floats), data, {.epochs = 6, .batch = 32, .learning_rate = 0.01}, {}, {}).graph;
  Model model;
  model.graphs.push_back(std::move(floats));

  QuantizeSettings settings;
  settings.grids = {.weights = weights, .layers = "", .weight_scale = "auto", .ranges = ranges};
  settings.train.epochs = 1;
  const Quantized integers = quantize(std::move(model), data, settings);
  const auto history = nlohmann::json::parse(integers.history);
  const double in_training = history.back()["validation_accuracy"];

  const std::filesystem::path file =
      std::filesystem::temp_directory_path() / fmt::format("mirim_aware_{}_{}_{}.tflite", network, weights, ::getpid());
  write_model(file, integers.model);
  const Model written = read_sound_model(file);
  std::filesystem::remove(file);
  const double of_file = *measure(written.main(), data.validation, "auto", {}).accuracy;
  EXPECT_GT(of_file, 0.6) << "learnt something";
  EXPECT_LE(std::lround(std::fabs(in_training - of_file) * kSamples), kSamples / 1000)
      << in_training << " in training, " << of_file << " of the file";
}

INSTANTIATE_TEST_SUITE_P(Networks, AwareAccuracySlow,
                         testing::Values(Case{"lenet5", "8", "average"}, Case{"lenet5", "4", "average"},
                                         Case{"lenet5", "4", "learnt"}),
                         [](const auto& made) {
                           return fmt::format("{}_with_{}_bits_{}", made.param.network, made.param.weights,
                                              made.param.ranges);
                         });

}  // namespace
}  // namespace mirim
