#include "mirim/recipe/layer_bits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "mirim/base/error.hpp"
#include "mirim/base/text.hpp"
#include "mirim/compress/steps.hpp"
#include "mirim/recipe/fine_tune.hpp"
#include "mirim/recipe/table.hpp"

namespace mirim {
namespace {

std::size_t place_of(int bits) {
  return static_cast<std::size_t>(std::ranges::find(kBitsOfLayers, bits) - kBitsOfLayers.begin());
}

double rise(const LayerBits& layer, int bits) { return layer.rise[place_of(bits)]; }

double bits_of_all(std::span<const LayerBits> layers) {
  double sum = 0;
  for (const LayerBits& layer : layers) sum += static_cast<double>(layer.weights) * layer.bits;
  return sum;
}

struct Change {
  LayerBits* layer = nullptr;
  int bits = 0;
};

/// The change to fewer bits with the least rise of the loss for each bit saved; of equal ones the one that saves most.
Change best_saving(std::span<LayerBits> layers) {
  Change best;
  double least = std::numeric_limits<double>::infinity(), most = 0;
  for (LayerBits& layer : layers) {
    for (const int bits : kBitsOfLayers) {
      if (bits >= layer.bits || layer.weights == 0) continue;
      const double saved = static_cast<double>(layer.weights) * (layer.bits - bits);
      const double price = (rise(layer, bits) - rise(layer, layer.bits)) / saved;
      if (price < least || (price == least && saved > most)) {
        best = {&layer, bits};
        least = price;
        most = saved;
      }
    }
  }
  return best;
}

/// The change to more bits that fits in `room` bits and lowers the loss most.
Change best_return(std::span<LayerBits> layers, double room) {
  Change best;
  double most = 0;
  for (LayerBits& layer : layers) {
    for (const int bits : kBitsOfLayers) {
      if (bits <= layer.bits || static_cast<double>(layer.weights) * (bits - layer.bits) > room) continue;
      const double gain = rise(layer, layer.bits) - rise(layer, bits);
      if (gain > most) {
        best = {&layer, bits};
        most = gain;
      }
    }
  }
  return best;
}

}  // namespace

Graph with_rounded_layer(Graph graph, const PrunableWeights& weights, int bits) {
  Value& value = graph[weights.value];
  const auto stored = value.values<float>();
  const auto scale = bits == 8 ? GridStep::Scale::largest : GridStep::Scale::least_error;
  GridStep step(grid_of_bits(bits), rows_of(value, weights.axis), scale, stored);
  std::vector<float> values(stored.begin(), stored.end());
  step.apply(values);
  value.constant = make_constant(values);
  value.form.reset();
  return graph;
}

double average_bits(std::span<const LayerBits> layers) {
  double weights = 0;
  for (const LayerBits& layer : layers) weights += static_cast<double>(layer.weights);
  return weights > 0 ? bits_of_all(layers) / weights : 0;
}

void spread_bits(std::span<LayerBits> layers, double average) {
  if (!(average >= kBitsOfLayers.back() && average <= kBitsOfLayers.front())) {
    fail("average_bits is {}; it must be from {} to {}", average, kBitsOfLayers.back(), kBitsOfLayers.front());
  }
  double weights = 0;
  for (LayerBits& layer : layers) {
    layer.bits = kBitsOfLayers.front();
    weights += static_cast<double>(layer.weights);
  }
  const double budget = average * weights;
  while (bits_of_all(layers) > budget) {
    const Change change = best_saving(layers);
    if (!change.layer) break;
    change.layer->bits = change.bits;
  }
  while (true) {
    const Change change = best_return(layers, budget - bits_of_all(layers));
    if (!change.layer) break;
    change.layer->bits = change.bits;
  }
}

std::vector<LayerBits> choose_bits(const Graph& graph, double average, const Subset& samples, const std::string& loss,
                                   const VerbWork& work) {
  constexpr std::int64_t kSamples = 1000;
  const Subset some = samples.first(kSamples);
  const auto loss_of = [&](const Graph& changed) { return measure(changed, some, loss, work).loss; };
  std::vector<LayerBits> layers;
  spread_bits(layers, average);  // refuses a wrong average before anything is measured
  const double whole = loss_of(graph);
  for (const PrunableWeights& weights : prunable_weights(graph)) {
    LayerBits layer{.layer = weights.layer, .weights = graph[weights.value].type.shape.elements()};
    for (std::size_t b = 0; b < kBitsOfLayers.size(); ++b) {
      layer.rise[b] = loss_of(with_rounded_layer(graph, weights, kBitsOfLayers[b])) - whole;
    }
    layers.push_back(std::move(layer));
  }
  if (layers.empty()) fail("the model has no weights to give bits to");
  spread_bits(layers, average);
  return layers;
}

std::string bits_text(std::span<const LayerBits> layers) {
  std::vector<std::vector<std::string>> rows{
      {"layer", "weights", "loss rises by, 8 bits", "4 bits", "2 bits", "chosen bits"}};
  for (const LayerBits& layer : layers) {
    rows.push_back({layer.layer, with_commas(layer.weights), fmt::format("{:.4f}", layer.rise[0]),
                    fmt::format("{:.4f}", layer.rise[1]), fmt::format("{:.4f}", layer.rise[2]),
                    std::to_string(layer.bits)});
  }
  rows.push_back({"average", "", "", "", "", fmt::format("{:.2f}", average_bits(layers))});
  return table(rows);
}

}  // namespace mirim
