#include "mirim/formats/compressed.hpp"

#include <gmock/gmock.h>
#include <lzma.h>
#include <zlib.h>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

using testing::HasSubstr;

Bytes text(std::string_view t) { return {bytes_of(t).begin(), bytes_of(t).end()}; }

// Made with zlib and liblzma themselves, by another interface than the one under test.
Bytes gzip(BytesView bytes) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  Bytes out(bytes.size() + 1000);
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

Bytes xz(BytesView bytes) {
  Bytes out(bytes.size() + 1000);
  std::size_t size = 0;
  lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, nullptr, reinterpret_cast<const std::uint8_t*>(bytes.data()),
                          bytes.size(), reinterpret_cast<std::uint8_t*>(out.data()), &size, out.size());
  out.resize(size);
  return out;
}

std::string error_of(BytesView bytes, std::int64_t most = kMostUnpackedBytes) {
  try {
    unpack(bytes, most);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Unpack, tells_gzip_xz_and_plain_bytes_apart) {
  const Bytes plain = text("the same bytes again and again and again");
  EXPECT_EQ(unpack(gzip(plain)), plain);
  EXPECT_EQ(unpack(xz(plain)), plain);
  EXPECT_EQ(unpack(plain), plain);
  EXPECT_EQ(unpack({}), Bytes{});
}

TEST(Unpack, several_gzip_members_are_one_file) {
  Bytes two = gzip(text("one "));
  const Bytes second = gzip(text("two"));
  two.insert(two.end(), second.begin(), second.end());
  EXPECT_EQ(unpack(two), text("one two"));
}

TEST(Unpack, refuses_every_cut) {
  const Bytes plain = text("some text that is worth the trouble of packing it");
  for (const Bytes& packed : {gzip(plain), xz(plain)}) {
    for (std::size_t n = 6; n < packed.size(); ++n) {
      EXPECT_THAT(error_of(BytesView(packed).first(n)), HasSubstr("data")) << n;
    }
  }
}

TEST(Unpack, refuses_flipped_bits_or_gives_the_same_bytes) {
  const Bytes plain = text("some text that is worth the trouble of packing it");
  for (const Bytes& packed : {gzip(plain), xz(plain)}) {
    for (std::size_t bit = 48; bit < 8 * packed.size(); ++bit) {
      Bytes damaged = packed;
      damaged[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
      try {
        // Bits that mean nothing (gzip's time and system) may flip.
        EXPECT_EQ(unpack(damaged), plain) << bit;
      } catch (const Error&) {
      }
    }
  }
}

TEST(Unpack, stops_at_the_limit) {
  const Bytes zeros(1 << 20);
  EXPECT_THAT(error_of(gzip(zeros), 1000), HasSubstr("unpacks to more than 1000 bytes"));
  EXPECT_THAT(error_of(xz(zeros), 1000), HasSubstr("unpacks to more than 1000 bytes"));
}

}  // namespace
}  // namespace mirim
