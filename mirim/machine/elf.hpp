#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/base/bytes.hpp"

namespace mirim {

/// Sections and symbols of a linked 32-bit little-endian image (ELF, "System V Application Binary Interface", chapter
/// 4). Sizes in bytes.
struct ElfImage {
  struct Section {
    std::string name;
    std::int64_t address = 0;
    std::int64_t size = 0;
  };
  struct Symbol {
    std::string name;
    std::int64_t address = 0;  ///< of a Thumb function with bit 0 cleared
    std::int64_t size = 0;
  };
  std::vector<Section> sections;
  std::vector<Symbol> symbols;

  /// Size of the section, 0 when there is none of that name.
  std::int64_t section_size(std::string_view name) const;
  /// The symbol of that name, or null.
  const Symbol* find(std::string_view name) const;
};

/// Throws Error if the bytes are no such image.
ElfImage read_elf(BytesView file);

}  // namespace mirim
