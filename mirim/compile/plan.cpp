#include "mirim/compile/plan.hpp"

namespace mirim {

std::string buffer_name(const Plan& plan, const Buffer& buffer) {
  if (plan.ready >= 0 && &buffer == &plan.buffers[static_cast<std::size_t>(plan.ready)])
    return "whether the state is set";
  if (buffer.values.empty()) return "scratch";
  std::string name;
  for (const ValueId id : buffer.values) name += (name.empty() ? "" : ", ") + plan.graph[id].name;
  return name;
}

}  // namespace mirim
