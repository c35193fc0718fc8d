/* NEON's vectors of integers, with its dot products (Arm Neon Intrinsics Reference). Types of a size are one type here:
   what lanes are taken for, the name of an instruction says. */
#pragma once
#include <vectors.h>

typedef Bytes<8> int8x8_t, uint8x8_t, int16x4_t, uint16x4_t, int32x2_t, uint32x2_t, int64x1_t, float32x2_t;
typedef Bytes<16> int8x16_t, uint8x16_t, int16x8_t, uint16x8_t, int32x4_t, uint32x4_t, int64x2_t, float32x4_t;

/* memory, one lane of all, and all lanes alike; L: what instructions of 8 bytes (none) and of 16 (q) are called */
#define LANE_TYPE(S, T) \
    MEMORY(v, , 8, S, T) \
    MEMORY(v, q, 16, S, T) \
    SEEN Bytes<8> vld1_dup_##S(const OF(T) *p) { return all<T, 8>(*p); } \
    SEEN Bytes<16> vld1q_dup_##S(const OF(T) *p) { return all<T, 16>(*p); } \
    static UNSEEN Bytes<8> vget_low_##S(const Bytes<16> &a) { return resized<8>(a); } \
    static UNSEEN Bytes<8> vget_high_##S(const Bytes<16> &a) { return resized<8>(a, 8); } \
    static UNSEEN Bytes<16> vcombine_##S(const Bytes<8> &a, const Bytes<8> &b) { return both(a, b); }
