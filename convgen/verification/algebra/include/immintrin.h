/* x86's vectors of f32, and of words, which are f16 or bf16: AVX2 with FMA and F16C, and AVX-512 (Intel 64 and IA-32 Architectures Software Developer's Manual, vol. 2). */
typedef Vec<8> __m256, __m256i, __m256d, __m128i;
typedef Vec<16> __m512, __m512i;
typedef uint_least16_t __mmask16;
typedef uint32_t __mmask32;

#define _MM_HINT_T0 0
#define _mm_prefetch(p, hint) ((void)(p))
#define _mm_sfence() ((void)0)

#define BOTH(W, N) \
    static inline Vec<N> W##_loadu_ps(const Num *p) { return load<N>(p); } \
    static inline Vec<N> W##_load_ps(const Num *p) { return load<N>(aligned(p, 4 * N)); } \
    static inline void W##_storeu_ps(Num *p, const Vec<N> &a) { store(p, a); } \
    static inline void W##_store_ps(Num *p, const Vec<N> &a) { store(aligned(p, 4 * N), a); } \
    static inline Vec<N> W##_set1_ps(Num x) { return set<N>(x); } \
    static inline Vec<N> W##_setzero_ps() { return set<N>(0.0f); } \
    MEANS(Vec<N>, W##_add_ps, add) \
    MEANS(Vec<N>, W##_sub_ps, sub) \
    MEANS(Vec<N>, W##_mul_ps, mul) \
    MEANS(Vec<N>, W##_div_ps, quotient) \
    MEANS(Vec<N>, W##_max_ps, greatest) \
    MEANS(Vec<N>, W##_min_ps, least) \
    static inline Vec<N> W##_fmadd_ps(const Vec<N> &a, const Vec<N> &b, const Vec<N> &c) { return fma(a, b, c); } \
    static inline Vec<N> W##_fnmadd_ps(const Vec<N> &a, const Vec<N> &b, const Vec<N> &c) { return fnma(a, b, c); } \
    static inline Vec<N> W##_set1_epi32(int x) { return integers<N>(x); } \
    MEANS(Vec<N>, W##_add_epi32, add_integers) \
    static inline Vec<N> W##_slli_epi32(const Vec<N> &a, int by) { return shifted_left(a, by); }
BOTH(_mm256, 8)
BOTH(_mm512, 16)
#define _mm512_stream_ps _mm512_storeu_ps /* kernels look at the address first, which is another one here */
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
static inline void _mm256_maskstore_ps(Num *p, const __m256i &mask, const __m256 &a) { store_lanes(p, a, signs(mask), 0); }
MEANS(__m256i, _mm256_cmpgt_epi32, greater_integers)
MEANS(__m256i, _mm256_andnot_si256, and_not)

static inline int unclear(int how) { return how & 0x88 ? (unread("clears half of a vector"), 0) : 0; }
static inline int whole(int by) { return by % 4 || by > 16 ? (unread("moves bytes of a number"), 0) : by / 4; }

#define COMMA ,
/* Lane i of the result is the lane that the expression says, of a, then b. */
#define PICK(R, name, a, b, how, lane) static inline R name(how) \
    { int index[sizeof(R) / sizeof(Val)]; for (int i = 0; i < (int)(sizeof index / sizeof *index); ++i) { index[i] = lane; } \
      return picked<sizeof index / sizeof *index>(a, b, index); }
#define PAIR const __m256 &a, const __m256 &b
/* in halves: two of a, two of b; pairs of lanes; halves of a, then b; the first two of both halves in turns, the others */
PICK(__m256, _mm256_shuffle_ps, a, b, PAIR COMMA int how, (i & 4) + (how >> (2 * (i & 3)) & 3) + (i & 2 ? 8 : 0))
PICK(__m256, _mm256_permute4x64_pd, a, a, const __m256 &a COMMA int how, 2 * (how >> (i & 6) & 3) + (i & 1))
PICK(__m256, _mm256_permute2f128_ps, a, b, PAIR COMMA int how, 4 * (how >> (i & 4) & 3) + (i & 3) + unclear(how))
PICK(__m256, _mm256_unpacklo_ps, a, b, PAIR, (i & 4) + (i & 3) / 2 + (i & 1 ? 8 : 0))
PICK(__m256, _mm256_unpackhi_ps, a, b, PAIR, (i & 4) + 2 + (i & 3) / 2 + (i & 1 ? 8 : 0))
/* in halves: bytes `by` and so on of b, then a */
PICK(__m256, _mm256_alignr_epi8, b, a, PAIR COMMA int by,
     (i & 4) + (((i & 3) + whole(by)) & 3) + (((i & 3) + by / 4) & 4 ? 8 : 0))
PICK(__m256, _mm256_permutevar8x32_ps, a, a, const __m256 &a COMMA const __m256i &from, bits(from.lane[i]) & 7)

/* AVX-512 */
static inline __m512 _mm512_maskz_loadu_ps(__mmask16 mask, const Num *p) { return load_where<16>(p, mask); }
static inline __m512 _mm512_maskz_load_ps(__mmask16 mask, const Num *p) { return load_where<16>(aligned(p, 64), mask); }
static inline void _mm512_mask_store_ps(Num *p, __mmask16 mask, const __m512 &a) { store_lanes(aligned(p, 64), a, mask, 0); }
static inline void _mm512_mask_storeu_ps(Num *p, __mmask16 mask, const __m512 &a) { store_lanes(p, a, mask, 0); }
static inline __m512i _mm512_alignr_epi32(const __m512i &a, const __m512i &b, int by) { return from(b, a, by); }

PICK(__m512, _mm512_permutex2var_ps, a, b, const __m512 &a COMMA const __m512i &from COMMA const __m512 &b,
     bits(from.lane[i]) & 31)
PICK(__m512, _mm512_permutexvar_ps, a, a, const __m512i &from COMMA const __m512 &a, bits(from.lane[i]) & 15)

/* words: as many lanes as numbers they become, and pointers to them as to vectors */
#define WORDS(W, N, S) \
    static inline Vec<N> W##_loadu_##S(const void *p) { return load<N>((const Half *)p); } \
    static inline void W##_storeu_##S(void *p, const Vec<N> &a) { store((Half *)p, a); } \
    static inline Vec<N> W##_set1_epi16(Half x) { return set<N>(x); }
WORDS(_mm, 8, si128)
WORDS(_mm256, 16, si256)
#define _mm256_cvtph_ps widened
#define _mm512_cvtph_ps widened
static inline __m128i _mm_setzero_si128() { return set<8>(0.0f); }
static inline __m128i _mm_loadl_epi64(const void *p) { return load_where<8>((const Half *)p, 15); }
static inline void _mm_storel_epi64(void *p, const __m128i &a) { store_lanes((Half *)p, a, 15, 0); }
MEANS(__m128i, _mm_or_si128, either)
static inline __m128i _mm_slli_si128(const __m128i &a, int by) { return from(_mm_setzero_si128(), a, 8 - by / 2); }
static inline __m128i _mm_srli_si128(const __m128i &a, int by) { return from(a, _mm_setzero_si128(), by / 2); }
static inline Half _mm_extract_epi16(const __m128i &a, int i) { return Half(a.lane[i]); }
static inline __m128i _mm_insert_epi16(__m128i a, Half x, int i) { return a.lane[i] = x.read(), a; }
template <typename... X> static __m128i _mm_setr_epi16(X... x) { return {{Half(x).read()...}}; }
static inline Vec<16> _mm256_maskz_loadu_epi16(uint32_t mask, const Half *p) { return load_where<16>(p, mask); }
static inline void _mm256_mask_storeu_epi16(Half *p, uint32_t mask, const Vec<16> &a) { store_lanes((Half *)p, a, mask, 0); }
