/* What every kernel's file sees besides: C99 as C++, instructions of every machine, and no compiler whose pragmas it would
   use. */
#define restrict
#undef __GNUC__
#undef __clang__
#undef _OPENMP
#define __x86_64__ 1
#define __AVX2__ 1
#define __FMA__ 1
#define __F16C__ 1
#define __AVX512F__ 1
#define __aarch64__ 1
#define __ARM_NEON 1
#define __wasm__ 1
#define __wasm_simd128__ 1
#define __AVX512BW__ 1
#define __AVX512VL__ 1
#define __AVX512VNNI__ 1
#define __AVXVNNI__ 1
#define __AMX_TILE__ 1
#define __AMX_INT8__ 1
#define __ARM_FEATURE_DOTPROD 1
#define __ARM_FEATURE_MATMUL_INT8 1
