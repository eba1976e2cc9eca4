#include "mirim/formats/zip.hpp"

#include <zlib.h>

#include <algorithm>
#include <optional>

#include "mirim/base/error.hpp"
#include "mirim/base/text.hpp"

// APPNOTE.TXT, .ZIP File Format Specification, 4.3: local headers, each followed by its content, the central directory,
// and its end record. Numbers are little-endian.
namespace mirim {
namespace {

constexpr std::size_t kLocalBytes = 30, kCentralBytes = 46, kEndBytes = 22;
constexpr std::uint32_t kLocal = 0x04034b50, kCentral = 0x02014b50, kEnd = 0x06054b50;
constexpr std::size_t kMostBytes = std::size_t{64} << 20;
constexpr std::uint16_t kStored = 0, kDeflated = 8;
constexpr std::uint16_t kVersion = 20;
constexpr std::uint16_t kFirstDay = (1 << 5) | 1;  // 1 January 1980: no time stamp, so equal files give equal bytes

std::uint32_t number(BytesView bytes, std::size_t at, int count) {
  std::uint32_t value = 0;
  for (int i = count; i-- > 0;) value = value << 8 | std::to_integer<std::uint32_t>(bytes[at + std::size_t(i)]);
  return value;
}

BytesView part(BytesView bytes, std::size_t at, std::size_t count) {
  if (at > bytes.size() || count > bytes.size() - at) fail("an offset in it points outside");
  return bytes.subspan(at, count);
}

/// The end record is last, except for a comment of known length.
std::optional<std::size_t> find_end(BytesView file) {
  constexpr std::size_t kLongestComment = 0xffff;
  for (std::size_t comment = 0; comment <= kLongestComment && kEndBytes + comment <= file.size(); ++comment) {
    const std::size_t at = file.size() - kEndBytes - comment;
    if (number(file, at, 4) == kEnd && number(file, at + 20, 2) == comment) return at;
  }
  return std::nullopt;
}

Bytes inflated(BytesView packed, std::size_t size) {
  Bytes result(std::max<std::size_t>(size, 1));
  z_stream stream{};
  if (inflateInit2(&stream, -15) != Z_OK) fail("zlib cannot start");
  // zlib takes its input as non-const and does not write to it.
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  const int end = inflate(&stream, Z_FINISH);
  const bool whole = end == Z_STREAM_END && stream.total_out == size;
  inflateEnd(&stream);
  if (!whole) fail("an entry cannot be unpacked");
  result.resize(size);
  return result;
}

std::uint32_t checksum(BytesView bytes) {
  return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

class Writer {
 public:
  explicit Writer(Bytes& to) : to_(to) {}
  void number(std::uint64_t value, int count) {
    for (int i = 0; i < count; ++i) to_.push_back(static_cast<std::byte>(value >> (8 * i) & 0xff));
  }
  void bytes(BytesView values) { to_.insert(to_.end(), values.begin(), values.end()); }
  /// The common part of a local header and a directory entry, from the version needed on.
  void entry(const std::string& name, BytesView content) {
    number(kVersion, 2);
    number(0, 2);  // flags
    number(kStored, 2);
    number(0, 2);  // midnight
    number(kFirstDay, 2);
    number(checksum(content), 4);
    number(content.size(), 4);  // packed
    number(content.size(), 4);
    number(name.size(), 2);
    number(0, 2);  // no extra field
  }

 private:
  Bytes& to_;
};

}  // namespace

bool ends_inside_zip(BytesView file) {
  if (find_end(file)) return false;
  constexpr std::size_t kTail = 4096;
  const BytesView tail = file.last(std::min(kTail, file.size()));
  for (std::size_t at = 0; at + 4 <= tail.size(); ++at) {
    const std::uint32_t mark = number(tail, at, 4);
    if (mark == kLocal || mark == kCentral) return true;
  }
  return false;
}

std::map<std::string, Bytes> read_zip(BytesView file) {
  std::map<std::string, Bytes> files;
  const auto end = find_end(file);
  if (!end) return files;
  const std::uint32_t entries = number(file, *end + 10, 2), directory = number(file, *end + 12, 4);
  const std::uint32_t offset = number(file, *end + 16, 4);
  if (directory > *end) fail("its directory is cut short");
  const std::size_t start = *end - directory;
  if (offset > start) fail("an offset in it points outside");
  // Some writers count from the archive's start, some from the file's.
  const std::size_t base = start - offset;
  std::size_t total = 0, at = start;
  for (std::uint32_t i = 0; i < entries; ++i) {
    const BytesView central = part(file, at, kCentralBytes);
    if (number(central, 0, 4) != kCentral) fail("its directory is damaged");
    const std::uint32_t method = number(central, 10, 2), packed = number(central, 20, 4), size = number(central, 24, 4);
    const std::uint32_t length = number(central, 28, 2);
    const BytesView name = part(file, at + kCentralBytes, length);
    const std::string text(reinterpret_cast<const char*>(name.data()), name.size());
    if (!is_text(text)) fail("the name '{}' of an entry is not text", shortened(text));
    at += kCentralBytes + length + number(central, 30, 2) + number(central, 32, 2);
    const std::size_t local = base + number(central, 42, 4);
    const BytesView header = part(file, local, kLocalBytes);
    if (number(header, 0, 4) != kLocal) fail("the entry '{}' is damaged", shortened(text));
    const std::size_t content = local + kLocalBytes + number(header, 26, 2) + number(header, 28, 2);
    const BytesView stored = part(file, content, packed);
    total += size;
    if (total > kMostBytes) fail("it unpacks to more than {} bytes", kMostBytes);
    if (method != kStored && method != kDeflated)
      fail("the entry '{}' is packed by method {}", shortened(text), method);
    if (method == kStored && packed != size) fail("the entry '{}' is damaged", shortened(text));
    Bytes bytes = method == kStored ? Bytes(stored.begin(), stored.end()) : inflated(stored, size);
    if (checksum(bytes) != number(central, 16, 4)) fail("the entry '{}' is damaged", shortened(text));
    files.emplace(text, std::move(bytes));
  }
  return files;
}

void append_zip(Bytes& file, const std::map<std::string, Bytes>& files) {
  if (files.empty()) return;
  Bytes directory;
  Writer local(file), central(directory);
  for (const auto& [name, content] : files) {
    const std::size_t offset = file.size();
    local.number(kLocal, 4);
    local.entry(name, content);
    local.bytes(bytes_of(name));
    local.bytes(content);
    central.number(kCentral, 4);
    central.number(kVersion, 2);
    central.entry(name, content);
    central.number(0, 2);  // comment
    central.number(0, 2);  // disk
    central.number(0, 2);  // internal attributes
    central.number(0, 4);  // external attributes
    central.number(offset, 4);
    central.bytes(bytes_of(name));
  }
  const std::size_t start = file.size();
  // The format's numbers have 32 bits; what mirim appends is names, kilobytes of them.
  if (start + directory.size() > 0xffffffffU) fail("the file is too large for names of classes and features behind it");
  local.bytes(directory);
  local.number(kEnd, 4);
  local.number(0, 2);
  local.number(0, 2);
  local.number(files.size(), 2);
  local.number(files.size(), 2);
  local.number(directory.size(), 4);
  local.number(start, 4);
  local.number(0, 2);  // comment
}

}  // namespace mirim
