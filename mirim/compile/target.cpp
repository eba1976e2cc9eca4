#include "mirim/compile/target.hpp"

#include "mirim/base/error.hpp"

namespace mirim {

std::span<const Target> all_targets() {
  static const std::vector<Target> targets = {
      // Instructions per inference of MLPerf Tiny's four int8 models in millions (AD, KWS, IC, VWW), and kilobytes of
      // code: -Os 0.52, 8.4, 23.4, 27.2 (1.6 to 9.9); -O2 0.49, 6.3, 20.8, 20.7 (2.1 to 14.1); -O3 0.48, 5.9, 19.7,
      // 19.8 (2.2 to 15.2); -O3 -funroll-loops 0.48, 6.0, 19.7, 19.9 (2.4 to 18.5). The weights are 29 to 271 KB.
      {.name = "cortex-m4",
       .compiler = "arm-none-eabi-g++",
       .packages = "gcc-arm-none-eabi and qemu-system-arm",
       .flags = {"-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16", "-O3", "-std=c++17",
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
