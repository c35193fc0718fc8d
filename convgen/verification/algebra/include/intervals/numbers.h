/* Integers of the kernel's file that know between what they lie, for all inputs. A number has its own size and value, so the
   file's addresses, comparisons and rounding are those of one run; its interval lies apart, at an address that follows from
   its own. A byte outside the arena, or whose part of the shadow is empty, is what it is. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <initializer_list>
#include <type_traits>

extern "C" [[noreturn]] void leaves();
extern "C" [[noreturn]] void lost(const char *what);
extern "C" void reached(int64_t low, int64_t high);

#ifndef SUM_BYTES
#define SUM_BYTES 4 /* of the numbers that the layer sums */
#define CHAINED 0   /* whether bytes are whatever their type holds where no interval is known */
#define FACTOR 255  /* the largest magnitude of a weight: what larger numbers multiply in 64 bits is rounding */
#endif
static const char UNREAD[] = "multiplies numbers of which no interval is known";
static const char UNADDED[] = "adds to numbers of which no interval is known";

/* A byte's part in a number: which byte of how many, and the number's ends. width 0: the byte is known. LOST: it may be
   anything; low is the number's size then. */
struct Part {
    int64_t low, high;
    uint8_t width, part, byte;
};
static const uint8_t LOST = 255;
static const uintptr_t ARENA = (uintptr_t)1 << 44, ROOM = (uintptr_t)1 << 30, SHADOW = (uintptr_t)1 << 45;

static inline Part *part_of(const void *p)
{
    const uintptr_t at = (uintptr_t)p - ARENA;
    return at < ROOM ? (Part *)SHADOW + at : 0;
}
static inline void forget(const void *p, size_t bytes)
{
    if (Part *to = part_of(p)) {
        for (size_t i = 0; i < bytes; ++i) {
            to[i].width = 0;
        }
    }
}
static inline bool clear(const void *p) { return !part_of(p) || !part_of(p)->width; }

static __attribute__((noinline)) void *move_bytes(void *to, const void *from, size_t bytes)
{
    Part *a = part_of(to);
    const Part *b = part_of(from);
    if (a && b) {
        memmove(a, b, bytes * sizeof *a);
    } else {
        forget(to, bytes);
    }
    return memmove(to, from, bytes);
}

/* A number in a register: its value in this run, and its ends in all. */
template <typename T> struct Lane {
    T value = 0;
    int64_t low = 0, high = 0;
    bool lost = true;
    Lane() {}
    Lane(T x) : value(x), low((int64_t)x), high((int64_t)x), lost(false) {}
    template <typename U> Lane(const Lane<U> &x) : value((T)x.value), low(x.low), high(x.high), lost(x.lost) {}
    operator float() const requires(__is_same(T, float)) { return value; }
    bool operator>(const Lane &o) const { return value > o.value; } /* as in this run */
    bool known() const { return !lost && low == high; }
    bool varies() const { return !lost && low != high; }
    bool within(int64_t most) const { return !lost && low >= -most && high <= most; }
    int64_t between_ends(int64_t x) const { return x < low ? low : x > high ? high : x; }
    Lane without() const
    {
        Lane r = *this;
        r.lost = true;
        return r;
    }
    Lane between(int64_t least, int64_t largest) const
    {
        Lane r = *this;
        r.low = least, r.high = largest;
        return r;
    }
    Lane whole() const
    {
        const int bits = 8 * (int)sizeof(T), sign = T(-1) < T(0);
        return between(sign ? -(INT64_C(1) << (bits - 1)) : 0, (INT64_C(1) << (bits - sign)) - 1);
    }
    void widen(int64_t x)
    {
        low = x < low ? x : low;
        high = x > high ? x : high;
    }
    bool fits() const
    {
        const int shorter = 64 - 8 * (int)sizeof(T);
        return T(-1) < T(0) ? low >= INT64_MIN >> shorter && high <= INT64_MAX >> shorter
                            : low >= 0 && (!shorter || high <= (int64_t)(UINT64_MAX >> shorter));
    }
    template <typename R> Lane<R> as() const;
};

template <typename R> static inline Lane<R> note(const Lane<R> &r)
{
    if (sizeof(R) == SUM_BYTES && !r.lost && !r.known()) {
        reached(r.low, r.high);
    }
    return r;
}

/* What a sum or product becomes: it must fit, but in 64 bits, and of 32 bits without a sign, where rounding works with bits. */
template <typename T> template <typename R> Lane<R> Lane<T>::as() const
{
    Lane<R> r(*this);
    if (!lost && !r.fits()) {
        if ((sizeof(R) == 8 || R(-1) > R(0)) && sizeof(R) >= 4) {
            return r.without();
        }
        leaves();
    }
    return note(r);
}

/* What rounding has made is added to constants, and sums are of what is known. */
template <typename T> static inline void must_be_known(const Lane<T> &a, const Lane<T> &b)
{
    if ((a.lost && b.varies()) || (b.lost && a.varies())) {
        lost(UNADDED);
    }
}

