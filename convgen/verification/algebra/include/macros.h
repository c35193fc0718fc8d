/* What the kernel's file sees besides: C99 as C++, numbers of the field, and no compiler whose pragmas it would use. */
#define float Num
#define double Wide
#define restrict
#define union struct /* scalar 2^k, of activations alone, moves bits: here it passes its argument on */
#undef __GNUC__
#undef __clang__
#undef _OPENMP
#define __x86_64__ 1
#define __AVX2__ 1
#define __FMA__ 1
#define __AVX512F__ 1
#define __aarch64__ 1
#define __ARM_NEON 1
#define __wasm__ 1
#define __wasm_simd128__ 1
