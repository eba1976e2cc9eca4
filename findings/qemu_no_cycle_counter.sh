#!/usr/bin/env bash
# The cycle counter of QEMU's Cortex-M boards reads 0, and its enable bit does not stay set.
# Version: QEMU 7.2 (Debian 12), boards mps2-an385 (M3), mps2-an386 (M4) and mps2-an500 (M7).
# Benchmarks read this counter, DWT_CYCCNT. Nothing faults: every time is 0 cycles. SysTick counts.
# Why it matters: a benchmark of a network in CI says 0, and "no slower than before" always holds.
# What to do: check the enable bit; in QEMU read SysTick under -icount, or count with a plugin.

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
for tool in arm-none-eabi-gcc qemu-system-arm; do
  command -v $tool >/dev/null || { echo "Needs: apt-get install gcc-arm-none-eabi qemu-system-arm"; exit 2; }
done
qemu-system-arm --version | head -1
cat >count.c <<'END'
#define REGISTER(address) (*(volatile unsigned*)(address))

void start(void);
__attribute__((section(".vectors"), used)) const void* const vectors[] = {(void*)0x20010000, (void*)start};

static void host(int call, const void* what) {
  register int r0 __asm__("r0") = call;
  register const void* r1 __asm__("r1") = what;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

static void say(const char* name, int yes) {
  host(4, name);
  host(4, yes ? "yes\n" : "no\n");
}

static void wait(void) {
  for (volatile int i = 0; i < 10000; i++) {}
}

void start(void) {
  REGISTER(0xE000EDFC) |= 1u << 24;  // DEMCR: trace on
  REGISTER(0xE0001004) = 0;          // DWT_CYCCNT
  REGISTER(0xE0001000) |= 1;         // DWT_CTRL: count cycles
  REGISTER(0xE000E014) = 0xFFFFFF;   // SysTick: from here down, on the processor's clock
  REGISTER(0xE000E018) = 0;
  REGISTER(0xE000E010) = 5;
  wait();
  const unsigned tick = REGISTER(0xE000E018);
  wait();
  say("cycle counter enabled: ", REGISTER(0xE0001000) & 1);
  say("cycle counter counts: ", REGISTER(0xE0001004) != 0);
  say("SysTick counts: ", REGISTER(0xE000E018) != tick);
  host(0x18, (void*)0x20026);  // the program is done
}
END
echo 'SECTIONS { .text 0 : { *(.vectors) *(.text*) *(.rodata*) } }' >count.ld
arm-none-eabi-gcc -mcpu=cortex-m3 -mthumb -O2 -ffreestanding -nostdlib -T count.ld count.c -o count.elf
for board in mps2-an385 mps2-an386 mps2-an500; do
  echo "$board:" | tee -a seen
  timeout 60 qemu-system-arm -M $board -nographic -semihosting-config enable=on,target=native -icount shift=0 \
    -kernel count.elf </dev/null 2>&1 | tee -a seen
  printf '%s\n' "$board:" "cycle counter enabled: no" "cycle counter counts: no" "SysTick counts: yes" >>expected
done
diff expected seen || { echo "This has changed."; exit 1; }
echo "As described."
