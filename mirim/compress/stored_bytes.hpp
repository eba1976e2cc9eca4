#pragma once

#include <cstdint>
#include <vector>

#include "mirim/compress/encoding.hpp"
#include "mirim/graph/graph.hpp"

namespace mirim {

/// A constant of a graph as small as it can be stored, with all that its quantization adds: 4 bytes a scale.
struct StoredConstant {
  ValueId value = kNoValue;
  int node = -1;  ///< the first that reads it
  Stored stored{};
};

/// Every constant that a node of the graph reads, once; in the order in which they are read. Slow for large models:
/// each offer is tried.
std::vector<StoredConstant> stored_constants(const Graph& graph);

/// Their sum.
std::int64_t stored_bytes(const Graph& graph);

}  // namespace mirim
