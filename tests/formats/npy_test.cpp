#include "mirim/formats/npy.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Bytes npy(std::string header, std::string_view data) {
  header += '\n';
  std::string file = "\x93NUMPY";
  file += {'\x01', '\x00', static_cast<char>(header.size()), '\x00'};
  file += header;
  file += data;
  const BytesView view = bytes_of(file);
  return {view.begin(), view.end()};
}

std::string error_of(BytesView bytes) {
  try {
    parse_npy(bytes);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Npy, reads_what_numpy_writes) {
  const Tensor t = parse_npy(
      npy("{'descr': '<i2', 'fortran_order': False, 'shape': (2, 2), }", std::string_view("\1\0\2\0\xff\xff\0\1", 8)));
  EXPECT_EQ(t.type, (TensorType{DType::int16, {2, 2}}));
  EXPECT_THAT(t.as<std::int16_t>(), ElementsAre(1, 2, -1, 256));
}

TEST(Npy, swaps_big_endian_numbers) {
  const Tensor t =
      parse_npy(npy("{'descr': '>i2', 'fortran_order': False, 'shape': (2,), }", std::string_view("\0\1\xff\xfe", 4)));
  EXPECT_THAT(t.as<std::int16_t>(), ElementsAre(1, -2));
}

// The first axis runs fastest: 1 4 / 2 5 / 3 6 by columns is 1 2 3, 4 5 6.
TEST(Npy, fortran_order_is_turned_round) {
  const Tensor t = parse_npy(npy("{'descr': '|i1', 'fortran_order': True, 'shape': (2, 3), }", "\1\4\2\5\3\6"));
  EXPECT_THAT(t.as<std::int8_t>(), ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST(Npy, writes_what_it_reads) {
  for (const Shape& shape : {Shape{}, Shape{3}, Shape{2, 0}, Shape{2, 3, 1}}) {
    const TensorType type{DType::float32, shape};
    std::vector<float> values(static_cast<std::size_t>(shape.elements()), 0.5F);
    const Bytes file = format_npy(type, bytes_of(values));
    EXPECT_EQ((file.size() - values.size() * 4) % 64, 0U);
    EXPECT_EQ(parse_npy(file).type, type);
    EXPECT_EQ(parse_npy(file).bytes, Bytes(bytes_of(values).begin(), bytes_of(values).end()));
  }
}

// Written by NumPy in ../shared: 1,000 rows of 490 MFCC values and their labels.
TEST(Npy, reads_files_of_numpy) {
  const std::filesystem::path folder = std::filesystem::path(MIRIM_SOURCE_DIR) / "../shared/data/kws01";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no ../shared/data";
  EXPECT_EQ(read_npy(folder / "kws01_x_int8.npy").type, (TensorType{DType::int8, {1000, 490}}));
  const Tensor labels = read_npy(folder / "kws01_y_uint8.npy");
  EXPECT_EQ(labels.type, (TensorType{DType::uint8, {1000}}));
  for (const std::uint8_t label : labels.as<std::uint8_t>()) EXPECT_LT(label, 12);
}

TEST(Npy, refuses_what_it_does_not_understand) {
  EXPECT_THAT(error_of(bytes_of("no numpy file at all")), HasSubstr("is no .npy file"));
  EXPECT_THAT(error_of(npy("{'descr': '<c16', 'fortran_order': False, 'shape': (1,), }", "1234567812345678")),
              HasSubstr("holds '<c16'"));
  EXPECT_THAT(error_of(npy("{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (1,), }", "1234")),
              HasSubstr("structured"));
  EXPECT_THAT(error_of(npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", "12345678")),
              HasSubstr("Python objects"));
  EXPECT_THAT(error_of(npy("{'descr': '<U3', 'fortran_order': False, 'shape': (1,), }", "123456789012")),
              HasSubstr("numpy.unique"));
  EXPECT_THAT(error_of(bytes_of("PK\x03\x04 and so on")), HasSubstr(".npz"));
  EXPECT_THAT(error_of(npy("{'descr': '|i1', 'fortran_order': False, 'shape': (2, 2), }", "123")),
              HasSubstr("3 bytes of data, its shape [2x2] of int8 needs 4"));
  EXPECT_THAT(error_of(npy("{'descr': '|i1', 'fortran_order': False, 'shape': (99999999999, 99999999999), }", "")),
              HasSubstr("too many elements"));
  EXPECT_THAT(error_of(npy("{'descr': '|i1', 'shape': (-1,), 'fortran_order': False}", "")), HasSubstr("tuple"));
  EXPECT_THAT(error_of(npy("{'descr': '|i1', 'fortran_order': False}", "")), HasSubstr("no 'shape'"));
}

TEST(Npy, refuses_every_cut) {
  const Bytes file = format_npy({DType::int32, {2, 3}}, Bytes(24));
  for (std::size_t n = 0; n < file.size(); ++n) EXPECT_NE(error_of(BytesView(file).first(n)), "no error") << n;
}

// 1 + 2i and -3; in the other byte order each part is a number of its own.
TEST(Npy, complex_numbers_are_pairs) {
  const std::vector<float> parts{1, 2, -3, 0};
  const TensorType type{DType::complex64, {2}};
  Bytes file = format_npy(type, bytes_of(parts));
  EXPECT_EQ(parse_npy(file).type, type);
  EXPECT_EQ(parse_npy(file).bytes, Bytes(bytes_of(parts).begin(), bytes_of(parts).end()));
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  file[text.find("<c8")] = std::byte{'>'};
  for (auto at = file.end() - 16; at != file.end(); at += 4) std::reverse(at, at + 4);
  EXPECT_EQ(parse_npy(file).bytes, Bytes(bytes_of(parts).begin(), bytes_of(parts).end()));
}

}  // namespace
}  // namespace mirim
