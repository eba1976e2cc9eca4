#include "mirim/train/evaluate.hpp"
#include "mirim/train/sample_numbers.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <numeric>

#include "mirim/base/error.hpp"
#include "mirim/graph/text.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/train/compare.hpp"
#include "mirim/train/data_source.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Graph parse(std::string_view text) { return parse_graph(text, all_operators()); }

template <class T>
Subset all_of(const Shape& sample, const std::vector<T>& values, std::vector<std::int32_t> labels, int classes) {
  auto data = std::make_shared<Dataset>(Dataset{.sample = {dtype_of<T>(), sample}});
  const BytesView bytes = bytes_of(values);
  data->samples.assign(bytes.begin(), bytes.end());
  data->labels = std::move(labels);
  for (int c = 0; c < classes; ++c) data->class_names.push_back(std::to_string(c));
  Subset subset{data, std::vector<std::int64_t>(static_cast<std::size_t>(data->size()))};
  std::iota(subset.index.begin(), subset.index.end(), 0);
  return subset;
}

// The output is the input: a classifier whose logits are the sample.
const char* const kIdentity = R"(graph "" (%x: float32[1x2]) -> (%y) {
  %s: int32[2] = [1, 2]
  %y: float32[1x2] = RESHAPE(%x, %s)
})";

// The output is the input before this one, zeros before the first.
const char* const kLast = R"(graph "" (%x: float32[1x2]) -> (%y) {
  variable %last: float32[1x2]
  %y: float32[1x2] = READ_VARIABLE(%last)
  ASSIGN_VARIABLE(%last, %x)
})";

TEST(Evaluate, clears_state_before_each_sample_unless_it_streams) {
  const Subset samples = all_of<float>({2}, {0, 1, 0, 1, 1, 0}, {0, 1, 1}, 2);
  // Cleared: always zeros, so class 0. Streaming: zeros, then the class of the sample before.
  EXPECT_DOUBLE_EQ(evaluate(parse(kLast), samples, {.threads = 2}).confusion->accuracy(), 1.0 / 3);
  EXPECT_DOUBLE_EQ(evaluate(parse(kLast), samples, {.threads = 2, .stream = true}).confusion->accuracy(), 1);
}

// Two sequences of two steps each. The answer is the step before, zeros first; NaN is not asked for.
TEST(Evaluate, of_steps_clears_state_before_each_sequence_and_leaves_out_what_is_not_asked) {
  Dataset data{.sample = {DType::float32, {2}}, .target_size = 2, .steps = 2, .partly_asked = true};
  const std::vector<float> x{1, 2, 5, 6, 3, 4, 7, 8};
  const BytesView bytes = bytes_of(x);
  data.samples = Bytes(bytes.begin(), bytes.end());
  data.targets = {NAN, NAN, 1, 2, 0, 1, NAN, 4};
  const Subset samples{std::make_shared<const Dataset>(std::move(data)), {0, 1, 2, 3}};
  // First target: 1 and 0 asked, both right. Second: 2, 1 and 4, answers 2, 0 and 4.
  const Evaluation found = evaluate(parse(kLast), samples, {.threads = 2});
  EXPECT_EQ(found.targets[0].error.root_mean_squared_error, 0);
  EXPECT_NEAR(found.targets[1].error.root_mean_squared_error, std::sqrt(1.0 / 3), 1e-7);
  EXPECT_NEAR(found.loss, 1.0 / 5, 1e-7);
}

TEST(Evaluate, judges_an_autoencoder_given_noise_by_the_sample_without_it) {
  // It answers what it is given: the error is the noise. Twice 5000 elements: 0.3 within 4 * 0.3 / sqrt(2 * 10000).
  const Subset samples = all_of<float>({2}, std::vector<float>(10000, 1.5F), {}, 0);
  EXPECT_EQ(evaluate(parse(kIdentity), samples, {}).error->root_mean_squared_error, 0);
  const Evaluation noisy = evaluate(parse(kIdentity), samples, {.threads = 2, .noise = 0.3});
  EXPECT_NEAR(noisy.error->root_mean_squared_error, 0.3, 0.0085);
  EXPECT_EQ(noisy.error->root_mean_squared_error,
            evaluate(parse(kIdentity), samples, {.noise = 0.3}).error->root_mean_squared_error);
}

TEST(Compare, clears_state_before_each_sample_unless_it_streams) {
  const Subset samples = all_of<float>({2}, {1, 1, 2, 2}, {0, 1}, 2);
  const Graph zeros = parse(R"(graph "" (%x: float32[1x2]) -> (%y) {
    %no: float32[2] = [0, 0]
    %y: float32[1x2] = MUL(%x, %no)
  })");
  EXPECT_TRUE(compare(parse(kLast), zeros, samples).layers[0].equal);
  EXPECT_EQ(compare(parse(kLast), zeros, samples, true).layers[0].largest, 1);
}

