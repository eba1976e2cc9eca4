// Firmware that goes on learning, against the interpreter and against what each rule is by its formula.
#include <gmock/gmock.h>

#include <Eigen/Dense>
#include <cmath>
#include <cstring>

#include "mirim/base/error.hpp"
#include "mirim/compile/compile.hpp"
#include "mirim/compile/runner.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/machine/process.hpp"
#include "mirim/passes/learn_on_device.hpp"
#include "tests/compile/graphs.hpp"

namespace mirim {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr const char* kClassifier = R"(
graph "classes" (%x: float32[1x6]) -> (%y) {
  %w1: float32[8x6] = random(1)
  %b1: float32[8] = random(2)
  %hidden: float32[1x8] = FULLY_CONNECTED(%x, %w1, %b1) {fused_activation_function=RELU}
  %w2: float32[3x8] = random(3)
  %b2: float32[3] = random(4)
  %sums: float32[1x3] = FULLY_CONNECTED(%hidden, %w2, %b2)
  %y: float32[1x3] = SOFTMAX(%sums) {beta=1}
})";

constexpr const char* kIntegers = R"(
graph "integers" (%x: int8[1x6] {scale=0.03, zero_point=2}) -> (%y) {
  %w: int8[3x6] {scale=[0.01, 0.02, 0.015], zero_point=[0, 0, 0], axis=0} = random(3)
  %b: int32[3] {scale=[0.0003, 0.0006, 0.00045], zero_point=[0, 0, 0], axis=0} = [100, -200, 300]
  %sums: int8[1x3] {scale=0.08, zero_point=-3} = FULLY_CONNECTED(%x, %w, %b)
  %y: int8[1x3] {scale=0.00390625, zero_point=-128} = SOFTMAX(%sums) {beta=1}
})";

constexpr const char* kAlarm = R"(
graph "alarm" (%x: float32[1x5]) -> (%y) {
  %w: float32[1x5] = random(3)
  %b: float32[1] = random(4)
  %sum: float32[1x1] = FULLY_CONNECTED(%x, %w, %b)
  %zero: float32[1] = [0]
  %above: bool[1x1] = GREATER(%sum, %zero)
  %y: float32[1x1] = CAST(%above)
})";

constexpr const char* kNumbers = R"(
graph "numbers" (%x: float32[1x4]) -> (%y) {
  %w: float32[2x4] = [0, 0, 0, 0, 0, 0, 0, 0]
  %sum: float32[1x2] = FULLY_CONNECTED(%x, %w, _)
  %scale: float32[1x2] = [2, 4]
  %scaled: float32[1x2] = MUL(%sum, %scale)
  %mean: float32[1x2] = [10, -3]
  %y: float32[1x2] = ADD(%scaled, %mean)
})";

// Six vectors on a grid of two rows.
constexpr const char* kMap = R"(
graph "map" (%x: float32[1x4]) -> (%y) {
  %c: float32[6x4] = random(3)
  %offsets: float32[6] = random(4)
  %near: float32[1x6] = FULLY_CONNECTED(%x, %c, %offsets)
  %axis: int32[1] = [1]
  %nearest: int32[1] = ARG_MAX(%near, %axis)
  %y: float32[1x4] = GATHER(%c, %nearest) {axis=0}
})";

// The same, its sums as other integers before the largest is looked for.
constexpr const char* kWidenedMap = R"(
graph "map" (%x: float32[1x4]) -> (%y) {
  %c: float32[6x4] = random(3)
  %offsets: float32[6] = random(4)
  %near: float32[1x6] = FULLY_CONNECTED(%x, %c, %offsets)
  %wide: int32[1x6] = CAST(%near) {to=int32}
  %axis: int32[1] = [1]
  %nearest: int32[1] = ARG_MAX(%wide, %axis)
  %y: float32[1x4] = GATHER(%c, %nearest) {axis=0}
})";

// Three contexts, each the symbol before; the table has logarithms of chances.
constexpr const char* kChain = R"(
graph "chain" (%x: int32[1x1]) -> (%y) {
  %flat: int32[1] = [1]
  %state: int32[1] = RESHAPE(%x, %flat)
  %logs: float32[3x3] = [-0.6931472, -1.3862944, -1.3862944, -1.0986123, -1.0986123, -1.0986123, -2.3025851, -2.3025851, -0.2231436]
  %y: float32[1x3] = GATHER(%logs, %state) {axis=0}
})";

