// Any bytes given to the parser of the graph's text: an Error, or a graph whose text parses to itself.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "fuzz/sound.hpp"
#include "mirim/base/error.hpp"
#include "mirim/graph/text.hpp"
#include "mirim/ops/all.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  mirim::Graph graph;
  try {
    graph = mirim::parse_graph(text, mirim::all_operators());
  } catch (const mirim::Error&) {
    return 0;
  }
  const std::string once = mirim::to_text(graph);
  if (mirim::to_text(mirim::parse_graph(once, mirim::all_operators())) != once) std::abort();
  ask_everything(graph);
  return 0;
}
