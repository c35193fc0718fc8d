/* Numbers of the kernel's file, which know when they stand in one of the caller's arrays. What nobody wrote may be read,
   if no output depends on it. */
#ifndef UNIT
#define UNIT 4 /* bytes of the shortest numbers of a layer */
#endif
typedef Val Cell;
#include "arrays.h"
static Val *number(int slot, long i) { return arrays[slot].base + i * arrays[slot].step; }

template <bool wide> struct Number;
typedef Number<false> Num; /* what the kernel's file calls float */
typedef Number<true> Wide; /* double */

static __attribute__((noinline)) Val reading(const Val *at)
{
    size_t i;
    Array &a = found(at, &i);
    if (!a.writable) {
        return at->roundings < 0 && !a.packed ? (refute("read beside the slice", at), *at) : *at;
    }
    if (i >= a.shared && a.writer[i] != task_now) {
        return UNKNOWN;
    }
    note_reading(a, i);
    return *at;
}

static __attribute__((noinline)) void writing(Val *at, const Val &value, int cells)
{
    size_t i;
    Array &a = found(at, &i);
    note_writing(a, i);
    *at = value;
    for (int rest = 1; rest < cells; ++rest) {
        at[rest] = UNKNOWN;
    }
}

/* A number as it lies in memory: where it stands in one of the arrays, what reads and writes it is told. As long as its bytes
   are many, of which a Val stands for UNIT. */
template <int cells, bool = (cells > 1)> struct Rest {
    char rest[(cells - 1) * sizeof(Val)];
};
template <int cells> struct Rest<cells, false> {};

template <int bytes> struct Stored : Val, Rest<bytes / UNIT> {
    Stored(const Val &a) : Val(a) {}
    Stored(const Stored &other) : Val(other.read()) {}
    Val read() const { return tracked(this) ? reading(this) : (const Val &)*this; }
    Stored &operator=(const Stored &other)
    {
        const Val value = other.read();
        if (tracked(this)) {
            writing(this, value, bytes / UNIT);
        } else {
            (Val &)*this = value;
        }
        return *this;
    }
};

struct Half;
struct Byte;

template <bool wide> struct Number : Stored<wide ? 8 : 4> {
    typedef Stored<wide ? 8 : 4> Base;
    using Base::read;
    Number() : Base(UNKNOWN) {}
    explicit Number(const Val &a) : Base(a) {}
    Number(const Number &other) = default;
    Number(float x) : Base(literal(x, 0x1p-24, false)) {}
    Number(double x) : Base(literal(x, 0x1p-53, wide)) {}
    Number(int x) : Number((double)x) {}
    Number(ptrdiff_t x) : Number((double)x) {}
    Number(const Half &other);
    Number(const Byte &other);
    explicit(!wide) Number(const Number<!wide> &other); /* to float, one more rounding */

    Number &operator=(const Number &other) = default;
    Number &operator+=(Number b) { return *this = Number(add(read(), b, wide)); }
    Number &operator-=(Number b) { return *this = Number(add(read(), minus(b), wide)); }
    Number &operator*=(Number b) { return *this = Number(mul(read(), b, wide)); }
    Number operator-() const { return Number(minus(read())); }
};

template <> inline Number<true>::Number(const Num &other) : Base(other.read()) {}
template <> inline Number<false>::Number(const Wide &other)
    : Base(zero(other) || other.roundings < 0 ? (const Val &)other : rounded(other.read(), false)) {}

#define OPERATORS(T, fine) \
    static inline T operator+(T a, T b) { return T(add(a, b, fine)); } \
    static inline T operator-(T a, T b) { return T(add(a, minus(b), fine)); } \
    static inline T operator*(T a, T b) { return T(mul(a, b, fine)); } \
    static inline T operator/(T a, T b) { return T(quotient(a, b, fine)); } \
    static inline bool operator<(T a, T b) { return less(a, b); } \
    static inline bool operator>(T a, T b) { return less(b, a); } \
    static inline bool operator<=(T a, T b) { return !less(b, a); } \
    static inline bool operator>=(T a, T b) { return !less(a, b); }
OPERATORS(Num, false)
OPERATORS(Wide, true)

/* One of 16 bits in memory, an f16 or bf16: a number whose `kind` says that nobody computes with it; and one of 8, an s8, which
   C makes a float of. */
struct Half : Stored<2> {
    Half() : Stored(UNKNOWN) {}
    explicit Half(const Val &a) : Stored(a) {}
    Half(const Num &a) : Stored(a) {}
    Half(int x) : Stored(literal(x, 0, true)) {}
};
struct Byte : Stored<1> {
    Byte(int x) : Stored(literal(x, 0, true)) {}
};
template <bool wide> inline Number<wide>::Number(const Half &other) : Base(other.read()) {}
template <bool wide> inline Number<wide>::Number(const Byte &other) : Base(widened(other.read())) {}
static inline Num widened(const Half &a) { return Num(widened(a.read())); }
static inline Half narrowed(Num a) { return Half(narrowed((const Val &)a)); }

/* p, which must be a multiple of so many bytes, f32 as long as they are where the file is compiled for use. */
template <typename T> static __attribute__((noinline)) T *aligned(T *p, size_t bytes)
{
    if (!tracked(p)) {
        return p;
    }
    const Array &a = arrays[((uintptr_t)p - REGION) / SLOT];
    if ((size_t)a.align % bytes || (size_t)((const Val *)p - a.base) * UNIT % bytes) {
        refute("misaligned", p);
    }
    return p;
}

#include "given.h"

/* summed: x, y or w, by its number; added: bias and residual, slots, -1 where there is none; roundings, magnitude: the bound
   of the sum, where inputs and weights are numbers up to 1; pool: that there are no weights, and what is taken of a window;
   scale: the slot of what each channel's weights count, or -1. */
enum { LARGEST = 1, AVERAGE = 2 };
struct Layer {
    Tensor x, y, w;
    int summed;
    long stride[3], dilation[3], before[3];
    int added[2], roundings;
    double magnitude;
    Val (*activated)(Val, long);
    int pool, scale;
    const Tensor &sums() const { return summed == 0 ? x : summed == 1 ? y : w; }
};
