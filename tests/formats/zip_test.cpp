#include "mirim/formats/zip.hpp"

#include <gmock/gmock.h>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::Pair;

Bytes text(std::string_view content) {
  const BytesView bytes = bytes_of(content);
  return {bytes.begin(), bytes.end()};
}

TEST(Zip, what_was_appended_is_read_whatever_stands_in_front) {
  Bytes file = text("a model in front");
  append_zip(file, {{"labels.txt", text("cat\ndog\n")}, {"empty.txt", {}}});
  EXPECT_THAT(read_zip(file), ElementsAre(Pair("empty.txt", Bytes{}), Pair("labels.txt", text("cat\ndog\n"))));
}

TEST(Zip, no_files_append_nothing_and_a_file_without_an_archive_has_none) {
  Bytes file = text("a model");
  append_zip(file, {});
  EXPECT_EQ(file, text("a model"));
  EXPECT_TRUE(read_zip(file).empty());
  EXPECT_TRUE(read_zip({}).empty());
}

Bytes from_hexadecimal(const std::string& digits) {
  Bytes bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    bytes.push_back(static_cast<std::byte>(std::stoi(digits.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

TEST(Zip, deflated_entries_with_offsets_from_the_archives_own_start_are_read) {
  // Python 3.11: zipfile.ZipFile(file, "w").writestr(zipfile.ZipInfo("a.txt"), "a" * 30, zipfile.ZIP_DEFLATED)
  const Bytes archive = from_hexadecimal(
      "504b030414000000080000002100c1d3c16b050000001e00000005000000612e7478744b4cc40700504b010214031400"
      "0000080000002100c1d3c16b050000001e000000050000000000000000000000800100000000612e747874504b050600"
      "0000000100010033000000280000000000");
  Bytes file = text("in front");
  file.insert(file.end(), archive.begin(), archive.end());
  EXPECT_THAT(read_zip(file), ElementsAre(Pair("a.txt", text(std::string(30, 'a')))));
}

TEST(Zip, any_byte_that_differs_is_noticed_or_means_nothing) {
  Bytes file = text("front");
  append_zip(file, {{"labels.txt", text("cat\ndog\n")}});
  for (std::size_t i = 5; i < file.size(); ++i) {
    Bytes damaged = file;
    damaged[i] ^= std::byte{0x10};
    try {
      for (const auto& [name, content] : read_zip(damaged)) EXPECT_EQ(content, text("cat\ndog\n")) << i;
    } catch (const Error&) {  // said
    }
  }
  for (std::size_t size = 0; size < file.size(); ++size) {
    EXPECT_TRUE(read_zip(BytesView(file).first(size)).empty()) << size;
  }
}

}  // namespace
}  // namespace mirim