#define MEMORY(v, q, B, S, T) \
    SEEN Bytes<B> v##ld1##q##_##S(const OF(T) *p) { return load<B>(p); } \
    SEEN void v##st1##q##_##S(OF(T) *p, const Bytes<B> &a) { store(p, a); } \
    SEEN Bytes<B> v##ld1##q##_lane_##S(const OF(T) *p, const Bytes<B> &a, int i) { return put<T>(a, *p, i); } \
    SEEN void v##st1##q##_lane_##S(OF(T) *p, const Bytes<B> &a, int i) { *p = lane_of<T>(a, i); } \
    SEEN OF(T) v##get##q##_lane_##S(const Bytes<B> &a, int i) { return lane_of<T>(a, i); } \
    SEEN Bytes<B> v##set##q##_lane_##S(OF(T) x, const Bytes<B> &a, int i) { return put<T>(a, x, i); } \
    SEEN Bytes<B> v##dup##q##_n_##S(OF(T) x) { return all<T, B>(x); } \
    static UNSEEN Bytes<B> v##ext##q##_##S(const Bytes<B> &a, const Bytes<B> &b, int by) \
    { return picked<T, B>(a, b, [=](int i) { return i + by; }); } \
    static UNSEEN Bytes<B> v##bsl##q##_##S(const Bytes<B> &m, const Bytes<B> &a, const Bytes<B> &b) \
    { return chosen(m, a, b); } \
    EACH(v##add##q##_##S, B, T, held_sum<T>(x, y)) \
    EACH(v##sub##q##_##S, B, T, held_difference<T>(x, y)) \
    EACH(v##mul##q##_##S, B, T, held_product<T>(x, y)) \
    EACH(v##max##q##_##S, B, T, x > y ? x : y) \
    EACH(v##min##q##_##S, B, T, x < y ? x : y) \
    EACH(v##cgt##q##_##S, B, T, truth<T>(x > y)) \
    EACH(v##clt##q##_##S, B, T, truth<T>(x < y)) \
    PICK(v##zip1##q##_##S, B, T, i / 2 + i % 2 * n) \
    PICK(v##zip2##q##_##S, B, T, n / 2 + i / 2 + i % 2 * n) \
    PICK(v##uzp1##q##_##S, B, T, 2 * i) \
    PICK(v##uzp2##q##_##S, B, T, 2 * i + 1) \
    PICK(v##trn1##q##_##S, B, T, i / 2 * 2 + i % 2 * n) \
    PICK(v##trn2##q##_##S, B, T, i / 2 * 2 + 1 + i % 2 * n)
#define PICK(name, B, T, lane) static UNSEEN Bytes<B> name(const Bytes<B> &a, const Bytes<B> &b) \
    { const int n = B / (int)sizeof(T); return picked<T, B>(a, b, [=](int i) { return lane; }); }

#define HELD(name, op) template <typename T> static inline T name(T x, T y) { return held<T>((int64_t)x op y); } \
    template <> inline float name(float x, float y) { return x op y; }
HELD(held_sum, +)
HELD(held_difference, -)
HELD(held_product, *)
template <typename T> static inline T truth(bool yes) { return yes ? (T)-1 : (T)0; }
template <> inline float truth<float>(bool yes) { return __builtin_bit_cast(float, yes ? -1 : 0); }

template <int B> static UNSEEN Bytes<B> chosen(const Bytes<B> &mask, const Bytes<B> &a, const Bytes<B> &b)
{
    Bytes<B> r;
    for (int i = 0; i < B; ++i) {
        r.at[i] = (uint8_t)((mask.at[i] & a.at[i]) | (~mask.at[i] & b.at[i]));
    }
    return r;
}

static UNSEEN Bytes<16> both(const Bytes<8> &a, const Bytes<8> &b)
{
    return picked<uint8_t, 16>(a, b, [](int i) { return i; });
}

LANE_TYPE(s8, int8_t)
LANE_TYPE(u8, uint8_t)
LANE_TYPE(s16, int16_t)
LANE_TYPE(u16, uint16_t)
LANE_TYPE(s32, int32_t)
LANE_TYPE(u32, uint32_t)
LANE_TYPE(s64, int64_t)
LANE_TYPE(f32, float)

#define SATURATED(name, B, T) static UNSEEN Bytes<B> name(const Bytes<B> &a, const Bytes<B> &b) \
    { return saturated<T>(a, b, [](T x, T y) { return cut<T>((int64_t)x + y); }); }
SATURATED(vqaddq_s16, 16, int16_t)
SATURATED(vqaddq_s32, 16, int32_t)
EACH(veorq_s32, 16, int64_t, x ^ y)
EACH(vorrq_u32, 16, int64_t, x | y)
EACH(vandq_s32, 16, int64_t, x & y)

/* (2 x y + 2^31) / 2^32, cut; 2^by x, rounded to the nearest, ties up, where by is below 0 */
EACH(vqrdmulhq_s32, 16, int32_t, cut<int32_t>(((int64_t)x * y + (INT64_C(1) << 30)) >> 31))
static inline int64_t shifted(int64_t x, int by) { return by >= 0 ? x * (INT64_C(1) << by) : (x + (INT64_C(1) << (-by - 1))) >> -by; }
EACH(vrshlq_s32, 16, int32_t, held<int32_t>(shifted(x, (int8_t)y)))
EACH(vrshlq_s64, 16, int64_t, shifted(x, (int8_t)y))
EACH(vqshlq_s32, 16, int32_t, cut<int32_t>((int8_t)y >= 0 ? (int64_t)x * (INT64_C(1) << (int8_t)y) : x >> -(int8_t)y))
BY(vshrq_n_s32, 16, int32_t, x >> by)
BY(vshlq_n_u32, 16, uint32_t, x << by)

/* To lanes of another size. Those that are cut, or must hold what they are given, whatever its sign. */
template <typename R, typename T> static inline R kept(int64_t x)
{
    return x < -(INT64_C(1) << (8 * sizeof(R) - 1)) || x >= INT64_C(1) << (8 * sizeof(R)) ? (leaves(), R(0)) : (R)x;
}
MADE(vmovl_s8, 16, int16_t, 8, int8_t, x)
MADE(vmovl_u8, 16, uint16_t, 8, uint8_t, x)
MADE(vmovl_u16, 16, uint32_t, 8, uint16_t, x)
MADE(vmovl_s16, 16, int32_t, 8, int16_t, x)
MADE(vmovl_s32, 16, int64_t, 8, int32_t, x)
MADE(vmovn_s16, 8, int8_t, 16, int16_t, kept<int8_t, int16_t>(x))
MADE(vmovn_s32, 8, int16_t, 16, int32_t, kept<int16_t, int32_t>(x))
MADE(vmovn_s64, 8, int32_t, 16, int64_t, held<int32_t>(x))
MADE(vqmovn_s16, 8, int8_t, 16, int16_t, cut<int8_t>(x))
MADE(vqmovn_s32, 8, int16_t, 16, int32_t, cut<int16_t>(x))
MADE(vqmovun_s16, 8, uint8_t, 16, int16_t, cut<uint8_t>(x))
MADE(vcvtq_f32_s32, 16, float, 16, int32_t, x)
MADE(vcvtnq_s32_f32, 16, int32_t, 16, float, nearest(x))

/* Products of lanes that are as long as two: of 8 bytes; the sums of neighbours. */
static UNSEEN int16x8_t vmull_s8(const int8x8_t &a, const int8x8_t &b) { return products<int16_t, int8_t>(a, b); }
static UNSEEN int32x4_t vmull_s16(const int16x4_t &a, const int16x4_t &b) { return products<int32_t, int16_t>(a, b); }
static UNSEEN int64x2_t vmull_s32(const int32x2_t &a, const int32x2_t &b) { return products<int64_t, int32_t>(a, b); }
static UNSEEN int64x2_t vmovl_high_s32(const int32x4_t &a) { return vmovl_s32(resized<8>(a, 8)); }
static UNSEEN int64x2_t vmull_high_s32(const int32x4_t &a, const int32x4_t &b) { return vmull_s32(resized<8>(a, 8), resized<8>(b, 8)); }
static UNSEEN int32x4_t vmovn_high_s64(const int32x2_t &a, const int64x2_t &b) { return both(a, vmovn_s64(b)); }
static UNSEEN int32x4_t added(const int32x4_t &c, const int32x4_t &a)
{
    return each<int32_t>(c, a, [=](int64_t x, int64_t y) { return held<int32_t>(x + y); });
}
static UNSEEN int32x4_t vmlal_s16(const int32x4_t &c, const int16x4_t &a, const int16x4_t &b) { return added(c, vmull_s16(a, b)); }
static UNSEEN int32x4_t vpadalq_s16(const int32x4_t &c, const int16x8_t &a)
{
    return dot<int16_t, int16_t>(c, a, all<int16_t, 16>(1));
}

static UNSEEN int32x4_t vdotq_s32(const int32x4_t &c, const int8x16_t &a, const int8x16_t &b)
{
    return dot<int8_t, int8_t>(c, a, b);
}
static UNSEEN int32x4_t vusdotq_s32(const int32x4_t &c, const uint8x16_t &a, const int8x16_t &b)
{
    return dot<uint8_t, int8_t>(c, a, b);
}

template <int B> static UNSEEN Bytes<B> looked_up(const Bytes<16> &a, const Bytes<B> &index)
{
    return picked<uint8_t, B>(a, a, [&](int i) { return index_by(index.at[i], index.at[i] < 16 ? (int)index.at[i] : -1); });
}
static inline uint8x8_t vqtbl1_u8(const uint8x16_t &a, const uint8x8_t &index) { return looked_up(a, index); }
static inline uint8x16_t vqtbl1q_u8(const uint8x16_t &a, const uint8x16_t &index) { return looked_up(a, index); }

/* the same bits */
#define SAME(to, from) static inline Bytes<8> vreinterpret_##to##_##from(const Bytes<8> &a) { return a; } \
    static inline Bytes<16> vreinterpretq_##to##_##from(const Bytes<16> &a) { return a; }
#define SAME_AS(T) SAME(s8, T) SAME(u8, T) SAME(s16, T) SAME(u16, T) SAME(s32, T) SAME(u32, T) SAME(s64, T) SAME(f32, T)
SAME_AS(s8) SAME_AS(u8) SAME_AS(s16) SAME_AS(u16) SAME_AS(s32) SAME_AS(u32) SAME_AS(s64) SAME_AS(f32)
