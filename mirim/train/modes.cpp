#include "mirim/train/modes.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

constexpr double kNearly = 0.98889;  // 1 - exp(-9 / 2)

struct Mode {
  std::vector<double> mean;
  std::int64_t samples = 0;
  double radius = 0;  ///< within which nearly all of its real samples are
};

double distance(std::span<const float> sample, const std::vector<double>& mean) {
  double squares = 0;
  for (std::size_t i = 0; i < mean.size(); ++i) {
    const double d = static_cast<double>(sample[i]) - mean[i];
    squares += d * d;
  }
  return std::sqrt(squares);
}

std::vector<Mode> modes_of(std::span<const float> real, std::span<const std::int32_t> labels, std::size_t size,
                           std::size_t classes) {
  std::vector<Mode> modes(classes, {.mean = std::vector<double>(size)});
  const auto mode_of = [&](std::size_t s) -> Mode& { return modes[static_cast<std::size_t>(labels[s])]; };
  for (std::size_t s = 0; s < labels.size(); ++s) {
    ++mode_of(s).samples;
    for (std::size_t i = 0; i < size; ++i) mode_of(s).mean[i] += static_cast<double>(real[s * size + i]);
  }
  for (Mode& mode : modes) {
    for (double& each : mode.mean) each /= static_cast<double>(std::max<std::int64_t>(1, mode.samples));
  }
  std::vector<std::vector<double>> distances(classes);
  for (std::size_t s = 0; s < labels.size(); ++s) {
    distances[static_cast<std::size_t>(labels[s])].push_back(distance(real.subspan(s * size, size), mode_of(s).mean));
  }
  for (std::size_t c = 0; c < classes; ++c) {
    if (distances[c].empty()) continue;
    std::ranges::sort(distances[c]);
    modes[c].radius = distances[c][static_cast<std::size_t>(kNearly * static_cast<double>(distances[c].size() - 1))];
  }
  return modes;
}

}  // namespace

ModeScores mode_scores(std::span<const float> made, std::span<const float> real, std::span<const std::int32_t> labels,
                       std::size_t size, std::size_t classes) {
  if (size == 0 || made.empty() || labels.empty() || made.size() % size != 0 || real.size() != labels.size() * size) {
    fail("{} numbers made and {} real ones with {} labels are not samples of {}", made.size(), real.size(),
         labels.size(), size);
  }
  const std::vector<Mode> modes = modes_of(real, labels, size, classes);
  std::vector<std::int64_t> of_class(classes);
  std::int64_t near = 0;
  const std::size_t count = made.size() / size;
  for (std::size_t s = 0; s < count; ++s) {
    double least = std::numeric_limits<double>::infinity();
    std::size_t nearest = 0;
    for (std::size_t c = 0; c < classes; ++c) {
      if (modes[c].samples == 0) continue;
      const double d = distance(made.subspan(s * size, size), modes[c].mean);
      if (d < least) nearest = c;
      least = std::min(least, d);
    }
    if (least > modes[nearest].radius) continue;
    ++near;
    ++of_class[nearest];
  }
  ModeScores scores{.near = static_cast<double>(near) / static_cast<double>(count)};
  std::int64_t smallest = near;
  for (std::size_t c = 0; c < classes; ++c) {
    if (modes[c].samples > 0) smallest = std::min(smallest, of_class[c]);
  }
  scores.least_class = near > 0 ? static_cast<double>(smallest) / static_cast<double>(near) : 0;
  return scores;
}

}  // namespace mirim
