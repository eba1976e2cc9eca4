#include "mirim/compress/cluster.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include "mirim/base/error.hpp"
#include "mirim/base/text.hpp"

namespace mirim {
namespace {

using Grid = WeightForm::Grid;

/// The grid's integers; without 0 where zeros are kept apart, and on a grid that has none.
std::vector<double> levels_of(const Grid& grid, bool without_zero) {
  std::vector<double> levels;
  for (std::int32_t level = grid.least; level <= grid.most; ++level) {
    const bool binary = !grid.has_zero && level != -1 && level != 1;
    if (binary || (level == 0 && without_zero)) continue;
    levels.push_back(level);
  }
  return levels;
}

/// Index of the level nearest to x, the lower of two; levels are sorted.
std::ptrdiff_t nearest(const std::vector<double>& levels, double x) {
  const auto above = std::ranges::lower_bound(levels, x) - levels.begin();
  if (above == 0) return 0;
  if (above == std::ssize(levels)) return above - 1;
  const double down = x - levels[static_cast<std::size_t>(above - 1)];
  return levels[static_cast<std::size_t>(above)] - x < down ? above : above - 1;
}

/// The numbers, sorted, each rounded to a level that no other has: the nearest but for what would meet.
std::vector<double> round_apart(const std::vector<double>& numbers, const std::vector<double>& levels) {
  if (numbers.size() > levels.size()) {
    fail("{} centroids do not fit on a grid with {} integers; ask for fewer clusters", numbers.size(), levels.size());
  }
  std::vector<std::ptrdiff_t> places;
  for (const double x : numbers) {
    const std::ptrdiff_t free = places.empty() ? 0 : places.back() + 1;
    places.push_back(std::max(free, nearest(levels, x)));
  }
  std::ptrdiff_t most = std::ssize(levels) - 1;
  for (std::size_t i = places.size(); i-- > 0;) {
    places[i] = std::min(places[i], most);
    most = places[i] - 1;
  }
  std::vector<double> rounded;
  for (const std::ptrdiff_t place : places) rounded.push_back(levels[static_cast<std::size_t>(place)]);
  return rounded;
}

/// Puts the weights onto as many integers of the grid as there are centroids. `weights` are the ones before clustering.
std::vector<float> on_grid(std::span<const float> weights, const KMeans& found, const Grid& grid, float scale,
                           bool keep_zero) {
  const bool zero = keep_zero && std::ranges::find(weights, 0.0F) != weights.end();
  if (zero && !grid.has_zero) fail("zeros cannot be kept on a grid that has no 0");
  std::vector<double> numbers;
  for (const double c : found.centroids) {
    if (!zero || c != 0) numbers.push_back(c / scale);
  }
  const std::vector<double> chosen = round_apart(numbers, levels_of(grid, zero));
  std::vector<float> result;
  for (const float x : weights) {
    const bool stays = zero && x == 0;
    const double level = stays ? 0.0 : chosen[static_cast<std::size_t>(nearest(chosen, double{x} / scale))];
    result.push_back(scale * static_cast<float>(level));
  }
  return result;
}

std::vector<float> centroid_of_each(const KMeans& found) {
  std::vector<float> result;
  for (const std::int32_t index : found.index) {
    result.push_back(static_cast<float>(found.centroids[static_cast<std::size_t>(index)]));
  }
  return result;
}

/// The places in memory of the elements that share a codebook.
std::vector<std::size_t> elements_of(const RowsOf& rows, std::int64_t row) {
  std::vector<std::size_t> result;
  for (std::int64_t c = 0; c < rows.columns(); ++c) result.push_back(static_cast<std::size_t>(rows.element(row, c)));
  return result;
}

std::vector<float> gather(std::span<const float> all, const std::vector<std::size_t>& elements) {
  std::vector<float> result;
  for (const std::size_t i : elements) result.push_back(all[i]);
  return result;
}

struct Work {
  const WeightForm& form;
  const ClusterOptions& options;
  std::span<const float> before;
  std::span<float> after;
};

Clustered cluster_row(const Work& work, const RowsOf& rows, std::int64_t row) {
  const auto elements = elements_of(rows, row);
  const std::vector<float> weights = gather(work.before, elements);
  const auto all = work.options.kmeans.importance;
  const std::vector<float> importance = all.empty() ? std::vector<float>{} : gather(all, elements);
  KMeansOptions options = work.options.kmeans;
  options.importance = importance;
  options.seed += static_cast<std::uint64_t>(row);
  const KMeans found = kmeans(weights, options);

  std::vector<float> result = centroid_of_each(found);
  if (work.form.grid) {
    const auto& scale = work.form.grid->scale;
    const float own = scale[scale.size() == 1 ? 0 : static_cast<std::size_t>(row)];
    result = on_grid(weights, found, *work.form.grid, own, options.keep_zero);
  }
  Clustered total{.centroids = std::ssize(std::set<float>(result.begin(), result.end()))};
  const bool weighted = std::ranges::any_of(importance, [](float x) { return x > 0; });
  for (std::size_t i = 0; i < elements.size(); ++i) {
    work.after[elements[i]] = result[i];
    const double change = double{result[i]} - weights[i];
    total.inertia += (weighted ? double{importance[i]} : 1.0) * change * change;
  }
  return total;
}

void check(const Value& value, const WeightForm& form, const RowsOf& rows, const ClusterOptions& options) {
  const auto importance = std::ssize(options.kmeans.importance);
  const std::int64_t elements = value.type.shape.elements();
  if (importance != 0 && importance != elements) fail("{} importances for {} weights", importance, elements);
  if (!form.grid) return;
  const auto scales = std::ssize(form.grid->scale);
  if (scales != 1 && scales != RowsOf(value.type.shape.dimensions(), form.axis).rows()) {
    fail("its form has {} scales for {} rows", scales, RowsOf(value.type.shape.dimensions(), form.axis).rows());
  }
  if (scales > rows.rows()) {
    fail("one codebook cannot hold numbers of {} scales; cluster per row, or before quantizing", scales);
  }
}

}  // namespace

Clustered cluster(Graph& graph, ValueId weights, const ClusterOptions& options) {
  Value& value = graph[weights];
  return in_context(fmt::format("'{}'", shortened(value.name)), [&] {
    if (!value.is_constant() || value.type.dtype != DType::float32) fail("only float32 constants can be clustered");
    WeightForm form = value.form.value_or(WeightForm{.axis = options.axis});
    const RowsOf rows = rows_of(value, options.per_row ? form.axis : -1);
    check(value, form, rows, options);
    ClusterOptions settings = options;
    settings.kmeans.keep_zero = options.kmeans.keep_zero || form.sparsity.has_value();

    const auto before = value.values<float>();
    std::vector<float> after(before.size());
    Clustered total;
    for (std::int64_t row = 0; row < rows.rows(); ++row) {
      const Clustered one = cluster_row({form, settings, before, after}, rows, row);
      total.centroids = std::max(total.centroids, one.centroids);
      total.inertia += one.inertia;
    }
    form.codebook = WeightForm::Codebook{.centroids = total.centroids, .per_row = options.per_row};
    value.constant = make_constant(after);
    value.form = std::move(form);
    return total;
  });
}

}  // namespace mirim
