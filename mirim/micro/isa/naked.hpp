// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include "mirim/micro/simd32.hpp"

/// MIRIM_NAKED_SIMD32 is defined where a whole function may be written in assembly with the instructions of simd32.hpp.
/// Such a function is MIRIM_NAKED: the compiler adds nothing to it, and the assembly saves the registers that it uses.
/// So it builds at any optimisation, with a frame pointer, with -ffixed-r9 and as position independent code, and it has
/// all 14 registers; r9 holds a sum while it runs. Where an interrupt needs r9 all the time (-msingle-pic-base),
/// MIRIM_NO_ASSEMBLY selects C++. It is aligned to words, since ADR counts from one (-Os aligns to halves). Arguments
/// after the fourth word are on the stack, above what the function pushes.
#if defined(MIRIM_SIMD32) && defined(__GNUC__) && !defined(MIRIM_NO_ASSEMBLY)
#define MIRIM_NAKED_SIMD32
#ifdef __clang__
#define MIRIM_NAKED __attribute__((naked, noinline, aligned(4)))
#else
// noipa: GCC must not conclude from the empty body which registers and memory are left alone.
#define MIRIM_NAKED __attribute__((naked, noinline, noipa, aligned(4)))
#endif
#endif
