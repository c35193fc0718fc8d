/* OpenCL C, as the text of its kernels sees it (the OpenCL C 1.2 specification): vectors of numbers of the field and of int,
   functions of work-items, and arrays of a work-group. Behind memory.h. */
typedef unsigned uint;
typedef unsigned short ushort;
typedef unsigned char uchar;

#define SEEN inline __attribute__((always_inline)) /* the line is that of the kernel */

/* N lanes, which lie in memory as N numbers, at a multiple of their size. */
template <typename T, int N> struct Lanes {
    T lane[N];
    Lanes() = default;
    SEEN Lanes(const Lanes &other)
    {
        aligned(&other, N * sizeof(T) / sizeof(Val) * UNIT);
        for (int i = 0; i < N; ++i) {
            lane[i] = other.lane[i];
        }
    }
    template <typename S> requires std::is_convertible_v<S, T> Lanes(const S &x)
    {
        for (T &one : lane) {
            one = x;
        }
    }
    template <typename... X> requires (sizeof...(X) == N) Lanes(const X &...x) : lane{T(x)...} {}
    SEEN Lanes &operator=(const Lanes &other)
    {
        aligned(this, N * sizeof(T) / sizeof(Val) * UNIT);
        for (int i = 0; i < N; ++i) {
            lane[i] = other.lane[i];
        }
        return *this;
    }
    struct Anywhere { /* the same at addresses that are no multiples of that */
        T lane[N];
        SEEN operator Lanes() const
        {
            Lanes r;
            for (int i = 0; i < N; ++i) {
                r.lane[i] = lane[i];
            }
            return r;
        }
        SEEN Anywhere &operator=(const Lanes &other)
        {
            for (int i = 0; i < N; ++i) {
                lane[i] = other.lane[i];
            }
            return *this;
        }
    };
    T &s(int i) { return lane[i]; }
    const T &s(int i) const { return lane[i]; }
    template <typename... I> Lanes<T, sizeof...(I)> swizzled(I... i) const { return Lanes<T, sizeof...(I)>(lane[i]...); }
};

#define EACH_LANE(...) for (int i = 0; i < N; ++i) { __VA_ARGS__; }
#define OPERATOR(op) \
    template <typename T, int N> static Lanes<T, N> operator op(const Lanes<T, N> &a, const Lanes<T, N> &b) \
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

/* of numbers, and lane by lane; what compares gives 1, in vectors -1 */
static inline Num fma(const Num &a, const Num &b, const Num &c) { return Num(fma(a.read(), b.read(), c.read())); }
template <int N> static Lanes<Num, N> fma(const Lanes<Num, N> &a, const Lanes<Num, N> &b, const Lanes<Num, N> &c)
{
    Lanes<Num, N> r;
    EACH_LANE(r.lane[i] = fma(a.lane[i], b.lane[i], c.lane[i]))
    return r;
}
static inline int isgreater(const Num &a, const Num &b) { return a > b; }
static inline int isless(const Num &a, const Num &b) { return a < b; }
static inline Num select(const Num &a, const Num &b, int c) { return c ? b : a; }
template <int N> static Lanes<int, N> isgreater(const Lanes<Num, N> &a, const Lanes<Num, N> &b)
{
    Lanes<int, N> r;
    EACH_LANE(r.lane[i] = -(a.lane[i] > b.lane[i]))
    return r;
}
template <int N> static Lanes<int, N> isless(const Lanes<Num, N> &a, const Lanes<Num, N> &b) { return isgreater(b, a); }
template <int N> static Lanes<Num, N> select(const Lanes<Num, N> &a, const Lanes<Num, N> &b, const Lanes<int, N> &c)
{
    Lanes<Num, N> r;
    EACH_LANE(r.lane[i] = c.lane[i] < 0 ? b.lane[i] : a.lane[i])
    return r;
}
template <typename T> requires std::is_integral_v<T> static T min(T a, T b) { return a < b ? a : b; }
template <typename T> requires std::is_integral_v<T> static T max(T a, T b) { return a > b ? a : b; }

/* N numbers from p + N i on, which need not be aligned; of halves, as the numbers that they are */
template <int N> SEEN static Lanes<Num, N> loaded(size_t at, const Num *p)
{
    Lanes<Num, N> r;
    EACH_LANE(r.lane[i] = p[at * N + i])
    return r;
}
template <int N> SEEN static void stored(const Lanes<Num, N> &a, size_t at, Num *p) { EACH_LANE(p[at * N + i] = a.lane[i]) }
template <int N> SEEN static Lanes<Num, N> loaded_halves(size_t at, const Half *p)
{
    Lanes<Num, N> r;
    EACH_LANE(r.lane[i] = widened(p[at * N + i]))
    return r;
}
template <int N> SEEN static void stored_halves(const Lanes<Num, N> &a, size_t at, Half *p)
{
    EACH_LANE(p[at * N + i] = narrowed(a.lane[i]))
}
static inline Num vload_half(size_t at, const Half *p) { return widened(p[at]); }
static inline void vstore_half_rte(const Num &a, size_t at, Half *p) { p[at] = narrowed(a); }

#define LENGTH(N) \
    typedef Lanes<Num, N> float##N; \
    typedef Lanes<int, N> int##N; \
    typedef Lanes<Half, N> ushort##N; /* what words are copied as */ \
    static inline float##N vload##N(size_t i, const Num *p) { return loaded<N>(i, p); } \
    static inline void vstore##N(const float##N &a, size_t i, Num *p) { stored<N>(a, i, p); } \
    static inline float##N vload_half##N(size_t i, const Half *p) { return loaded_halves<N>(i, p); } \
    static inline void vstore_half##N##_rte(const float##N &a, size_t i, Half *p) { stored_halves<N>(a, i, p); }
LENGTH(2)
LENGTH(4)
LENGTH(8)
LENGTH(16)

/* --- work-items --- */

static size_t item_now, items, group_now, groups; /* in its group, and of how many; groups likewise */
static size_t get_local_id(uint) { return item_now; }
static size_t get_local_size(uint) { return items; }
static size_t get_group_id(uint) { return group_now; }
static size_t get_num_groups(uint) { return groups; }
static size_t get_global_id(uint) { return group_now * items + item_now; }
static size_t get_global_size(uint) { return groups * items; }

enum { CLK_LOCAL_MEM_FENCE = 1 };
static void wait_for_others(const void *line);
static __attribute__((noinline)) void barrier(int fence)
{
    fence == CLK_LOCAL_MEM_FENCE ? wait_for_others(__builtin_return_address(0)) : unread("orders global memory by a barrier");
}

#define __kernel static
#define __global
#define __local
#define __constant
#define __private
#define restrict
