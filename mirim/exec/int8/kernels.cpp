#include "mirim/exec/int8/kernels.hpp"

#include <array>
#include <cstddef>

#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace mirim::int8 {
namespace {

struct Found {
  std::array<const Kernels*, 4> kernels{};
  int count = 0;
  void add(const Kernels* one) { kernels[static_cast<std::size_t>(count++)] = one; }
};

#if defined(__x86_64__)

/// A bit of CPUID leaf 7: whether instructions exist. Whether the system saves their registers is checked separately.
bool leaf7(unsigned subleaf, int index, unsigned bit) {
  unsigned registers[4] = {};
  __get_cpuid_count(7, subleaf, &registers[0], &registers[1], &registers[2], &registers[3]);
  return (registers[index] >> bit & 1U) != 0;
}

/// Linux saves the tile registers, 8 KB in every context switch, only for processes that ask.
bool may_use_tiles() {
  constexpr long kRequestPermission = 0x1023, kTileData = 18;
  return leaf7(0, 3, 24) && leaf7(0, 3, 25) && syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

Found find() {
  Found found;
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                      __builtin_cpu_supports("avx512vnni");
  const bool avx2 = __builtin_cpu_supports("avx2");
  if (avx512 && may_use_tiles()) found.add(amx_kernels());
  if (avx512) found.add(avx512_vnni_kernels());
  if (avx2 && leaf7(1, 0, 4)) found.add(avx_vnni_kernels());
  if (avx2) found.add(avx2_kernels());
  return found;
}

#elif defined(__aarch64__)

Found find() {
  Found found;
  found.add(neon_kernels());
  return found;
}

#else

Found find() { return {}; }

#endif

}  // namespace

KernelList kernels_here() {
  static const Found found = find();
  return {found.kernels.data(), found.count};
}

}  // namespace mirim::int8
