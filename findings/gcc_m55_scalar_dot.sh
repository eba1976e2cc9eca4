#!/usr/bin/env bash
# GCC 12.2 leaves the dot products of int8 and int16 scalar on a Cortex-M55, though it has Helium.
# Version: arm-none-eabi-gcc 12.2.1 (Debian 12), -mcpu=cortex-m55 -mfloat-abi=hard -O3.
# It vectorises sums of int32 and additions of int8, but multiplies one pair of numbers at a time.
# Clang 16 makes VMLAVA, the instruction for it, from the same lines.
# Why it matters: plain C kernels of neural networks run without the processor's main feature.
# What to do: write that loop with arm_mve.h's vmladavaq, call CMSIS-NN, or compile it with clang.

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -qq -o APT::Sandbox::User=root download gcc-arm-none-eabi=15:12.2.rel1-1
dpkg -x gcc-arm-none-eabi_*.deb root
gcc=root/usr/bin/arm-none-eabi-gcc
$gcc --version | head -1
cat >loops.c <<'END'
typedef signed char int8;
typedef short int16;

int dot_int8(const int8* restrict a, const int8* restrict b, int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

int dot_int16(const int16* restrict a, const int16* restrict b, int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

int sum_int(const int* restrict a, int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) sum += a[i];
  return sum;
}

void add_int8(int8* restrict a, const int8* restrict b, int n) {
  for (int i = 0; i < n; i++) a[i] += b[i];
}
END
$gcc -mcpu=cortex-m55 -mfloat-abi=hard -O3 -S loops.c -o loops.s
# each function with the vector and the multiplying instructions that it has
awk '/^[a-z0-9_]+:$/ { f = substr($1, 1, length($1) - 1) }
     f && $1 ~ /^(v(add|addv|mla|mlav|mlava|mladava|mul)\.|mla|smla|mul|smul)/ { print f, $1 }' loops.s |
  sort -u | tee seen
printf '%s\n' 'add_int8 vadd.i8' 'dot_int16 smlabb' 'dot_int8 smlabb' 'sum_int vadd.i32' 'sum_int vaddv.s32' |
  sort >expected
diff expected seen || { echo "This has changed."; exit 1; }
echo "As described."
