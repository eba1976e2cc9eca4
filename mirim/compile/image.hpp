#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "mirim/compile/firmware.hpp"
#include "mirim/machine/elf.hpp"

namespace mirim {

/// The model's use of a microcontroller's memory, in bytes, read from the linked image. The runner's own parts
/// (start-up code, main, semihosting) are counted separately: a real firmware has its own.
struct ImageSizes {
  std::int64_t code = 0;        ///< flash: instructions, parameter tables and padding
  std::int64_t constants = 0;   ///< flash: weights, biases, multipliers and tables
  std::int64_t static_ram = 0;  ///< .data and .bss: the arena and whatever else is static
  std::int64_t runner = 0;      ///< flash of the runner's parts

  std::int64_t flash() const { return code + constants; }
  bool operator==(const ImageSizes&) const = default;
};

/// A linked program in the caller's temporary folder.
struct Image {
  std::filesystem::path program;
  ElfImage elf{};      ///< empty for the host
  ImageSizes sizes{};  ///< zero for the host
};

struct BuildOptions {
  std::vector<std::string> flags{};  ///< for the model's source, after the target's own
  bool clang = false;                ///< it is compiled by Debian's Clang, all else by the target's GCC
  bool learn = false;                ///< each sample is learnt from (NAME_learn), and what was learnt is an answer too
  bool debug = false;                ///< the image maps instructions to source lines; the code is the same
};

/// Whether the firmware's compiler is installed; if not, code sizes are estimates and nothing can be run.
bool can_build(const Firmware& firmware);

/// Builds the folder's sources with the runner's parts for its board in `build_folder`. Throws Error if the compiler is
/// missing (and names Debian's packages) or reports errors.
Image build_image(const std::filesystem::path& folder, const Firmware& firmware,
                  const std::filesystem::path& build_folder, const BuildOptions& options = {});

}  // namespace mirim
