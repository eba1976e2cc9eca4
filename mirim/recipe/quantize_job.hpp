#pragma once

#include <cstdint>
#include <string>

#include "mirim/data/dataset.hpp"
#include "mirim/graph/graph.hpp"
#include "mirim/recipe/aware_training.hpp"
#include "mirim/recipe/fine_tune.hpp"
#include "mirim/recipe/quantization_check.hpp"
#include "mirim/recipe/settings.hpp"
#include "mirim/recipe/teaching.hpp"

namespace mirim {

/// How a float model becomes int8: by calibration alone, or trained for it where train.epochs is not 0.
struct QuantizeSettings {
  std::string calibration = "minmax";
  double percentile = 99.99;
  std::int64_t samples = 500;
  bool float_io = false;
  GridSettings grids;
  TeachingSettings teaching;
  TrainSettings train = fine_tuning(0, 0.0003);

  void settings(Settings& s) {
    s.field("calibration", calibration, "range of activations: minmax, percentile or mse");
    s.field("percentile", percentile, "percentage of values below the range's end, for calibration percentile");
    s.field("samples", samples, "training samples for the calibration");
    s.field("float_io", float_io, "keep float inputs and outputs");
    grids.settings(s);
    teaching.settings(s);
    train.settings(s);
  }
};

/// An int8 model, and its losses on the calibration samples.
struct Quantized {
  Model model;
  QuantizationCheck check;
  std::string history = "[]";  ///< of its training, JSON
};

/// The model's main graph in full int8, calibrated on the first training samples; with settings.train.epochs trained
/// with the rounding of an integer model before, from these ranges. Forms of weights are kept. The model's signatures,
/// names and metadata stay. Scaling by feature, which an input of one scale cannot have, goes to the input's scaling
/// outside (and likewise of an output that answers numbers); with `float_io` it stays inside, in floats. Throws Error,
/// also for a model that is int8 already.
Quantized quantize(Model model, const Splits& data, const QuantizeSettings& settings, const VerbWork& work = {});

}  // namespace mirim
