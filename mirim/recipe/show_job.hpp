#pragma once

#include <string>
#include <vector>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// The graphs in their text form, after comments with the description, signatures and metadata. The elements of
/// constants are printed only if asked for; such text can be parsed again (`parse_graph`).
std::string show_text(const Model& model, bool constants);

/// {"description", "graphs": [{"name", "inputs", "outputs", "parameters", "nodes": [...], "text"}], "signatures",
/// "metadata", "warnings"}.
std::string show_json(const Model& model, bool constants, const std::vector<std::string>& warnings);

}  // namespace mirim
