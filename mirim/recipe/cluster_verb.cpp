#include <cmath>
#include <nlohmann/json.hpp>

#include "mirim/base/error.hpp"
#include "mirim/base/text.hpp"
#include "mirim/compress/cluster.hpp"
#include "mirim/compress/prune.hpp"
#include "mirim/recipe/fine_tune.hpp"
#include "mirim/recipe/model_file.hpp"
#include "mirim/recipe/parsed.hpp"
#include "mirim/recipe/scan.hpp"
#include "mirim/recipe/table.hpp"
#include "mirim/recipe/teaching.hpp"
#include "mirim/recipe/verbs.hpp"
#include "mirim/recipe/work_data.hpp"
#include "mirim/train/gradient_squares.hpp"

namespace mirim {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kStarts = {std::pair<std::string_view, Start>("linear", Start::linear),
                                std::pair<std::string_view, Start>("density", Start::density),
                                std::pair<std::string_view, Start>("plus_plus", Start::plus_plus)};
constexpr std::int64_t kFewest = 2, kMost = 256;

struct ClusterSettings {
  std::int64_t clusters = 16;
  std::string start = "linear";
  bool per_channel = false;
  std::string importance = "none";
  std::string layers;
  TeachingSettings teaching;
  bool scan = false;
  TrainSettings train = fine_tuning(3, 0.0002);

  void settings(Settings& s) {
    s.field("clusters", clusters, "different values that a layer's weights may have, 2 to 256");
    s.field("start", start,
            "where k-means begins: linear (evenly), density (where weights are), plus_plus (k-means++)");
    s.field("per_channel", per_channel, "a codebook for each output channel instead of one for the layer");
    s.field("importance", importance, "none, or gradient: weights count by the square of their gradient");
    s.field("layers", layers, "another number for some layers: conv1=64,dense=0 (0 leaves a layer alone)");
    s.field(
        "scan", scan,
        "first print accuracy against the number of clusters, for each layer and for all, without training; without "
        "an output, only that");
    teaching.settings(s);
    train.settings(s);
  }
};

class Cluster final : public Verb {
 public:
  std::string_view name() const override { return "cluster"; }
  std::string_view help() const override {
    return "Gives a layer's weights only a few different values, and trains those.\n"
           "k-means finds the values; each weight is then an index of a few bits. Zeros of a pruned model stay zeros.\n"
           "The values are trained with the gradients of all weights that share them. mirim cost shows what it saves.\n"
           "See docs/compression.md.";
  }
  std::string_view example() const override {
    return "mirim cluster pruned.tflite --data fashion-mnist --clusters 16 -o clustered.tflite";
  }
  void settings(Settings& s) override { settings_.settings(s); }
  std::vector<std::filesystem::path> reads() const override { return settings_.teaching.paths(); }
  void place_files(const std::function<std::string(const std::string&)>& place) override {
    settings_.teaching.place(place);
  }
  bool looks_first() const override { return settings_.scan; }

  VerbResult run(const VerbWork& work) override {
    check();
    Graph graph = read_model_of(work);
    const Splits data = matched(graph, work);
    VerbResult scanned = settings_.scan ? scan_clusters(graph, data, work) : VerbResult{};
    if (work.output.empty()) return scanned;
    const Score before = score(graph, judging_samples(data), settings_.train.loss, work);
    Json layers = cluster_layers(graph, data, work);
    const FineTuned tuned = fine_tune(std::move(graph), data, settings_.train, work, {}, settings_.teaching);
    write_trained(work.output, tuned.graph);
    const Score after = score(tuned.graph, judging_samples(data), settings_.train.loss, work);
    std::vector<std::vector<std::string>> rows{{"layer", "weights", "values"}};
    for (const Json& layer : layers) {
      rows.push_back({layer["name"], with_commas(layer["weights"].get<std::int64_t>()),
                      with_commas(layer["centroids"].get<std::int64_t>())});
    }
    return with_scan(scanned, {fmt::format("{}\n{}: {} before, {} after\n", table(rows), work.output.string(),
                                           before.text(), after.text()),
                               result_json(work, before, after, tuned, Json{{"layers", std::move(layers)}}.dump())});
  }

