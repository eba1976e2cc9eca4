#pragma once

#include <cstdint>
#include <vector>

#include "mirim/compile/firmware.hpp"
#include "mirim/data/dataset.hpp"
#include "mirim/graph/graph.hpp"

namespace mirim {

/// Runs the graph on arrays, one for each of its inputs, of its types. With an extra first axis of N on all of them it
/// runs N times in sequence (recurrent state is kept from one to the next) and the outputs get that axis too. Throws
/// Error when an array does not fit its input.
std::vector<Tensor> run_graph(const Graph& graph, const std::vector<Tensor>& inputs);

/// The first `count` samples as the firmware takes them, one after the other. Throws Error when they do not fit.
Bytes firmware_samples(const Firmware& firmware, const Subset& data, std::int64_t count);

/// The runs in these arrays as the firmware takes them. Throws Error when they do not fit.
Bytes firmware_samples(const Firmware& firmware, const std::vector<Tensor>& inputs);

/// What the graph answers to these samples on the host, in the firmware's order of bytes. Throws Error when the graph
/// is not the one that the firmware was made of (other inputs or outputs).
Bytes host_answers(const Graph& graph, const Firmware& firmware, BytesView samples);

/// How many of the answers are byte for byte the same.
std::int64_t equal_answers(const Firmware& firmware, BytesView a, BytesView b);

}  // namespace mirim
