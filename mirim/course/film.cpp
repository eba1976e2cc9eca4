#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "mirim/base/error.hpp"
#include "mirim/course/figures.hpp"
#include "mirim/ops/fully_connected.hpp"
#include "mirim/recipe/meaning_job.hpp"
#include "mirim/recipe/model_file.hpp"
#include "mirim/recipe/recipe_data.hpp"

namespace mirim::course {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kMostFrames = 60;
constexpr std::int64_t kMostPoints = 400;

/// Five digits are finer than a pixel.
double rounded(float value) {
  if (value == 0) return 0;
  const double scale = std::pow(10, 4 - std::floor(std::log10(std::abs(static_cast<double>(value)))));
  return std::round(static_cast<double>(value) * scale) / scale;
}

/// The fully connected nodes in order, each with the activation behind it.
Json layers_of(const Graph& graph) {
  Json layers = Json::array();
  for (const Node& node : graph.nodes) {
    if (node.op.is<FullyConnected>()) {
      const Shape& weights = graph[node.inputs[1]].type.shape;
      layers.push_back({{"inputs", weights[1]}, {"units", weights[0]}, {"activation", "linear"}});
    } else if (layers.empty() ||
               (node.op.name() != "TANH" && node.op.name() != "LOGISTIC" && node.op.name() != "RELU")) {
      fail("the film shows fully connected layers with tanh, sigmoid or ReLU, not {}", node.op.name());
    } else {
      layers.back()["activation"] = node.op.name() == "TANH" ? "tanh" : node.op.name() == "RELU" ? "relu" : "sigmoid";
    }
  }
  if (layers.empty() || layers[0]["inputs"] != 2) fail("the film shows networks with two inputs");
  return layers;
}

Json weights_of(const Graph& graph) {
  Json weights = Json::array();
  for (const Node& node : graph.nodes) {
    for (std::size_t i = 1; node.op.is<FullyConnected>() && i < node.inputs.size(); ++i) {
      for (const float value : graph[node.inputs[i]].values<float>()) weights.push_back(rounded(value));
    }
  }
  return weights;
}

Json points_of(const Subset& samples) {
  Json points = Json::array();
  for (std::int64_t i = 0; i < std::min(samples.size(), kMostPoints); ++i) {
    const Operand sample{&samples.data->sample, nullptr, samples.sample(i)};
    const auto xy = sample.values<float>();
    points.push_back({rounded(xy[0]), rounded(xy[1]), samples.label(i)});
  }
  return points;
}

}  // namespace

std::string film(const FigureWork& work) {
  const Recipe& recipe = work.recipe;
  Graph graph = read_for_training(recipe.model, static_cast<std::uint64_t>(recipe.seed));
  RecipeData data(recipe.data, work.folder);
  const Splits splits = matched(graph, data.splits());
  Json film{{"layers", layers_of(graph)}, {"points", points_of(splits.training)}, {"frames", Json::array()}};
  const std::int64_t epochs = recipe.train.epochs;
  // Early epochs change most, so they get more of the frames.
  const auto frame_of = [&](double epoch) {
    return std::floor(std::sqrt(epoch / static_cast<double>(epochs)) * static_cast<double>(kMostFrames));
  };
  std::vector<EpochRecord> history;
  Shaping shaping;
  shaping.before_step = [&](TrainingPlan& plan, std::int64_t step, std::int64_t steps) {
    const std::int64_t each = steps / epochs;
    const std::int64_t epoch = step / each;
    const auto e = static_cast<double>(epoch);
    if (step % each != 0 || (epoch > 0 && frame_of(e) == frame_of(e - 1))) return;
    Graph now = graph;
    plan.store(now);
    film["frames"].push_back({{"epoch", epoch}, {"weights", weights_of(now)}});
  };
  TrainResult trained = train(graph, splits, recipe.train, {.stop = work.stop}, {}, std::move(shaping));
  film["frames"].push_back({{"epoch", epochs}, {"weights", weights_of(trained.graph)}});
  for (Json& frame : film["frames"]) {
    const auto epoch = frame["epoch"].get<std::size_t>();
    if (epoch == 0) continue;
    const EpochRecord& record = trained.fit.history[epoch - 1];
    frame["loss"] = rounded(record.training_loss);
    frame["accuracy"] = rounded(record.training_accuracy);
  }
  return film.dump();
}

}  // namespace mirim::course
