// What a Cortex-M needs before main: a vector table, the FPU switched on if there is one, .data copied, .bss cleared.
// No C library is linked, so the functions that a compiler may call implicitly are here too: four, and those of Arm's
// run-time ABI that Clang calls in their place. They count as the runner's, not the model's.

#include <stddef.h>
#include <stdint.h>

#include "semihosting.hpp"

extern "C" {
extern uint32_t data_start[], data_end[], data_load[], bss_start[], bss_end[], stack_top[];
[[noreturn]] void reset_handler();
[[noreturn]] void fault_handler();
int main();
void* memcpy(void* to, const void* from, size_t count);
void* memmove(void* to, const void* from, size_t count);
void* memset(void* to, int value, size_t count);
int memcmp(const void* a, const void* b, size_t count);
}

struct VectorTable {
  const void* initial_stack;
  void (*handlers[15])();  // reset, NMI, hard fault, memory, bus, usage fault, then ones that nothing here raises
};

extern const VectorTable vectors;
__attribute__((section(".vectors"), used))
const VectorTable vectors = {stack_top,
                             {reset_handler, fault_handler, fault_handler, fault_handler, fault_handler, fault_handler,
                              fault_handler, fault_handler, fault_handler, fault_handler, fault_handler, fault_handler,
                              fault_handler, fault_handler, fault_handler}};

void reset_handler() {
  // CPACR: full access to coprocessors 10 and 11, the FPU (Armv7-M Architecture Reference Manual, B3.2.20).
  *reinterpret_cast<volatile uint32_t*>(0xE000ED88u) |= 0xFu << 20;
  __asm volatile("dsb\n isb" ::: "memory");
  const uint32_t* from = data_load;
  for (uint32_t* to = data_start; to != data_end; ++to) *to = *from++;
  for (uint32_t* to = bss_start; to != bss_end; ++to) *to = 0;
  exit_machine(main());
}

void fault_handler() {
  write_console("the firmware took a fault\n");
  exit_machine(3);
}

// Word copies if both ends allow; the attribute prevents GCC from turning the loops into calls of themselves.
__attribute__((optimize("no-tree-loop-distribute-patterns"))) void* memcpy(void* to, const void* from, size_t count) {
  char* t = static_cast<char*>(to);
  const char* f = static_cast<const char*>(from);
  if (((reinterpret_cast<uintptr_t>(t) | reinterpret_cast<uintptr_t>(f)) & 3) == 0) {
    for (; count >= 4; count -= 4, t += 4, f += 4)
      *reinterpret_cast<uint32_t*>(t) = *reinterpret_cast<const uint32_t*>(f);
  }
  while (count--) *t++ = *f++;
  return to;
}

__attribute__((optimize("no-tree-loop-distribute-patterns"))) void* memmove(void* to, const void* from, size_t count) {
  char* t = static_cast<char*>(to);
  const char* f = static_cast<const char*>(from);
  if (t <= f || t >= f + count) return memcpy(to, from, count);
  while (count--) t[count] = f[count];
  return to;
}

__attribute__((optimize("no-tree-loop-distribute-patterns"))) void* memset(void* to, int value, size_t count) {
  char* t = static_cast<char*>(to);
  const uint32_t byte = static_cast<uint8_t>(value), word = byte * 0x01010101u;
  for (; count && (reinterpret_cast<uintptr_t>(t) & 3); --count) *t++ = static_cast<char>(byte);
  for (; count >= 4; count -= 4, t += 4) *reinterpret_cast<uint32_t*>(t) = word;
  while (count--) *t++ = static_cast<char>(byte);
  return to;
}

int memcmp(const void* a, const void* b, size_t count) {
  const unsigned char* p = static_cast<const unsigned char*>(a);
  const unsigned char* q = static_cast<const unsigned char*>(b);
  for (; count--; ++p, ++q) {
    if (*p != *q) return *p - *q;
  }
  return 0;
}

// Of each kind one for any address, one for words, one for double words; aeabi_memset takes the value last.
#define AEABI(kind, parameters, call)                    \
  extern "C" void __aeabi_##kind parameters { call; }    \
  extern "C" void __aeabi_##kind##4 parameters { call; } \
  extern "C" void __aeabi_##kind##8 parameters { call; }
AEABI(memcpy, (void* to, const void* from, size_t count), memcpy(to, from, count))
AEABI(memmove, (void* to, const void* from, size_t count), memmove(to, from, count))
AEABI(memset, (void* to, size_t count, int value), memset(to, value, count))
AEABI(memclr, (void* to, size_t count), memset(to, 0, count))
