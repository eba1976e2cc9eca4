#include "mirim/learn/self_organizing_map.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "mirim/base/error.hpp"
#include "mirim/base/random.hpp"
#include "mirim/learn/codebook.hpp"
#include "mirim/learn/rules.hpp"

namespace mirim {
namespace {

class SelfOrganizingMap final : public Rule {
 public:
  std::string_view name() const override { return "self_organizing_map"; }
  std::string_view help() const override {
    return "A codebook layer, its units on a grid, by Kohonen's rule: the nearest one and its neighbours move to the "
           "sample.";
  }
  void settings(Settings& s) override {
    s.field("columns", columns_, "of the grid; 0: it is square");
    s.field("steps", steps_, "samples that are shown, drawn at random");
    s.field("sigma", sigma_, "width of the neighbourhood at the beginning, in units");
    s.field("rate", rate_, "part of the way that the nearest unit goes at the beginning; both fall to a third");
    s.field("neighbourhood", neighbourhood_, "gaussian, triangle or bubble");
  }

  void learn(Graph& graph, const Lesson& lesson) const override {
    if (steps_ < 1) fail("self_organizing_map: steps is {}; it must be at least 1", steps_);
    if (!(sigma_ > 0)) fail("self_organizing_map: sigma is {}; it must be above 0", sigma_);
    if (!(rate_ > 0 && rate_ <= 1)) fail("self_organizing_map: rate is {}; it must be above 0 and at most 1", rate_);
    const Neighbourhood neighbourhood =
        in_context("self_organizing_map", [&] { return neighbourhood_named(neighbourhood_); });
    const Codebook layer = codebook_layer(graph, name());
    const std::int64_t units = layer.units, width = columns_ > 0 ? columns_ : whole_root(units);
    if (columns_ < 0 || width < 1 || units % width != 0) {
      fail("self_organizing_map: {} units are no grid of {} columns; choose columns that divide them", units,
           columns_ == 0 ? "as many rows and" : std::to_string(columns_));
    }
    const Rows x = values_of(graph, layer.input, lesson.data.training, lesson);
    if (units > x.rows) {
      fail("self_organizing_map: a map of {} units is larger than its {} training samples; choose fewer units", units,
           x.rows);
    }
    Random random(lesson.seed);
    UnitMap map{.height = units / width, .width = width, .weights = {.rows = units, .columns = x.columns}};
    for (std::int64_t u = 0; u < units; ++u) {
      const auto sample = x[random.below(x.rows)];
      map.weights.values.insert(map.weights.values.end(), sample.begin(), sample.end());
    }
    for (std::int64_t t = 0; t < steps_; ++t) {
      if (t % 100 == 0) lesson.check_stop();
      const double fall = 1 + static_cast<double>(t) / (static_cast<double>(steps_) / 2);
      move_towards(map, x[random.below(x.rows)], neighbourhood, sigma_ / fall, rate_ / fall);
    }
    set_codebook(graph, layer, map.weights);
    lesson.tell(fmt::format("self_organizing_map: {} x {} units, quantization error {:.4g}, topographic error {:.3f}",
                            map.height, map.width, quantization_error(map, x), topographic_error(map, x)));
  }

 private:
  /// 0 where there is none.
  static std::int64_t whole_root(std::int64_t n) {
    const auto root = static_cast<std::int64_t>(std::lround(std::sqrt(static_cast<double>(n))));
    return root * root == n ? root : 0;
  }

  std::int64_t columns_ = 0;
  std::int64_t steps_ = 5000;
  double sigma_ = 4;
  double rate_ = 0.5;
  std::string neighbourhood_ = "gaussian";
};

/// The two nearest units, the nearest first.
std::pair<std::int64_t, std::int64_t> two_nearest(const UnitMap& map, std::span<const float> sample) {
  double first = std::numeric_limits<double>::infinity(), second = first;
  std::pair<std::int64_t, std::int64_t> result{0, 0};
  for (std::int64_t u = 0; u < map.weights.rows; ++u) {
    const double d = squared_distance(map.weights[u], sample);
    if (d < first) {
      second = first, result.second = result.first;
      first = d, result.first = u;
    } else if (d < second) {
      second = d, result.second = u;
    }
  }
  return result;
}

}  // namespace

std::int64_t nearest_unit(const UnitMap& map, std::span<const float> sample) { return two_nearest(map, sample).first; }

void move_towards(UnitMap& map, std::span<const float> sample, Neighbourhood neighbourhood, double sigma, double rate) {
  const std::int64_t winner = nearest_unit(map, sample);
  const std::int64_t row = winner / map.width, column = winner % map.width;
  for (std::int64_t i = 0; i < map.height; ++i) {
    const double down = along(neighbourhood, static_cast<double>(i - row), sigma);
    if (down == 0) continue;
    for (std::int64_t j = 0; j < map.width; ++j) {
      const double h = rate * down * along(neighbourhood, static_cast<double>(j - column), sigma);
      if (h == 0) continue;
      const auto weights = map.weights[i * map.width + j];
      for (std::size_t k = 0; k < weights.size(); ++k) {
        weights[k] += static_cast<float>(h * (static_cast<double>(sample[k]) - static_cast<double>(weights[k])));
      }
    }
  }
}

double quantization_error(const UnitMap& map, const Rows& samples) {
  double sum = 0;
  for (std::int64_t i = 0; i < samples.rows; ++i) {
    sum += std::sqrt(squared_distance(samples[i], map.weights[nearest_unit(map, samples[i])]));
  }
  return sum / static_cast<double>(samples.rows);
}

double topographic_error(const UnitMap& map, const Rows& samples) {
  std::int64_t apart = 0;
  for (std::int64_t i = 0; i < samples.rows; ++i) {
    const auto [first, second] = two_nearest(map, samples[i]);
    const std::int64_t down = std::abs(first / map.width - second / map.width);
    const std::int64_t across = std::abs(first % map.width - second % map.width);
    if (down > 1 || across > 1) ++apart;
  }
  return static_cast<double>(apart) / static_cast<double>(samples.rows);
}

std::shared_ptr<Rule> make_self_organizing_map() { return std::make_shared<SelfOrganizingMap>(); }

}  // namespace mirim