struct Lessons {
  Bytes samples;  ///< input and target of each, one behind the other
  Bytes answers;  ///< as the host gives them: the answer, and what was learnt after it
};

/// `count` random samples, learnt one after the other by the interpreter.
Lessons lessons(const Graph& graph, const LearnOnDevice& how, int count) {
  Graph learner = graph;
  learn_on_device(learner, how);
  Interpreter interpreter(learner, Sums::on_device);
  std::vector<ValueId> learnt;
  for (std::size_t i = graph.values.size(); i < learner.values.size(); ++i) {
    if (learner.values[i].variable) learnt.push_back(static_cast<ValueId>(i));
  }
  Lessons made;
  const auto put = [](Bytes& to, BytesView bytes) { to.insert(to.end(), bytes.begin(), bytes.end()); };
  Random random(5);
  for (int n = 0; n < count; ++n) {
    const TensorView x = interpreter.input(kLearnInput);
    if (x.dtype() == DType::float32) {
      for (float& v : x.as<float>()) v = random.normal();
    } else if (x.dtype() == DType::int32) {
      for (std::int32_t& v : x.as<std::int32_t>()) v = static_cast<std::int32_t>(random.below(3));
    } else {
      for (std::int8_t& v : x.as<std::int8_t>())
        v = static_cast<std::int8_t>(static_cast<int>(random.below(256)) - 128);
    }
    const TensorView target = interpreter.input(kLearnTarget);
    if (target.dtype() == DType::int32) {
      target.as<std::int32_t>()[0] = static_cast<std::int32_t>(random.below(3));
    } else {
      for (float& v : target.as<float>()) v = static_cast<float>(random.below(2));
    }
    interpreter.input(kLearnFlag).as<bool>()[0] = true;
    put(made.samples, x.bytes);
    put(made.samples, target.bytes);
    interpreter.run();
    put(made.answers, interpreter.output(0).bytes);
    for (const ValueId id : learnt) put(made.answers, interpreter.value(id).bytes);
  }
  return made;
}

Bytes learnt_by(const Graph& graph, const LearnOnDevice& how, const std::string& target, BytesView samples,
                bool reentrant = false) {
  const TemporaryFolder folder;
  write_temporary_artifact(folder.path(), compile(graph, {.target = target, .reentrant = reentrant, .learn = how}));
  return run_firmware(folder.path(), samples, {.learn = true}).answers;
}

constexpr LearnOnDevice kGradient{.rule = LearnOnDevice::Rule::gradient, .rate = 0.05F};
const LearnOnDevice kOfMap{.rule = LearnOnDevice::Rule::map, .rate = 0.3F, .columns = 3, .sigma = 0.8F};
const LearnOnDevice kOfChain{.rule = LearnOnDevice::Rule::counting, .seen = 4};
constexpr LearnOnDevice kRecursive{.rule = LearnOnDevice::Rule::recursive, .penalty = 0.5F, .forget = 0.99F};

void expect_the_hosts_bits(const char* network, const LearnOnDevice& how, const std::string& target, bool reentrant) {
  const Graph graph = test::parse(network);
  const Bytes samples = lessons(graph, how, 200).samples;
  EXPECT_EQ(learnt_by(graph, how, target, samples, reentrant), learnt_by(graph, how, "host", samples)) << network;
}

TEST(LearnOnDeviceSlow, two_hundred_samples_leave_the_hosts_bits_on_the_board) {
  expect_the_hosts_bits(kClassifier, kGradient, "cortex-m4", false);
  expect_the_hosts_bits(kIntegers, kGradient, "cortex-m4", true);
  expect_the_hosts_bits(kAlarm, kGradient, "cortex-m0plus", false);
  expect_the_hosts_bits(kNumbers, kRecursive, "cortex-m4", false);
  expect_the_hosts_bits(kIntegers, kRecursive, "cortex-m7", false);
  expect_the_hosts_bits(kMap, kOfMap, "cortex-m4", false);
  expect_the_hosts_bits(kChain, kOfChain, "cortex-m4", false);
  expect_the_hosts_bits(kMap, kOfMap, "cortex-m0plus", true);
}

