#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "mirim/graph/op.hpp"

/// What UNIDIRECTIONAL_SEQUENCE_LSTM, GRU and UNIDIRECTIONAL_SEQUENCE_RNN have in common.
namespace mirim {

/// Their operands by number: the weights of x, one for each gate, from `weights` on; those of the last output from
/// `recurrent` on; vectors of one number a unit from `vectors` on, the gates' biases from `bias` on; the state from
/// `state` on, the last output first.
struct RecurrentOperands {
  int weights, recurrent, vectors, bias, vectors_end, state, state_end, count;
  bool time_major;
  bool last_only;  ///< the output is [batches, units]
};

/// Nothing for any other operator.
std::optional<RecurrentOperands> recurrent_operands(const Op& op);

/// Its input and output become [batches, steps, ...], or the other way round. The operator must be one of them
/// (assert).
void set_time_major(Op& op, bool time_major);

/// Interleaves the rows of `gates` matrices [units, columns] to [units, gates, columns]: the row of gate g of unit u.
template <class T>
std::vector<T> rows_by_unit(Types in, int first, int gates, std::int64_t units, std::int64_t columns) {
  std::vector<T> rows;
  rows.reserve(static_cast<std::size_t>(gates) * in[first].template values<T>().size());
  for (std::int64_t u = 0; u < units; ++u) {
    for (int g = 0; g < gates; ++g) {
      const auto matrix = in[first + g].template values<T>();
      const auto row = matrix.begin() + u * columns;
      rows.insert(rows.end(), row, row + columns);
    }
  }
  return rows;
}

}  // namespace mirim
