// Arm semihosting (Arm document 100863): calls by which a bare machine uses its host's files. r0 holds the operation,
// r1 the address of its arguments; `bkpt 0xAB` makes the call; the answer comes back in r0.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum class Semihosting : uint32_t {
  open = 0x01,
  close = 0x02,
  write0 = 0x04,
  write = 0x05,
  read = 0x06,
  length = 0x0C,
  exit_extended = 0x20
};

inline int32_t semihost(Semihosting operation, const void* arguments) {
  register uint32_t r0 __asm("r0") = static_cast<uint32_t>(operation);
  register const void* r1 __asm("r1") = arguments;
  __asm volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
  return static_cast<int32_t>(r0);
}

inline void write_console(const char* text) { semihost(Semihosting::write0, text); }

/// Ends the emulation; QEMU exits with `code`.
[[noreturn]] inline void exit_machine(int code) {
  const uint32_t arguments[2] = {0x20026, static_cast<uint32_t>(code)};  // ADP_Stopped_ApplicationExit
  semihost(Semihosting::exit_extended, arguments);
  for (;;) {
  }
}

enum class OpenMode : uint32_t { read_binary = 1, write_binary = 5 };

/// A handle, or -1. `length` is the name's, without its closing zero.
inline int32_t open_file(const char* name, uint32_t length, OpenMode mode) {
  const uint32_t arguments[3] = {reinterpret_cast<uintptr_t>(name), static_cast<uint32_t>(mode), length};
  return semihost(Semihosting::open, arguments);
}

inline int32_t file_length(int32_t handle) { return semihost(Semihosting::length, &handle); }

/// Bytes that were NOT read or written: 0 is success.
inline int32_t read_file(int32_t handle, void* to, uint32_t bytes) {
  const uint32_t arguments[3] = {static_cast<uint32_t>(handle), reinterpret_cast<uintptr_t>(to), bytes};
  return semihost(Semihosting::read, arguments);
}

inline int32_t write_file(int32_t handle, const void* from, uint32_t bytes) {
  const uint32_t arguments[3] = {static_cast<uint32_t>(handle), reinterpret_cast<uintptr_t>(from), bytes};
  return semihost(Semihosting::write, arguments);
}

inline void close_file(int32_t handle) { semihost(Semihosting::close, &handle); }
