// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

/// MIRIM_UNROLL(n) before a loop asks for n of its rounds at once; 1 keeps it as it is. GCC knows that from version 8
/// on and would warn before.
#if defined(__clang__) || (defined(__GNUC__) && __GNUC__ >= 8)
#define MIRIM_PRAGMA(text) _Pragma(#text)
#define MIRIM_UNROLL(n) MIRIM_PRAGMA(GCC unroll n)
#else
#define MIRIM_UNROLL(n)
#endif