TEST(LearnOnDevice, two_hundred_samples_leave_the_bits_that_the_interpreter_learns) {
  const auto check = [](const char* network, const LearnOnDevice& how) {
    const Graph graph = test::parse(network);
    const Lessons made = lessons(graph, how, 200);
    EXPECT_EQ(learnt_by(graph, how, "host", made.samples), made.answers) << network;
  };
  for (const char* network : {kClassifier, kAlarm, kNumbers}) {
    check(network, kGradient);
    check(network, kRecursive);
  }
  check(kMap, kOfMap);
  check(kWidenedMap, kOfMap);
  check(kChain, kOfChain);
}

TEST(LearnOnDevice, without_a_target_answers_as_before_and_changes_nothing) {
  const Graph graph = test::parse(kClassifier);
  Graph learner = graph;
  learn_on_device(learner, kGradient);
  Interpreter before(graph), after(learner);
  for (int n = 0; n < 3; ++n) {
    const std::vector<float> x{0.5F, -1, 0.25F, 2, 0, static_cast<float>(n)};
    before.set_input(0, bytes_of(x));
    after.set_input(kLearnInput, bytes_of(x));
    before.run();
    after.run();
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_NEAR(after.output(0).as<float>()[i], before.output(0).as<float>()[i], 1e-6F);
    }
  }
}

TEST(LearnOnDevice, firmware_that_only_runs_answers_as_before) {
  const Graph graph = test::parse(kNumbers);
  const TemporaryFolder folder;
  write_temporary_artifact(folder.path(), compile(graph, {.target = "host", .learn = kRecursive}));
  const std::vector<float> x{1, 2, 3, 4};
  const Bytes answers = run_firmware(folder.path(), bytes_of(x)).answers;
  std::vector<float> y(2);
  std::memcpy(y.data(), answers.data(), answers.size());
  EXPECT_THAT(y, testing::ElementsAre(10, -3));
}

// Ridge regression of all samples at once, with the same penalty of every weight and of the bias.
TEST(LearnOnDevice, recursive_least_squares_end_where_all_samples_at_once_do) {
  const Graph graph = test::parse(kNumbers);
  constexpr LearnOnDevice kHow{.rule = LearnOnDevice::Rule::recursive, .penalty = 0.5F};
  constexpr int kSamples = 60;
  const Lessons made = lessons(graph, kHow, kSamples);
  std::vector<float> numbers(made.samples.size() / sizeof(float));
  std::memcpy(numbers.data(), made.samples.data(), made.samples.size());
  Eigen::MatrixXd x(kSamples, 5), t(kSamples, 2);
  for (int n = 0; n < kSamples; ++n) {
    for (int i = 0; i < 4; ++i) x(n, i) = static_cast<double>(numbers[static_cast<std::size_t>(n * 6 + i)]);
    x(n, 4) = 1;
    t(n, 0) =
        (static_cast<double>(numbers[static_cast<std::size_t>(n * 6 + 4)]) - 10) / 2;  // what the layer should sum
    t(n, 1) = (static_cast<double>(numbers[static_cast<std::size_t>(n * 6 + 5)]) + 3) / 4;
  }
  const Eigen::MatrixXd moments = x.transpose() * x + 0.5 * Eigen::MatrixXd::Identity(5, 5);
  const Eigen::MatrixXd weights = moments.ldlt().solve(x.transpose() * t);
  // The last answer, the layer's 2 x 5, then the inverse.
  const std::size_t all = 2 + 10 + 25;
  std::vector<float> last(all);
  std::memcpy(last.data(), made.answers.data() + (kSamples - 1) * all * sizeof(float), all * sizeof(float));
  for (int o = 0; o < 2; ++o) {
    for (int i = 0; i < 5; ++i) EXPECT_NEAR(last[static_cast<std::size_t>(2 + o * 5 + i)], weights(i, o), 1e-4);
  }
}

