#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/base/language.hpp"
#include "mirim/chart/chart.hpp"
#include "mirim/chart/trend.hpp"

namespace mirim::chart {

/// A model and the compute that its training took.
struct TrainedModel {
  std::string name;
  std::int64_t day = 0;  ///< since 1970-01-01
  double flop = 0;
  std::optional<double> parameters{};
  bool parameters_are_rumoured = false;
  std::string domain{};
  std::string confidence{};  ///< Confident, Likely, Speculative, Unknown, or "" where the row says nothing
  std::string label{};       ///< its name on the chart; "" if it has none there
  std::string source{};
};

/// Rows of model, date, compute, compute_unit, source and, if they are there, parameters, parameters_status (published
/// or rumour), domain, confidence, label: by date. Throws Error with the line.
std::vector<TrainedModel> read_growth(std::string_view csv);

/// Fits of log10(FLOP) against date; absent where fewer than two days have models.
struct GrowthFits {
  std::optional<Trend> to_2010{};      ///< all models before 2010
  std::optional<Trend> to_2022{};      ///< all from 2010 to February 2022
  std::optional<Trend> since_2010{};   ///< all from 2010
  std::optional<Trend> records{};      ///< the record holders from October 2012 to October 2017
  std::vector<std::size_t> holders{};  ///< these: more compute than any model before
};

/// `models` by date.
GrowthFits fit_growth(std::span<const TrainedModel> models);

/// Compute against date, the fits, and the published figures beside them.
Chart growth_chart(const std::vector<TrainedModel>& models, Language language);

}  // namespace mirim::chart
