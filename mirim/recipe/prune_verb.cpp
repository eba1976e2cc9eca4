#include <algorithm>
#include <nlohmann/json.hpp>

#include "mirim/base/error.hpp"
#include "mirim/base/hash.hpp"
#include "mirim/base/text.hpp"
#include "mirim/compile/cost.hpp"
#include "mirim/compile/price.hpp"
#include "mirim/compress/keep_forms.hpp"
#include "mirim/compress/prune.hpp"
#include "mirim/compress/prune_channels.hpp"
#include "mirim/passes/groups.hpp"
#include "mirim/passes/prepare_for_quantization.hpp"
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
using Criterion = PruneOptions::Criterion;

constexpr std::array kCriteria = {std::pair<std::string_view, Criterion>("magnitude", Criterion::magnitude),
                                  std::pair<std::string_view, Criterion>("taylor", Criterion::taylor),
                                  std::pair<std::string_view, Criterion>("movement", Criterion::movement)};

struct PruneSettings {
  double sparsity = 0.5;
  std::string scope = "layer";
  std::string criterion = "magnitude";
  std::string block = "1x1";
  std::string pattern;
  std::string layers;
  std::string channels;
  std::string device;
  double begin = 0;
  double end = 0.5;
  std::int64_t stages = 100;
  std::string rewind;
  bool groups = false;
  bool scan = false;
  TeachingSettings teaching;
  TrainSettings train = fine_tuning(5, 0.0005);

  void settings(Settings& s) {
    s.field("sparsity", sparsity,
            "share of zeros at the end, at least 0 and below 1; of channels the share of MACs "
            "that goes");
    s.field(
        "scope", scope,
        "layer: each has that share; global: one threshold for all; lamp: one threshold for what a weight is to its "
        "layer (Lee et al., 2021)");
    s.field("criterion", criterion,
            "which weights go: magnitude (the smallest), taylor (those whose loss would hurt least), movement (those "
            "that training moves to 0)");
    s.field("block", block, "weights go in blocks of ROWSxCOLUMNS, as 1x4");
    s.field("pattern", pattern, "N:M, as 2:4: of each M neighbours N stay");
    s.field("layers", layers, "another share for some layers: conv1=0.5,dense=0 (0 leaves a layer alone)");
    s.field(
        "channels", channels,
        "remove whole channels, by: magnitude, batch_norm, taylor, flops (magnitude for each multiply-add) or latency "
        "(for each instruction on the board's core); the network gets smaller");
    s.field("device", device, "the board of --channels latency (see mirim cost); none: a Cortex-M4");
    s.field("begin", begin, "part of the training after which zeros begin, 0 to 1");
    s.field("end", end, "part of the training after which all zeros are there; begin = end: at once");
    s.field("stages", stages, "steps in which the share of zeros rises, by the cube of time");
    s.field("rewind", rewind, "after choosing the zeros, go back to the weights of this earlier model and train those");
    s.field("groups", groups, "only print which channels can be removed together");
    s.field("scan", scan,
            "first print accuracy against sparsity, for each layer and for all, without training; without an output, "
            "only that");
    teaching.settings(s);
    train.settings(s);
  }
};

PruneOptions options_of(const PruneSettings& s) {
  PruneOptions options{.sparsity = s.sparsity,
                       .criterion = chosen("criterion", s.criterion, kCriteria),
                       .of_layer = numbers_by_name("layers", s.layers),
                       .begin = s.begin,
                       .end = s.end,
                       .stages = static_cast<int>(std::clamp<std::int64_t>(s.stages, 0, 1'000'000))};
  using Scope = PruneOptions::Scope;
  constexpr std::array kScopes = {std::pair<std::string_view, Scope>("layer", Scope::layer),
                                  std::pair<std::string_view, Scope>("global", Scope::global),
                                  std::pair<std::string_view, Scope>("lamp", Scope::lamp)};
  options.scope = chosen("scope", s.scope, kScopes);
  std::tie(options.pattern.block_rows, options.pattern.block_columns) = two_counts("block", s.block, 'x');
  if (!s.pattern.empty()) {
    std::tie(options.pattern.keep, options.pattern.of) = two_counts("pattern", s.pattern, ':');
  }
  return options;
}

/// Layers, their weights and how many of them are 0.
Json zeros_json(const Graph& graph) {
  Json layers = Json::array();
  for (const PrunableWeights& weights : prunable_weights(graph)) {
    const Value& value = graph[weights.value];
    layers.push_back(
        {{"name", weights.layer}, {"weights", value.type.shape.elements()}, {"sparsity", zeros_in(value)}});
  }
  return layers;
}

