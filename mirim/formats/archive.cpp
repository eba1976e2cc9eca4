#include "mirim/formats/archive.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <array>
#include <memory>
#include <string_view>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"

namespace mirim {
namespace {

[[noreturn]] void refuse(archive* reader) {
  const char* why = archive_error_string(reader);
  fail("the archive is damaged: {}", why ? why : "no reason given");
}

Bytes content(archive* reader, std::int64_t left, std::int64_t most) {
  Bytes bytes;
  std::array<std::byte, 1 << 16> chunk;
  while (true) {
    const la_ssize_t count = archive_read_data(reader, chunk.data(), chunk.size());
    if (count < 0) refuse(reader);
    if (count == 0) return bytes;
    if (std::ssize(bytes) + count > left) fail("the archive unpacks to more than {} bytes", most);
    bytes.insert(bytes.end(), chunk.begin(), chunk.begin() + count);
  }
}

}  // namespace

bool is_archive(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  constexpr std::array<std::string_view, 5> kEnds{".tar", ".tar.gz", ".tar.xz", ".tgz", ".zip"};
  for (const std::string_view end : kEnds) {
    if (name.ends_with(end)) return true;
  }
  return false;
}

void for_each_file_in(BytesView bytes, const std::function<bool(const std::string&)>& wanted,
                      const std::function<void(const std::string&, Bytes)>& each, std::int64_t most) {
  const std::unique_ptr<archive, int (*)(archive*)> reader(archive_read_new(), archive_read_free);
  if (!reader) fail("libarchive cannot start");
  archive_read_support_filter_gzip(reader.get());
  archive_read_support_filter_xz(reader.get());
  archive_read_support_format_tar(reader.get());
  archive_read_support_format_zip(reader.get());
  if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK) refuse(reader.get());
  std::int64_t left = most;
  archive_entry* entry = nullptr;
  while (true) {
    const int result = archive_read_next_header(reader.get(), &entry);
    if (result == ARCHIVE_EOF) return;
    if (result != ARCHIVE_OK && result != ARCHIVE_WARN) refuse(reader.get());
    const char* name = archive_entry_pathname(entry);
    if (!name || archive_entry_filetype(entry) != AE_IFREG || !wanted(name)) continue;
    Bytes file = content(reader.get(), left, most);
    left -= std::ssize(file);
    each(name, std::move(file));
  }
}

void for_each_file_in(const std::filesystem::path& path, const std::function<bool(const std::string&)>& wanted,
                      const std::function<void(const std::string&, Bytes)>& each, std::int64_t most) {
  const Bytes bytes = read_file(path);
  in_context(path.string(), [&] { for_each_file_in(BytesView(bytes), wanted, each, most); });
}

}  // namespace mirim
