#include "mirim/compress/tucker.hpp"

#include <cassert>
#include <utility>

namespace mirim {
namespace {

Matrix matrix(std::int64_t rows, std::int64_t columns, std::vector<double> values) {
  Matrix result;
  result.rows = rows;
  result.columns = columns;
  result.values = std::move(values);
  return result;
}

/// result[o, k, q] = sum over c of kernel[o, k, c] * basis[c, q]
Kernel project_channels(const Kernel& kernel, const Matrix& basis) {
  Matrix result = product(matrix(kernel.outputs * kernel.places, kernel.channels, kernel.values), basis);
  return {kernel.outputs, kernel.places, basis.columns, std::move(result.values)};
}

/// result[p, k, c] = sum over o of basis[o, p] * kernel[o, k, c]
Kernel project_outputs(const Kernel& kernel, const Matrix& basis) {
  Matrix result = product(transposed(basis), by_output(kernel));
  return {basis.columns, kernel.places, kernel.channels, std::move(result.values)};
}

Matrix leading(const Matrix& a, std::int64_t rank) { return first_columns(left_svd(a).basis, rank); }

}  // namespace

Matrix by_output(const Kernel& kernel) {
  return matrix(kernel.outputs, kernel.places * kernel.channels, kernel.values);
}

Matrix by_channel(const Kernel& kernel) {
  return transposed(matrix(kernel.outputs * kernel.places, kernel.channels, kernel.values));
}

Tucker2 tucker2(const Kernel& kernel, std::int64_t rank, std::int64_t rank_in, int sweeps) {
  assert(rank >= 1 && rank <= kernel.outputs && rank_in >= 1 && rank_in <= kernel.channels);
  Tucker2 t{.outputs = leading(by_output(kernel), rank), .channels = leading(by_channel(kernel), rank_in)};
  for (int sweep = 0; sweep < sweeps; ++sweep) {
    t.outputs = leading(by_output(project_channels(kernel, t.channels)), rank);
    t.channels = leading(by_channel(project_outputs(kernel, t.outputs)), rank_in);
  }
  t.core = project_channels(project_outputs(kernel, t.outputs), t.channels);
  return t;
}

}  // namespace mirim
