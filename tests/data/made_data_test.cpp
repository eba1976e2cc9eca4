#include <gmock/gmock.h>

#include <cmath>
#include <fstream>

#include "mirim/base/error.hpp"
#include "mirim/data/dataset.hpp"
#include "mirim/data/patterns.hpp"
#include "mirim/data/series.hpp"
#include "mirim/data/text.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

template <class F>
std::string error_of(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

template <class T>
std::vector<T> numbers(const Dataset& data) {
  const auto* first = reinterpret_cast<const T*>(data.samples.data());
  return {first, first + data.samples.size() / sizeof(T)};
}

// Euler's method with a step 100 times as small, from the same beginning after the noise has died away: both stay
// within the series' band, and obey its equation between neighbouring samples.
TEST(Series, obeys_the_equation_of_mackey_and_glass) {
  const Source source = load_series("mackey-glass?samples=600&test=100&horizon=1");
  const std::vector<float> x = numbers<float>(source.samples);
  ASSERT_EQ(x.size(), 500U);
  double least = 9, most = 0;
  for (std::size_t i = 17; i + 18 < x.size(); ++i) {
    least = std::min(least, static_cast<double>(x[i]));
    most = std::max(most, static_cast<double>(x[i]));
    // The integral over one unit by Simpson's rule, with middles by cubic interpolation.
    const auto at = [&](std::size_t n) { return static_cast<double>(x[n]); };
    const auto middle = [&](std::size_t n) { return (9 * (at(n) + at(n + 1)) - at(n - 1) - at(n + 2)) / 16; };
    const auto slope = [](double now, double then) { return 0.2 * then / (1 + std::pow(then, 10)) - 0.1 * now; };
    if (i < 18) continue;
    const double step =
        (slope(at(i), at(i - 17)) + 4 * slope(middle(i), middle(i - 17)) + slope(at(i + 1), at(i - 16))) / 6;
    EXPECT_NEAR(at(i + 1) - at(i), step, 2e-3) << i;
  }
  EXPECT_GT(least, 0.2);
  EXPECT_LT(most, 1.5);
}

TEST(Series, targets_are_later_values_and_the_test_follows) {
  const Source near = load_series("mackey-glass?samples=100&test=40&taps=3&lag=2&horizon=5");
  const std::vector<float> x = numbers<float>(near.samples), later = numbers<float>(*near.test);
  EXPECT_EQ(near.samples.sample.shape, Shape{3});
  EXPECT_EQ(near.samples.targets[10], x[15 * 3]);  // x(t) of the sample five later
  EXPECT_EQ(x[10 * 3 + 1], x[8 * 3]);              // x(t - 2)
  EXPECT_EQ(near.samples.targets[57], later[2 * 3]);
  EXPECT_TRUE(near.samples.series);
  EXPECT_EQ(load_series("mackey-glass?warm_up=30").test->warm_up, 30);
}

TEST(Series, is_split_in_its_order) {
  const auto data = std::make_shared<const Dataset>(load_series("mackey-glass?samples=100&test=20").samples);
  const Splits parts = split(data, {.validation = 0.25, .test = 0.25});
  EXPECT_EQ(parts.training.index.front(), 0);
  EXPECT_EQ(parts.training.index.back() + 1, parts.validation.index.front());
  EXPECT_EQ(parts.validation.index.back() + 1, parts.test.index.front());
  EXPECT_EQ(parts.test.index.back(), 79);
  EXPECT_THAT(error_of([&] { split(data, {.folds = 5}); }), HasSubstr("they have no folds"));
}

TEST(Patterns, copies_differ_from_their_pattern_in_the_given_part) {
  const Source source = load_patterns("random?units=400&count=5&copies=10&flip=0.2");
  const std::vector<float> kept = numbers<float>(source.samples), noisy = numbers<float>(*source.test);
  for (const float unit : kept) EXPECT_TRUE(unit == 1 || unit == -1);
  EXPECT_EQ(source.samples.targets, kept);
  double changed = 0;
  for (std::size_t i = 0; i < noisy.size(); ++i) {
    const std::size_t pattern = i / 4000, unit = i % 400;
    EXPECT_EQ(source.test->targets[i], kept[pattern * 400 + unit]);
    changed += noisy[i] == kept[pattern * 400 + unit] ? 0 : 1;
  }
  EXPECT_NEAR(changed / static_cast<double>(noisy.size()), 0.2, 0.01);
}

TEST(Text, letters_lose_case_and_accents_and_all_else_is_one_blank) {
  const std::string file = testing::TempDir() + "/text.txt";
  std::ofstream(file) << "  \xC3\x81gua, s\xC3\xB3 2\xE2\x82\xAC!\n\nFim da linha: mais letras para o teste.";
  const Source source = load_text(file + "?history=2&test=0.3");
  // agua so fim ...
  EXPECT_THAT(std::vector<std::int32_t>(source.samples.labels.begin(), source.samples.labels.begin() + 9),
              ElementsAre(21, 1, 0, 19, 15, 0, 6, 9, 13));
  const auto history = numbers<std::int32_t>(source.samples);
  EXPECT_THAT(std::vector<std::int32_t>(history.begin(), history.begin() + 6), ElementsAre(1, 7, 7, 21, 21, 1));
  EXPECT_EQ(source.samples.class_names.size(), 27U);
  EXPECT_EQ(source.samples.class_names[1], "a");
  std::ofstream(file) << "abc";
  EXPECT_THAT(error_of([&] { load_text(file); }), HasSubstr("text.txt: holds 3 letters and blanks, too few"));
}

TEST(MadeData, unknown_names_keys_and_numbers_are_one_line) {
  EXPECT_THAT(error_of([] { load_series("lorenz"); }), HasSubstr("no series 'lorenz'; there is mackey-glass"));
  EXPECT_THAT(error_of([] { load_series("mackey-glass?lags=3"); }), HasSubstr("lag"));
  EXPECT_THAT(error_of([] { load_patterns("random?flip=0.9"); }), HasSubstr("from 0 to 0.5"));
  EXPECT_THAT(error_of([] { load_patterns("letters"); }), HasSubstr("there is random"));
  EXPECT_THAT(error_of([] { load_data("text:/no/such/file.txt"); }), HasSubstr("/no/such/file.txt"));
}

}  // namespace
}  // namespace mirim
