/* x86's vectors of integers: AVX2, AVX-VNNI, AVX-512 with VNNI; of AMX see tiles.h (Intel 64 and IA-32 Architectures Software
   Developer's Manual, vol. 2). */
#pragma once
#include <vectors.h>

typedef Bytes<16> __m128i, __m128;
typedef Bytes<32> __m256i, __m256;
typedef Bytes<64> __m512i, __m512;
typedef uint16_t __mmask16;
typedef uint32_t __mmask32;
typedef uint64_t __mmask64;

#define _MM_HINT_T0 0
#define _mm_prefetch(p, hint) ((void)(p))

template <typename T> struct Unsigned;
template <> struct Unsigned<int8_t> { typedef uint8_t Type; };
template <> struct Unsigned<int16_t> { typedef uint16_t Type; };

/* Bytes and words have no sign until a number is made of them: the sum must hold for one that both, or one of both, have;
   x + 128 makes one without a sign of one that has it. */
template <typename T> static inline int64_t sum_of_bits(int64_t x, int64_t y, int sign)
{
    typedef typename Unsigned<T>::Type U;
    const int64_t signs[2] = {x, y}, none[2] = {(U)x, (U)y}, own = x + sign * y;
    for (int which = 0; which < 4; ++which) {
        const int64_t sum = (which & 1 ? none : signs)[0] + sign * (which & 2 ? none : signs)[1];
        if (which == 0 ? cut<T>(sum) == sum : which == 3 ? cut<U>(sum) == sum : cut<T>(sum) == sum || cut<U>(sum) == sum) {
            return own;
        }
    }
    leaves();
}

template <int B> static UNSEEN Bytes<B> shuffled(const Bytes<B> &a, const Bytes<B> &b) /* bytes, in each 16 */
{
    return picked<uint8_t, B>(a, a, [&](int i) { return index_by(b.at[i], b.at[i] & 128 ? -1 : i / 16 * 16 + (int)(b.at[i] & 15)); });
}

#define CALL(W, B, name, ...) static UNSEEN Bytes<B> W##_##name(const Bytes<B> &a, const Bytes<B> &b) \
    { return __VA_ARGS__; }
#define DOT(W, B, name, T, U) static UNSEEN Bytes<B> W##_##name(const Bytes<B> &c, const Bytes<B> &a, const Bytes<B> &b) \
    { return dot<T, U>(c, a, b); }