std::string zeros_text(const Json& layers) {
  std::vector<std::vector<std::string>> rows{{"layer", "weights", "zeros"}};
  std::int64_t weights = 0;
  double zeros = 0;
  for (const Json& layer : layers) {
    const auto count = layer["weights"].get<std::int64_t>();
    weights += count;
    zeros += layer["sparsity"].get<double>() * static_cast<double>(count);
    rows.push_back({layer["name"], with_commas(count), fmt::format("{:.1f} %", 100 * layer["sparsity"].get<double>())});
  }
  rows.push_back({"all", with_commas(weights), fmt::format("{:.1f} %", 100 * zeros / static_cast<double>(weights))});
  return table(rows);
}

class Prune final : public Verb {
 public:
  std::string_view name() const override { return "prune"; }
  std::string_view help() const override {
    return "Makes weights zero, or removes whole channels, and trains what is left.\n"
           "Zeros come by magnitude, Taylor or movement scores, layer by layer or under one threshold, alone, in "
           "blocks\n"
           "or N of M; their share rises while the model is trained. Zeros from before stay, and every later command\n"
           "keeps them. With --channels the network itself gets smaller. --scan shows what a share would cost before\n"
           "you choose one, --groups which channels go together. See docs/compression.md.";
  }
  std::string_view example() const override {
    return "mirim prune float.tflite --data fashion-mnist --sparsity 0.8 -o pruned.tflite";
  }
  void settings(Settings& s) override { settings_.settings(s); }
  std::vector<std::filesystem::path> reads() const override {
    std::vector<std::filesystem::path> files = settings_.teaching.paths();
    if (!settings_.rewind.empty()) files.emplace_back(settings_.rewind);
    return files;
  }
  void place_files(const std::function<std::string(const std::string&)>& place) override {
    if (!settings_.rewind.empty()) settings_.rewind = place(settings_.rewind);
    settings_.teaching.place(place);
  }
  bool only_looks() const override { return settings_.groups; }
  bool looks_first() const override { return settings_.scan; }

  VerbResult run(const VerbWork& work) override {
    check_fine_tuning(settings_.train);
    Graph graph = read_model_of(work);
    if (settings_.groups) return print_groups(graph);
    const Splits data = matched(graph, work);
    VerbResult scanned = settings_.scan ? scan_sparsity(graph, data, work) : VerbResult{};
    if (work.output.empty()) return scanned;
    const Score before = score(graph, judging_samples(data), settings_.train.loss, work);
    FineTuned tuned = settings_.channels.empty() ? prune_weights(std::move(graph), data, work)
                                                 : prune_channels(std::move(graph), data, work);
    write_trained(work.output, tuned.graph);
    const Score after = score(tuned.graph, judging_samples(data), settings_.train.loss, work);
    const ModelCost counts = count(tuned.graph);
    const Json json{{"layers", zeros_json(tuned.graph)}, {"macs", counts.macs}, {"parameters", counts.parameters}};
    return with_scan(scanned, {fmt::format("{}\n{}: {} before, {} after\n", zeros_text(json["layers"]),
                                           work.output.string(), before.text(), after.text()),
                               result_json(work, before, after, tuned, json.dump())});
  }

 private:
  /// One threshold may take a whole layer, and nothing goes through a network of which a layer is gone.
  static void warn_of_lost_layers(const Graph& graph, const PruneOptions& options, const VerbWork& work) {
    constexpr double kLeast = 0.01;
    Graph pruned = graph;
    Pruner(pruned, options).prune_now(pruned);
    for (const PrunableWeights& weights : prunable_weights(pruned)) {
      const double left = 1 - zeros_in(pruned[weights.value]);
      if (left >= kLeast) continue;
      work.tell(
          fmt::format("warning: layer '{}' keeps {:.2f} % of its weights, too few to learn with; take --scope "
                      "lamp, or give it a share of its own: --layers {}=0.5",
                      weights.layer, 100 * left, weights.layer));
    }
  }

  FineTuned prune_weights(Graph graph, const Splits& data, const VerbWork& work) {
    const PruneOptions options = options_of(settings_);
    const bool needs_training = options.criterion != Criterion::magnitude;
    if (options.scope == PruneOptions::Scope::global && !needs_training) warn_of_lost_layers(graph, options, work);
    if (settings_.train.epochs == 0) {
      if (needs_training)
        fail("criterion {} watches a training; give --epochs, or choose magnitude", settings_.criterion);
      Pruner(graph, options).prune_now(graph);
      return {.graph = std::move(graph)};
    }
    if (!settings_.rewind.empty()) {
      if (needs_training) fail("--rewind takes criterion magnitude: the model's own weights choose the zeros");
      Pruner(graph, options).prune_now(graph);
      rewind(graph);
      return fine_tune(std::move(graph), data, settings_.train, work, {}, settings_.teaching);
    }
    Pruner pruner(graph, options);
    Shaping shaping{.parametrisations = pruner.steps()};
    shaping.before_step = [&](TrainingPlan& plan, std::int64_t step, std::int64_t steps) {
      pruner.before_step(plan, step, steps);
    };
    PruneSettings of_pruning = settings_;
    of_pruning.train = {};
    of_pruning.teaching = {};
    shaping.settings.push_back("pruning = " + hash_text(bytes_of(settings_text(of_pruning))));
    FineTuned tuned = fine_tune(std::move(graph), data, settings_.train, work, std::move(shaping), settings_.teaching);
    pruner.finish(tuned.graph);
    return tuned;
  }

