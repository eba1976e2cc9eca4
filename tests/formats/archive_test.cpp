#include "mirim/formats/archive.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <map>

#include "mirim/base/error.hpp"
#include "mirim/formats/zip.hpp"

namespace mirim {
namespace {

using testing::HasSubstr;

// POSIX ustar: a head of 512 bytes, the content in blocks of 512.
std::string tar_entry(const std::string& name, const std::string& content, char kind = '0') {
  std::string head(512, '\0');
  const auto put = [&](std::size_t at, const std::string& text) { head.replace(at, text.size(), text); };
  put(0, name);
  put(100, "0000644");
  put(108, "0000000");
  put(116, "0000000");
  put(124, fmt::format("{:011o}", content.size()));
  put(136, "00000000000");
  put(148, "        ");
  head[156] = kind;
  put(257, std::string("ustar\0", 6) + "00");
  unsigned sum = 0;
  for (const char c : head) sum += static_cast<unsigned char>(c);
  put(148, fmt::format("{:06o}", sum) + std::string("\0 ", 2));
  return head + content + std::string((512 - content.size() % 512) % 512, '\0');
}

std::map<std::string, std::string> files_in(const std::string& archive) {
  std::map<std::string, std::string> files;
  for_each_file_in(
      std::as_bytes(std::span(archive)), [](const std::string& name) { return name != "not this"; },
      [&](const std::string& name, const Bytes& bytes) {
        files[name] = std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      });
  return files;
}

const std::string kEnd(1024, '\0');

TEST(Archive, gives_the_files_of_a_tar_that_are_wanted) {
  const std::string tar = tar_entry("a/b.wav", "hello") + tar_entry("not this", std::string(600, 'x')) +
                          tar_entry("a/link", "", '2') + tar_entry("a/", "", '5') + tar_entry("empty", "") +
                          tar_entry("long", std::string(1000, 'y')) + kEnd;
  EXPECT_EQ(files_in(tar), (std::map<std::string, std::string>{
                               {"a/b.wav", "hello"}, {"empty", ""}, {"long", std::string(1000, 'y')}}));
}

TEST(Archive, gives_the_files_of_a_zip) {
  Bytes zip;
  append_zip(zip, {{"one", Bytes(3, std::byte{'1'})}, {"two", Bytes(2, std::byte{'2'})}});
  EXPECT_EQ(files_in({reinterpret_cast<const char*>(zip.data()), zip.size()}),
            (std::map<std::string, std::string>{{"one", "111"}, {"two", "22"}}));
}

TEST(Archive, refuses_what_is_none_or_cut_off) {
  const auto complaint = [](const std::string& archive) -> std::string {
    try {
      files_in(archive);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_THAT(complaint("this is a text"), HasSubstr("damaged"));
  const std::string tar = tar_entry("a", std::string(2000, 'x'));
  EXPECT_THAT(complaint(tar.substr(0, 1500)), HasSubstr("damaged"));
}

TEST(Archive, is_known_by_its_name) {
  for (const char* name : {"a.tar", "b.tar.gz", "c.tar.xz", "d.tgz", "e.zip"}) EXPECT_TRUE(is_archive(name)) << name;
  for (const char* name : {"a.wav", "tar", "b.gz"}) EXPECT_FALSE(is_archive(name)) << name;
}

}  // namespace
}  // namespace mirim
