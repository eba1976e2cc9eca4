#include "mirim/machine/elf.hpp"

#include <algorithm>
#include <cstring>

#include "mirim/base/error.hpp"

namespace mirim {

namespace {

class Reader {
 public:
  explicit Reader(BytesView file) : file_(file) {}

  template <class T>
  T at(std::size_t offset) const {
    T value;
    if (offset > file_.size() || file_.size() - offset < sizeof value) fail("the linked image is cut short");
    std::memcpy(&value, file_.data() + offset, sizeof value);
    return value;
  }
  std::uint32_t word(std::size_t offset) const { return at<std::uint32_t>(offset); }

  std::string text(std::size_t offset) const {
    std::string result;
    for (char c; (c = at<char>(offset)) != '\0'; ++offset) result += c;
    return result;
  }

 private:
  BytesView file_;
};

constexpr std::size_t kSectionHeaderBytes = 40;
constexpr std::size_t kSymbolBytes = 16;
constexpr std::uint32_t kSymbolTable = 2;
constexpr std::uint32_t kAllocated = 2;
constexpr int kFunction = 2;

}  // namespace

std::int64_t ElfImage::section_size(std::string_view name) const {
  for (const Section& section : sections) {
    if (section.name == name) return section.size;
  }
  return 0;
}

const ElfImage::Symbol* ElfImage::find(std::string_view name) const {
  const auto it = std::find_if(symbols.begin(), symbols.end(), [&](const Symbol& s) { return s.name == name; });
  return it == symbols.end() ? nullptr : &*it;
}

ElfImage read_elf(BytesView file) {
  const Reader in(file);
  constexpr std::uint32_t magic = 0x464C457F;
  if (in.word(0) != magic || in.at<std::uint8_t>(4) != 1 || in.at<std::uint8_t>(5) != 1) {
    fail("the linked image is not a 32-bit little-endian ELF file");
  }
  const std::size_t headers = in.word(32);
  const auto count = in.at<std::uint16_t>(48);
  const auto header = [&](std::size_t index) { return headers + index * kSectionHeaderBytes; };
  const std::size_t names = in.word(header(in.at<std::uint16_t>(50)) + 16);

  ElfImage image;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t h = header(i);
    if (in.word(h + 8) & kAllocated)
      image.sections.push_back({in.text(names + in.word(h)), in.word(h + 12), in.word(h + 20)});
    if (in.word(h + 4) != kSymbolTable) continue;
    const std::size_t begin = in.word(h + 16), size = in.word(h + 20);
    const std::size_t strings = in.word(header(in.word(h + 24)) + 16);
    for (std::size_t s = begin; s + kSymbolBytes <= begin + size; s += kSymbolBytes) {
      const bool function = (in.at<std::uint8_t>(s + 12) & 0xF) == kFunction;
      const std::int64_t address = in.word(s + 4);
      image.symbols.push_back(
          {in.text(strings + in.word(s)), function ? address & ~std::int64_t{1} : address, in.word(s + 8)});
    }
  }
  return image;
}

}  // namespace mirim
