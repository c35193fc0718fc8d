/* WebAssembly's vectors of integers (its core specification, 128-bit vectors). */
#pragma once
#include <vectors.h>

typedef Bytes<16> v128_t;

#define EACH(name, T, ...) static UNSEEN v128_t wasm_##name(const v128_t &a, const v128_t &b) \
    { return each<T>(a, b, [=](T x, T y) { return __VA_ARGS__; }); }
#define MADE(name, R, T, ...) static UNSEEN v128_t wasm_##name(const v128_t &a) \
    { return made<R, T, 16>(a, [=](T x) { return __VA_ARGS__; }); }
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
EACH(f32x4_mul, float, x * y)
EACH(f32x4_add, float, x + y)
EACH(f32x4_sub, float, x - y)
EACH(f32x4_pmax, float, x < y ? y : x)
EACH(f32x4_pmin, float, y < x ? y : x)
EACH(i32x4_add, int32_t, held<int32_t>((int64_t)x + y))
/* 2^31 makes a number that has a sign of one without; wherever it is taken from one with a sign, that wraps */
EACH(i32x4_sub, int32_t, y == INT32_MIN ? x ^ y : held<int32_t>((int64_t)x - y))
EACH(i32x4_mul, int32_t, held<int32_t>((int64_t)x * y))
EACH(i32x4_max, int32_t, x > y ? x : y)
EACH(i32x4_min, int32_t, x < y ? x : y)
EACH(i32x4_gt, int32_t, x > y ? -1 : 0)
EACH(i32x4_lt, int32_t, x < y ? -1 : 0)
EACH(i64x2_add, int64_t, x + y)
EACH(v128_andnot, int64_t, x & ~y)
EACH(v128_xor, int64_t, x ^ y)
EACH(v128_and, int64_t, x & y)
EACH(v128_or, int64_t, x | y)
MADE(f32x4_convert_i32x4, float, int32_t, x)
MADE(i32x4_abs, int32_t, int32_t, held<int32_t>(x < 0 ? -(int64_t)x : x))
MADE(i16x8_extend_low_i8x16, int16_t, int8_t, x)
MADE(u16x8_extend_low_u8x16, uint16_t, uint8_t, x)
MADE(i32x4_extend_low_i16x8, int32_t, int16_t, x)
MADE(u32x4_extend_low_u16x8, uint32_t, uint16_t, x)
MADE(i64x2_extend_low_i32x4, int64_t, int32_t, x)
MADE(u32x4_trunc_sat_f32x4, uint32_t, float, !(x > 0) ? 0u : x >= 4294967296.0f ? ~0u : (uint32_t)x)
MADE(f32x4_nearest, float, float, __builtin_rintf(x))
MADE(i32x4_trunc_sat_f32x4, int32_t, float, nearest(__builtin_truncf(x)))
static UNSEEN v128_t wasm_i32x4_dot_i16x8(const v128_t &a, const v128_t &b) { return dot<int16_t, int16_t>(v128_t{}, a, b); }

template <typename R, typename T> static UNSEEN v128_t narrowed(const v128_t &a, const v128_t &b) /* a's lanes, then b's, cut */
{
    Lanes<T, 16> x(a), y(b);
    Lanes<R, 16> r;
    for (int i = 0; i < x.N; ++i) {
        r.at[i] = cut<R>(x.at[i]);
        r.at[x.N + i] = cut<R>(y.at[i]);
    }
    return r;
}
static inline v128_t wasm_i16x8_narrow_i32x4(const v128_t &a, const v128_t &b) { return narrowed<int16_t, int32_t>(a, b); }
static inline v128_t wasm_i8x16_narrow_i16x8(const v128_t &a, const v128_t &b) { return narrowed<int8_t, int16_t>(a, b); }
static inline v128_t wasm_u8x16_narrow_i16x8(const v128_t &a, const v128_t &b) { return narrowed<uint8_t, int16_t>(a, b); }

#define SHIFT(name, T, ...) static UNSEEN v128_t wasm_##name(const v128_t &a, int by) \
    { return each<T>(a, a, [=](T x, T) { return __VA_ARGS__; }); }
SHIFT(i32x4_shl, uint32_t, x << by)
SHIFT(i32x4_shr, int32_t, x >> by)
SHIFT(i64x2_shr, int64_t, x >> by)
SHIFT(u64x2_shr, uint64_t, x >> by)

/* products of lanes that are as long as two; the upper half is brought down */
static UNSEEN v128_t upper(const v128_t &a) { return picked<int64_t, 16>(a, a, [](int) { return 1; }); }
template <typename R, typename T> static UNSEEN v128_t products(const v128_t &a, const v128_t &b)
{
    Lanes<T, 16> x(a), y(b);
    Lanes<R, 16> r;
    for (int i = 0; i < r.N; ++i) {
        r.at[i] = product<R>(x.at[i], y.at[i]);
    }
    return r;
}
static inline v128_t wasm_i64x2_extmul_low_i32x4(const v128_t &a, const v128_t &b) { return products<int64_t, int32_t>(a, b); }
static inline v128_t wasm_u64x2_extmul_low_u32x4(const v128_t &a, const v128_t &b) { return products<uint64_t, uint32_t>(a, b); }
static inline v128_t wasm_i64x2_extmul_high_i32x4(const v128_t &a, const v128_t &b) { return products<int64_t, int32_t>(upper(a), upper(b)); }
static inline v128_t wasm_u64x2_extmul_high_u32x4(const v128_t &a, const v128_t &b) { return products<uint64_t, uint32_t>(upper(a), upper(b)); }
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