 private:
  KMeansOptions kmeans_options(std::int64_t clusters) const {
    return {.clusters = clusters,
            .start = chosen("start", settings_.start, kStarts),
            .seed = static_cast<std::uint64_t>(settings_.train.seed)};
  }

  VerbResult scan_clusters(const Graph& graph, const Splits& data, const VerbWork& work) const {
    const auto compress = [&](Graph& changed, const std::vector<PrunableWeights>& layers, double level) {
      for (const PrunableWeights& weights : layers) {
        const auto clusters = static_cast<std::int64_t>(level);
        if (changed[weights.value].type.shape.elements() <= clusters) continue;
        cluster(changed, weights.value,
                {.kmeans = kmeans_options(clusters), .per_row = settings_.per_channel, .axis = weights.axis});
      }
    };
    return scan(graph,
                {.of = "clusters",
                 .levels = {256, 64, 32, 16, 8, 4, 2},
                 .say = [](double clusters) { return fmt::format("{:.0f}", clusters); },
                 .compress = compress},
                data, settings_.train.loss, work);
  }

  void check() const {
    check_fine_tuning(settings_.train);
    require_clusters("clusters", static_cast<double>(settings_.clusters));
    if (settings_.importance != "none" && settings_.importance != "gradient") {
      fail("importance '{}' is unknown; {}", settings_.importance,
           suggestion(settings_.importance, {"none", "gradient"}));
    }
  }

  static void require_clusters(const std::string& of, double clusters) {
    if (clusters < static_cast<double>(kFewest) || clusters > static_cast<double>(kMost) ||
        clusters != std::floor(clusters)) {
      fail("{} is {}; it must be a whole number from {} to {}", of, clusters, kFewest, kMost);
    }
  }

  Json cluster_layers(Graph& graph, const Splits& data, const VerbWork& work) const {
    const std::map<std::string, double> others = numbers_by_name("layers", settings_.layers);
    require_layers(graph, others);
    std::map<ValueId, std::vector<float>> importance;
    if (settings_.importance == "gradient") {
      const Task task =
          find_task(graph, *data.training.data, {.loss = loss_named(settings_.train.loss), .training = true});
      constexpr std::int64_t kSamples = 1024;
      importance = gradient_squares(graph, data.training, task, kSamples, work.stop);
    }
    Json layers = Json::array();
    for (const PrunableWeights& weights : prunable_weights(graph)) {
      std::int64_t clusters = settings_.clusters;
      if (const auto own = others.find(weights.layer); own != others.end()) {
        const double wanted = own->second;
        if (wanted == 0) continue;
        require_clusters(fmt::format("the clusters of layer '{}'", weights.layer), wanted);
        clusters = static_cast<std::int64_t>(wanted);
      }
      ClusterOptions options{
          .kmeans = kmeans_options(clusters), .per_row = settings_.per_channel, .axis = weights.axis};
      if (const auto squares = importance.find(weights.value); squares != importance.end()) {
        options.kmeans.importance = squares->second;
      }
      const Clustered found = in_context(fmt::format("layer '{}'", weights.layer), [&] {
        const std::int64_t count = graph[weights.value].type.shape.elements();
        if (clusters > count) {
          fail("{} clusters for {} weights; give it fewer (--layers {}=N), or leave it alone ({}=0)", clusters, count,
               weights.layer, weights.layer);
        }
        return cluster(graph, weights.value, options);
      });
      layers.push_back({{"name", weights.layer},
                        {"weights", graph[weights.value].type.shape.elements()},
                        {"centroids", found.centroids},
                        {"inertia", found.inertia}});
    }
    return layers;
  }

  ClusterSettings settings_;
};

}  // namespace

std::unique_ptr<Verb> make_cluster() { return std::make_unique<Cluster>(); }

}  // namespace mirim
