#include "mirim/base/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "mirim/base/error.hpp"
#include "mirim/base/files_read.hpp"

namespace mirim {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  bool close() {
    const int fd = std::exchange(fd_, -1);
    return ::close(fd) == 0;
  }

 private:
  int fd_;
};

void write_all(int fd, BytesView bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail("{}: cannot write: {}", path.string(), std::strerror(errno));
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

/// A device, pipe or socket; renaming a file over it would replace it.
bool is_special(const std::filesystem::path& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode);
}

void write_in_place(const std::filesystem::path& path, BytesView bytes) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (file.get() < 0) fail("{}: cannot write: {}", path.string(), std::strerror(errno));
  write_all(file.get(), bytes, path);
  if (!file.close()) fail("{}: cannot write: {}", path.string(), std::strerror(errno));
}

thread_local FilesRead* innermost = nullptr;

}  // namespace

FilesRead::FilesRead() : outer_(std::exchange(innermost, this)) {}

FilesRead::~FilesRead() { innermost = outer_; }

void note_read(const std::filesystem::path& path) {
  if (innermost) innermost->paths.push_back(path);
}

Bytes read_file(const std::filesystem::path& path) {
  note_read(path);
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info {};
  if (file.get() < 0 || ::fstat(file.get(), &info) != 0) {
    fail("{}: cannot open: {}", path.string(), std::strerror(errno));
  }
  if (S_ISDIR(info.st_mode)) fail("{}: is a folder, expected a file", path.string());
  // One byte more than the file has, so that its end is noticed without growing, which would double the memory.
  Bytes bytes(static_cast<std::size_t>(info.st_size) + 1);
  std::size_t done = 0;
  while (true) {
    // A pipe or /proc file has no size to trust: read until the end.
    if (done == bytes.size()) bytes.resize(done + 65536);
    const ssize_t got = ::read(file.get(), bytes.data() + done, bytes.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("{}: cannot read: {}", path.string(), std::strerror(errno));
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  bytes.resize(done);
  return bytes;
}

std::string read_text(const std::filesystem::path& path) {
  const Bytes bytes = read_file(path);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void require_writable(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) fail("{}: is a folder, expected a file to write", path.string());
  if (is_special(path)) return;
  // The nearest existing folder. A file is created and removed there, since permissions alone do not tell.
  std::filesystem::path folder = std::filesystem::absolute(path).parent_path();
  while (!std::filesystem::exists(folder, error) && folder.has_relative_path()) folder = folder.parent_path();
  const std::filesystem::path probe = folder / fmt::format(".mirim.{}.part", ::getpid());
  const Descriptor file(::open(probe.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (file.get() < 0) fail("{}: cannot write: {}", path.string(), std::strerror(errno));
  ::unlink(probe.c_str());
}

void write_file(const std::filesystem::path& to, BytesView bytes) {
  std::error_code error;
  // Resolves a symbolic link, so that the link stays.
  const std::filesystem::path path =
      std::filesystem::is_symlink(to, error) ? std::filesystem::weakly_canonical(to) : to;
  if (is_special(path)) return write_in_place(path, bytes);
  if (path.has_parent_path()) {
    std::filesystem::create_directories(path.parent_path(), error);
    if (error) fail("{}: cannot write: {}", path.string(), error.message());
  }
  std::filesystem::path beside = path;
  beside += fmt::format(".{}.part", ::getpid());
  Descriptor file(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (file.get() < 0) fail("{}: cannot write: {}", path.string(), std::strerror(errno));
  try {
    write_all(file.get(), bytes, path);
    if (::fsync(file.get()) != 0 && errno != EINVAL && errno != EROFS) {
      fail("{}: cannot write: {}", path.string(), std::strerror(errno));
    }
    if (!file.close()) fail("{}: cannot write: {}", path.string(), std::strerror(errno));
    std::filesystem::rename(beside, path, error);
    if (error) fail("{}: cannot write: {}", path.string(), error.message());
  } catch (...) {
    ::unlink(beside.c_str());
    throw;
  }
}

void write_file(const std::filesystem::path& path, std::string_view text) { write_file(path, bytes_of(text)); }

}  // namespace mirim