// Kohonen's rule by its formula, in double: the nearest of six vectors on a grid of two rows and its neighbours move.
TEST(LearnOnDevice, a_map_moves_to_each_sample) {
  const Graph graph = test::parse(kMap);
  const Lessons made = lessons(graph, kOfMap, 200);
  std::vector<double> c(graph[1].values<float>().begin(), graph[1].values<float>().end());
  ASSERT_EQ(c.size(), 24U);
  std::vector<float> samples(made.samples.size() / sizeof(float));
  std::memcpy(samples.data(), made.samples.data(), made.samples.size());
  const auto squared = [](double v) { return v * v; };
  for (std::size_t n = 0; n < 200; ++n) {
    const float* x = samples.data() + n * 5;
    std::size_t nearest = 0;
    double least = 1e30;
    for (std::size_t u = 0; u < 6; ++u) {
      double distance = 0;
      for (std::size_t f = 0; f < 4; ++f) distance += squared(c[u * 4 + f] - static_cast<double>(x[f]));
      if (distance < least) least = distance, nearest = u;
    }
    for (std::size_t u = 0; u < 6; ++u) {
      const double rows = static_cast<double>(u / 3) - static_cast<double>(nearest / 3),
                   columns = static_cast<double>(u % 3) - static_cast<double>(nearest % 3);
      const double h = 0.3 * static_cast<double>(x[4]) * std::exp(-(rows * rows + columns * columns) / (2 * 0.64));
      for (std::size_t f = 0; f < 4; ++f) c[u * 4 + f] += h * (static_cast<double>(x[f]) - c[u * 4 + f]);
    }
  }
  // The last answer of four numbers, the vectors, then -|c|^2 / 2 of each.
  std::vector<float> last(4 + 24 + 6);
  const std::size_t bytes = last.size() * sizeof(float);
  std::memcpy(last.data(), made.answers.data() + made.answers.size() - bytes, bytes);
  for (std::size_t i = 0; i < 24; ++i) EXPECT_NEAR(last[4 + i], c[i], 1e-4) << i;
  for (std::size_t u = 0; u < 6; ++u) {
    double half = 0;
    for (std::size_t f = 0; f < 4; ++f) half -= squared(c[u * 4 + f]) / 2;
    EXPECT_NEAR(last[28 + u], half, 1e-4) << u;
  }
}

// Counting by hand, in double: a context that has seen n symbols gives the next one a part of 1 / (n + 1).
TEST(LearnOnDevice, a_chain_counts_what_follows) {
  const Graph graph = test::parse(kChain);
  const Lessons made = lessons(graph, kOfChain, 200);
  std::vector<double> p{0.5, 0.25, 0.25, 1.0 / 3, 1.0 / 3, 1.0 / 3, 0.1, 0.1, 0.8}, seen{4, 4, 4};
  std::vector<std::int32_t> pairs(made.samples.size() / sizeof(std::int32_t));
  std::memcpy(pairs.data(), made.samples.data(), made.samples.size());
  for (std::size_t n = 0; n < 200; ++n) {
    const auto context = static_cast<std::size_t>(pairs[2 * n]), symbol = static_cast<std::size_t>(pairs[2 * n + 1]);
    for (std::size_t k = 0; k < 3; ++k) {
      p[context * 3 + k] += ((k == symbol ? 1 : 0) - p[context * 3 + k]) / (seen[context] + 1);
    }
    ++seen[context];
  }
  std::vector<float> last(3 + 9 + 3);  // the answer, the chances, what was seen
  const std::size_t bytes = last.size() * sizeof(float);
  std::memcpy(last.data(), made.answers.data() + made.answers.size() - bytes, bytes);
  for (std::size_t i = 0; i < 9; ++i) EXPECT_NEAR(last[3 + i], p[i], 1e-5) << i;
  for (std::size_t s = 0; s < 3; ++s) EXPECT_EQ(last[12 + s], static_cast<float>(seen[s]));
}

