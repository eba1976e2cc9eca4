#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/base/language.hpp"
#include "mirim/chart/chart.hpp"
#include "mirim/machine/devices.hpp"

namespace mirim::chart {

/// A classifier: what it gives, what it costs.
struct Classifier {
  std::string name;
  std::int64_t day = 0;  ///< since 1970-01-01; of the user's own models unused
  double top1 = 0;       ///< share of the test images that it names right, from 0 to 1
  double macs = 0;       ///< of an inference
  double bytes = 0;      ///< of its weights on a board: one each in int8, or as they are stored
  std::string label{};   ///< its name on the chart; "" if it has none there
  std::string source{};
  bool yours = false;  ///< one of the user's
};

/// Rows of model, date, top1, top1_unit, operations, operations_unit, parameters, source and, if it is there, label.
/// Throws Error with the line.
std::vector<Classifier> read_classifiers(std::string_view csv);

/// Top-1 against operations; the area of a ball is the size of the weights. Lines are what the board does in a time, at
/// one MAC a cycle; its flash is a ring. `models` is not empty.
Chart ball_chart(std::vector<Classifier> models, const Device& board, Language language);

}  // namespace mirim::chart
