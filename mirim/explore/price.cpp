#include "mirim/explore/price.hpp"

#include "mirim/base/error.hpp"
#include "mirim/compile/cost.hpp"
#include "mirim/compress/stored_bytes.hpp"

namespace mirim {

Price price_of(const Graph& graph, const std::string& target) {
  const ModelCost found = cost(graph, {.target = target});
  if (!found.memory) fail("the compressed model cannot be compiled: {}", found.not_deployable);
  return {.flash = found.memory->flash_bytes(),
          .stored = stored_bytes(graph),
          .ram = found.memory->ram_bytes(),
          .arena = found.memory->arena_bytes,
          .macs = found.macs};
}

}  // namespace mirim
