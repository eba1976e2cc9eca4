#include "mirim/recipe/layer_bits.hpp"

#include <gmock/gmock.h>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

std::vector<int> spread(std::vector<LayerBits> layers, double average) {
  spread_bits(layers, average);
  std::vector<int> bits;
  for (const LayerBits& layer : layers) bits.push_back(layer.bits);
  return bits;
}

const std::vector<LayerBits> kLayers{{.layer = "first", .weights = 100, .rise = {0, 0.5, 3}},
                                     {.layer = "wide", .weights = 1000, .rise = {0, 0.1, 0.9}},
                                     {.layer = "last", .weights = 100, .rise = {0, 0.012, 0.02}}};

TEST(SpreadBits, takes_the_least_rise_for_each_bit_saved) {
  EXPECT_EQ(spread(kLayers, 8), (std::vector<int>{8, 8, 8}));
  // The least prices are wide's at 4 bits, 0.1 / 4000, and last's, 0.012 / 400. 9600 - 4000 is within 4.7 * 1200.
  EXPECT_EQ(spread(kLayers, 4.7), (std::vector<int>{8, 4, 8}));
  // 4.5 * 1200 = 5400: last at 4 bits saves 400 more.
  EXPECT_EQ(spread(kLayers, 4.5), (std::vector<int>{8, 4, 4}));
  EXPECT_EQ(spread(kLayers, 2), (std::vector<int>{2, 2, 2}));
}

TEST(SpreadBits, holds_the_budget_and_is_near_the_best_of_all) {
  for (double average = 2; average <= 8; average += 0.25) {
    std::vector<LayerBits> layers = kLayers;
    spread_bits(layers, average);
    EXPECT_LE(average_bits(layers), average);
    double rise = 0, best = 100;
    for (const LayerBits& l : layers) rise += l.rise[l.bits == 8 ? 0 : l.bits == 4 ? 1 : 2];
    for (int choice = 0; choice < 27; ++choice) {
      double sum = 0, bits = 0;
      int rest = choice;
      for (const LayerBits& l : kLayers) {
        sum += l.rise[static_cast<std::size_t>(rest % 3)];
        bits += static_cast<double>(l.weights * kBitsOfLayers[static_cast<std::size_t>(rest % 3)]);
        rest /= 3;
      }
      if (bits <= average * 1200) best = std::min(best, sum);
    }
    EXPECT_LE(rise, best + 0.5) << average;
  }
}

TEST(SpreadBits, refuses_an_average_that_no_choice_has) {
  std::vector<LayerBits> layers = kLayers;
  EXPECT_THAT([&] { spread_bits(layers, 1.5); }, ThrowsMessage<Error>(HasSubstr("must be from 2 to 8")));
  EXPECT_THAT([&] { spread_bits(layers, 9); }, ThrowsMessage<Error>(HasSubstr("must be from 2 to 8")));
}

}  // namespace
}  // namespace mirim
