#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "mirim/base/language.hpp"
#include "mirim/chart/ball.hpp"
#include "mirim/chart/chart.hpp"
#include "mirim/chart/fits.hpp"
#include "mirim/machine/devices.hpp"

namespace mirim::chart {

/// Which chart, and of what.
struct Request {
  std::string name{};                     ///< "growth", "ball" or "fits"
  std::filesystem::path data{};           ///< a CSV of the same columns; empty: the project's own (data/growth)
  std::vector<Classifier> classifiers{};  ///< further ones for "ball"
  std::vector<Network> networks{};        ///< further ones for "fits"
  const Device* board = nullptr;          ///< whose limits are drawn; not null
  Language language = Language::en;
};

/// The chart with the credits of its rows. Throws Error that names the CSV and its line; for an unknown chart, all
/// three.
Chart make_chart(const Request& request);

}  // namespace mirim::chart
