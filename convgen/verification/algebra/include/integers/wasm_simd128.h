/* WebAssembly's vectors of integers (its core specification, 128-bit vectors). */
#pragma once
#include <vectors.h>

typedef Bytes<16> v128_t;

#define LANE(size, T) \
    SEEN v128_t wasm_v128_load##size##_splat(const void *p) { return all<T, 16>(load_lane<T>(p)); } \
    SEEN v128_t wasm_v128_load##size##_lane(const void *p, const v128_t &a, int i) { return put<T>(a, load_lane<T>(p), i); } \
    SEEN void wasm_v128_store##size##_lane(void *p, const v128_t &a, int i) \
    { const OF(T) x = lane_of<T>(a, i); __builtin_memcpy(p, &x, sizeof x); }

template <typename T> SEEN OF(T) load_lane(const void *p)
{
    OF(T) x;
    __builtin_memcpy(&x, p, sizeof x);
    return x;
}

LANE(8, int8_t)
LANE(16, int16_t)
LANE(32, int32_t)
LANE(64, int64_t)
SEEN v128_t wasm_v128_load(const void *p) { return load<16>(p); }
SEEN void wasm_v128_store(void *p, const v128_t &a) { store(p, a); }
SEEN v128_t wasm_v128_load32_zero(const void *p) { return load<16>(p, 4); }
SEEN v128_t wasm_v128_load64_zero(const void *p) { return load<16>(p, 8); }
static inline v128_t wasm_f32x4_splat(OF(float) x) { return all<float, 16>(x); }
static inline v128_t wasm_i32x4_splat(OF(int) x) { return all<int32_t, 16>(x); }
static inline v128_t wasm_i16x8_splat(OF(int) x) { return all<int16_t, 16>((OF(int16_t))x); }
static inline v128_t wasm_i8x16_splat(OF(int) x) { return all<int8_t, 16>((OF(int8_t))x); }
static inline v128_t wasm_i64x2_splat(OF(int64_t) x) { return all<int64_t, 16>(x); }
EACH(wasm_f32x4_mul, 16, float, x * y)
EACH(wasm_f32x4_add, 16, float, x + y)
EACH(wasm_f32x4_sub, 16, float, x - y)
EACH(wasm_f32x4_pmax, 16, float, x < y ? y : x)
EACH(wasm_f32x4_pmin, 16, float, y < x ? y : x)
EACH(wasm_i32x4_add, 16, int32_t, held<int32_t>((int64_t)x + y))
/* 2^31 makes a number that has a sign of one without; wherever it is taken from one with a sign, that wraps */
EACH(wasm_i32x4_sub, 16, int32_t, y == INT32_MIN ? x ^ y : held<int32_t>((int64_t)x - y))
EACH(wasm_i32x4_mul, 16, int32_t, held<int32_t>((int64_t)x * y))
EACH(wasm_i32x4_max, 16, int32_t, x > y ? x : y)
EACH(wasm_i32x4_min, 16, int32_t, x < y ? x : y)
EACH(wasm_i32x4_gt, 16, int32_t, x > y ? -1 : 0)
EACH(wasm_i32x4_lt, 16, int32_t, x < y ? -1 : 0)
EACH(wasm_i64x2_add, 16, int64_t, x + y)
EACH(wasm_v128_andnot, 16, int64_t, x & ~y)
EACH(wasm_v128_xor, 16, int64_t, x ^ y)
EACH(wasm_v128_and, 16, int64_t, x & y)
EACH(wasm_v128_or, 16, int64_t, x | y)
MADE(wasm_f32x4_convert_i32x4, 16, float, 16, int32_t, x)
MADE(wasm_i32x4_abs, 16, int32_t, 16, int32_t, held<int32_t>(x < 0 ? -(int64_t)x : x))
MADE(wasm_i16x8_extend_low_i8x16, 16, int16_t, 16, int8_t, x)
MADE(wasm_u16x8_extend_low_u8x16, 16, uint16_t, 16, uint8_t, x)
MADE(wasm_i32x4_extend_low_i16x8, 16, int32_t, 16, int16_t, x)
MADE(wasm_u32x4_extend_low_u16x8, 16, uint32_t, 16, uint16_t, x)
MADE(wasm_i64x2_extend_low_i32x4, 16, int64_t, 16, int32_t, x)
MADE(wasm_u32x4_trunc_sat_f32x4, 16, uint32_t, 16, float, !(x > 0) ? 0u : x >= 4294967296.0f ? ~0u : (uint32_t)x)
MADE(wasm_f32x4_nearest, 16, float, 16, float, __builtin_rintf(x))
MADE(wasm_i32x4_trunc_sat_f32x4, 16, int32_t, 16, float, nearest(__builtin_truncf(x)))

#define CALL(name, ...) static inline v128_t wasm_##name(const v128_t &a, const v128_t &b) { return __VA_ARGS__; }
CALL(i32x4_dot_i16x8, dot<int16_t, int16_t>(v128_t{}, a, b))
CALL(i16x8_narrow_i32x4, packed<int16_t, int32_t>(a, b))
CALL(i8x16_narrow_i16x8, packed<int8_t, int16_t>(a, b))
CALL(u8x16_narrow_i16x8, packed<uint8_t, int16_t>(a, b))

BY(wasm_i32x4_shl, 16, uint32_t, x << by)
BY(wasm_i32x4_shr, 16, int32_t, x >> by)
BY(wasm_i64x2_shr, 16, int64_t, x >> by)
BY(wasm_u64x2_shr, 16, uint64_t, x >> by)

/* the upper half is brought down */
static UNSEEN v128_t upper(const v128_t &a) { return picked<int64_t, 16>(a, a, [](int) { return 1; }); }
CALL(i64x2_extmul_low_i32x4, products<int64_t, int32_t>(a, b))
CALL(u64x2_extmul_low_u32x4, products<uint64_t, uint32_t>(a, b))
CALL(i64x2_extmul_high_i32x4, products<int64_t, int32_t>(upper(a), upper(b)))
CALL(u64x2_extmul_high_u32x4, products<uint64_t, uint32_t>(upper(a), upper(b)))
static inline v128_t wasm_i64x2_extend_high_i32x4(const v128_t &a) { return wasm_i64x2_extend_low_i32x4(upper(a)); }
static inline v128_t wasm_i32x4_make(OF(int) a, OF(int) b, OF(int) c, OF(int) d) { return put<int32_t>(put<int32_t>(put<int32_t>(all<int32_t, 16>(a), b, 1), c, 2), d, 3); }
static UNSEEN v128_t wasm_i32x4_shuffle(const v128_t &a, const v128_t &b, int i, int j, int k, int l)
{
    const int from[4] = {i, j, k, l};
    return picked<int32_t, 16>(a, b, [&](int lane) { return from[lane]; });
}
static UNSEEN int wasm_v128_any_true(const v128_t &a)
{
    int r = 0;
    for (const auto &byte : a.at) {
        r |= (int)byte;
    }
    return r != 0;
}
