/* What vectors of integers do that is the same with and without intervals. */

/* Lane i of R is f of lane i of T; lanes beyond are 0. */
template <typename R, typename T, int C, int B, typename F> UNSEEN static Bytes<C> made(const Bytes<B> &a, F f)
{
    Lanes<T, B> x(a);
    Lanes<R, C> r;
    for (int i = 0; i < r.N; ++i) {
        if (i < x.N) {
            r.at[i] = of_lanes<R>(x.at[i], {T(0)}, [=](T one, T) { return f(one); });
        } else {
            r.at[i] = R(0);
        }
    }
    return r;
}

/* c, and to each of its lanes the sum of as many products as lanes of T and U lie in it. */
template <typename T, typename U, int B> UNSEEN static Bytes<B> dot(const Bytes<B> &c, const Bytes<B> &a, const Bytes<B> &b)
{
    Lanes<T, B> x(a);
    Lanes<U, B> y(b);
    Lanes<int32_t, B> r(c);
    const int many = 4 / (int)sizeof(T);
    for (int i = 0; i < r.N; ++i) {
        Sum sum = r.at[i];
        for (int k = 0; k < many; ++k) {
            sum = sum + product<int64_t>(x.at[many * i + k], y.at[many * i + k]);
        }
        r.at[i] = held<int32_t>(sum);
    }
    return r;
}

/* Products of the first lanes of T, which are as long as two. */
template <typename R, typename T, int B> UNSEEN static Bytes<16> products(const Bytes<B> &a, const Bytes<B> &b)
{
    Lanes<T, B> x(a), y(b);
    Lanes<R, 16> r;
    for (int i = 0; i < r.N; ++i) {
        r.at[i] = product<R>(x.at[i], y.at[i]);
    }
    return r;
}

/* In each 16 bytes: the lanes of a, then those of b, cut to R. */
template <typename R, typename T, int B> UNSEEN static Bytes<B> packed(const Bytes<B> &a, const Bytes<B> &b)
{
    Lanes<T, B> x(a), y(b);
    Lanes<R, B> r;
    const int n = 16 / (int)sizeof(T);
    for (int i = 0; i < x.N; ++i) {
        r.at[i / n * 2 * n + i % n] = cut<R>(x.at[i]);
        r.at[i / n * 2 * n + n + i % n] = cut<R>(y.at[i]);
    }
    return r;
}

/* In each 16 bytes: the lower, or upper, lanes of both in turns. */
template <typename T, int B> static Bytes<B> interleaved(const Bytes<B> &a, const Bytes<B> &b, bool upper)
{
    const int n = 16 / (int)sizeof(T);
    return picked<T, B>(a, b, [=](int i) { return i / n * n + (upper ? n / 2 : 0) + i % n / 2 + (i & 1 ? B / (int)sizeof(T) : 0); });
}

/* C bytes of a vector, from a number on; behind them others. */
template <int C, int B> static UNSEEN Bytes<C> resized(const Bytes<B> &a, int from = 0, uint8_t rest = 0)
{
    Bytes<C> r;
    for (int i = 0; i < C; ++i) {
        r.at[i] = from + i < B ? a.at[from + i] : rest;
    }
    return r;
}

/* One lane, and a vector with another in its place. */
template <typename T, int B> static UNSEEN OF(T) lane_of(const Bytes<B> &a, int i) { return Lanes<T, B>(a).at[i]; }
template <typename T, int B> static UNSEEN Bytes<B> put(Bytes<B> a, const OF(T) &x, int i)
{
    __builtin_memcpy(a.at + i * (int)sizeof(T), &x, sizeof(T));
    return a;
}

/* The first `bytes` of a vector from memory, others 0; to memory. A mask: bit i for the i-th T. */
template <int B> SEEN Bytes<B> load(const void *p, int bytes = B)
{
    Bytes<B> r = {};
    bytes == B ? __builtin_memcpy(r.at, p, B) : __builtin_memcpy(r.at, p, (size_t)bytes);
    return r;
}
template <int B> SEEN void store(void *p, const Bytes<B> &a) { __builtin_memcpy(p, a.at, B); }

template <typename T, int B> SEEN Bytes<B> load_where(const void *p, uint64_t mask, const Bytes<B> &other = {})
{
    Bytes<B> r = other;
    for (int i = 0; i < B / (int)sizeof(T); ++i) {
        if (mask >> i & 1) {
            __builtin_memcpy(r.at + i * (int)sizeof(T), (const T *)p + i, sizeof(T));
        }
    }
    return r;
}
template <typename T, int B> SEEN void store_where(void *p, uint64_t mask, const Bytes<B> &a)
{
    for (int i = 0; i < B / (int)sizeof(T); ++i) {
        if (mask >> i & 1) {
            __builtin_memcpy((T *)p + i, a.at + i * (int)sizeof(T), sizeof(T));
        }
    }
}

/* To the nearest integer, ties to even; what 32 bits do not hold must not be asked for. */
static UNSEEN int32_t nearest(float x)
{
    const double y = __builtin_rint((double)x);
    if (!(y >= -2147483648.0 && y <= 2147483647.0)) {
        leaves();
    }
    return (int32_t)y;
}

/* Instructions by their names, of expressions: of the lanes x and y of two vectors, of T; of a lane and a number of bits; of
   a lane of T, for one of R, from B bytes to C. */
#define EACH(name, B, T, ...) static UNSEEN Bytes<B> name(const Bytes<B> &a, const Bytes<B> &b) \
    { return each<T>(a, b, [=](T x, T y) { return __VA_ARGS__; }); }
#define BY(name, B, T, ...) static UNSEEN Bytes<B> name(const Bytes<B> &a, int by) \
    { return each<T>(a, a, [=](T x, T) { return __VA_ARGS__; }); }
#define MADE(name, C, R, B, T, ...) static UNSEEN Bytes<C> name(const Bytes<B> &a) \
    { return made<R, T, C>(a, [=](T x) { return __VA_ARGS__; }); }