  /// The earlier model's numbers where this one has any but zeros.
  void rewind(Graph& graph) const {
    const Graph early = read_for_training(settings_.rewind, 1);
    for (Value& value : graph.values) {
      if (!value.is_constant() || value.type.dtype != DType::float32) continue;
      const auto found = std::ranges::find_if(early.values, [&](const Value& v) {
        return v.is_constant() && v.name == value.name && v.type == value.type;
      });
      if (found == early.values.end()) {
        fail("{}: has no constant '{}' of {}; rewind to an earlier state of this very model", settings_.rewind,
             value.name, to_string(value.type.shape));
      }
      const auto now = value.values<float>(), then = found->values<float>();
      const bool masked = value.form && value.form->sparsity;
      std::vector<float> values(then.begin(), then.end());
      for (std::size_t i = 0; masked && i < values.size(); ++i) values[i] = now[i] == 0 ? 0.0F : values[i];
      value.constant = make_constant(values);
      if (value.form) {
        value.form->codebook.reset();
        value.form->grid.reset();
      }
    }
  }

  FineTuned prune_channels(Graph graph, const Splits& data, const VerbWork& work) {
    using By = ChannelPruning::Criterion;
    constexpr std::array kBy = {std::pair<std::string_view, By>("magnitude", By::magnitude),
                                std::pair<std::string_view, By>("batch_norm", By::batch_norm),
                                std::pair<std::string_view, By>("flops", By::flops),
                                std::pair<std::string_view, By>("latency", By::latency),
                                std::pair<std::string_view, By>("taylor", By::taylor)};
    ChannelPruning options{.share = settings_.sparsity, .criterion = chosen("channels", settings_.channels, kBy)};
    if (options.criterion != By::latency && !settings_.device.empty()) {
      fail("--device is of --channels latency, this is {}", settings_.channels);
    }
    if (options.criterion == By::latency) {
      const Target& target = choose_target("", settings_.device);
      options.cost = [&target](const Graph& whole) {
        Graph folded = whole;  // batch norm costs a board nothing
        prepare_for_quantization(folded);
        return static_cast<double>(estimate_cycles(std::move(folded), target));
      };
    }
    if (options.criterion == By::taylor) {
      separate_constants(graph);  // as prune_channels does: each layer's weights have scores of their own
      const Task task =
          find_task(graph, *data.training.data, {.loss = loss_named(settings_.train.loss), .training = true});
      constexpr std::int64_t kSamples = 1024;
      options.importance = taylor_scores(graph, data.training, task, kSamples, work.stop);
    }
    const ChannelsRemoved removed = mirim::prune_channels(graph, options);
    for (const std::string& line : removed.lines) work.tell(line);
    Shaping shaping;
    shaping.settings.push_back(
        fmt::format("channels = {} by {} {}", settings_.sparsity, settings_.channels, settings_.device));
    return fine_tune(std::move(graph), data, settings_.train, work, std::move(shaping), settings_.teaching);
  }

  static VerbResult print_groups(Graph& graph) {
    separate_constants(graph);
    const std::vector<Group> groups = find_groups(graph);
    Json json = Json::array();
    for (const Group& group : groups) {
      json.push_back({{"name", group.name}, {"channels", group.channels}, {"reason", group.reason}});
    }
    return {to_text(graph, groups), Json{{"groups", json}}.dump()};
  }

  VerbResult scan_sparsity(const Graph& graph, const Splits& data, const VerbWork& work) const {
    const auto compress = [&](Graph& changed, const std::vector<PrunableWeights>& layers, double share) {
      PruneOptions options = options_of(settings_);
      options.criterion = Criterion::magnitude;
      options.sparsity = share;
      options.of_layer.clear();
      for (const PrunableWeights& other : prunable_weights(changed)) {
        if (std::ranges::find(layers, other.value, &PrunableWeights::value) == layers.end()) {
          options.of_layer[other.layer] = 0;
        }
      }
      Pruner(changed, options).prune_now(changed);
    };
    return scan(graph,
                {.of = "sparsity",
                 .levels = {0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95},
                 .say = [](double share) { return fmt::format("{:.0f} %", 100 * share); },
                 .compress = compress},
                data, settings_.train.loss, work);
  }

  PruneSettings settings_;
};

}  // namespace

std::unique_ptr<Verb> make_prune() { return std::make_unique<Prune>(); }

}  // namespace mirim