static inline Lane<int64_t> operator+(const Lane<int64_t> &a, const Lane<int64_t> &b)
{
    must_be_known(a, b);
    Lane<int64_t> r = (int64_t)((uint64_t)a.value + (uint64_t)b.value);
    return a.lost || b.lost || __builtin_add_overflow(a.low, b.low, &r.low) || __builtin_add_overflow(a.high, b.high, &r.high)
        ? r.without() : r;
}

/* What a layer of a chain hands to the next, whatever rounding makes of it: all that its type holds. */
static inline bool lost_byte(const Part &p) { return CHAINED && p.width == LOST && p.low == 1; }

/* The number at an address: whole, or of single bytes, which count without a sign but for the uppermost. Of parts of several
   longer ones nothing is known. */
template <typename T> static inline Lane<T> seen(const void *p)
{
    T own;
    memcpy(&own, p, sizeof own);
    const Lane<T> r = own;
    const Part *parts = part_of(p);
    size_t known = 0, fit = 0, single = 0;
    for (size_t i = 0; parts && i < sizeof(T); ++i) {
        const bool same = parts[i].byte == ((const uint8_t *)p)[i];
        known += !parts[i].width;
        fit += parts[i].width == sizeof(T) && parts[i].part == i && same;
        single += !parts[i].width || (parts[i].width == 1 && same) || lost_byte(parts[i]);
    }
    if (!parts || known == sizeof(T)) {
        return r;
    }
    if (fit == sizeof(T)) {
        const Lane<T> of = r.between(parts->low, parts->high);
        return of.fits() ? of : sizeof(T) < 4 ? of.whole() : of.without();
    }
    if (CHAINED && sizeof(T) == 1) {
        return r.whole();
    }
    if (single < sizeof(T) || sizeof(T) > 4 || __is_same(T, float)) {
        return r.without();
    }
    int64_t low = 0, high = 0;
    for (size_t i = 0; i < sizeof(T); ++i) {
        const bool upper = i + 1 == sizeof(T) && T(-1) < T(0);
        const int64_t least = upper ? -128 : 0, value = (int64_t)(upper ? (int8_t)((const uint8_t *)p)[i] : ((const uint8_t *)p)[i]);
        const bool whole = lost_byte(parts[i]) || parts[i].low < least || parts[i].high > least + 255;
        low += (!parts[i].width ? value : whole ? least : parts[i].low) * (INT64_C(1) << (8 * i));
        high += (!parts[i].width ? value : whole ? least + 255 : parts[i].high) * (INT64_C(1) << (8 * i));
    }
    return r.between(low, high);
}

template <typename T> static inline void keep(void *p, const Lane<T> &x)
{
    memcpy(p, &x.value, sizeof(T));
    Part *parts = part_of(p);
    for (size_t i = 0; parts && i < sizeof(T); ++i) {
        parts[i] = Part{x.lost ? (int64_t)sizeof(T) : x.low, x.high, (uint8_t)(x.lost ? LOST : x.known() ? 0 : sizeof(T)), (uint8_t)i, ((uint8_t *)p)[i]};
    }
}

#define CALLED __attribute__((noinline)) /* the line is that of the kernel */
template <typename T> concept Plain = std::is_integral_v<T>;

template <typename T> struct Number {
    T value;
    Number() = default;
    CALLED Number(const Number &o) { move_bytes(this, &o, sizeof(T)); }
    CALLED Number &operator=(const Number &o) { return move_bytes(this, &o, sizeof(T)), *this; }
    template <Plain U> Number(U x) { keep<T>(this, Lane<T>((T)x)); }
    Number(float x) { keep<T>(this, Lane<T>((T)x).without()); }
    Number(double x) { keep<T>(this, Lane<T>((T)x).without()); }
    /* -Wconversion wants a cast where it may lose something */
    template <typename U> explicit(sizeof(U) >= sizeof(T)) CALLED Number(const Number<U> &o) { keep<T>(this, of(o.lane())); }
    Number(const Lane<T> &x) { keep<T>(this, x); }
    Lane<T> lane() const { return seen<T>(this); }
    template <typename U> explicit operator U() const requires(Plain<U> || __is_same(U, float) || __is_same(U, double))
    {
        return (U)value;
    }
    operator Lane<T>() const { return lane(); }
    /* 64 bits and lost intervals are what rounding makes, where sums have fewer; a sum must not be cut. */
    template <typename U> static Lane<T> of(const Lane<U> &x)
    {
        Lane<T> r(x);
        typedef std::conditional_t<(T(-1) < T(0)), std::make_unsigned_t<T>, std::make_signed_t<T>> Other;
        const bool bits = (sizeof(U) == 8 && (SUM_BYTES < 8 || x.known())) || (sizeof(T) >= 4 && T(-1) > T(0)) || Lane<Other>(x).fits();
        return x.lost || r.fits() ? r : !bits ? (leaves(), r) : sizeof(T) < 4 && sizeof(U) < 8 ? r.whole() : r.without();
    }
    template <typename U> Number &operator+=(const U &o) { return *this = Number(*this + o); }
    template <typename U> Number &operator-=(const U &o) { return *this = Number(*this - o); }
    template <typename U> Number &operator*=(const U &o) { return *this = Number(*this * o); }
    template <typename U> Number &operator<<=(const U &o) { return *this = Number(*this << o); }
    template <typename U> Number &operator>>=(const U &o) { return *this = Number(*this >> o); }
    template <typename U> Number &operator|=(const U &o) { return *this = Number(*this | o); }
    Number &operator++() { return *this += 1; }
    Number &operator--() { return *this -= 1; }
    Number operator++(int) { Number r = *this; return *this += 1, r; }
    auto operator-() const { return 0 - *this; }
    auto operator~() const { return *this ^ -1; }
};

