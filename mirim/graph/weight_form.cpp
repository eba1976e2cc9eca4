#include "mirim/graph/weight_form.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <set>

#include "mirim/base/text.hpp"
#include "mirim/graph/graph.hpp"

namespace mirim {
namespace {

using Values = std::span<const float>;

std::string broken_block(const WeightForm::Sparsity& s, const RowsOf& rows, Values values) {
  if (s.block_rows == 1 && s.block_columns == 1) return "";
  std::int64_t mixed = 0;
  for (std::int64_t r = 0; r < rows.rows(); r += s.block_rows) {
    for (std::int64_t c = 0; c < rows.columns(); c += s.block_columns) {
      std::int64_t zeros = 0, all = 0;
      for (std::int64_t i = r; i < std::min(r + s.block_rows, rows.rows()); ++i) {
        for (std::int64_t j = c; j < std::min(c + s.block_columns, rows.columns()); ++j, ++all) {
          zeros += values[static_cast<std::size_t>(rows.element(i, j))] == 0 ? 1 : 0;
        }
      }
      // A weight of a kept block may be 0 by chance; a block with more zeros than numbers was not kept as one.
      mixed += zeros > all / 2 && zeros < all ? 1 : 0;
    }
  }
  if (mixed == 0) return "";
  return fmt::format("has {} blocks of {}x{} with zeros and other numbers", mixed, s.block_rows, s.block_columns);
}

std::string broken_pattern(const WeightForm::Sparsity& s, const RowsOf& rows, Values values) {
  for (std::int64_t r = 0; s.keep > 0 && r < rows.rows(); ++r) {
    for (std::int64_t c = 0; c < rows.columns(); c += s.of) {
      std::int64_t kept = 0;
      for (std::int64_t j = c; j < std::min(c + s.of, rows.columns()); ++j) {
        kept += values[static_cast<std::size_t>(rows.element(r, j))] != 0 ? 1 : 0;
      }
      if (kept > s.keep) return fmt::format("has {} numbers among {} neighbours, its form says {}", kept, s.of, s.keep);
    }
  }
  return "";
}

std::string broken(const WeightForm::Sparsity& s, const RowsOf& rows, Values values) {
  if (std::ranges::find(values, 0.0F) == values.end()) return "has no zeros, its form says that it was pruned";
  const std::string block = broken_block(s, rows, values);
  return block.empty() ? broken_pattern(s, rows, values) : block;
}

std::string broken(const WeightForm::Codebook& book, const RowsOf& rows, Values values) {
  for (std::int64_t r = 0; r < (book.per_row ? rows.rows() : 1); ++r) {
    std::set<float> different;
    if (book.per_row) {
      for (std::int64_t c = 0; c < rows.columns(); ++c) {
        different.insert(values[static_cast<std::size_t>(rows.element(r, c))]);
      }
    } else {
      different.insert(values.begin(), values.end());
    }
    const auto count = static_cast<std::int64_t>(different.size());
    if (count > book.centroids) {
      return fmt::format("has {} different values{}, its form says at most {}", count, book.per_row ? " in a row" : "",
                         book.centroids);
    }
  }
  return "";
}

/// The numbers that a form speaks of: floats, or the integers of int8 weights; none of another constant.
std::vector<float> numbers_of(const Value& value) {
  std::vector<float> numbers;
  if (!value.is_constant()) return numbers;
  const auto take = [&](auto values) { numbers.assign(values.begin(), values.end()); };
  if (value.type.dtype == DType::float32) take(value.values<float>());
  if (value.type.dtype == DType::int8) take(value.values<std::int8_t>());
  return numbers;
}

std::string broken(const WeightForm::Grid& grid, const RowsOf& rows, Values values) {
  const auto scales = static_cast<std::int64_t>(grid.scale.size());
  if (scales < 1) return "has a grid without a scale";
  if (scales != 1 && scales != rows.rows()) {
    return fmt::format("has {} rows, its form {} scales", rows.rows(), scales);
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto row = scales == 1 ? 0 : static_cast<std::size_t>(rows.row(static_cast<std::int64_t>(i)));
    const float steps = values[i] / grid.scale[row];
    const float nearest = std::round(steps);
    constexpr float kRounding = 1e-4F;  // of a product of two floats, divided again
    const bool on_grid = std::fabs(steps - nearest) <= kRounding * std::max(1.0F, std::fabs(steps)) &&
                         nearest >= static_cast<float>(grid.least) && nearest <= static_cast<float>(grid.most) &&
                         (grid.has_zero || nearest != 0);
    if (!on_grid) {
      return fmt::format("holds {}, which is no number of the {}-bit grid that its form says", values[i],
                         bits_of(grid));
    }
  }
  return "";
}

}  // namespace

RowsOf::RowsOf(const std::vector<std::int64_t>& dimensions, int axis) {
  std::int64_t elements = 1;
  for (const std::int64_t d : dimensions) elements *= d;
  if (axis >= 0 && axis < static_cast<int>(dimensions.size())) {
    rows_ = std::max<std::int64_t>(1, dimensions[static_cast<std::size_t>(axis)]);
    for (std::size_t i = static_cast<std::size_t>(axis) + 1; i < dimensions.size(); ++i) inner_ *= dimensions[i];
  } else {
    inner_ = elements;
  }
  inner_ = std::max<std::int64_t>(1, inner_);
  columns_ = elements / rows_;
}

RowsOf rows_of(const Value& value, int axis) { return {value.type.shape.dimensions(), axis}; }

WeightForm::Grid grid_of_bits(int bits) {
  assert(bits >= 2 && bits <= 8);
  const std::int32_t most = (1 << (bits - 1)) - 1;
  return {.least = bits == 2 ? -2 : -most, .most = most};
}

int bits_of(const WeightForm::Grid& grid) {
  const auto levels = static_cast<unsigned>(grid.most - grid.least + (grid.has_zero ? 1 : 0));
  return static_cast<int>(std::bit_width(levels - 1));
}

std::int32_t int8_factor(const WeightForm::Grid& grid) {
  const std::int32_t reach = std::max(-grid.least, grid.most);
  std::int32_t factor = 1;
  while (2 * factor * reach <= 127) factor *= 2;
  return factor;
}

std::vector<std::string> drop_broken_parts(Value& value) {
  std::vector<std::string> lines;
  if (!value.form) return lines;
  const std::vector<float> numbers = numbers_of(value);
  if (numbers.empty()) {
    value.form.reset();
    return lines;
  }
  const RowsOf rows = rows_of(value, value.form->axis);
  const Values values(numbers);
  const auto check = [&](auto& part) {
    if (!part) return;
    const std::string why = broken(*part, rows, values);
    if (why.empty()) return;
    lines.push_back(fmt::format("'{}': {}; that part of its form is dropped", shortened(value.name), why));
    part.reset();
  };
  check(value.form->sparsity);
  check(value.form->codebook);
  check(value.form->grid);
  if (value.form->empty()) value.form.reset();
  return lines;
}

void scale_rows(WeightForm& form, std::span<const float> factors) {
  if (form.codebook && !form.codebook->per_row) form.codebook.reset();
  if (!form.grid) return;
  WeightForm::Grid& grid = *form.grid;
  const bool flips = std::ranges::any_of(factors, [](float f) { return f < 0; });
  const bool vanishes = std::ranges::find(factors, 0.0F) != factors.end();
  if (grid.scale.size() == 1) grid.scale.resize(factors.size(), grid.scale[0]);
  if (grid.scale.size() != factors.size() || vanishes || (flips && grid.least != -grid.most)) {
    form.grid.reset();
    return;
  }
  for (std::size_t r = 0; r < factors.size(); ++r) grid.scale[r] *= std::fabs(factors[r]);
}

std::string to_string(const WeightForm& form) {
  std::vector<std::string> parts;
  if (form.sparsity) {
    const auto& s = *form.sparsity;
    if (s.keep > 0) {
      parts.push_back(fmt::format("{} of {}", s.keep, s.of));
    } else if (s.block_rows != 1 || s.block_columns != 1) {
      parts.push_back(fmt::format("pruned in blocks of {}x{}", s.block_rows, s.block_columns));
    } else {
      parts.emplace_back("pruned");
    }
  }
  if (form.codebook) {
    parts.push_back(fmt::format("{} centroids{}", form.codebook->centroids, form.codebook->per_row ? " a row" : ""));
  }
  if (form.grid) {
    const bool ternary = form.grid->least == -1 && form.grid->most == 1;
    const int bits = bits_of(*form.grid);
    parts.push_back(!form.grid->has_zero ? "binary" : ternary ? "ternary" : fmt::format("{} bits", bits));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace mirim
