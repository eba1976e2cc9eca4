// Any bytes given to the reader of .tflite: broken in one line each, or a model that can be shown, and written to bytes
// which read as the same. Operators that a sound one has can be counted and lowered, or say why not.

#include <cstdint>
#include <cstdlib>
#include <span>

#include "fuzz/mutate_tflite.hpp"
#include "fuzz/sound.hpp"
#include "mirim/formats/tflite.hpp"
#include "mirim/graph/text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const mirim::TfliteFile file = mirim::examine_tflite(std::as_bytes(std::span(data, size)));
  if (!file.findings.problems.empty()) return 0;
  for (const mirim::Graph& graph : file.model.graphs) {
    ask_everything(graph);
    if (mirim::to_text(graph, {.constants = false}).empty()) std::abort();
  }
  const mirim::Bytes once = mirim::write_tflite(file.model);
  if (mirim::write_tflite(mirim::read_tflite(once)) != once) std::abort();
  return 0;
}
