/* The parts of immintrin.h that kernels use, of the instruction sets that a compiler is told to have. All of it takes gcc
   and clang 0.2 s to read, nine tenths of what a small kernel takes them without optimisation. A row that uses another
   part finds it undeclared; it gets a line here. Small parts are here whatever the compiler is told: files ask for some
   by a pragma alone. A clang that says it is MSVC has no __clang__, and reads all. Who reads this one: conftest.py. */
#if !defined(__AVX2__) || defined(_MSC_VER) || (defined(__clang__) && defined(__AVX512F__))
#include_next <immintrin.h>
#elif defined(__clang__)
#define __SCE__ 1 /* it leaves out other instruction sets */
#include_next <immintrin.h>
#undef __SCE__
#include <avxvnniintrin.h>
#include <f16cintrin.h>
#else
#define _IMMINTRIN_H_INCLUDED /* without which the parts refuse to be included */
#include <emmintrin.h>
#include <pmmintrin.h>
#include <tmmintrin.h>
#include <smmintrin.h>
#include <avxintrin.h>
#include <avx2intrin.h>
#include <avxvnniintrin.h>
#include <f16cintrin.h>
#include <fmaintrin.h>
#ifdef __AVX512F__
#include <avx512fintrin.h>
#include <avx512vnniintrin.h>
#include <avx512vnnivlintrin.h>
#include <amxtileintrin.h>
#include <amxint8intrin.h>
#endif
#ifdef __AVX512VL__
#include <avx512vlintrin.h>
#include <avx512bf16vlintrin.h>
#include <avx512bf16intrin.h>
#endif
#ifdef __AVX512BW__
#include <avx512bwintrin.h>
#include <avx512vlbwintrin.h>
#endif
#ifdef __AVX512DQ__
#include <avx512dqintrin.h>
#endif
#endif
