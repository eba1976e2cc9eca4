#pragma once

#include <cstdint>
#include <string>

#include "mirim/data/dataset.hpp"
#include "mirim/graph/graph.hpp"
#include "mirim/recipe/quantization_check.hpp"
#include "mirim/recipe/settings.hpp"

namespace mirim {

/// Settings of the conversion to int8.
struct QuantizeSettings {
  std::string calibration = "minmax";
  double percentile = 99.99;
  std::int64_t samples = 500;
  bool float_io = false;

  void settings(Settings& s) {
    s.field("calibration", calibration, "range of activations: minmax, percentile or mse");
    s.field("percentile", percentile, "percentage of values below the range's end, for calibration percentile");
    s.field("samples", samples, "training samples for the calibration");
    s.field("float_io", float_io, "keep float inputs and outputs");
  }
};

/// An int8 model, and its losses on the calibration samples.
struct Quantized {
  Model model;
  QuantizationCheck check;
};

/// The model's main graph in full int8, calibrated on the first samples; its signatures, names and metadata stay.
/// Per-feature scaling, which an input of one scale cannot have, becomes the input's scaling outside of the graph
/// (likewise for a regression output); with `float_io` it stays inside, in floats. Throws Error, also for a model that
/// is already int8.
Quantized quantize(Model model, const Subset& calibration, const QuantizeSettings& settings);

}  // namespace mirim