TEST(LearnOnDevice, a_step_of_the_gradient_is_the_rate_times_error_and_input) {
  // Rosenblatt's rule: an alarm that was wrong moves by rate * (target - answer) * input.
  Graph graph = test::parse(R"(
graph "alarm" (%x: float32[1x2]) -> (%y) {
  %w: float32[1x2] = [1, -1]
  %b: float32[1] = [0.5]
  %sum: float32[1x1] = FULLY_CONNECTED(%x, %w, %b)
  %zero: float32[1] = [0]
  %above: bool[1x1] = GREATER(%sum, %zero)
  %y: float32[1x1] = CAST(%above)
})");
  learn_on_device(graph, {.rate = 0.5F});
  Interpreter interpreter(graph);
  const std::vector<float> x{2, 1}, no{0};
  interpreter.set_input(kLearnInput, bytes_of(x));
  interpreter.set_input(kLearnTarget, bytes_of(no));
  interpreter.input(kLearnFlag).as<bool>()[0] = true;
  interpreter.run();
  EXPECT_EQ(interpreter.output(0).as<float>()[0], 1);  // 2 - 1 + 0.5 is above 0, and wrong
  for (std::size_t i = 0; i < graph.values.size(); ++i) {
    if (!graph.values[i].variable) continue;
    const auto learnt = interpreter.value(static_cast<ValueId>(i)).as<float>();
    EXPECT_THAT(std::vector<float>(learnt.begin(), learnt.end()), testing::ElementsAre(0, -1.5F, 0));
  }
}

TEST(LearnOnDevice, what_cannot_learn_is_refused_with_the_reason) {
  const auto error_of = [](const char* text) {
    return [text] {
      Graph g = test::parse(text);
      learn_on_device(g, {});
    };
  };
  EXPECT_THAT(error_of(R"(graph "a" (%x: float32[1x4]) -> (%y) {
    %y: float32[1x4] = TANH(%x)
  })"),
              ThrowsMessage<Error>(HasSubstr("behind it is")));
  EXPECT_THAT(error_of(R"(graph "b" (%x: float32[1x4]) -> (%y) {
    %w: float32[2x4] = random(1)
    %y: float32[1x2] = FULLY_CONNECTED(%x, %w, _) {fused_activation_function=RELU}
  })"),
              ThrowsMessage<Error>(HasSubstr("has an activation")));
  EXPECT_THAT(error_of(R"(graph "c" (%x: float32[1x4]) -> (%y) {
    %w: float32[2x4] = random(1)
    %sum: float32[1x2] = FULLY_CONNECTED(%x, %w, _)
    %some: float32[1x2] = RELU(%sum)
    %twice: float32[1] = [2]
    %y: float32[1x2] = MUL(%some, %twice)
  })"),
              ThrowsMessage<Error>(HasSubstr("behind it is RELU")));
  EXPECT_THAT([] { parse_learn_on_device("hebb"); },
              ThrowsMessage<Error>(HasSubstr("there are gradient, recursive, counting, hebbian and map")));
  EXPECT_THAT([] { parse_learn_on_device("map?neighbourhood=triangel"); }, ThrowsMessage<Error>(HasSubstr("triangle")));
  const auto map_of = [](const char* text, std::int64_t columns) {
    return [text, columns] {
      Graph g = test::parse(text);
      learn_on_device(g, {.rule = LearnOnDevice::Rule::map, .columns = columns});
    };
  };
  EXPECT_THAT(
      [] {
        Graph g = test::parse(kMap);
        learn_on_device(g, kOfChain);
      },
      ThrowsMessage<Error>(HasSubstr("--learn counting is of a Markov chain")));
  EXPECT_THAT(map_of(kClassifier, 0), ThrowsMessage<Error>(HasSubstr("--learn map is of a codebook")));
  EXPECT_THAT(map_of(kMap, 0), ThrowsMessage<Error>(HasSubstr("6 units are no grid of as many rows as columns")));
  EXPECT_THAT(map_of(kMap, 4), ThrowsMessage<Error>(HasSubstr("6 units are no grid of 4 columns")));
  EXPECT_THAT([] { parse_learn_on_device("gradient?forget=0.9"); },
              ThrowsMessage<Error>(HasSubstr("gradient has no 'forget'")));
  EXPECT_THAT([] { compile(test::parse(kClassifier), {.input_rows = true, .learn = LearnOnDevice{}}); },
              ThrowsMessage<Error>(HasSubstr("leave out --input rows")));
}

}  // namespace
}  // namespace mirim
