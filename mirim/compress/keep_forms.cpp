#include "mirim/compress/keep_forms.hpp"

#include <algorithm>

#include "mirim/exec/parameters.hpp"

namespace mirim {

std::vector<std::shared_ptr<Parametrisation>> steps_that_keep(const Value& value) {
  std::vector<std::shared_ptr<Parametrisation>> steps;
  if (!value.form || !value.is_constant() || value.type.dtype != DType::float32) return steps;
  const WeightForm& form = *value.form;
  const auto values = value.values<float>();
  const RowsOf rows = rows_of(value, form.axis);
  if (form.sparsity) {
    auto step = std::make_shared<MaskStep>(values.size());
    std::vector<float> mask;
    for (const float v : values) mask.push_back(v == 0 ? 0.0F : 1.0F);
    step->set_mask(std::move(mask));
    steps.push_back(std::move(step));
  }
  if (form.codebook) {
    steps.push_back(
        std::make_shared<CodebookStep>(clusters_of(values, rows, form.codebook->per_row, form.sparsity.has_value())));
  }
  if (form.grid) {
    steps.push_back(std::make_shared<GridStep>(*form.grid, rows, GridStep::Scale::fixed, values));
  }
  return steps;
}

Parametrisations steps_that_keep_forms(const Graph& graph) {
  Parametrisations all;
  for (const Parameter& parameter : trainable_parameters(graph)) {
    auto steps = steps_that_keep(graph[parameter.value]);
    if (!steps.empty()) all.emplace(parameter.value, std::move(steps));
  }
  return all;
}

double zeros_in(const Value& value) {
  const auto values = value.values<float>();
  if (values.empty()) return 0;
  return static_cast<double>(std::ranges::count(values, 0.0F)) / static_cast<double>(values.size());
}

}  // namespace mirim
