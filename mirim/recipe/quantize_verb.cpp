#include <nlohmann/json.hpp>

#include "mirim/base/error.hpp"
#include "mirim/base/text.hpp"
#include "mirim/recipe/fine_tune.hpp"
#include "mirim/recipe/json.hpp"
#include "mirim/recipe/layer_bits.hpp"
#include "mirim/recipe/model_file.hpp"
#include "mirim/recipe/quantize_job.hpp"
#include "mirim/recipe/scan.hpp"
#include "mirim/recipe/verbs.hpp"
#include "mirim/recipe/work_data.hpp"

namespace mirim {
namespace {

using Json = nlohmann::ordered_json;

class QuantizeVerb final : public Verb {
 public:
  std::string_view name() const override { return "quantize"; }
  std::string_view help() const override {
    return "Converts a float or dynamic-range .tflite to full int8, by TensorFlow Lite's 8-bit specification (with\n"
           "--activations 16 by its 16x8, with --weights float16 to half floats).\n"
           "Weights get a scale per channel, activations one by the ranges that training samples show; batch norm is\n"
           "folded first. Raw bytes feed the result as byte - 128. Features of unlike sizes keep a scale each, in "
           "front\n"
           "of the model (docs/names-and-scales.md). With --epochs the model is trained for it: weights (of 8, 4 or 2\n"
           "bits, ternary or binary) and activations are rounded in every step. Without training, --rounding adaptive\n"
           "--correct-bias keeps most of the accuracy at 4 bits. Zeros and shared values of a pruned or clustered "
           "model stay. Both\n"
           "models then run on these samples: an input, layer or column of an output that lost much (below 20 dB "
           "signal\n"
           "to noise, or fewer than 8 int8 steps) is a warning on stderr, with the cause and what to do. See\n"
           "docs/quantization.md.";
  }
  std::string_view example() const override {
    return "mirim quantize float.tflite --data fashion-mnist -o int8.tflite --calibration percentile\n"
           "  mirim quantize float.tflite --data fashion-mnist -o int4.tflite --weights 4 --epochs 5\n"
           "  mirim quantize float.tflite --data fashion-mnist -o int4.tflite --weights 4 --rounding adaptive";
  }
  int version() const override { return 3; }
  void settings(Settings& s) override {
    settings_.settings(s);
    s.field(
        "scan", scan_,
        "first print accuracy against the bits of weights, for each layer and for all, without training; without an "
        "output, only that");
  }
  bool looks_first() const override { return scan_; }
  std::vector<std::filesystem::path> reads() const override { return settings_.teaching.paths(); }
  void place_files(const std::function<std::string(const std::string&)>& place) override {
    settings_.teaching.place(place);
  }

  VerbResult run(const VerbWork& work) override {
    std::vector<std::string> warnings;
    Model model = read_sound_model(work.model, &warnings);
    for (const std::string& line : warnings) work.tell("warning: " + line);
    const Splits data = matched(model.main(), work);
    VerbResult scanned = scan_ ? scan_bits(data, work) : VerbResult{};
    if (work.output.empty()) return scanned;
    const Quantized result =
        in_context(work.model.string(), [&] { return quantize(std::move(model), data, settings_, work); });
    write_model(work.output, result.model);
    for (const StaysFloat& node : result.stays_float) {
      work.tell(fmt::format("warning: {} stays float: {}", node.node, node.why));
    }
    for (const std::string& line : result.lacks) work.tell("warning: " + line);
    for (const std::string& layer : result.keep_state) {
      work.tell(fmt::format(
          "note: '{}' began each run anew; TensorFlow Lite's operator keeps its state: reset it before each sequence "
          "(mirim: NAME_reset, tflite-micro: Reset, LiteRT: reset_all_variables)",
          layer));
    }
    for (const QuantizationWarning& warning : result.check.warnings) work.tell("warning: " + warning.text);
    const auto bytes = static_cast<std::int64_t>(std::filesystem::file_size(work.output));
    Json file = {{"output", work.output.string()}, {"bytes", bytes}};
    const std::string_view kind = settings_.grids.weights == kFloat16 ? "float16 weights"
                                  : settings_.activations == 16       ? "int8 weights, int16 activations"
                                                                      : "int8";
    for (const StaysFloat& node : result.stays_float) {
      file["stays_float"].push_back({{"node", node.node}, {"why", node.why}});
    }
    if (!result.lacks.empty()) file["lacks"] = result.lacks;
    std::string text;
    if (!result.bits.empty()) {
      text = bits_text(result.bits);
      for (const LayerBits& layer : result.bits) {
        file["bits"].push_back(
            {{"layer", layer.layer}, {"weights", layer.weights}, {"bits", layer.bits}, {"loss_rises_by", layer.rise}});
      }
    }
    text += fmt::format("{}: {}, {} bytes", work.output.string(), kind, with_commas(bytes));
    if (settings_.train.epochs > 0) {
      file["history"] = Json::parse(result.history);
      const Score after = score(result.model.main(), judging_samples(data), settings_.train.loss, work);
      file["after"] = after.value;
      text += ", " + after.text();
    }
    text += "\n";
    return with_scan(scanned, {std::move(text), merge_json(file.dump(), to_json(result.check))});
  }

 private:
  /// Weights alone are rounded, batch norm stays apart and activations stay floats.
  VerbResult scan_bits(const Splits& data, const VerbWork& work) const {
    const auto compress = [](Graph& changed, const std::vector<PrunableWeights>& layers, double bits) {
      for (const PrunableWeights& weights : layers) {
        changed = with_rounded_layer(std::move(changed), weights, static_cast<int>(bits));
      }
    };
    return scan(read_model_of(work),
                {.of = "bits",
                 .levels = {8, 6, 5, 4, 3, 2},
                 .say = [](double bits) { return fmt::format("{:.0f} bits", bits); },
                 .compress = compress},
                data, settings_.train.loss, work);
  }

  QuantizeSettings settings_;
  bool scan_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_quantize() { return std::make_unique<QuantizeVerb>(); }

}  // namespace mirim
