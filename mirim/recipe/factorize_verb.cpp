#include <nlohmann/json.hpp>

#include "mirim/base/error.hpp"
#include "mirim/base/text.hpp"
#include "mirim/compress/factorize.hpp"
#include "mirim/recipe/fine_tune.hpp"
#include "mirim/recipe/model_file.hpp"
#include "mirim/recipe/parsed.hpp"
#include "mirim/recipe/teaching.hpp"
#include "mirim/recipe/verbs.hpp"
#include "mirim/recipe/work_data.hpp"

namespace mirim {
namespace {

using Json = nlohmann::ordered_json;
using Keep = FactorizeOptions::Keep;

constexpr std::array kKeeps = {std::pair<std::string_view, Keep>("energy", Keep::energy),
                               std::pair<std::string_view, Keep>("macs", Keep::macs),
                               std::pair<std::string_view, Keep>("parameters", Keep::parameters)};

struct FactorizeSettings {
  std::string keep = "energy";
  double share = 0.9;
  std::string pieces = "auto";
  std::string layers;
  TeachingSettings teaching;
  TrainSettings train = fine_tuning(3, 0.0005);

  void settings(Settings& s) {
    s.field(
        "keep", keep,
        "what the share is of: energy (of each layer's squared singular values), macs or parameters (of the model)");
    s.field("share", share, "how much of it stays, above 0 and at most 1");
    s.field("pieces", pieces, "two (SVD), three (Tucker-2, convolutions only), or auto: whatever costs less");
    s.field("layers", layers, "only these layers, each with its rank: conv3=8,dense=0 (0: the rank is chosen)");
    teaching.settings(s);
    train.settings(s);
  }
};

class Factorize final : public Verb {
 public:
  std::string_view name() const override { return "factorize"; }
  std::string_view help() const override {
    return "Makes two or three small layers of one large one (low rank), and trains them.\n"
           "A dense layer or convolution becomes thinner ones whose product is near its weights: by SVD, or for\n"
           "convolutions by Tucker-2. Ranks come from the energy kept, or from a budget for the whole model. A layer "
           "is\n"
           "replaced only where that saves multiply-adds. See docs/compression.md.";
  }
  std::string_view example() const override {
    return "mirim factorize float.tflite --data fashion-mnist --keep macs --share 0.6 -o thin.tflite";
  }
  void settings(Settings& s) override { settings_.settings(s); }
  std::vector<std::filesystem::path> reads() const override { return settings_.teaching.paths(); }
  void place_files(const std::function<std::string(const std::string&)>& place) override {
    settings_.teaching.place(place);
  }

  VerbResult run(const VerbWork& work) override {
    check_fine_tuning(settings_.train);
    Graph graph = read_model_of(work);
    const Splits data = matched(graph, work);
    const Score before = score(graph, judging_samples(data), settings_.train.loss, work);
    const FactorizeResult found = in_context(work.model.string(), [&] { return factorize(graph, options()); });
    Shaping shaping;
    shaping.settings.push_back("factorized = " + settings_text(settings_without_training()));
    const FineTuned tuned =
        fine_tune(std::move(graph), data, settings_.train, work, std::move(shaping), settings_.teaching);
    write_trained(work.output, tuned.graph);
    const Score after = score(tuned.graph, judging_samples(data), settings_.train.loss, work);
    std::string text;
    Json layers = Json::array();
    for (const FactorizedLayer& layer : found.layers) {
      text += to_string(layer) + "\n";
      layers.push_back({{"name", layer.name}, {"relative_error", layer.relative_error}, {"why_not", layer.why_not}});
    }
    const Json json{{"macs_before", found.macs_before},
                    {"macs", found.macs_after},
                    {"parameters_before", found.parameters_before},
                    {"parameters", found.parameters_after},
                    {"layers", std::move(layers)}};
    text += fmt::format("{}: {} before, {} after; {} MACs before, {} after\n", work.output.string(), before.text(),
                        after.text(), with_commas(found.macs_before), with_commas(found.macs_after));
    return {std::move(text), result_json(work, before, after, tuned, json.dump())};
  }

 private:
  FactorizeOptions options() const {
    FactorizeOptions options{.keep = chosen("keep", settings_.keep, kKeeps), .share = settings_.share};
    constexpr std::array kPieces = {std::pair<std::string_view, int>("auto", 0),
                                    std::pair<std::string_view, int>("two", 2),
                                    std::pair<std::string_view, int>("three", 3)};
    const int pieces = chosen("pieces", settings_.pieces, kPieces);
    options.two_pieces = pieces != 3;
    options.three_pieces = pieces != 2;
    for (const auto& [layer, rank] : numbers_by_name("layers", settings_.layers)) {
      if (rank < 0 || rank != static_cast<double>(static_cast<std::int64_t>(rank))) {
        fail("the rank of layer '{}' is {}; it must be a whole number", layer, rank);
      }
      options.layers.push_back({.name = layer, .rank = static_cast<std::int64_t>(rank)});
    }
    return options;
  }

  FactorizeSettings settings_without_training() const {
    FactorizeSettings settings = settings_;
    settings.train = {};
    settings.teaching = {};
    return settings;
  }

  FactorizeSettings settings_;
};

}  // namespace

std::unique_ptr<Verb> make_factorize() { return std::make_unique<Factorize>(); }

}  // namespace mirim