#define WIDTH(W, S, B) \
    SEEN Bytes<B> W##_loadu_##S(const void *p) { return load<B>(p); } \
    SEEN Bytes<B> W##_loadu_ps(const float *p) { return load<B>(p); } \
    SEEN void W##_storeu_##S(void *p, const Bytes<B> &a) { store(p, a); } \
    SEEN Bytes<B> W##_load_##S(const void *p) { return aligned(p, B), load<B>(p); } \
    SEEN void W##_store_##S(void *p, const Bytes<B> &a) { aligned(p, B), store(p, a); } \
    SEEN void W##_storeu_ps(float *p, const Bytes<B> &a) { store(p, a); } \
    SEEN Bytes<B> W##_load_ps(const float *p) { return aligned(p, B), load<B>(p); } \
    SEEN void W##_store_ps(float *p, const Bytes<B> &a) { aligned(p, B), store(p, a); } \
    SEEN Bytes<B> W##_setzero_##S() { return Bytes<B>{}; } \
    SEEN Bytes<B> W##_setzero_ps() { return Bytes<B>{}; } \
    SEEN Bytes<B> W##_set1_epi8(OF(int) x) { return all<int8_t, B>((OF(int8_t))x); } \
    SEEN Bytes<B> W##_set1_epi16(OF(int) x) { return all<int16_t, B>((OF(int16_t))x); } \
    SEEN Bytes<B> W##_set1_epi32(OF(int) x) { return all<int32_t, B>((OF(int32_t))x); } \
    SEEN Bytes<B> W##_set1_epi64(OF(int64_t) x) { return all<int64_t, B>((OF(int64_t))x); } \
    SEEN Bytes<B> W##_set1_epi64x(OF(int64_t) x) { return all<int64_t, B>((OF(int64_t))x); } \
    SEEN Bytes<B> W##_set1_ps(float x) { return all<float, B>(x); } \
    EACH(W##_add_epi8, B, int8_t, sum_of_bits<int8_t>(x, y, 1)) \
    EACH(W##_sub_epi8, B, int8_t, sum_of_bits<int8_t>(x, y, -1)) \
    EACH(W##_add_epi16, B, int16_t, sum_of_bits<int16_t>(x, y, 1)) \
    EACH(W##_sub_epi16, B, int16_t, sum_of_bits<int16_t>(x, y, -1)) \
    EACH(W##_adds_epi16, B, int16_t, cut<int16_t>((int64_t)x + y)) \
    EACH(W##_add_epi32, B, int32_t, held<int32_t>((int64_t)x + y)) \
    EACH(W##_sub_epi32, B, int32_t, held<int32_t>((int64_t)x - y)) \
    EACH(W##_mullo_epi32, B, int32_t, held<int32_t>((int64_t)x * y)) \
    EACH(W##_mullo_epi16, B, int16_t, held<int16_t>((int64_t)x * y)) \
    EACH(W##_add_epi64, B, uint64_t, x + y) \
    EACH(W##_sub_epi64, B, uint64_t, x - y) \
    EACH(W##_mul_epi32, B, int64_t, (int64_t)(int32_t)x * (int32_t)y) \
    EACH(W##_max_epi32, B, int32_t, x > y ? x : y) \
    EACH(W##_min_epi32, B, int32_t, x < y ? x : y) \
    EACH(W##_max_epi8, B, int8_t, x > y ? x : y) \
    EACH(W##_min_epi8, B, int8_t, x < y ? x : y) \
    EACH(W##_max_epu8, B, uint8_t, x > y ? x : y) \
    EACH(W##_min_epu8, B, uint8_t, x < y ? x : y) \
    EACH(W##_sllv_epi32, B, uint32_t, y < 32 ? x << y : 0) \
    EACH(W##_sllv_epi64, B, uint64_t, y < 64 ? x << y : 0) \
    EACH(W##_srlv_epi64, B, uint64_t, y < 64 ? x >> y : 0) \
    EACH(W##_srav_epi32, B, int32_t, x >> (y < 0 || y > 31 ? 31 : y)) \
    EACH(W##_srav_epi64, B, int64_t, x >> (y < 0 || y > 63 ? 63 : y)) \
    EACH(W##_xor_##S, B, int64_t, x ^ y) \
    EACH(W##_and_##S, B, int64_t, x & y) \
    EACH(W##_or_##S, B, int64_t, x | y) \
    EACH(W##_andnot_##S, B, int64_t, ~x & y) \
    EACH(W##_max_ps, B, float, x > y ? x : y) \
    EACH(W##_min_ps, B, float, x < y ? x : y) \
    EACH(W##_mul_ps, B, float, x * y) \
    EACH(W##_add_ps, B, float, x + y) \
    EACH(W##_sub_ps, B, float, x - y) \
    EACH(W##_div_ps, B, float, x / y) \
    BY(W##_slli_epi16, B, uint16_t, x << by) \
    BY(W##_slli_epi32, B, uint32_t, x << by) \
    BY(W##_slli_epi64, B, uint64_t, x << by) \
    BY(W##_srli_epi16, B, uint16_t, x >> by) \
    BY(W##_srli_epi32, B, uint32_t, x >> by) \
    BY(W##_srli_epi64, B, uint64_t, x >> by) \
    BY(W##_srai_epi32, B, int32_t, x >> by) \
    BY(W##_srai_epi16, B, int16_t, x >> by) \
    CALL(W, B, madd_epi16, dot<int16_t, int16_t>(Bytes<B>{}, a, b)) \
    CALL(W, B, packs_epi32, packed<int16_t, int32_t>(a, b)) \
    CALL(W, B, packs_epi16, packed<int8_t, int16_t>(a, b)) \
    CALL(W, B, packus_epi16, packed<uint8_t, int16_t>(a, b)) \
    CALL(W, B, packus_epi32, packed<uint16_t, int32_t>(a, b)) \
    CALL(W, B, shuffle_epi8, shuffled(a, b)) \
    CALL(W, B, unpacklo_epi8, interleaved<int8_t>(a, b, false)) \
    CALL(W, B, unpackhi_epi8, interleaved<int8_t>(a, b, true)) \
    CALL(W, B, unpacklo_epi16, interleaved<int16_t>(a, b, false)) \
    CALL(W, B, unpackhi_epi16, interleaved<int16_t>(a, b, true)) \
    CALL(W, B, unpacklo_epi32, interleaved<int32_t>(a, b, false)) \
    CALL(W, B, unpackhi_epi32, interleaved<int32_t>(a, b, true)) \
    CALL(W, B, unpacklo_epi64, interleaved<int64_t>(a, b, false)) \
    CALL(W, B, unpackhi_epi64, interleaved<int64_t>(a, b, true)) \
    DOT(W, B, dpbusd_epi32, uint8_t, int8_t) \
    DOT(W, B, dpbusd_avx_epi32, uint8_t, int8_t) \
    DOT(W, B, dpwssd_epi32, int16_t, int16_t) \
    DOT(W, B, dpwssd_avx_epi32, int16_t, int16_t) \
    MADE(W##_cvtepi32_ps, B, float, B, int32_t, x) \
    MADE(W##_cvtps_epi32, B, int32_t, B, float, x >= -0x1p31f && x < 0x1p31f ? nearest(x) : INT32_MIN) \
    SEEN Bytes<B> W##_maskz_loadu_epi8(uint64_t mask, const void *p) { return load_where<int8_t, B>(p, mask); } \
    SEEN Bytes<B> W##_maskz_loadu_epi16(uint64_t mask, const void *p) { return load_where<int16_t, B>(p, mask); } \
    SEEN Bytes<B> W##_maskz_loadu_epi32(uint64_t mask, const void *p) { return load_where<int32_t, B>(p, mask); } \
    SEEN Bytes<B> W##_maskz_loadu_ps(uint64_t mask, const void *p) { return load_where<int32_t, B>(p, mask); } \
    SEEN Bytes<B> W##_mask_loadu_epi8(const Bytes<B> &a, uint64_t mask, const void *p) { return load_where<int8_t, B>(p, mask, a); } \
    SEEN void W##_mask_storeu_epi8(void *p, uint64_t mask, const Bytes<B> &a) { store_where<int8_t>(p, mask, a); } \
    SEEN void W##_mask_storeu_epi16(void *p, uint64_t mask, const Bytes<B> &a) { store_where<int16_t>(p, mask, a); } \
    SEEN void W##_mask_storeu_epi32(void *p, uint64_t mask, const Bytes<B> &a) { store_where<int32_t>(p, mask, a); } \
    SEEN Bytes<B> W##_maskz_load_epi32(uint64_t mask, const void *p) { return aligned(p, B), load_where<int32_t, B>(p, mask); } \
    SEEN Bytes<B> W##_maskz_load_ps(uint64_t mask, const void *p) { return aligned(p, B), load_where<int32_t, B>(p, mask); } \
    SEEN void W##_mask_store_epi32(void *p, uint64_t mask, const Bytes<B> &a) { aligned(p, B), store_where<int32_t>(p, mask, a); } \
    SEEN void W##_mask_store_ps(void *p, uint64_t mask, const Bytes<B> &a) { aligned(p, B), store_where<int32_t>(p, mask, a); } \
    SEEN void W##_mask_storeu_ps(void *p, uint64_t mask, const Bytes<B> &a) { store_where<int32_t>(p, mask, a); }
WIDTH(_mm, si128, 16)
WIDTH(_mm256, si256, 32)
WIDTH(_mm512, si512, 64)

/* to longer lanes, of either sign */
MADE(_mm_cvtepi8_epi16, 16, int16_t, 16, int8_t, x)
MADE(_mm_cvtepu8_epi16, 16, int16_t, 16, uint8_t, x)
MADE(_mm256_cvtepi8_epi16, 32, int16_t, 16, int8_t, x)
MADE(_mm256_cvtepu8_epi16, 32, int16_t, 16, uint8_t, x)
MADE(_mm512_cvtepi8_epi16, 64, int16_t, 32, int8_t, x)
MADE(_mm512_cvtepu8_epi16, 64, int16_t, 32, uint8_t, x)
MADE(_mm256_cvtepi16_epi32, 32, int32_t, 16, int16_t, x)
MADE(_mm512_cvtepi16_epi32, 64, int32_t, 32, int16_t, x)
MADE(_mm256_cvtepi8_epi32, 32, int32_t, 16, int8_t, x)
MADE(_mm256_cvtepu8_epi32, 32, int32_t, 16, uint8_t, x)
MADE(_mm512_cvtepi8_epi32, 64, int32_t, 16, int8_t, x)
MADE(_mm512_cvtepu8_epi32, 64, int32_t, 16, uint8_t, x)

template <typename T, int C, int B> static UNSEEN Bytes<C> shorter(const Bytes<B> &a) /* lanes of 32 bits */
{
    typedef typename Unsigned<T>::Type U;
    return made<T, int32_t, C>(a, [=](int32_t x) { return cut<T>(x) != x && cut<U>(x) != x ? (leaves(), 0) : x; });
}
static UNSEEN __m128i _mm512_cvtepi32_epi8(const __m512i &a) { return shorter<int8_t, 16>(a); }
static UNSEEN __m256i _mm512_cvtepi32_epi16(const __m512i &a) { return shorter<int16_t, 32>(a); }

/* lanes as they are given */
template <typename T, typename... X> static UNSEEN Bytes<sizeof...(X) * sizeof(T)> lanes_of(X... x)
{
    Lanes<T, sizeof...(X) * sizeof(T)> r;
    int i = 0;
    ((r.at[i++] = (T)x), ...);
    return r;
}
template <typename... X> SEEN auto _mm_setr_epi8(X... x) { return lanes_of<int8_t>(x...); }
template <typename... X> SEEN auto _mm256_setr_epi8(X... x) { return lanes_of<int8_t>(x...); }
template <typename... X> SEEN auto _mm_setr_epi16(X... x) { return lanes_of<int16_t>(x...); }
template <typename... X> SEEN auto _mm256_setr_epi16(X... x) { return lanes_of<int16_t>(x...); }
template <typename... X> SEEN auto _mm_setr_epi32(X... x) { return lanes_of<int32_t>(x...); }
template <typename... X> SEEN auto _mm256_setr_epi32(X... x) { return lanes_of<int32_t>(x...); }
template <typename... X> SEEN auto _mm512_setr_epi32(X... x) { return lanes_of<int32_t>(x...); }
template <typename... X> SEEN auto _mm512_setr_epi64(X... x) { return lanes_of<int64_t>(x...); }

/* AVX2 and below */
EACH(_mm_cmpgt_epi8, 16, int8_t, x > y ? -1 : 0)
EACH(_mm256_cmpgt_epi8, 32, int8_t, x > y ? -1 : 0)
EACH(_mm256_cmpgt_epi32, 32, int32_t, x > y ? -1 : 0)
SEEN __m128i _mm_loadl_epi64(const void *p) { return load<16>(p, 8); }
SEEN void _mm_storel_epi64(void *p, const __m128i &a) { __builtin_memcpy(p, a.at, 8); }
SEEN __m256 _mm256_broadcast_ss(const float *p) { return all<float, 32>(*p); }
#define BLENDV(W, B) static UNSEEN Bytes<B> W##_blendv_epi8(const Bytes<B> &a, const Bytes<B> &b, const Bytes<B> &mask) \
    { return picked<uint8_t, B>(a, b, [&](int i) { return index_by(mask.at[i], i + (mask.at[i] & 128 ? B : 0)); }); }
BLENDV(_mm, 16)
BLENDV(_mm256, 32)
static UNSEEN __m256i _mm256_blend_epi32(const __m256i &a, const __m256i &b, int how)
{
    return picked<int32_t, 32>(a, b, [=](int i) { return i + (how >> i & 1 ? 8 : 0); });
}
#define LANE_OF(name, T, U) \
    SEEN OF(int) _mm_extract_##name(const __m128i &a, int i) { return (OF(int))lane_of<U>(a, i); } \
    SEEN __m128i _mm_insert_##name(const __m128i &a, const OF(int) &x, int i) { return put<T>(a, (OF(T))x, i); }
LANE_OF(epi8, int8_t, uint8_t)
LANE_OF(epi16, int16_t, uint16_t)
LANE_OF(epi32, int32_t, int32_t)
SEEN OF(int) _mm_cvtsi128_si32(const __m128i &a) { return lane_of<int32_t>(a, 0); }
static UNSEEN uint64_t signs(const __m256i &mask)
{
    uint64_t r = 0;
    for (int i = 0; i < 8; ++i) {
        r |= (uint64_t)(mask.at[4 * i + 3] >> 7) << i;
    }
    return r;
}
SEEN __m256i _mm256_maskload_epi32(const void *p, const __m256i &mask) { return load_where<int32_t, 32>(p, signs(mask)); }
SEEN __m256 _mm256_maskload_ps(const float *p, const __m256i &mask) { return load_where<int32_t, 32>(p, signs(mask)); }
SEEN void _mm256_maskstore_epi32(void *p, const __m256i &mask, const __m256i &a) { store_where<int32_t>(p, signs(mask), a); }
SEEN void _mm256_maskstore_ps(float *p, const __m256i &mask, const __m256 &a) { store_where<int32_t>(p, signs(mask), a); }

#define _mm256_castps_si256(a) (a)
#define _mm256_castsi256_ps(a) (a)
#define _mm512_castps_si512(a) (a)
#define _mm512_castsi512_ps(a) (a)
static const uint8_t ANY = 0xa5; /* of bytes that a cast leaves open */
SEEN __m128i _mm256_castsi256_si128(const __m256i &a) { return resized<16>(a); }
SEEN __m256i _mm256_castsi128_si256(const __m128i &a) { return resized<32>(a, 0, ANY); }
SEEN __m256i _mm256_zextsi128_si256(const __m128i &a) { return resized<32>(a); }
SEEN __m128i _mm256_extracti128_si256(const __m256i &a, int half) { return resized<16>(a, 16 * half); }
SEEN __m128i _mm512_castsi512_si128(const __m512i &a) { return resized<16>(a); }
SEEN __m128i _mm512_extracti32x4_epi32(const __m512i &a, int part) { return resized<16>(a, 16 * part); }
SEEN __m512i _mm512_castsi256_si512(const __m256i &a) { return resized<64>(a, 0, ANY); }
SEEN __m512i _mm512_zextsi128_si512(const __m128i &a) { return resized<64>(a); }

/* Lanes of T that are picked of a, then b: lane i of the result is the one that the expression says. */
#define PICK(R, name, T, a, b, lane, ...) static UNSEEN R name(__VA_ARGS__) \
    { return picked<T, sizeof(R)>(a, b, [=](int i) { return lane; }); }
PICK(__m256i, _mm256_inserti128_si256, int64_t, a, resized<32>(b), (i / 2 == half ? 4 + i % 2 : i),
     __m256i a, __m128i b, int half)
PICK(__m256i, _mm256_broadcastsi128_si256, int64_t, a, a, i % 2, __m128i a)
PICK(__m512i, _mm512_broadcast_i32x4, int64_t, a, a, i % 2, __m128i a)
PICK(__m256i, _mm256_permute4x64_epi64, int64_t, a, a, how >> (2 * i) & 3, __m256i a, int how)
PICK(__m256i, _mm256_permute2x128_si256, int64_t, a, b,
     (how >> (i & 2) * 2 & 8 ? -1 : (how >> (i & 2) * 2 & 3) * 2 + i % 2), __m256i a, __m256i b, int how)
PICK(__m512i, _mm512_shuffle_i32x4, int64_t, a, b, (how >> (i & 6) & 3) * 2 + i % 2 + (i & 4 ? 8 : 0),
     __m512i a, __m512i b, int how)
PICK(__m256i, _mm256_permutevar8x32_epi32, int32_t, a, a, index_by(b.at[4 * i], (int)(b.at[4 * i] & 7)), __m256i a, __m256i b)
PICK(__m512i, _mm512_permutexvar_epi32, int32_t, a, a, index_by(b.at[4 * i], (int)(b.at[4 * i] & 15)), __m512i b, __m512i a)
PICK(__m512i, _mm512_permutexvar_epi64, int64_t, a, a, index_by(b.at[8 * i], (int)(b.at[8 * i] & 7)), __m512i b, __m512i a)

/* AVX-512 */
PICK(__m512i, _mm512_mask_blend_epi8, uint8_t, a, b, i + (mask >> i & 1 ? 64 : 0), __mmask64 mask, __m512i a, __m512i b)
PICK(__m512i, _mm512_mask_blend_epi32, int32_t, a, b, i + (mask >> i & 1 ? 16 : 0), __mmask16 mask, __m512i a, __m512i b)
#define WHERE(M, name, blend, of) \
    static UNSEEN __m512i _mm512_mask_##name(const __m512i &c, M mask, const __m512i &a, const __m512i &b) \
    { return _mm512_mask_blend_##blend(mask, c, of(a, b)); }
WHERE(__mmask16, add_epi32, epi32, _mm512_add_epi32)
WHERE(__mmask16, sub_epi32, epi32, _mm512_sub_epi32)
WHERE(__mmask64, shuffle_epi8, epi8, shuffled)
static UNSEEN __mmask16 _mm512_cmpgt_epi32_mask(const __m512i &a, const __m512i &b)
{
    const Lanes<int32_t, 64> x(a), y(b);
    unsigned r = 0;
    for (int i = 0; i < x.N; ++i) {
        r |= (unsigned)(x.at[i] > y.at[i]) << i;
    }
    return (__mmask16)r;
}

#include <tiles.h>