TEST(Evaluate, counts_right_answers_and_cross_entropy_of_logits) {
  // Logits 2,0 (right), 0,1 (wrong, label 0), 0,3 (right).
  const Subset samples = all_of<float>({2}, {2, 0, 0, 1, 0, 3}, {0, 0, 1}, 2);
  const Evaluation result = evaluate(parse(kIdentity), samples);
  EXPECT_EQ(result.samples, 3);
  EXPECT_DOUBLE_EQ(result.confusion->accuracy(), 2.0 / 3);
  EXPECT_EQ(result.confusion->at(0, 1), 1);
  // -log softmax: log(1 + e^-2), log(1 + e), log(1 + e^-3).
  EXPECT_NEAR(result.loss, (std::log1p(std::exp(-2)) + std::log1p(std::exp(1)) + std::log1p(std::exp(-3))) / 3, 1e-6);
  // Scores of class 1: 0 and 1 for label 0, 3 for label 1: every positive above every negative.
  EXPECT_DOUBLE_EQ(*result.roc_auc, 1);
}

TEST(Evaluate, threads_change_no_bit) {
  std::vector<float> values;
  std::vector<std::int32_t> labels;
  for (int i = 0; i < 101; ++i) {
    values.insert(values.end(), {std::sin(static_cast<float>(i)), 0.3F});
    labels.push_back(i % 2);
  }
  const Subset samples = all_of<float>({2}, values, labels, 2);
  const Evaluation one = evaluate(parse(kIdentity), samples, {.threads = 1});
  const Evaluation three = evaluate(parse(kIdentity), samples, {.threads = 3});
  EXPECT_EQ(one.loss, three.loss);
  EXPECT_EQ(one.confusion->accuracy(), three.confusion->accuracy());
}

TEST(Evaluate, data_without_labels_is_held_against_itself) {
  // y = 2 x: the error is x, so for 1, 2, 3, 4 the mean square is 7.5 and the mean absolute 2.5.
  const Graph graph = parse(R"(graph "" (%x: float32[1x2]) -> (%y) {
    %y: float32[1x2] = ADD(%x, %x)
  })");
  const Evaluation result = evaluate(graph, all_of<float>({2}, {1, 2, 3, 4}, {}, 0));
  EXPECT_DOUBLE_EQ(result.loss, 7.5);
  EXPECT_DOUBLE_EQ(result.error->mean_absolute_error, 2.5);
  EXPECT_DOUBLE_EQ(result.per_sample->largest, 12.5);                        // (9 + 16) / 2
  EXPECT_DOUBLE_EQ(*result.error->mean_distance, (std::sqrt(5.0) + 5) / 2);  // both elements have a deviation of 1
  EXPECT_FALSE(result.confusion);
}

TEST(Evaluate, bytes_are_held_against_answers_in_the_units_of_the_answers) {
  // Bytes 228 and 128 are int8 100 and 0, that is 1.0 and 0.0 at the input, which has taken in a normalisation.
  const auto error_of = [](const std::string& output) {
    const Graph graph =
        parse("graph \"\" (%x: int8[1x2] {scale=0.01, zero_point=0}) -> (%y) {\n  %y: int8[1x2] {scale=" + output +
              "} = QUANTIZE(%x)\n}");
    return evaluate(graph, all_of<std::uint8_t>({2}, {228, 128}, {}, 0)).error->mean_absolute_error;
  };
  EXPECT_NEAR(error_of("0.01, zero_point=0"), 0, 1e-6);     // answers are normalised reals: 1.0 and 0.0
  EXPECT_DOUBLE_EQ(error_of("1, zero_point=-128"), 177.5);  // answers are bytes, 1 and 0: 227 and 128 away
}

TEST(Evaluate, one_number_tells_two_classes_apart_by_its_sign) {
  // Logits -1 and 3 for class 0, 2 for class 1: one wrong; 2 is above one of the two others.
  const Graph graph = parse(R"(graph "" (%x: float32[1x1]) -> (%y) {
    %s: int32[2] = [1, 1]
    %y: float32[1x1] = RESHAPE(%x, %s)
  })");
  const Evaluation result = evaluate(graph, all_of<float>({1}, {-1, 3, 2}, {0, 0, 1}, 2));
  EXPECT_DOUBLE_EQ(*result.accuracy, 2.0 / 3);
  EXPECT_EQ(result.confusion->at(0, 1), 1);
  EXPECT_DOUBLE_EQ(*result.roc_auc, 0.5);
  EXPECT_NEAR(result.loss, (std::log1p(std::exp(-1)) + std::log1p(std::exp(3)) + std::log1p(std::exp(-2))) / 3, 1e-6);
}

