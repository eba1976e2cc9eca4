#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/base/text.hpp"
#include "mirim/cli/commands.hpp"
#include "mirim/cli/console.hpp"
#include "mirim/cli/options.hpp"
#include "mirim/formats/tflite.hpp"
#include "mirim/recipe/json.hpp"
#include "mirim/recipe/meaning_job.hpp"
#include "mirim/recipe/model_file.hpp"
#include "mirim/recipe/quantize_job.hpp"
#include "mirim/recipe/train_job.hpp"

namespace mirim::cli {
namespace {

struct Options {
  std::filesystem::path model;
  std::filesystem::path output;
  bool json = false;
  DataSettings data;
  QuantizeSettings quantize;
};

void run(const Options& o) {
  Model model = read_sound_model(o.model);
  require_writable(o.output);
  const Splits data = in_context(o.data.set, [&] { return matched(model.main(), load(o.data)); });
  note_data(data);
  const Quantized result =
      in_context(o.model.string(), [&] { return quantize(std::move(model), data.training, o.quantize); });
  write_tflite_file(o.output, result.model);
  for (const QuantizationWarning& warning : result.check.warnings) note("warning: " + warning.text);
  const auto bytes = static_cast<std::int64_t>(std::filesystem::file_size(o.output));
  const nlohmann::ordered_json file = {{"output", o.output.string()}, {"bytes", bytes}};
  print(o.json ? merge_json(file.dump(), to_json(result.check)) + "\n"
               : fmt::format("{}: int8, {} bytes\n", o.output.string(), with_commas(bytes)));
}

}  // namespace

void add_quantize(CLI::App& program) {
  auto o = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "quantize",
      "Converts a float or dynamic-range .tflite to full int8, by TensorFlow Lite's 8-bit specification.\n"
      "Weights get a scale per channel, activations one by the ranges that training samples show; batch norm is\n"
      "folded first. The result takes raw bytes as byte - 128. Per-feature scaling is kept as metadata, in front\n"
      "of the model (docs/names-and-scales.md). Both models then run on these samples. A warning names each input,\n"
      "layer or output column that lost much (below 20 dB signal to noise, or fewer than 8 int8 steps), with the\n"
      "cause and what to do. See docs/quantization.md.");
  command->footer(
      "Example:\n  mirim quantize float.tflite --data fashion-mnist -o int8.tflite --calibration percentile");
  command->add_option("MODEL", o->model, "float model, .tflite")->required();
  add_data(*command, o->data.set);
  command->add_option("-o,--output", o->output, "the int8 model, .tflite")->required();
  add_settings(*command, o->data);
  add_settings(*command, o->quantize);
  add_json(*command, o->json);
  command->callback([o] { run(*o); });
}

}  // namespace mirim::cli
