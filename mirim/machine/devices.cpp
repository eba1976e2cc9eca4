#include "mirim/machine/devices.hpp"

#include <string>

#include "mirim/base/error.hpp"
#include "mirim/machine/flash.hpp"

namespace mirim {

namespace {

constexpr std::int64_t KB = 1024;
constexpr std::int64_t MB = 1024 * KB;

// nRF52840 PS 1.7, 5.2.1.1: CoreMark from flash with cache, DC/DC, 3 V: 52 uA/MHz; times 3 V is 156 pJ a cycle.
constexpr double kNrf52840 = 52 * 3.0;

// From the chips' data sheets and reference manuals. RAM is the memory usable for a program's data, then its longest
// contiguous stretch (`+` joins neighbours, `|` is a gap), as in the vendors' linker scripts:
//   nRF52840 PS 1.7, nRF52833 PS 1.5, SAMD21 DS40001882, STM32G071 DS12232, STM32F030 DS9773: one bank
//   RP2040, RP2350: 256 KB, 512 KB, and twice 4 KB that the SDK keeps for the stacks;
//     the flash chip of the Pico, Pico 2
//   Apollo3 Blue 1.0: 64 KB TCM + 320 KB
//   ESP32 4.3 (WROOM-32: 4 MB flash): 320 of its 520 KB are for data; static data end after 160 KB (ESP-IDF, "DRAM")
//   i.MX RT1060 (Teensy 4.1: 8 MB flash): 512 KB tightly coupled, with code in it | 512 KB
//   STM32L432 DS11451: 48 + 16 KB; L4R5 DS12023: 192 + 64 + 384 KB; G474 DS12288: 80 + 16 + 32 KB CCM
//   STM32F446 DS10693: 112 + 16 KB; F407 DS8626: 112 + 16 KB | 64 KB CCM; F767 DS11532: 128 DTCM + 368 + 16 KB
//   STM32H743 DS12110: 512 KB AXI | 128 KB DTCM | 128 + 128 + 32 KB | 64 KB; instruction TCM left out
// Wait states of flash at the highest clock, in the same reference manuals: 5 at 120 MHz (L4R5, range 1, boost), 4 at
// 80 (L432), 4 at 170 (G474, boost), 5 at 180 and 168 (F446, F407, 2.7 to 3.6 V).
constexpr Device devices[] = {
    {"nano33ble", "Arduino Nano 33 BLE Sense", "nRF52840", "Cortex-M4F", "cortex-m4", 256 * KB, 256 * KB, 1 * MB, 64,
     -1, 0, kNrf52840},
    {"nrf52840dk", "Nordic nRF52840 DK", "nRF52840", "Cortex-M4F", "cortex-m4", 256 * KB, 256 * KB, 1 * MB, 64, -1, 0,
     kNrf52840},
    {"microbit_v2", "BBC micro:bit v2", "nRF52833", "Cortex-M4F", "cortex-m4", 128 * KB, 128 * KB, 512 * KB, 64},
    {"nano33iot", "Arduino Nano 33 IoT", "SAMD21G18A", "Cortex-M0+", "cortex-m0plus", 32 * KB, 32 * KB, 256 * KB, 48},
    {"pico", "Raspberry Pi Pico", "RP2040", "Cortex-M0+", "cortex-m0plus", 264 * KB, 256 * KB, 2 * MB, 133},
    {"pico2", "Raspberry Pi Pico 2", "RP2350", "Cortex-M33", "cortex-m33", 520 * KB, 512 * KB, 4 * MB, 150},
    {"sparkfun_edge", "SparkFun Edge", "Apollo3 Blue", "Cortex-M4F", "cortex-m4", 384 * KB, 384 * KB, 1 * MB, 48},
    {"esp32", "ESP32-DevKitC (WROOM-32)", "ESP32", "Xtensa LX6", "xtensa-lx6", 320 * KB, 160 * KB, 4 * MB, 240},
    {"teensy41", "Teensy 4.1", "i.MX RT1062", "Cortex-M7", "cortex-m7", 1 * MB, 512 * KB, 8 * MB, 600},
    {"nucleo_g071rb", "ST Nucleo-G071RB", "STM32G071RB", "Cortex-M0+", "cortex-m0plus", 36 * KB, 36 * KB, 128 * KB, 64},
    {"nucleo_f030r8", "ST Nucleo-F030R8", "STM32F030R8", "Cortex-M0", "cortex-m0", 8 * KB, 8 * KB, 64 * KB, 48},
    {"nucleo_l432kc", "ST Nucleo-L432KC", "STM32L432KC", "Cortex-M4F", "cortex-m4", 64 * KB, 64 * KB, 256 * KB, 80,
     kFlashOfStm32L4, 4},
    {"nucleo_l4r5zi", "ST Nucleo-L4R5ZI", "STM32L4R5ZI", "Cortex-M4F", "cortex-m4", 640 * KB, 640 * KB, 2 * MB, 120,
     kFlashOfStm32L4, 5},
    {"nucleo_f446re", "ST Nucleo-F446RE", "STM32F446RE", "Cortex-M4F", "cortex-m4", 128 * KB, 128 * KB, 512 * KB, 180,
     kFlashOfStm32F4, 5},
    {"discovery_f407", "ST STM32F4 Discovery", "STM32F407VG", "Cortex-M4F", "cortex-m4", 192 * KB, 128 * KB, 1 * MB,
     168, kFlashOfStm32F4, 5},
    {"nucleo_g474re", "ST Nucleo-G474RE", "STM32G474RE", "Cortex-M4F", "cortex-m4", 128 * KB, 128 * KB, 512 * KB, 170,
     kFlashOfStm32L4, 4},
    {"nucleo_f767zi", "ST Nucleo-F767ZI", "STM32F767ZI", "Cortex-M7", "cortex-m7", 512 * KB, 512 * KB, 2 * MB, 216},
    {"nucleo_h743zi", "ST Nucleo-H743ZI", "STM32H743ZI", "Cortex-M7", "cortex-m7", 992 * KB, 512 * KB, 2 * MB, 480},
};

}  // namespace

std::span<const Device> all_devices() { return devices; }

const Device& find_device(std::string_view name) {
  std::string known;
  for (const Device& device : devices) {
    if (device.name == name) return device;
    known += (known.empty() ? "" : ", ") + std::string(device.name);
  }
  fail("'{}' is no device that mirim knows; there are {}", name, known);
}

}  // namespace mirim