TEST(Evaluate, numbers_are_scored_by_target_and_by_name) {
  auto data = std::make_shared<Dataset>(Dataset{.sample = {DType::float32, {2}}});
  const std::vector<float> x{1, 10, 2, 20};
  const BytesView bytes = bytes_of(x);
  data->samples.assign(bytes.begin(), bytes.end());
  data->targets = {2, 10, 2, 20};  // the first target is missed by 1 and 0
  data->target_size = 2;
  data->target_names = {"left", "right"};
  const Evaluation result = evaluate(parse(kIdentity), {data, {0, 1}});
  ASSERT_EQ(result.targets.size(), 2U);
  EXPECT_EQ(result.targets[0].name, "left");
  EXPECT_DOUBLE_EQ(result.targets[0].error.mean_absolute_error, 0.5);
  EXPECT_FALSE(result.targets[0].error.r_squared);
  EXPECT_DOUBLE_EQ(*result.targets[1].error.r_squared, 1);
  EXPECT_DOUBLE_EQ(result.error->root_mean_squared_error, 0.5);  // sqrt(1 / 4)
  EXPECT_FALSE(result.accuracy);
}

TEST(Evaluate, an_answer_that_is_not_finite_is_refused_with_its_sample) {
  const Subset samples = all_of<float>({2}, {1, 2, 0, 0}, {0, 1}, 2);
  const Graph graph = parse(R"(graph "" (%x: float32[1x2]) -> (%y) {
    %y: float32[1x2] = DIV(%x, %x)
  })");
  EXPECT_THAT([&] { evaluate(graph, samples); },
              testing::ThrowsMessage<Error>(HasSubstr("sample 1: the model answers")));
}

TEST(Evaluate, raw_bytes_enter_int8_as_x_minus_128) {
  const Graph graph = parse(R"(graph "" (%x: int8[1x2]{scale=1, zero_point=-128}) -> (%y) {
    %s: int32[2] = [1, 2]
    %y: int8[1x2]{scale=1, zero_point=-128} = RESHAPE(%x, %s)
  })");
  Interpreter interpreter(graph);
  const std::vector<std::uint8_t> bytes{0, 255};
  set_sample(interpreter, 0, {DType::uint8, {2}}, bytes_of(bytes));
  EXPECT_THAT(interpreter.input(0).as<std::int8_t>(), ElementsAre(-128, 127));
  EXPECT_THAT(reals(interpreter.input(0)), ElementsAre(0, 255));
  const std::vector<float> floats{-5, 100.4F};
  set_sample(interpreter, 0, {DType::float32, {2}}, bytes_of(floats));
  EXPECT_THAT(interpreter.input(0).as<std::int8_t>(), ElementsAre(-128, -28));
}

TEST(Evaluate, refuses_samples_and_classes_that_do_not_fit) {
  const auto error_of = [](const Subset& samples) -> std::string {
    try {
      evaluate(parse(kIdentity), samples);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_THAT(error_of(all_of<float>({3}, {1, 2, 3}, {0}, 2)),
              HasSubstr("a sample is float32[3], the model's input float32[1x2]"));
  EXPECT_THAT(error_of(all_of<float>({2}, {1, 2}, {2}, 3)), HasSubstr("the model has 2 outputs, the data 3 classes"));
}

TEST(Compare, says_where_two_graphs_part) {
  const Graph a = parse(R"(graph "" (%x: float32[1x2]) -> (%y) {
    %r: float32[1x2] = RELU(%x)
    %y: float32[1x2] = ADD(%r, %r)
  })");
  const Graph b = parse(R"(graph "" (%x: float32[1x2]) -> (%z) {
    %r: float32[1x2] = RELU(%x)
    %z: float32[1x2] = MUL(%r, %r)
  })");
  // 3 -> 6 and 9; 2 -> 4 and 4.
  const Comparison result = compare(a, b, all_of<float>({2}, {3, 2}, {}, 0));
  ASSERT_EQ(result.layers.size(), 2U);
  EXPECT_TRUE(result.layers[0].equal);
  EXPECT_EQ(result.first_different, 1);
  EXPECT_EQ(result.layers[1].name, "z");
  EXPECT_DOUBLE_EQ(result.layers[1].largest, 3);
  EXPECT_DOUBLE_EQ(result.layers[1].mean, 1.5);
  // Signal 36 + 16, noise 9.
  EXPECT_NEAR(result.layers[1].signal_to_noise_db, 10 * std::log10(52.0 / 9), 1e-9);
}

TEST(DataSource, gives_fit_the_samples_of_a_data_set) {
  DataSource source(all_of<std::uint8_t>({1}, {7, 8, 9}, {0, 1, 2}, 3), {});
  std::vector<float> x(2);
  std::vector<std::int32_t> labels(2);
  source.fill(0, 1, 2, {x, labels, {}});
  EXPECT_EQ(source.samples(), 3);
  EXPECT_THAT(x, ElementsAre(8, 9));
  EXPECT_THAT(labels, ElementsAre(1, 2));
}

}  // namespace
}  // namespace mirim
