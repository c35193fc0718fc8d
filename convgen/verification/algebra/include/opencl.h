/* OpenCL C, as the text of its kernels sees it (the OpenCL C 1.2 specification): vectors of any numbers, functions of
   work-items, and arrays of a work-group. */
#include <type_traits>
#include <real.h>
typedef unsigned uint;
typedef unsigned long ulong;
#define ushort Word
#define uchar Octet

#define SEEN inline __attribute__((always_inline)) /* the line is that of the kernel */
#define EACH_LANE(...) for (int i = 0; i < N; ++i) { __VA_ARGS__; }

/* N lanes, which lie in memory as N numbers, at a multiple of their size. */
template <typename T, int N> struct Lanes {
    T lane[N];
    Lanes() = default;
    SEEN Lanes(const Lanes &other)
    {
        aligned(&other, N * BYTES(T));
        EACH_LANE(lane[i] = other.lane[i])
    }
    template <typename S> requires std::is_convertible_v<S, T> SEEN Lanes(const S &x)
    {
        const T own = x;
        EACH_LANE(lane[i] = own)
    }
    template <typename... X> requires (sizeof...(X) > 1) Lanes(const X &...x) /* numbers, and vectors of some */
    {
        T *to = lane;
        (put(to, x), ...);
    }
    template <typename S> static void put(T *&to, const S &x) { *to++ = T(x); }
    template <int M> static void put(T *&to, const Lanes<T, M> &x)
    {
        for (const T &one : x.lane) {
            *to++ = one;
        }
    }
    SEEN Lanes &operator=(const Lanes &other)
    {
        aligned(this, N * BYTES(T));
        EACH_LANE(lane[i] = other.lane[i])
        return *this;
    }
    struct Anywhere { /* the same at addresses that are no multiples of that */
        T lane[N];
        SEEN operator Lanes() const
        {
            Lanes r;
            EACH_LANE(r.lane[i] = lane[i])
            return r;
        }
        SEEN Anywhere &operator=(const Lanes &other)
        {
            EACH_LANE(lane[i] = other.lane[i])
            return *this;
        }
    };
    T &s(int i) { return lane[i]; }
    const T &s(int i) const { return lane[i]; }
    template <typename... I> Lanes<T, sizeof...(I)> swizzled(I... i) const { return Lanes<T, sizeof...(I)>(lane[i]...); }
    Lanes<T, N / 2> &half(int which) { return *(Lanes<T, N / 2> *)(lane + which * N / 2); }
};

/* Lane by lane; a number stands for as many lanes as the other side has. */
#define OPERATOR(op) \
    template <typename T, typename U, int N> UNSEEN static Lanes<T, N> operator op(Lanes<T, N> a, Lanes<U, N> b) \
    { Lanes<T, N> r; EACH_LANE(r.lane[i] = a.lane[i] op b.lane[i]) return r; } \
    template <typename T, int N, typename S> requires std::is_convertible_v<S, T> \
    static Lanes<T, N> operator op(const Lanes<T, N> &a, const S &b) { return a op Lanes<T, N>(b); } \
    template <typename T, int N, typename S> requires std::is_convertible_v<S, T> \
    static Lanes<T, N> operator op(const S &a, const Lanes<T, N> &b) { return Lanes<T, N>(a) op b; } \
    template <typename T, int N, typename S> static Lanes<T, N> &operator op##=(Lanes<T, N> &a, const S &b) { return a = a op b; }
OPERATOR(+)
OPERATOR(-)
OPERATOR(*)
OPERATOR(/)
OPERATOR(&)
OPERATOR(|)
OPERATOR(^)
OPERATOR(<<)
OPERATOR(>>)
template <typename T, int N> UNSEEN static Lanes<T, N> operator-(Lanes<T, N> a) { return Lanes<T, N>(T(0)) - a; }

/* Lane by lane, of vectors and of numbers; what compares gives 1, in vectors -1. */
#define LANEWISE(name, R, takes, ...) template <typename T, int N> UNSEEN static Lanes<R, N> name takes \
    { Lanes<R, N> r; EACH_LANE(r.lane[i] = __VA_ARGS__) return r; }
#define A a.lane[i]
#define B b.lane[i]
LANEWISE(fused, T, (Lanes<T, N> a, Lanes<T, N> b, Lanes<T, N> c), multiplied(A, B, c.lane[i]))
LANEWISE(is_greater, int, (Lanes<T, N> a, Lanes<T, N> b), -(A > B))
LANEWISE(is_less, int, (Lanes<T, N> a, Lanes<T, N> b), -(A < B))
LANEWISE(selected, T, (Lanes<T, N> a, Lanes<T, N> b, Lanes<int, N> c), c.lane[i] < 0 ? B : A)
LANEWISE(min, T, (Lanes<T, N> a, Lanes<T, N> b), A < B ? A : B)
LANEWISE(max, T, (Lanes<T, N> a, Lanes<T, N> b), A > B ? A : B)
LANEWISE(clamp, T, (Lanes<T, N> a, Lanes<T, N> b, Lanes<T, N> c), A < B ? B : A > c.lane[i] ? c.lane[i] : A)
static inline Real fused(Real a, Real b, Real c) { return multiplied(a, b, c); }
static inline int is_greater(Real a, Real b) { return a > b; }
static inline int is_less(Real a, Real b) { return a < b; }
static inline Real selected(Real a, Real b, int c) { return c ? b : a; }
template <typename T> requires std::is_integral_v<T> static T min(T a, T b) { return a < b ? a : b; }
template <typename T> requires std::is_integral_v<T> static T max(T a, T b) { return a > b ? a : b; }
template <typename T> requires std::is_integral_v<T> static T clamp(T a, T b, T c) { return a < b ? b : a > c ? c : a; }
#define fma fused
#define isgreater is_greater
#define isless is_less
#define select selected

