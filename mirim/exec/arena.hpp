#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace mirim {

/// One block of memory for buffers with known lifetimes; buffers that never live at the same time share bytes. First
/// `add` all, then `place`, then `at`. Every buffer is zeroed and starts at a multiple of 64 bytes (a cache line, and
/// the widest vector).
class Arena {
 public:
  using BufferId = std::int32_t;
  static constexpr int kForever = 1 << 30;

  /// A buffer that lives from time `first` to time `last`, inclusive. Throws Error if it is larger than this machine's
  /// memory; `place` does so if all of them together are.
  BufferId add(std::int64_t bytes, int first = 0, int last = kForever);
  /// Extends the buffer's lifetime to include `first` to `last`.
  void extend(BufferId id, int first, int last);

  /// Places all buffers (largest first, each at the lowest offset free for its whole lifetime) and allocates the
  /// memory. From here on addresses are fixed.
  void place();

  std::byte* at(BufferId id) { return base_ + buffers_[static_cast<std::size_t>(id)].offset; }
  template <class T>
  T* as(BufferId id) {
    return reinterpret_cast<T*>(at(id));
  }
  std::int64_t bytes() const { return bytes_; }

 private:
  struct Buffer {
    std::int64_t bytes;
    int first;
    int last;
    std::int64_t offset;
  };
  std::vector<Buffer> buffers_;
  struct Unmap {
    std::int64_t bytes;
    void operator()(std::byte* at) const;
  };
  std::unique_ptr<std::byte, Unmap> memory_;
  std::byte* base_ = nullptr;
  std::int64_t bytes_ = 0;
};

}  // namespace mirim
