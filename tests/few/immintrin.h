/* The parts of immintrin.h that kernels use, of the instruction sets that a compiler is told to have. All of it takes gcc
   and clang 0.2 s to read, nine tenths of what a small kernel takes them without optimisation. A row that uses another
   part finds it undeclared; it gets a line here. Who reads this one: conftest.py. */
#if !defined(__AVX2__)
#include_next <immintrin.h>
#elif defined(__clang__)
#define __SCE__ 1 /* headers of other instruction sets are left out */
#include_next <immintrin.h>
#undef __SCE__
#else
#define _IMMINTRIN_H_INCLUDED /* without which the parts refuse to be included */
#include <emmintrin.h>
#include <pmmintrin.h>
#include <tmmintrin.h>
#include <smmintrin.h>
#include <avxintrin.h>
#include <avx2intrin.h>
#include <f16cintrin.h>
#include <fmaintrin.h>
#ifdef __AVXVNNI__
#include <avxvnniintrin.h>
#endif
#ifdef __AVX512F__
#include <avx512fintrin.h>
#endif
#ifdef __AVX512VL__
#include <avx512vlintrin.h>
#endif
#ifdef __AVX512BW__
#include <avx512bwintrin.h>
#include <avx512vlbwintrin.h>
#endif
#ifdef __AVX512DQ__
#include <avx512dqintrin.h>
#endif
#ifdef __AVX512VNNI__
#include <avx512vnniintrin.h>
#include <avx512vnnivlintrin.h>
#endif
#ifdef __AVX512BF16__
#include <avx512bf16vlintrin.h>
#include <avx512bf16intrin.h>
#endif
#ifdef __AMX_TILE__
#include <amxtileintrin.h>
#endif
#ifdef __AMX_INT8__
#include <amxint8intrin.h>
#endif
#endif