/* The same numbers as another type, and the same bits. */
template <typename R, typename T> static inline R converted(T a) { return (R)a; }
template <typename R, typename T, int N> UNSEEN static Lanes<R, N> converted(Lanes<T, N> a)
{
    Lanes<R, N> r;
    EACH_LANE(r.lane[i] = (R)A)
    return r;
}
template <typename R, typename T> UNSEEN static R same_bits(T a)
{
    static_assert(sizeof(R) == sizeof(T));
    R r;
    __builtin_memcpy((void *)&r, (const void *)&a, sizeof r);
    return r;
}

/* N numbers from p + N i on, which lie at multiples of their own size; words, as the numbers that they are. */
template <int N, typename T> SEEN static Lanes<T, N> loaded(size_t at, const T *p)
{
    Lanes<T, N> r;
    aligned(p, BYTES(T));
    EACH_LANE(r.lane[i] = p[at * N + i])
    return r;
}
template <typename T, int N> SEEN static void stored(const Lanes<T, N> &a, size_t at, T *p)
{
    aligned(p, BYTES(T));
    EACH_LANE(p[at * N + i] = a.lane[i])
}
template <typename T, int N> SEEN static Lanes<Real, N> widened(const Lanes<T, N> &a)
{
    Lanes<Real, N> r;
    EACH_LANE(r.lane[i] = widened(A))
    return r;
}
template <typename T, int N> SEEN static Lanes<Word, N> narrowed(const Lanes<T, N> &a)
{
    Lanes<Word, N> r;
    EACH_LANE(r.lane[i] = narrowed(A))
    return r;
}
#define vload_half(at, p) widened((p)[at])
#define vstore_half_rte(a, at, p) (p)[at] = narrowed(a)

#define TYPE(name, T, N) \
    typedef Lanes<T, N> name##N; \
    template <typename S> SEEN static name##N convert_##name##N(const S &a) { return converted<T>(a); } \
    template <typename S> SEEN static name##N as_##name##N(const S &a) { return same_bits<name##N>(a); }
#define LENGTH(N) \
    TYPE(float, Real, N) TYPE(half, Word, N) TYPE(char, char, N) TYPE(uchar, Octet, N) TYPE(short, short, N) \
    TYPE(ushort, Word, N) TYPE(int, int, N) TYPE(uint, uint, N) TYPE(long, long, N) TYPE(ulong, ulong, N) \
    template <typename T> SEEN static Lanes<T, N> vload##N(size_t i, const T *p) { return loaded<N>(i, p); } \
    template <typename T> SEEN static void vstore##N(const Lanes<T, N> &a, size_t i, T *p) { stored(a, i, p); } \
    SEEN static float##N vload_half##N(size_t i, const Word *p) { return widened(loaded<N>(i, p)); } \
    SEEN static void vstore_half##N##_rte(const float##N &a, size_t i, Word *p) { stored(narrowed(a), i, p); } \
    SEEN static float##N vloada_half##N(size_t i, const Word *p) { return aligned(p, N * BYTES(Word)), vload_half##N(i, p); } \
    SEEN static void vstorea_half##N##_rte(const float##N &a, size_t i, Word *p) \
    { aligned(p, N * BYTES(Word)), vstore_half##N##_rte(a, i, p); }
LENGTH(2)
LENGTH(4)
LENGTH(8)
LENGTH(16)
#define SCALAR(name, T) \
    template <typename S> SEEN static T convert_##name(const S &a) { return converted<T>(a); } \
    template <typename S> SEEN static T as_##name(const S &a) { return same_bits<T>(a); }
SCALAR(float, Real) SCALAR(int, int) SCALAR(uint, uint) SCALAR(long, long) SCALAR(ulong, ulong)

/* --- work-items --- */

extern "C" {
size_t get_local_id(uint);
size_t get_local_size(uint);
size_t get_group_id(uint);
size_t get_num_groups(uint);
size_t get_global_id(uint);
size_t get_global_size(uint);
void barrier_of(int fence, int line);
}
#define barrier(fence) barrier_of(fence, __LINE__) /* compilers make several calls of one */
extern "C" int samples_now, due_now; /* what a stream's kernels are given */
enum { CLK_LOCAL_MEM_FENCE = 1 };

#define __kernel static
#define __global
#define __local
#define __constant
#define __private
#define restrict
#undef A
#undef B
