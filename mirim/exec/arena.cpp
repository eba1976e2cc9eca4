#include "mirim/exec/arena.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <numeric>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

constexpr std::int64_t kAlignment = 64;

/// Zeroed pages, huge ones if the kernel has them: each step walks through tens of megabytes, and TLB misses on small
/// pages took a twentieth of it.
std::byte* map(std::int64_t bytes) {
  const auto size = static_cast<std::size_t>(bytes);
  void* at = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) fail("no memory for an arena of {} MB; choose a smaller batch", bytes >> 20);
  madvise(at, size, MADV_HUGEPAGE);  // only a hint
  return static_cast<std::byte*>(at);
}

/// A file of a hundred bytes can ask for terabytes of tensors; requesting them from the system would kill this process
/// or another one.
void require_memory(std::int64_t bytes) {
  const std::int64_t there = std::int64_t{sysconf(_SC_PHYS_PAGES)} * sysconf(_SC_PAGESIZE);
  if (bytes > there) fail("tensors of {} MB do not fit into this machine's {} MB of memory", bytes >> 20, there >> 20);
}

}  // namespace

Arena::BufferId Arena::add(std::int64_t bytes, int first, int last) {
  require_memory(bytes);
  buffers_.push_back({(bytes + kAlignment - 1) / kAlignment * kAlignment, first, last, 0});
  return static_cast<BufferId>(buffers_.size() - 1);
}

void Arena::extend(BufferId id, int first, int last) {
  Buffer& buffer = buffers_[static_cast<std::size_t>(id)];
  buffer.first = std::min(buffer.first, first);
  buffer.last = std::max(buffer.last, last);
}

void Arena::place() {
  std::vector<std::size_t> order(buffers_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return buffers_[a].bytes > buffers_[b].bytes; });
  std::vector<std::size_t> placed;  // by offset
  for (const std::size_t i : order) {
    Buffer& buffer = buffers_[i];
    std::int64_t offset = 0;
    for (const std::size_t j : placed) {
      const Buffer& other = buffers_[j];
      const bool together = buffer.first <= other.last && other.first <= buffer.last;
      if (!together) continue;
      if (offset + buffer.bytes <= other.offset) break;
      offset = std::max(offset, other.offset + other.bytes);
    }
    buffer.offset = offset;
    bytes_ = std::max(bytes_, offset + buffer.bytes);
    require_memory(bytes_);
    const auto at =
        std::find_if(placed.begin(), placed.end(), [&](std::size_t j) { return buffers_[j].offset > buffer.offset; });
    placed.insert(at, i);
  }
  const std::int64_t mapped = bytes_ + kAlignment;  // a vector may be loaded beyond the last element of a buffer
  base_ = map(mapped);
  memory_ = {base_, Unmap{mapped}};
}

void Arena::Unmap::operator()(std::byte* at) const { munmap(at, static_cast<std::size_t>(bytes)); }

}  // namespace mirim
