/* x86's vectors of f32: AVX2 with FMA, and AVX-512 (Intel 64 and IA-32 Architectures Software Developer's Manual, vol. 2). */
typedef Vec<8> __m256, __m256i, __m256d;
typedef Vec<16> __m512, __m512i;
typedef uint16_t __mmask16;

#define _MM_HINT_T0 0
#define _mm_prefetch(p, hint) ((void)(p))

#define BOTH(W, N) \
    static inline Vec<N> W##_loadu_ps(const Num *p) { return load<N>(p); } \
    static inline Vec<N> W##_load_ps(const Num *p) { return load_aligned<N>(p); } \
    static inline void W##_storeu_ps(Num *p, const Vec<N> &a) { store(p, a); } \
    static inline void W##_store_ps(Num *p, const Vec<N> &a) { store_aligned(p, a); } \
    static inline Vec<N> W##_set1_ps(Num x) { return set<N>(x); } \
    static inline Vec<N> W##_setzero_ps() { return set<N>(0.0f); } \
    static inline Vec<N> W##_add_ps(const Vec<N> &a, const Vec<N> &b) { return add(a, b); } \
    static inline Vec<N> W##_sub_ps(const Vec<N> &a, const Vec<N> &b) { return sub(a, b); } \
    static inline Vec<N> W##_mul_ps(const Vec<N> &a, const Vec<N> &b) { return mul(a, b); } \
    static inline Vec<N> W##_div_ps(const Vec<N> &a, const Vec<N> &b) { return div(a, b); } \
    static inline Vec<N> W##_max_ps(const Vec<N> &a, const Vec<N> &b) { return greatest(a, b); } \
    static inline Vec<N> W##_min_ps(const Vec<N> &a, const Vec<N> &b) { return least(a, b); } \
    static inline Vec<N> W##_fmadd_ps(const Vec<N> &a, const Vec<N> &b, const Vec<N> &c) { return fma(a, b, c); } \
    static inline Vec<N> W##_fnmadd_ps(const Vec<N> &a, const Vec<N> &b, const Vec<N> &c) { return fnma(a, b, c); } \
    static inline Vec<N> W##_set1_epi32(int x) { return integers<N>(x); } \
    static inline Vec<N> W##_add_epi32(const Vec<N> &a, const Vec<N> &b) { return add_integers(a, b); } \
    static inline Vec<N> W##_slli_epi32(const Vec<N> &a, int by) { return shifted_left(a, by); }
BOTH(_mm256, 8)
BOTH(_mm512, 16)
#define _mm256_setr_epi32 integers_of
#define _mm512_setr_epi32 integers_of

/* the same bits */
#define _mm256_castps_si256(a) (a)
#define _mm256_castsi256_ps(a) (a)
#define _mm256_castps_pd(a) (a)
#define _mm256_castpd_ps(a) (a)
#define _mm512_castps_si512(a) (a)
#define _mm512_castsi512_ps(a) (a)

/* AVX2 */
static inline uint32_t signs(const __m256i &mask)
{
    uint32_t r = 0;
    for (int i = 0; i < 8; ++i) {
        r |= (uint32_t)(bits(mask.lane[i]) < 0) << i;
    }
    return r;
}

static inline __m256 _mm256_broadcast_ss(const Num *p) { return load_all<8>(p); }
static inline __m256 _mm256_maskload_ps(const Num *p, const __m256i &mask) { return load_where<8>(p, signs(mask)); }
static inline void _mm256_maskstore_ps(Num *p, const __m256i &mask, const __m256 &a) { store_where(p, signs(mask), a); }
static inline __m256i _mm256_cmpgt_epi32(const __m256i &a, const __m256i &b) { return greater_integers(a, b); }
static inline __m256i _mm256_andnot_si256(const __m256i &a, const __m256i &b) { return and_not(a, b); }

static inline __m256 _mm256_shuffle_ps(const __m256 &a, const __m256 &b, int how) /* in halves: two of a, two of b */
{
    int index[8];
    for (int i = 0; i < 8; ++i) {
        index[i] = (i & 4) + (how >> (2 * (i & 3)) & 3) + (i & 2 ? 8 : 0);
    }
    return picked<8>(a, b, index);
}

static inline __m256d _mm256_permute4x64_pd(const __m256d &a, int how)
{
    int index[8];
    for (int i = 0; i < 8; ++i) {
        index[i] = 2 * (how >> (i & 6) & 3) + (i & 1);
    }
    return picked<8>(a, a, index);
}

static inline __m256 _mm256_permute2f128_ps(const __m256 &a, const __m256 &b, int how) /* halves of a, then b */
{
    int index[8];
    for (int i = 0; i < 8; ++i) {
        index[i] = 4 * (how >> (i & 4) & 3) + (i & 3);
    }
    return how & 0x88 ? (unread("clears half of a vector"), a) : picked<8>(a, b, index);
}

static inline __m256 _mm256_unpacklo_ps(const __m256 &a, const __m256 &b)
{
    static const int index[8] = {0, 8, 1, 9, 4, 12, 5, 13};
    return picked<8>(a, b, index);
}

static inline __m256 _mm256_unpackhi_ps(const __m256 &a, const __m256 &b)
{
    static const int index[8] = {2, 10, 3, 11, 6, 14, 7, 15};
    return picked<8>(a, b, index);
}

static inline __m256i _mm256_alignr_epi8(const __m256i &a, const __m256i &b, int by) /* in halves, b below a */
{
    int index[8];
    for (int i = 0; i < 8; ++i) {
        const int lane = (i & 3) + by / 4;
        index[i] = (i & 4) + (lane & 3) + (lane & 4 ? 8 : 0);
    }
    return by % 4 || by > 16 ? (unread("moves bytes of a number"), a) : picked<8>(b, a, index);
}

static inline __m256 _mm256_permutevar8x32_ps(const __m256 &a, const __m256i &from)
{
    int index[8];
    for (int i = 0; i < 8; ++i) {
        index[i] = bits(from.lane[i]) & 7;
    }
    return picked<8>(a, a, index);
}

/* AVX-512 */
static inline __m512 _mm512_maskz_loadu_ps(__mmask16 mask, const Num *p) { return load_where<16>(p, mask); }
static inline void _mm512_mask_storeu_ps(Num *p, __mmask16 mask, const __m512 &a) { store_where(p, mask, a); }
static inline __m512i _mm512_alignr_epi32(const __m512i &a, const __m512i &b, int by) { return from(b, a, by); }

static inline __m512 _mm512_permutex2var_ps(const __m512 &a, const __m512i &from, const __m512 &b)
{
    int index[16];
    for (int i = 0; i < 16; ++i) {
        index[i] = bits(from.lane[i]) & 31;
    }
    return picked<16>(a, b, index);
}

static inline __m512 _mm512_permutexvar_ps(const __m512i &from, const __m512 &a)
{
    int index[16];
    for (int i = 0; i < 16; ++i) {
        index[i] = bits(from.lane[i]) & 15;
    }
    return picked<16>(a, a, index);
}
