/* What vectors of integers do that is the same with and without intervals: bytes that are moved. */
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
