/* Vectors whose lanes know between what they lie: what integers/vectors.h is, for a run with intervals. Instructions are
   those of integers/; a lane's function is applied at the ends of what goes in, and at 0 where that lies between. That
   is where sums, products, ends of clamps and conversions have their ends. */
#pragma once
#include "numbers.h"

#define UNSEEN __attribute__((noinline))
#define SEEN static inline __attribute__((always_inline))
template <typename T> struct Alone { typedef Number<T> Type; };
template <> struct Alone<float> { typedef float Type; };
#define OF(T) typename Alone<T>::Type /* a lane that is given, or taken, alone */

template <int B> struct Bytes {
    Number<uint8_t> at[B];
    Bytes() { memset(at, 0, B), forget(at, B); }
    UNSEEN Bytes(const Bytes &a) { move_bytes(at, a.at, B); }
    UNSEEN Bytes &operator=(const Bytes &a) { return move_bytes(at, a.at, B), *this; }
};

extern "C" unsigned char *tile_memory;
#define TILE_ROWS ((Bytes<64>(*)[16])tile_memory) /* of AMX: in the arena */

template <typename T, int B> struct Lanes {
    static const int N = B / (int)sizeof(T);
    Lane<T> at[N];
    Lanes() {}
    UNSEEN Lanes(const Bytes<B> &a)
    {
        for (int i = 0; i < N; ++i) {
            at[i] = seen<T>(a.at + i * sizeof(T));
        }
    }
    UNSEEN operator Bytes<B>() const
    {
        Bytes<B> r;
        for (int i = 0; i < N; ++i) {
            keep<T>(r.at + i * sizeof(T), at[i]);
        }
        return r;
    }
};

#include <cut.h>
template <typename T, typename U> static inline Lane<T> cut(const Lane<U> &x)
{
    Lane<T> r = cut<T>((int64_t)x.value);
    return x.lost ? r.without() : r.between(cut<T>(x.low), cut<T>(x.high));
}

template <typename T> static inline T held(int64_t x)
{
    if (cut<T>(x) != x) {
        leaves();
    }
    return (T)x;
}
typedef Lane<int64_t> Sum;
template <typename T> static inline Lane<T> held(const Sum &x) { return x.as<T>(); }

/* Whether a function of lanes has its ends where they have theirs: bits of 64, numbers without a sign that wrap, and floats
   have not. */
template <typename T> static constexpr bool ENDS = sizeof(T) < 4 || __is_same(T, int32_t);

/* The lane's own value is computed first: where intervals are lost, it is all that is known. */
template <typename R, typename T, typename F> static inline Lane<R> of_lanes(const Lane<T> &x, const Lane<T> &y, F f, bool sums = true)
{
    Lane<R> r = (R)f(x.value, y.value);
    if (x.known() && y.known()) {
        return r;
    }
    if (!ENDS<T> || !ENDS<R> || x.lost || y.lost) {
        if (const auto one = f(T(5), T(3)); sums && (one == 8 || one == 2)) { /* it adds or subtracts */
            must_be_known(x, y);
        }
        return r.without();
    }
    for (int64_t a : {x.low, x.high, x.between_ends(0)}) {
        for (int64_t b : {y.low, y.high, y.between_ends(0)}) {
            const auto end = f((T)a, (T)b);
            if ((int64_t)end != (int64_t)(R)end) {
                return r.without(); /* bits that leave */
            }
            r.widen((int64_t)end);
        }
    }
    return note<R>(r);
}

/* x ^ mask and x & mask of bytes, the mask known: bytes that it leaves, takes, or, of 8 bits, gives the other sign. */
static inline void bits(Number<uint8_t> *to, const Number<uint8_t> *x, uint8_t mask, bool exclusive)
{
    const uint8_t own = exclusive ? x->value ^ mask : x->value & mask;
    if (mask == (exclusive ? 0 : 255)) {
        move_bytes(to, x, 1);
    } else if (!exclusive && !mask) {
        keep<uint8_t>(to, Lane<uint8_t>(own));
    } else if (Lane<uint8_t> a = seen<uint8_t>(x); exclusive && mask == 128 && !a.lost) {
        keep<int8_t>(to, Lane<int8_t>((int8_t)own).between(a.low - 128, a.high - 128));
    } else if (Lane<int8_t> a = seen<int8_t>(x); exclusive && mask == 128 && !a.lost) {
        keep<uint8_t>(to, Lane<uint8_t>(own).between(a.low + 128, a.high + 128));
    } else {
        keep<uint8_t>(to, Lane<uint8_t>(own).without());
    }
}

template <typename T, int B, typename F> UNSEEN static Bytes<B> each(const Bytes<B> &a, const Bytes<B> &b, F f, bool sums = true)
{
    Lanes<T, B> x(a), y(b), r;
    for (int i = 0; i < r.N; ++i) {
        r.at[i] = of_lanes<T>(x.at[i], y.at[i], f, sums);
    }
    Bytes<B> s = r;
    if constexpr (__is_same(T, int64_t)) {
        const bool exclusive = f(T(5), T(3)) == 6 && f(T(-1), T(-1)) == 0, both = f(T(5), T(3)) == 1 && f(T(-1), T(-1)) == -1;
        for (int i = 0; i < B && (exclusive || both); ++i) {
            if (clear(b.at + i)) {
                bits(s.at + i, a.at + i, b.at[i].value, exclusive);
            } else if (clear(a.at + i)) {
                bits(s.at + i, b.at + i, a.at[i].value, exclusive);
            }
        }
    }
    return s;
}

template <typename T, int B, typename F> static Bytes<B> saturated(const Bytes<B> &a, const Bytes<B> &b, F f) /* no sum of a layer */
{
    return each<T>(a, b, f, false);
}

template <typename R, typename T, typename U> static inline Lane<R> product(const Lane<T> &x, const Lane<U> &y)
{
    Lane<R> r = (R)((int64_t)x.value * y.value);
    if (sizeof(T) == 4 && (x.lost || y.lost)) { /* what rounding multiplies */
        return r.without();
    }
    if (x.lost || y.lost) {
        lost(UNREAD);
    }
    for (int64_t a : {x.low, x.high}) {
        for (int64_t b : {y.low, y.high}) {
            r.widen(a * b);
        }
    }
    return r;
}

static const int UNKNOWN = -2;
static inline int index_by(const Number<uint8_t> &by, int i) { return clear(&by) ? i : UNKNOWN; }

template <typename T, int C, int B, typename F> UNSEEN static Bytes<C> picked(const Bytes<B> &a, const Bytes<B> &b, F from)
{
    const int many = B / (int)sizeof(T), size = (int)sizeof(T);
    Bytes<C> r;
    for (int i = 0; i < C / size; ++i) {
        const int k = (int)from(i);
        if (k >= 0) {
            move_bytes(r.at + i * size, (k < many ? a.at : b.at) + (k < many ? k : k - many) * size, size);
        } else if (k == UNKNOWN) {
            keep<T>(r.at + i * size, Lane<T>().without());
        }
    }
    return r;
}

template <typename T, int B> UNSEEN static Bytes<B> all(const OF(T) &x)
{
    Bytes<B> r;
    for (int i = 0; i < B; i += sizeof(T)) {
        if constexpr (__is_same(T, float)) {
            keep<float>(r.at + i, Lane<float>(x));
        } else { /* parts of a word, too */
            move_bytes(r.at + i, &x, sizeof(T));
        }
    }
    return r;
}

static void aligned(const void *, int) {}
#define __builtin_memcpy move_bytes
#include <lanes.h>
