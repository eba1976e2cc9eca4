#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mirim/base/settings.hpp"
#include "mirim/data/dataset.hpp"
#include "mirim/graph/graph.hpp"
#include "mirim/passes/quantize.hpp"
#include "mirim/recipe/aware_training.hpp"
#include "mirim/recipe/fine_tune.hpp"
#include "mirim/recipe/layer_bits.hpp"
#include "mirim/recipe/quantization_check.hpp"
#include "mirim/recipe/teaching.hpp"

namespace mirim {

/// GridSettings::weights for float16 constants behind DEQUANTIZE, without integers.
inline constexpr std::string_view kFloat16 = "float16";

/// How a float model becomes int8: by calibration alone, or trained for it where train.epochs is not 0.
struct QuantizeSettings {
  std::string calibration = "minmax";
  double percentile = 99.99;
  std::int64_t samples = 500;
  bool float_io = false;
  bool strict = false;
  std::string runtime{};
  std::int64_t activations = 8;
  double average_bits = 0;
  bool equalize = false;
  bool correct_bias = false;
  std::string rounding = "nearest";
  std::int64_t rounding_steps = 1000;
  GridSettings grids;
  TeachingSettings teaching;
  TrainSettings train = fine_tuning(0, 0.0003);

  void settings(Settings& s) {
    s.field("calibration", calibration, "range of activations: minmax, percentile or mse");
    s.field("percentile", percentile, "percentage of values below the range's end, for calibration percentile");
    s.field("samples", samples, "training samples for the calibration");
    s.field("float_io", float_io, "keep float inputs and outputs");
    s.field("strict", strict, "refuse a model of which an operator would stay float");
    s.field(
        "for", runtime,
        "the runtime that is to run the result: tflm, litert or vela (Ethos-U55 and U65); warns of operators that it "
        "lacks, and leaves float what it has in floats alone");
    s.field("activations", activations,
            "bits of activations: 8, or 16 for int16 with int8 weights (TensorFlow Lite's 16x8)");
    s.field("average_bits", average_bits,
            "give each layer's weights 8, 4 or 2 bits, on average at most so many: those that lose little alone, on "
            "1,000 validation samples, get few (0: --weights decides)");
    s.field("equalize", equalize, "scale channels of neighbouring layers so that their weights reach equally far");
    s.field("correct_bias", correct_bias,
            "without --epochs: add to each bias what its channel answers too little on the calibration samples");
    s.field("rounding", rounding,
            "without --epochs: nearest, or adaptive: learn which way each weight is rounded, layer by layer, so that "
            "the layer answers as the float one does (no labels needed)");
    s.field("rounding_steps", rounding_steps, "steps of learning for each layer, with rounding adaptive");
    grids.settings(s);
    teaching.settings(s);
    train.settings(s);
  }
};

/// An int8 model, and its losses on the calibration samples.
struct Quantized {
  Model model;
  QuantizationCheck check{};
  std::string history = "[]";     ///< of its training, JSON
  std::vector<LayerBits> bits{};  ///< with average_bits
  std::vector<StaysFloat> stays_float{};
  std::vector<std::string> lacks{};       ///< what the runtime of the settings has no kernel for, one line each
  std::vector<std::string> keep_state{};  ///< layers that began each run anew and now keep their state, by name
};

/// The model's main graph in full int8, calibrated on the first training samples; with settings.train.epochs trained
/// with the rounding of an integer model before, from these ranges. Forms of weights are kept. The model's signatures,
/// names, variables and metadata stay. Scaling by feature, which an input of one scale cannot have, goes to the input's
/// scaling outside (and likewise of an output that answers numbers); with `float_io` it stays inside, in floats. Throws
/// Error, also for a model that is int8 already.
Quantized quantize(Model model, const Splits& data, const QuantizeSettings& settings, const VerbWork& work = {});

}  // namespace mirim
