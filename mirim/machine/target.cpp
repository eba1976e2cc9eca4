#include "mirim/machine/target.hpp"

#include "mirim/base/error.hpp"
#include "mirim/machine/devices.hpp"

namespace mirim {

namespace {

constexpr const char* kArmCompiler = "arm-none-eabi-g++";
constexpr const char* kArmPackages = "gcc-arm-none-eabi and qemu-system-arm";
constexpr const char* kDefault = "cortex-m4";

// The folder of runner parts for every Cortex-M on QEMU's MPS2 boards.
constexpr const char* kMps2 = "mps2";

std::vector<std::string> flags(std::vector<std::string> core) {
  core.insert(core.end(), {"-O3", "-std=c++14", "-ffreestanding", "-fno-exceptions", "-fno-rtti", "-ffunction-sections",
                           "-fdata-sections", "-ffp-contract=off"});
  return core;
}

}  // namespace

std::span<const Target> all_targets() {
  static const std::vector<Target> targets = {
      // Instructions per inference of MLPerf Tiny's four int8 models in millions (AD, KWS, IC, VWW), and kilobytes of
      // code: -Os 0.52, 8.4, 23.4, 27.2 (1.6 to 9.9); -O2 0.49, 6.3, 20.8, 20.7 (2.1 to 14.1); -O3 0.48, 5.9, 19.7,
      // 19.8 (2.2 to 15.2); -O3 -funroll-loops 0.48, 6.0, 19.7, 19.9 (2.4 to 18.5). The weights are 29 to 271 KB.
      {.name = "cortex-m4",
       .core = "Cortex-M4F",
       .compiler = kArmCompiler,
       .packages = kArmPackages,
       .flags = flags({"-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"}),
       .parts = kMps2,
       .machine = "mps2-an386",
       .dsp = true},
      // The Cortex-M3 has all instructions of the M0 and the M0+.
      {.name = "cortex-m0",
       .core = "Cortex-M0",
       .compiler = kArmCompiler,
       .packages = kArmPackages,
       .flags = flags({"-mcpu=cortex-m0", "-mthumb"}),
       .parts = kMps2,
       .machine = "mps2-an385"},
      {.name = "cortex-m0plus",
       .core = "Cortex-M0+",
       .compiler = kArmCompiler,
       .packages = kArmPackages,
       .flags = flags({"-mcpu=cortex-m0plus", "-mthumb"}),
       .parts = kMps2,
       .machine = "mps2-an385"},
      {.name = "cortex-m3",
       .core = "Cortex-M3",
       .compiler = kArmCompiler,
       .packages = kArmPackages,
       .flags = flags({"-mcpu=cortex-m3", "-mthumb"}),
       .parts = kMps2,
       .machine = "mps2-an385"},
      {.name = "cortex-m7",
       .core = "Cortex-M7",
       .compiler = kArmCompiler,
       .packages = kArmPackages,
       .flags = flags({"-mcpu=cortex-m7", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv5-sp-d16"}),
       .parts = kMps2,
       .machine = "mps2-an500",
       .dsp = true},
      // The Cortex-M7 has all instructions of the M33 except those for security, which no model uses.
      {.name = "cortex-m33",
       .core = "Cortex-M33",
       .compiler = kArmCompiler,
       .packages = kArmPackages,
       .flags = flags({"-mcpu=cortex-m33", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv5-sp-d16"}),
       .parts = kMps2,
       .machine = "mps2-an500",
       .dsp = true},
      {.name = "xtensa-lx6",
       .core = "Xtensa LX6",
       .compiler = "xtensa-esp32-elf-g++",
       .packages = "",
       .flags = flags({"-mlongcalls"}),
       .parts = "",
       .machine = ""},
      {.name = "host",
       .core = "",
       .compiler = "g++",
       .packages = "g++",
       .flags = {"-O2", "-std=c++14", "-fno-exceptions", "-fno-rtti", "-ffp-contract=off"},
       .parts = "host",
       .machine = ""},
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

const Target& choose_target(std::string_view name, std::string_view device_name) {
  if (device_name.empty()) return find_target(name.empty() ? kDefault : name);
  const Device& device = find_device(device_name);
  if (name.empty()) return find_target(device.target);
  const Target& target = find_target(name);
  if (target.is_host() || target.name == device.target) return target;
  fail("{} is a {}, whose target is {}: leave out the target {}, or choose another device", device.title, device.core,
       device.target, name);
}

}  // namespace mirim
