/* Vectors of any element type: bytes, as they lie in a register. What instructions do with them, by their own names, is in
   immintrin.h, arm_neon.h and wasm_simd128.h. Included by the kernel's file, and so compiled with it; counters are of 64
   bits, and what does not fit its element is told. */
#pragma once
#include <stddef.h>
#include <stdint.h>

extern "C" [[noreturn]] void leaves();
extern "C" void wraps();
extern "C" void aligned(const void *p, int bytes); /* arrays lie at addresses that are aligned as the header says, to no more */

#define UNSEEN __attribute__((noinline, no_sanitize("thread"))) /* registers, no memory */
#define SEEN static inline __attribute__((always_inline))       /* memory: its accesses are those of the kernel's line */
#define OF(T) T /* a lane that is given, or taken, alone; in intervals/ more than its value */

template <int B> struct Bytes {
    uint8_t at[B];
};

template <typename T, int B> struct Lanes {
    static const int N = B / (int)sizeof(T);
    T at[N];
    Lanes() {}
    UNSEEN Lanes(const Bytes<B> &a) { __builtin_memcpy(at, a.at, B); }
    UNSEEN operator Bytes<B>() const
    {
        Bytes<B> r;
        __builtin_memcpy(r.at, at, B);
        return r;
    }
};

#include <cut.h>

/* x as T, which must hold it; of 32 bits, some files count modulo 2^32, and say so. */
template <typename T> static inline T held(int64_t x)
{
    if (cut<T>(x) != x) {
        sizeof(T) == 4 ? wraps() : leaves();
    }
    return (T)x;
}

/* f of two lanes, in numbers of 64 bits or, of floats, in floats. */
template <typename R, typename T, typename F> static inline R of_lanes(T x, T y, F f) { return (R)f(x, y); }

/* Lane i of the result is f of the lanes i. */
template <typename T, int B, typename F> UNSEEN static Bytes<B> each(const Bytes<B> &a, const Bytes<B> &b, F f)
{
    Lanes<T, B> x(a), y(b), r;
    for (int i = 0; i < r.N; ++i) {
        r.at[i] = of_lanes<T>(x.at[i], y.at[i], f);
    }
    return r;
}
template <typename T, int B, typename F> static Bytes<B> saturated(const Bytes<B> &a, const Bytes<B> &b, F f) { return each<T>(a, b, f); }

typedef int64_t Sum;
template <typename R, typename T, typename U> static inline R product(T x, U y) { return (R)x * (R)y; }

/* A lane's number that a byte of another vector says; in intervals/ that may be unknown. */
static inline int index_by(uint8_t, int i) { return i; }

/* Lane i is lane from(i) of a, then b; of T. */
template <typename T, int C, int B, typename F> UNSEEN static Bytes<C> picked(const Bytes<B> &a, const Bytes<B> &b, F from)
{
    Lanes<T, B> x(a), y(b);
    Lanes<T, C> r;
    for (int i = 0; i < r.N; ++i) {
        const int k = from(i);
        r.at[i] = k < 0 ? T(0) : k < x.N ? x.at[k] : y.at[k - x.N];
    }
    return r;
}

template <typename T, int B> UNSEEN static Bytes<B> all(T x)
{
    Lanes<T, B> r;
    for (T &one : r.at) {
        one = x;
    }
    return r;
}

#include <lanes.h>