struct Counter : Number<int> { /* an `int` may be an index, too; an `int32_t` is a number */
    using Number<int>::Number;
    Counter() = default;
    Counter(const Number<int> &o) : Number<int>(o) {}
    operator int() const { return value; }
};

template <typename T> struct Plainly { typedef T Type; };
template <typename T> struct Plainly<Number<T>> { typedef T Type; };
template <> struct Plainly<Counter> { typedef int Type; };
template <typename T> static inline Lane<T> lane(const Number<T> &x) { return x.lane(); }
template <Plain T> static inline Lane<T> lane(const T &x) { return x; }
template <typename A, typename B> concept Ours = (!Plain<A> || !Plain<B>) && requires(A a, B b) { lane(a); lane(b); };
#define RESULT(op) decltype(typename Plainly<A>::Type() op typename Plainly<B>::Type())

enum { SUM, DIFFERENCE, PRODUCT };
template <typename R> static __attribute__((always_inline)) inline Lane<R> arithmetic(int what, const Lane<int64_t> &a, const Lane<int64_t> &b)
{
    if (what != PRODUCT) {
        Lane<int64_t> other = b;
        if (what == DIFFERENCE) {
            other = Lane<int64_t>((int64_t)(0 - (uint64_t)b.value));
            other = b.lost || b.low == INT64_MIN ? other.without() : other.between(-b.high, -b.low);
        }
        const Lane<int64_t> sum = a + other;
        if (SUM_BYTES == 8 && sum.lost && !a.lost && !other.lost) {
            leaves();
        }
        return sum.template as<R>();
    }
    Lane<int64_t> r = (int64_t)((uint64_t)a.value * (uint64_t)b.value);
    const bool rounds = SUM_BYTES == 8 && !a.within(FACTOR) && !b.within(FACTOR) && (a.varies() || b.varies());
    bool without = a.lost || b.lost || rounds;
    if (without && sizeof(R) == 4) {
        lost(UNREAD);
    }
    for (int64_t x : {a.low, a.high}) {
        for (int64_t y : {b.low, b.high}) {
            int64_t one = 0;
            without |= __builtin_mul_overflow(x, y, &one);
            r.widen(one);
        }
    }
    return (without ? r.without() : r).template as<R>();
}
#define ARITHMETIC(op, what) \
    template <typename A, typename B> requires Ours<A, B> CALLED Number<RESULT(op)> operator op(const A &a, const B &b) \
    { return Number<RESULT(op)>(arithmetic<RESULT(op)>(what, lane(a), lane(b))); }
ARITHMETIC(+, SUM)
ARITHMETIC(-, DIFFERENCE)
ARITHMETIC(*, PRODUCT)

template <typename T, typename U> static inline T *operator+(T *p, const Number<U> &i) { return p + i.value; }
#define INDICES(op) \
    static inline ptrdiff_t operator op(ptrdiff_t a, const Counter &b) { return a op b.value; } \
    static inline ptrdiff_t operator op(const Counter &a, ptrdiff_t b) { return a.value op b; }
INDICES(+) INDICES(-) INDICES(*) INDICES(/)

/* Bits of what varies are lost. */
#define BITS(op) \
    template <typename A, typename B> requires Ours<A, B> Number<RESULT(op)> operator op(const A &a, const B &b) \
    { const auto x = lane(a); const auto y = lane(b); const Lane<RESULT(op)> r = (RESULT(op))(x.value op y.value); \
      return Number<RESULT(op)>(x.known() && y.known() ? r : r.without()); }
BITS(<<) BITS(>>) BITS(&) BITS(|) BITS(^) BITS(/) BITS(%)

/* Comparisons are those of the run. */
#define COMPARED(op) \
    template <typename A, typename B> requires Ours<A, B> bool operator op(const A &a, const B &b) \
    { return lane(a).value op lane(b).value; }
COMPARED(<) COMPARED(>) COMPARED(<=) COMPARED(>=) COMPARED(==) COMPARED(!=)
