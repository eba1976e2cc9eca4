#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "mirim/graph/graph.hpp"
#include "mirim/offers/offer.hpp"

namespace mirim {

/// The rows of an input under one output row.
struct RowReads {
  int input = 0;             ///< of the node's inputs
  std::int32_t span = 1;     ///< from the first row to the last, 1 and more
  std::int32_t stride = 1;   ///< rows from one output row to the next; 0: all rows are read each time
  std::int32_t before = 0;   ///< rows of padding above the first
  std::int32_t after = 0;    ///< and below the last
  std::uint8_t padding = 0;  ///< every byte of them
  bool taken = false;        ///< the result has no rows: it is made of all rows of the input, taken as they come
};

/// Whether a node can be computed some rows at a time, and what each of them reads: convolutions and pools of one image
/// [1,H,W,C], operators on elements whose rows are whole words, and those of `offer_taken_rows`. None for any other
/// node.
std::optional<std::vector<RowReads>> reads_by_rows(const Graph& graph, const Node& node);

/// Whether these are of a node that takes rows as they come.
inline bool takes_rows(const std::vector<RowReads>& reads) { return !reads.empty() && reads[0].taken; }

/// The kernel that the target offers for the least cycles to make `rows` rows of the node's output, or to take as many
/// of its input. Its input begins at the first row that is read and has its padding above and below in it. The node
/// must be one that `reads_by_rows` takes (assert).
Choice choose_kernel_for_rows(const Graph& graph, int node, std::int32_t rows, const Target& target, Optimize optimize);

}  // namespace mirim
