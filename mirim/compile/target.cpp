#include "mirim/compile/target.hpp"

#include "mirim/base/error.hpp"

namespace mirim {

std::span<const Target> all_targets() {
  static const std::vector<Target> targets = {
      {.name = "cortex-m4",
       .compiler = "arm-none-eabi-g++",
       .packages = "gcc-arm-none-eabi and qemu-system-arm",
       .flags = {"-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16", "-O2", "-std=c++17",
                 "-ffreestanding", "-fno-exceptions", "-fno-rtti", "-ffunction-sections", "-fdata-sections",
                 "-ffp-contract=off"},
       .board = "mps2_an386"},
      {.name = "host",
       .compiler = "g++",
       .packages = "g++",
       .flags = {"-O2", "-std=c++17", "-fno-exceptions", "-fno-rtti", "-ffp-contract=off"},
       .board = "host"},
  };
  return targets;
}

const Target& find_target(std::string_view name) {
  std::string known;
  for (const Target& target : all_targets()) {
    if (target.name == name) return target;
    known += (known.empty() ? "" : ", ") + std::string(target.name);
  }
  fail("'{}' is no target; there are {}", name, known);
}

}  // namespace mirim
