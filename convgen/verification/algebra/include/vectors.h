/* Vectors of any element type: N lanes of 32 bits, numbers of the field or integers. What instructions do with them, by
   their own names, is in immintrin.h, arm_neon.h and wasm_simd128.h. */
template <int N> struct Vec {
    Val lane[N];
};

#define LANES for (int i = 0; i < N; ++i)
#define VECTOR template <int N> static __attribute__((noinline)) Vec<N>

static inline Val integer(int32_t x) { return Val{(uint32_t)x, 0, 0, 0, INTEGER}; }

static inline int32_t bits(const Val &a) /* of an integer lane */
{
    if (a.kind != INTEGER) {
        unread("takes the bits of a number for an integer");
    }
    return (int32_t)a.value;
}

/* Lanes `first` to first + count − 1 from memory on, or to it. */
template <int N, typename T> static __attribute__((noinline)) Vec<N> load_lanes(const T *p, Vec<N> a, uint32_t mask, int first)
{
    for (int i = first; i < N; ++i) {
        if (mask >> (i - first) & 1) {
            a.lane[i] = (p + (i - first))->read();
        }
    }
    return a;
}

template <int N, typename T> static __attribute__((noinline)) void store_lanes(T *p, const Vec<N> &a, uint32_t mask, int first)
{
    for (int i = first; i < N; ++i) {
        if (mask >> (i - first) & 1) {
            p[i - first] = T(a.lane[i]);
        }
    }
}

template <typename V> static V every_lane(const Val &x)
{
    V r;
    for (Val &lane : r.lane) {
        lane = x;
    }
    return r;
}

static const uint32_t ALL = ~0u;
template <int N, typename T> static inline Vec<N> load_where(const T *p, uint32_t mask) /* bit i for lane i, else 0 */
{
    return load_lanes(p, every_lane<Vec<N>>(NOTHING), mask, 0);
}
template <int N, typename T> static inline Vec<N> load(const T *p) { return load_where<N>(p, ALL); }
template <int N, typename T> static inline Vec<N> load_all(const T *p) /* one number for all lanes */
{
    return every_lane<Vec<N>>(load_where<N>(p, 1).lane[0]);
}
template <int N, typename T> static inline void store(T *p, const Vec<N> &a) { store_lanes(p, a, ALL, 0); }

#define LANEWISE(name, takes, ...) VECTOR name takes { Vec<N> r; LANES r.lane[i] = __VA_ARGS__; return r; }
#define ONE (const Vec<N> &a)
#define TWO (const Vec<N> &a, const Vec<N> &b)
#define THREE (const Vec<N> &a, const Vec<N> &b, const Vec<N> &c)
#define A a.lane[i]
#define B b.lane[i]
#define C c.lane[i]
LANEWISE(add, TWO, add(A, B))
LANEWISE(sub, TWO, add(A, minus(B)))
LANEWISE(mul, TWO, mul(A, B))
LANEWISE(quotient, TWO, quotient(A, B))
LANEWISE(fma, THREE, fma(A, B, C))
LANEWISE(fnma, THREE, fma(minus(A), B, C))
LANEWISE(greatest, TWO, A.roundings < 0 || less(B, A) ? A : B) /* a > b ? a : b, as maxps */
LANEWISE(least, TWO, A.roundings < 0 || less(A, B) ? A : B)    /* a < b ? a : b, as minps */
LANEWISE(is_greater, TWO, integer(-(less(B, A))))
LANEWISE(is_less, TWO, integer(-(less(A, B))))
LANEWISE(add_integers, TWO, integer((int32_t)((uint32_t)bits(A) + (uint32_t)bits(B))))
LANEWISE(mul_integers, TWO, integer((int32_t)((uint32_t)bits(A) * (uint32_t)bits(B))))
LANEWISE(greater_integers, TWO, integer(-(bits(A) > bits(B))))
LANEWISE(and_not, TWO, integer(~bits(A) & bits(B)))
LANEWISE(shifted_left, (const Vec<N> &a, int by), integer((int32_t)((uint32_t)bits(A) << by)))
LANEWISE(chosen, (const Vec<N> &mask, const Vec<N> &a, const Vec<N> &b), bits(mask.lane[i]) ? A : B)

/* of words, f16 or bf16: lane by lane; one of two, of which the other is 0 or the same */
LANEWISE(widened, ONE, widened(A))
LANEWISE(narrowed, ONE, narrowed(A))
LANEWISE(either, TWO, zero(A) ? B : zero(B) || (A.value == B.value && A.kind == B.kind) ? A :
         (unread("joins the bits of two numbers"), A))
template <int N> static Vec<N> widened_from(const Byte *p) { return widened(load<N>(p)); } /* of bytes */

template <int N> static inline Vec<N> set(Num x) { return every_lane<Vec<N>>(x); }
template <int N> static inline Vec<N> integers(int32_t x) { return every_lane<Vec<N>>(integer(x)); }

template <typename... X> static Vec<sizeof...(X)> integers_of(X... x) { return {{integer((int32_t)x)...}}; }

/* Lane i is lane index[i] of a, then b. */
template <int M, int N> static Vec<M> picked(const Vec<N> &a, const Vec<N> &b, const int *index)
{
    Vec<M> r;
    for (int i = 0; i < M; ++i) {
        r.lane[i] = index[i] < N ? a.lane[index[i]] : b.lane[index[i] - N];
    }
    return r;
}

template <int N> static Vec<N> from(const Vec<N> &a, const Vec<N> &b, int first) /* lanes first, first + 1 and so on */
{
    int index[N];
    LANES index[i] = first + i;
    return picked<N>(a, b, index);
}

/* Lane i is the lane of a that four bytes of an integer, 4 l to 4 l + 3, name. */
template <int N> static Vec<N> by_bytes(const Vec<N> &a, const Vec<N> &bytes)
{
    Vec<N> r;
    LANES {
        const uint32_t lane = ((uint32_t)bits(bytes.lane[i]) & 255) / 4;
        if ((uint32_t)bits(bytes.lane[i]) != lane * 0x04040404u + 0x03020100u || lane >= N) {
            unread("moves bytes of a number");
        }
        r.lane[i] = a.lane[lane];
    }
    return r;
}

/* An instruction of two vectors, by its name. */
#define MEANS(V, name, function) static inline V name(const V &a, const V &b) { return function(a, b); }
#undef A
#undef B
#undef C
