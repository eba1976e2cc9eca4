#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "mirim/compile/firmware.hpp"
#include "mirim/data/dataset.hpp"
#include "mirim/graph/graph.hpp"
#include "mirim/recipe/arrays.hpp"

namespace mirim {

/// Runs the main graph on one array for each of its inputs (`read_arrays`): once, or as many times in sequence as they
/// hold runs; recurrent state is kept between them. The outputs have the same runs.
Arrays run_graph(const Model& model, const Arrays& inputs);

/// The first `count` samples in the firmware's form, one after the other. Throws Error if they do not fit.
Bytes firmware_samples(const Firmware& firmware, const Subset& data, std::int64_t count);

/// The runs in these arrays (`read_arrays`) in the firmware's form.
Bytes firmware_samples(const Firmware& firmware, const Arrays& inputs);

/// A firmware's answers as one array per output.
Arrays firmware_answers(const Firmware& firmware, BytesView answers, std::optional<std::int64_t> runs);

/// The graph's answers to these samples on the host, in the firmware's order of bytes. Throws Error if the firmware was
/// made from another graph (other inputs or outputs).
Bytes host_answers(const Graph& graph, const Firmware& firmware, BytesView samples);

/// Comparison of a firmware's answers with the host's.
struct AnswerComparison {
  std::int64_t identical = 0;  ///< samples with exactly the same bytes
  std::int64_t close = 0;      ///< samples with all outputs within their `Limit`, the identical ones included
  double largest = 0;          ///< the largest difference, in reals
  std::string output{};        ///< the output that has it
};
AnswerComparison compare_answers(const Graph& graph, const Firmware& firmware, BytesView board, BytesView host);

}  // namespace mirim
