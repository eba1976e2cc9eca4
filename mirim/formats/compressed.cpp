#include "mirim/formats/compressed.hpp"

#include <lzma.h>
#include <zlib.h>

#include <algorithm>
#include <array>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"

namespace mirim {
namespace {

constexpr std::size_t kChunk = 1 << 18;

bool starts_with(BytesView bytes, std::initializer_list<int> magic) {
  return bytes.size() >= magic.size() && std::equal(magic.begin(), magic.end(), bytes.begin(),
                                                    [](int a, std::byte b) { return a == std::to_integer<int>(b); });
}

bool is_gzip(BytesView bytes) { return starts_with(bytes, {0x1f, 0x8b}); }
bool is_xz(BytesView bytes) { return starts_with(bytes, {0xfd, '7', 'z', 'X', 'Z', 0}); }

/// Appends what a decoder wrote; refuses to grow beyond the limit.
void append(Bytes& out, std::span<const std::byte> chunk, std::int64_t most) {
  if (static_cast<std::int64_t>(out.size() + chunk.size()) > most) fail("unpacks to more than {} bytes", most);
  out.insert(out.end(), chunk.begin(), chunk.end());
}

Bytes gunzip(BytesView bytes, std::int64_t most) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) fail("zlib cannot start");
  const struct End {
    z_stream* stream;
    ~End() { inflateEnd(stream); }
  } end{&stream};
  Bytes out;
  std::vector<std::byte> chunk(kChunk);
  std::size_t fed = 0;
  while (true) {
    if (stream.avail_in == 0 && fed < bytes.size()) {
      const std::size_t count = std::min(bytes.size() - fed, std::size_t{1} << 30);
      // zlib takes its input as non-const and does not write to it.
      stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data() + fed));
      stream.avail_in = static_cast<uInt>(count);
      fed += count;
    }
    stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
    stream.avail_out = static_cast<uInt>(chunk.size());
    const int result = inflate(&stream, Z_NO_FLUSH);
    append(out, std::span(chunk).first(chunk.size() - stream.avail_out), most);
    if (result == Z_STREAM_END) {
      if (stream.avail_in == 0 && fed == bytes.size()) return out;
      // Several consecutive gzip members are one file.
      if (inflateReset(&stream) != Z_OK) fail("the gzip data is damaged");
    } else if (result == Z_BUF_ERROR ||
               (result == Z_OK && stream.avail_in == 0 && fed == bytes.size() && stream.avail_out > 0)) {
      fail("the gzip data ends too early, {} bytes unpacked", out.size());
    } else if (result != Z_OK) {
      fail("the gzip data is damaged: {}", stream.msg ? stream.msg : "bad checksum");
    }
  }
}

Bytes unxz(BytesView bytes, std::int64_t most) {
  lzma_stream stream = LZMA_STREAM_INIT;
  // Enough for xz -9, whose dictionary has 64 MiB; a hostile header may ask for 4 GiB.
  if (lzma_stream_decoder(&stream, std::uint64_t{128} << 20, LZMA_CONCATENATED) != LZMA_OK) fail("lzma cannot start");
  const struct End {
    lzma_stream* stream;
    ~End() { lzma_end(stream); }
  } end{&stream};
  Bytes out;
  std::vector<std::byte> chunk(kChunk);
  stream.next_in = reinterpret_cast<const std::uint8_t*>(bytes.data());
  stream.avail_in = bytes.size();
  while (true) {
    stream.next_out = reinterpret_cast<std::uint8_t*>(chunk.data());
    stream.avail_out = chunk.size();
    const lzma_ret result = lzma_code(&stream, LZMA_FINISH);
    append(out, std::span(chunk).first(chunk.size() - stream.avail_out), most);
    if (result == LZMA_STREAM_END) return out;
    if (result == LZMA_BUF_ERROR) fail("the xz data ends too early, {} bytes unpacked", out.size());
    if (result == LZMA_MEMLIMIT_ERROR) fail("the xz data asks for more than 128 MiB to unpack");
    if (result != LZMA_OK) fail("the xz data is damaged");
  }
}

}  // namespace

Bytes unpack(BytesView bytes, std::int64_t most) {
  if (is_gzip(bytes)) return gunzip(bytes, most);
  if (is_xz(bytes)) return unxz(bytes, most);
  return {bytes.begin(), bytes.end()};
}

Bytes read_unpacked(const std::filesystem::path& path, std::int64_t most) {
  Bytes bytes = read_file(path);
  if (!is_gzip(bytes) && !is_xz(bytes)) return bytes;
  return in_context(path.string(), [&] { return unpack(bytes, most); });
}

std::filesystem::path find_packed(const std::filesystem::path& path) {
  for (const char* suffix : {"", ".gz", ".xz"}) {
    std::filesystem::path candidate = path;
    candidate += suffix;
    std::error_code error;
    if (std::filesystem::exists(candidate, error)) return candidate;
  }
  return path;
}

}  // namespace mirim
