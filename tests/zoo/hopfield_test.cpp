#include <gmock/gmock.h>

#include "mirim/base/error.hpp"
#include "mirim/base/random.hpp"
#include "mirim/compile/compile.hpp"
#include "mirim/compile/runner.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/learn/hebbian.hpp"
#include "mirim/machine/process.hpp"
#include "mirim/passes/learn_on_device.hpp"
#include "mirim/train/task.hpp"
#include "mirim/zoo/toml.hpp"

namespace mirim {
namespace {

using testing::HasSubstr;

Rows random_patterns(std::int64_t count, std::int64_t units, std::uint64_t seed) {
  Random random(seed);
  Rows patterns{.rows = count, .columns = units};
  for (std::int64_t i = 0; i < count * units; ++i) patterns.values.push_back(random.below(2) == 0 ? -1.0F : 1.0F);
  return patterns;
}

/// A network that has learnt the patterns.
Graph taught(const Rows& patterns, int sweeps, const std::string& more = "", std::vector<std::string>* said = nullptr) {
  const std::string text = fmt::format(
      "[input]\nshape = [{0}]\n[[layer]]\ntype = \"hopfield\"\nunits = {0}\nblocks = 20\nsweeps = {1}\n[learn]\nrule = "
      "\"hebbian\"\n{2}",
      patterns.columns, sweeps, more);
  Description description = parse_description(text, "hopfield.toml");
  const auto data = std::make_shared<Dataset>();
  data->sample = {DType::float32, {patterns.columns}};
  const BytesView bytes = bytes_of(patterns.values);
  data->samples = Bytes(bytes.begin(), bytes.end());
  Subset all{.data = data};
  for (std::int64_t i = 0; i < patterns.rows; ++i) all.index.push_back(i);
  const Splits splits{.training = all, .validation = {}, .test = {}};
  const Task task = find_task(description.graph, *data, {.training = true});
  const Lesson lesson{.data = splits, .task = task, .targets = {}, .say = [&](std::string_view line) {
                        if (said) said->emplace_back(line);
                      }};
  description.rules[0]->learn(description.graph, lesson);
  return std::move(description.graph);
}

std::vector<float> recall(Interpreter& memory, const std::vector<float>& from) {
  memory.set_input(0, bytes_of(from));
  memory.run();
  const auto y = memory.output(0).as<float>();
  return {y.begin(), y.end()};
}

double overlap(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum / static_cast<double>(a.size());
}

std::vector<float> row(const Rows& rows, std::int64_t i) { return {rows[i].begin(), rows[i].end()}; }

// By hand: patterns ++-+ and +-++.
TEST(Hebbian, couplings_are_the_sum_of_products_without_the_diagonal) {
  const Rows found = hebbian_couplings({.rows = 2, .columns = 4, .values = {1, 1, -1, 1, 1, -1, 1, 1}});
  EXPECT_EQ(found.values, (std::vector<float>{0, 0, 0, 2, 0, 0, -2, 0, 0, -2, 0, 0, 2, 0, 0, 0}));
}

// Amit, Gutfreund and Sompolinsky, 1985: memory ends at 0.138 patterns a unit, with 1.5 % of the units wrong.
TEST(Hebbian, the_overlap_to_expect_is_that_of_the_mean_field) {
  EXPECT_NEAR(hopfield_overlap(0.05), 0.99999, 2e-5);
  EXPECT_NEAR(hopfield_overlap(0.10), 0.99799, 2e-5);
  EXPECT_NEAR(hopfield_overlap(0.12), 0.9932, 1e-4);
  EXPECT_NEAR(hopfield_overlap(0.1375), 0.97, 0.01);
  EXPECT_EQ(hopfield_overlap(0.139), 0);
}

TEST(Hopfield, noisy_patterns_come_back) {
  const Rows patterns = random_patterns(7, 196, 1);
  Interpreter memory(taught(patterns, 5));
  Random random(2);
  for (int trial = 0; trial < 20; ++trial) {
    std::vector<float> noisy = row(patterns, trial % 7);
    for (float& unit : noisy) unit = random.uniform() < 0.15F ? -unit : unit;
    EXPECT_EQ(recall(memory, noisy), row(patterns, trial % 7));
  }
}

/// Patterns, each kept once, as firmware that learns takes them.
Bytes lessons_of(const Rows& patterns) {
  Bytes all;
  const float once = 1;
  const auto put = [&](BytesView bytes) { all.insert(all.end(), bytes.begin(), bytes.end()); };
  for (std::int64_t i = 0; i < patterns.rows; ++i) {
    put(bytes_of(row(patterns, i)));
    put(bytes_of(std::span(&once, 1)));
  }
  return all;
}

/// What the network answers to each pattern before it keeps it, and all couplings after it.
Bytes kept_one_by_one(Graph memory, const Rows& patterns) {
  const std::size_t known = memory.values.size();
  learn_on_device(memory, {.rule = LearnOnDevice::Rule::hebbian});
  Interpreter interpreter(memory, Sums::on_device);
  Bytes all;
  const auto put = [&](BytesView bytes) { all.insert(all.end(), bytes.begin(), bytes.end()); };
  for (std::int64_t i = 0; i < patterns.rows; ++i) {
    interpreter.set_input(kLearnInput, bytes_of(row(patterns, i)));
    interpreter.input(kLearnTarget).as<float>()[0] = 1;
    interpreter.input(kLearnFlag).as<bool>()[0] = true;
    interpreter.run();
    put(interpreter.output(0).bytes);
    for (std::size_t v = known; v < memory.values.size(); ++v) {
      if (memory.values[v].variable) put(interpreter.value(static_cast<ValueId>(v)).bytes);
    }
  }
  return all;
}

// Three patterns kept by the rule and four on the device are seven kept by the rule.
TEST(Hopfield, keeps_on_the_device_what_the_rule_would) {
  const Rows patterns = random_patterns(7, 200, 1);
  Rows first{.rows = 3, .columns = 200}, rest{.rows = 4, .columns = 200};
  first.values.assign(patterns.values.begin(), patterns.values.begin() + 600);
  rest.values.assign(patterns.values.begin() + 600, patterns.values.end());
  const Bytes found = kept_one_by_one(taught(first, 5), rest);
  Bytes couplings;
  for (const Value& value : taught(patterns, 5).values) {
    if (!value.name.ends_with("/couplings")) continue;
    couplings.insert(couplings.end(), value.constant->begin(), value.constant->end());
  }
  ASSERT_EQ(couplings.size(), 200U * 200 * sizeof(float));
  ASSERT_GT(found.size(), couplings.size());
  EXPECT_TRUE(std::equal(couplings.begin(), couplings.end(), found.end() - std::ssize(couplings)));
}

TEST(HopfieldSlow, two_hundred_patterns_leave_the_hosts_bits_on_the_board) {
  const Graph memory = taught(random_patterns(3, 200, 1), 2);
  const Rows more = random_patterns(200, 200, 2);
  const TemporaryFolder folder;
  write_temporary_artifact(folder.path(),
                           compile(memory, {.target = "cortex-m4", .learn = {{.rule = LearnOnDevice::Rule::hebbian}}}));
  EXPECT_EQ(run_firmware(folder.path(), lessons_of(more), {.learn = true}).answers, kept_one_by_one(memory, more));
}

TEST(Hopfield, that_cannot_keep_more_says_why) {
  const auto refused = [](Graph memory, const char* why) {
    EXPECT_THAT([&] { learn_on_device(memory, {.rule = LearnOnDevice::Rule::hebbian}); },
                testing::ThrowsMessage<Error>(HasSubstr(why)));
  };
  refused(taught(random_patterns(3, 100, 1), 1), "hear 95 others");
  refused(taught(random_patterns(3, 200, 1), 1, "projection = true"), "whole numbers");
}

// -1/2 s W s over the couplings that the layer has: those between units of different blocks.
TEST(Hopfield, the_energy_never_rises) {
  const Rows patterns = random_patterns(40, 200, 3);
  const Rows w = hebbian_couplings(patterns);
  const auto energy = [&](const std::vector<float>& s) {
    double sum = 0;
    for (std::int64_t i = 0; i < 200; ++i) {
      for (std::int64_t j = 0; j < 200; ++j) {
        if (i % 20 == j % 20) continue;
        sum -= static_cast<double>(w[i][static_cast<std::size_t>(j)] * s[static_cast<std::size_t>(i)] *
                                   s[static_cast<std::size_t>(j)]) /
               2;
      }
    }
    return sum;
  };
  Interpreter one_sweep(taught(patterns, 1));
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    std::vector<float> state = row(random_patterns(1, 200, 100 + seed), 0);
    double before = energy(state);
    for (int sweep = 0; sweep < 40; ++sweep) {
      state = recall(one_sweep, state);
      const double after = energy(state);
      EXPECT_LE(after, before);
      before = after;
    }
    EXPECT_EQ(recall(one_sweep, state), state);  // where it ends it stays
  }
}

TEST(HopfieldSlow, the_overlap_of_a_thousand_units_is_that_of_the_mean_field) {
  const auto mean_overlap = [](std::int64_t count) {
    const Rows patterns = random_patterns(count, 1000, static_cast<std::uint64_t>(count));
    Interpreter memory(taught(patterns, 15));
    double sum = 0;
    for (std::int64_t i = 0; i < 20; ++i) sum += overlap(recall(memory, row(patterns, i)), patterns[i]) / 20;
    return sum;
  };
  EXPECT_NEAR(mean_overlap(50), hopfield_overlap(0.05), 0.01);
  EXPECT_NEAR(mean_overlap(100), hopfield_overlap(0.10), 0.01);
  EXPECT_LE(mean_overlap(160), 0.75);
}

TEST(Hopfield, projection_keeps_patterns_that_resemble_each_other) {
  // Each is the first with a tenth of its units changed.
  Rows patterns = random_patterns(6, 200, 5);
  Random random(6);
  for (std::int64_t p = 1; p < 6; ++p) {
    for (std::size_t i = 0; i < 200; ++i) patterns[p][i] = patterns[0][i] * (random.uniform() < 0.1F ? -1.0F : 1.0F);
  }
  const auto kept = [&](const std::string& more) {
    Interpreter memory(taught(patterns, 8, more));
    int count = 0;
    for (std::int64_t p = 0; p < 6; ++p)
      count += overlap(recall(memory, row(patterns, p)), patterns[p]) > 0.999 ? 1 : 0;
    return count;
  };
  EXPECT_LT(kept(""), 6);
  EXPECT_EQ(kept("projection = true\n"), 6);
}

TEST(Hopfield, too_many_patterns_and_other_values_are_told) {
  std::vector<std::string> said;
  taught(random_patterns(30, 200, 1), 1, "", &said);
  EXPECT_THAT(said.back(), HasSubstr("warning: 30 patterns are more than 0.138 x 200 units"));
  Rows greys = random_patterns(2, 200, 1);
  greys.values[7] = 0.5F;
  try {
    taught(greys, 1);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("keeps patterns of -1 and 1, the samples have 0.5"));
  }
}

}  // namespace
}  // namespace mirim
