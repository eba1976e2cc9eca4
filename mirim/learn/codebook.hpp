#pragma once

#include <cstdint>
#include <string_view>

#include "mirim/learn/rows.hpp"

namespace mirim {

/// The constants of a codebook layer (mirim/zoo/layers/codebook.hpp).
struct Codebook {
  ValueId input = kNoValue;
  ValueId vectors = kNoValue;  ///< [units, features]
  ValueId offsets = kNoValue;  ///< [units]
  std::int64_t units = 0;
  std::int64_t features = 0;
};

/// The first layer of this kind. Throws Error, with the rule's name, if there is none.
Codebook codebook_layer(const Graph& graph, std::string_view rule);

/// Sets the vectors, and the offsets that make the nearest one win.
void set_codebook(Graph& graph, const Codebook& layer, const Rows& vectors);

}  // namespace mirim
