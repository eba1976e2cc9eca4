// Any bytes given to the reader of .tflite: an Error, or a sound model that is written to bytes which read as the same.

#include <cstdint>
#include <cstdlib>
#include <span>

#include "fuzz/sound.hpp"
#include "mirim/base/error.hpp"
#include "mirim/formats/tflite.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mirim::Model model;
  try {
    model = mirim::read_tflite(std::as_bytes(std::span(data, size)));
  } catch (const mirim::Error&) {
    return 0;
  }
  for (const mirim::Graph& graph : model.graphs) ask_everything(graph);
  const mirim::Bytes once = mirim::write_tflite(model);
  if (mirim::write_tflite(mirim::read_tflite(once)) != once) std::abort();
  return 0;
}
