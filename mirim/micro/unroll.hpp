// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

/// MIRIM_UNROLL(n) before a loop unrolls it n times; 1 prevents unrolling. GCC supports it from version 8 on; older
/// ones would warn.
#if defined(__clang__) || (defined(__GNUC__) && __GNUC__ >= 8)
#define MIRIM_PRAGMA(text) _Pragma(#text)
#define MIRIM_UNROLL(n) MIRIM_PRAGMA(GCC unroll n)
#else
#define MIRIM_UNROLL(n)
#endif
