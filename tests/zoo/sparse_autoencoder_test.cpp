#include <gtest/gtest.h>

#include "mirim/exec/interpreter.hpp"
#include "mirim/passes/extract.hpp"
#include "mirim/train/fit.hpp"
#include "mirim/train/sample_numbers.hpp"
#include "mirim/zoo/builder.hpp"
#include "mirim/zoo/layers/all.hpp"
#include "tests/zoo/trained.hpp"

namespace mirim {
namespace {

const Trained& sae() {
  static const Trained trained =
      mirim::trained("sparse_autoencoder", {.set = "fashion-mnist", .validation = 0, .train_limit = 12800},
                     {.epochs = 4, .batch = 64, .learning_rate = 0.002});
  return trained;
}

TEST(SparseAutoencoderSlow, has_units_that_are_seldom_active) {
  const Evaluation result = sae().evaluate(sae().graph, 1000);
  ASSERT_EQ(result.own.size(), 1U);
  EXPECT_NEAR(result.own[0].mean.value_or(0), 0.05, 0.02);
  EXPECT_GT(result.psnr.value_or(0), 14);
}

/// The codes of samples, one after the other.
std::vector<float> codes(const Graph& encoder, const Subset& samples) {
  std::vector<float> all;
  Interpreter interpreter(encoder);
  for (std::int64_t i = 0; i < samples.size(); ++i) {
    set_sample(interpreter, 0, samples.data->sample, samples.sample(i));
    interpreter.run();
    const auto y = interpreter.output(0).as<float>();
    all.insert(all.end(), y.begin(), y.end());
  }
  return all;
}

std::vector<std::int32_t> labels(const Subset& samples) {
  std::vector<std::int32_t> all;
  for (std::int64_t i = 0; i < samples.size(); ++i) all.push_back(samples.label(i));
  return all;
}

// The whole data give 85 %, the pixels themselves 84 % (PyTorch); chance 10 %.
TEST(SparseAutoencoderSlow, tells_classes_by_a_linear_read_out) {
  const Graph encoder = extract(sae().graph, {}, {"code"});
  const Subset training = sae().data.training.first(6000), test = sae().data.test.first(1000);
  MemorySource learns(codes(encoder, training), labels(training), training.size(), 1);
  MemorySource judges(codes(encoder, test), labels(test), test.size(), std::nullopt);
  Builder builder("read_out");
  builder.input({.shape = {256}});
  builder.append(FullyConnectedLayer{.units = 10});
  Graph read_out = builder.build();
  const FitResult result =
      fit(read_out, learns, &judges,
          {.epochs = 60, .batch = 50, .schedule = {.kind = Schedule::Kind::cosine, .rate = 0.05F}});
  EXPECT_GT(result.history.back().validation_accuracy, 0.76F);
}

}  // namespace
}  // namespace mirim
