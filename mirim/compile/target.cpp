#include "mirim/compile/target.hpp"

#include "mirim/base/error.hpp"

namespace mirim {

std::span<const Target> all_targets() {
  static const std::vector<Target> targets = {
      // Instructions per inference of MLPerf Tiny's four models in millions (AD, KWS, IC, VWW), and kilobytes of code:
      // -Os 2.2, 57.9, 214, 154 (1.0 to 5.3); -O2 1.7, 31.2, 92.9, 81.3 (1.4 to 6.7); -O3 1.7, 23.7, 77.4, 67.9 (1.4 to
      // 10.9); -O3 -funroll-loops 1.25, 19.3, 61.1, 56.6 (3.6 to 15.4). The weights are 29 to 271 KB.
      {.name = "cortex-m4",
       .compiler = "arm-none-eabi-g++",
       .packages = "gcc-arm-none-eabi and qemu-system-arm",
       .flags = {"-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16", "-O3", "-funroll-loops",
                 "-std=c++17", "-ffreestanding", "-fno-exceptions", "-fno-rtti", "-ffunction-sections",
                 "-fdata-sections", "-ffp-contract=off"},
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
