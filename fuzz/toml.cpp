// Any bytes given to the reader of models in TOML: an Error, or a graph that verifies.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "fuzz/sound.hpp"
#include "mirim/base/error.hpp"
#include "mirim/zoo/toml.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const mirim::Graph graph =
        mirim::parse_model(std::string_view(reinterpret_cast<const char*>(data), size), "model.toml");
    if (!mirim::verify(graph).empty()) std::abort();
    ask_everything(graph);
  } catch (const mirim::Error&) {
    return 0;
  }
  return 0;
}
