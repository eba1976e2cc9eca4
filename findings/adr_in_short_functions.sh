#!/usr/bin/env bash
# ADR of a label in the same function is two bytes off when GCC's -Os puts that function at a half word.
# Versions: arm-none-eabi-gcc 12.2.1, GNU as and ld 2.40 (Debian 12), -mcpu=cortex-m4.
# ADR counts from the program counter rounded down to a word. The assembler takes the section's beginning for a word and
# leaves no relocation, though -Os -ffunction-sections aligns it to two bytes only; ld then moves it. Nobody warns.
# Clang 16's assembler makes the same bytes. At -O2 functions begin at words, and the label is right.
# Why it matters: hand-written inner loops that jump by ADR work, or jump into an instruction, by what is linked before.
# What to do: __attribute__((aligned(4))) on every function whose assembly uses ADR, or .balign 4 in front of it.

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -qq -o APT::Sandbox::User=root download gcc-arm-none-eabi=15:12.2.rel1-1 binutils-arm-none-eabi=2.40-2+18+b1
for package in ./*.deb; do dpkg -x "$package" root; done
bin=root/usr/bin/arm-none-eabi
$bin-gcc --version | head -1
$bin-as --version | head -1
cat >where.cpp <<'END'
// A function of two bytes, and one that returns the address of the label in it.
__attribute__((naked)) void first() { asm("bx lr"); }
__attribute__((naked)) int second() { asm("nop\nadr.w r0, label\nbx lr\nnop\nlabel: nop"); }
END
compile() { # OPTIMISATION PROGRAM
  $bin-gcc -mcpu=cortex-m4 -mthumb "$1" -ffunction-sections -fno-exceptions -fno-asynchronous-unwind-tables \
    -S where.cpp -o where.s
  $bin-as -mcpu=cortex-m4 -mthumb where.s -o where.o
  $bin-ld --fatal-warnings -Ttext=0 -e _Z5firstv where.o -o "$2"
}
off=()
for optimisation in -Os -O2; do
  compile $optimisation program
  label=$((16#$($bin-nm program | awk '$3 == "label" { print $1 }')))
  read -r at offset < <($bin-objdump -d program | awk '/addw.*r0, pc, #/ { sub(":", "", $1); sub("#", "", $7); print $1, $7 }')
  reached=$(((16#$at + 4) / 4 * 4 + offset))
  alignment=$($bin-readelf -SW where.o | awk '/\.text\._Z6secondv/ { print $NF; exit }')
  echo "$optimisation: second() aligned to $alignment, the label at $label, ADR gives $reached"
  off+=($((reached - label)))
done
[ "${off[*]}" = "2 0" ] || { echo "not as told: off by ${off[*]}" >&2; exit 1; }
