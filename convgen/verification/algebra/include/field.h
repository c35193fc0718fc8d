/* Elements of the field of p = 2^61 - 1, each with what a proof of the bound needs. Included before the
   kernel's file, since afterwards `float` and `double` have other meanings. */
#include "base.h"

typedef unsigned __int128 u128;

static inline uint64_t folded(u128 a) /* a modulo p, for a below 2^122 */
{
    const uint64_t sum = (uint64_t)(a & P) + (uint64_t)(a >> 61);
    return sum >= P ? sum - P : sum;
}

static inline uint64_t times(uint64_t a, uint64_t b) { return folded((u128)a * b); }

static uint64_t inverse(uint64_t a) /* a^(p - 2); those that loops ask for again and again are remembered */
{
    static uint64_t of[256], found[256];
    const uint64_t slot = scattered(a) % 256;
    if (of[slot] != a) {
        uint64_t result = 1, power = of[slot] = a;
        for (uint64_t left = P - 2; left; left >>= 1, power = times(power, power)) {
            result = left & 1 ? times(result, power) : result;
        }
        found[slot] = result;
    }
    return found[slot];
}

/* A number; of one that nobody sets, nothing is known. value: in the field. magnitude: of the largest number that it can be where no input is above 1, so products of inputs
   and weights are counted; that of bias and residual is 0. roundings: the longest chain of them in f32 on the way here,
   below 0 where it depends on what nobody wrote, or on what was rounded to 16 bits on the way; fine: the same in double. kind: what else is known: a constant; one that is
   2^k; the bits of an integer lane, or of a number of 16 bits, f16 or bf16; a number that fits into them, since it was read
   so; that it was rounded to them; what the rounding of a number leaves, a 0 whose value tells of which one. */
enum { DATA = 0, CONSTANT = 1, POWER = 2, INTEGER = 4, WORD = 8, FITS = 16, SHORT = 32, REST = 64 };
struct Val {
    uint64_t value = 0;
    double magnitude = 0;
    int32_t roundings = -1;
    uint16_t fine = 0, kind = 0;
};

static uint64_t coins; /* 0: of two numbers that are compared, none is less; else what their order is drawn by */
static bool turned, compared; /* whether that order is reversed; whether any two were compared */

static inline bool zero(const Val &a) { return (a.kind == CONSTANT && !a.value) || a.kind == REST; }
static inline uint32_t larger(uint32_t a, uint32_t b) { return a > b ? a : b; }

/* The second and the third make themselves of everything that is computed with them, the third first. */
static const Val NOTHING = {0, 0, 0, 0, CONSTANT}, UNKNOWN = {0, 0, -1, 0, DATA}, SHORTENED = {0, 0, -2, 0, DATA};
static inline bool shortened(const Val &a) { return a.kind & SHORT || a.roundings == SHORTENED.roundings; }

static inline bool known(const Val &a, const Val &b)
{
    if ((a.kind | b.kind) & (INTEGER | WORD)) {
        (a.kind | b.kind) & INTEGER ? unread("computes with the bits of an integer") :
        refute("computes with the bits of a number of 16", 0);
    }
    return (a.roundings | b.roundings) >= 0 && !((a.kind | b.kind) & SHORT);
}

static inline Val unknown(const Val &a, const Val &b) { return shortened(a) || shortened(b) ? SHORTENED : UNKNOWN; }

/* One more rounding, in double where it is fine. */
static inline Val rounded(Val a, bool fine)
{
    fine ? ++a.fine : ++a.roundings;
    return a;
}

static inline Val product(const Val &a, const Val &b) /* before it is rounded */
{
    if (!known(a, b)) {
        return unknown(a, b);
    }
    if (zero(a) || zero(b)) {
        return NOTHING;
    }
    return Val{times(a.value, b.value), a.magnitude * b.magnitude, a.roundings + b.roundings,
               (uint16_t)(a.fine + b.fine), (uint16_t)(a.kind & b.kind & (CONSTANT | POWER))};
}

static inline Val mul(const Val &a, const Val &b, bool fine = false)
{
    const Val c = product(a, b);
    return c.roundings < 0 || zero(c) || ((a.kind | b.kind) & POWER) ? c : rounded(c, fine);
}

static inline Val add(const Val &a, const Val &b, bool fine = false)
{
    if (!known(a, b)) {
        return unknown(a, b);
    }
    if (zero(a) || zero(b)) {
        return zero(a) ? b : a;
    }
    const uint64_t sum = a.value + b.value;
    return rounded(Val{sum >= P ? sum - P : sum, a.magnitude + b.magnitude, (int32_t)larger(a.roundings, b.roundings),
                       (uint16_t)larger(a.fine, b.fine), DATA}, fine);
}

/* What memory of 16 bits holds, as the number that it is; and a number, as what that memory holds, rounded to it. */
static inline Val widened(Val a)
{
    if (a.kind == INTEGER && !a.value) {
        return NOTHING;
    }
    if (a.roundings >= 0 && !(a.kind & WORD) && !zero(a)) {
        refute("takes a number for one of 16 bits", 0);
    }
    a.kind = (uint16_t)((a.kind & ~WORD) | (a.kind & WORD ? FITS : 0));
    return a;
}

static bool handed_on(uint64_t value); /* whether a layer of a chain gives it to the next, in words of 16 bits */

static inline Val narrowed(Val a)
{
    if (a.kind & FITS || zero(a)) {
        a.kind = (uint16_t)(WORD | (a.kind & SHORT));
    } else if (known(a, a)) {
        a.kind = handed_on(a.value) ? WORD : WORD | SHORT;
    }
    return a;
}

static inline Val minus(Val a)
{
    a.value = a.value ? P - a.value : 0;
    return a;
}

static inline Val fma(const Val &a, const Val &b, const Val &c)
{
    if (!(a.kind | b.kind | c.kind) && (a.roundings | b.roundings | c.roundings) >= 0) { /* data: the same, without questions */
        return Val{folded((u128)a.value * b.value + c.value), a.magnitude * b.magnitude + c.magnitude,
                   (int32_t)larger(a.roundings + b.roundings, c.roundings) + 1, (uint16_t)larger(a.fine + b.fine, c.fine), DATA};
    }
    const Val d = product(a, b);
    return zero(c) && !zero(d) ? mul(a, b) : add(d, c);
}

/* By a constant, of which the magnitude is known; by other numbers only activations divide. */
static Val quotient(const Val &a, const Val &b, bool fine = false)
{
    Val over = b;
    over.value = inverse(b.value);
    over.magnitude = b.kind & CONSTANT ? 1 / b.magnitude : 1 + b.magnitude;
    return mul(a, over, fine);
}

/* What no polynomial is: some element, the same for the same operands. */
static inline Val opaque(const Val &a, const Val &b)
{
    return known(a, b) ? Val{scattered(scattered(a.value) + b.value), a.magnitude + b.magnitude,
                             (int32_t)larger(a.roundings, b.roundings), 0, DATA} : unknown(a, b);
}

/* By an order of the field that is drawn at random: who asks for the largest of some numbers gets the same one, whichever
   way he finds it. */
static inline bool less(const Val &a, const Val &b)
{
    compared = true;
    const uint64_t x = scattered(a.value ^ coins), y = scattered(b.value ^ coins);
    return known(a, b) && coins && (turned ? y < x : x < y);
}

/* Numbers a + b i of the field, of which those with a² + b² = 1 are a group of p + 1 = 2^61: cosines and sines of fractions
   of a turn that are powers of two, as numbers of the field. */
struct Turn {
    uint64_t a, b;
};

static inline Turn after(const Turn &x, const Turn &y)
{
    return {folded((u128)times(x.a, y.a) + P - times(x.b, y.b)), folded((u128)times(x.a, y.b) + times(x.b, y.a))};
}

static Turn turned_by(uint64_t k) /* k parts of 2^61 of a turn: by squaring one that generates the group */
{
    Turn root, quarter;
    for (uint64_t t = 2;; ++t) { /* (1 - t² + 2 t i) / (1 + t²), until a half turn is not yet a whole one */
        const uint64_t square = times(t, t), over = inverse(folded((u128)1 + square));
        root = quarter = Turn{times(folded((u128)1 + P - square), over), times(folded((u128)2 * t), over)};
        for (int i = 0; i < 59; ++i) {
            quarter = after(quarter, quarter);
        }
        if (quarter.a == 0) {
            break;
        }
    }
    if (quarter.b != 1) {
        root.b = P - root.b;
    }
    Turn result = {1, 0};
    for (; k; k >>= 1, root = after(root, root)) {
        result = k & 1 ? after(result, root) : result;
    }
    return result;
}

/* The cosine of k of 2^m parts of a turn, rounded, unless it is a whole number. */
static Val cosine_at(uint64_t k, int m)
{
    const double x = 4 * k == 1ull << m ? 0 : (double)cosl((long double)k / (1ull << m) * 2 * acosl(-1.0L));
    const bool whole = x == 0 || fabs(x) == 1;
    return Val{turned_by(k << (61 - m)).a, fabs(x), !whole, 0, (uint16_t)(whole && x ? CONSTANT | POWER : CONSTANT)};
}

/* Whether x > 0 is a cosine, k turns by 2^m, to two units u: of as few parts as can be, and of no more than x tells apart. */
static bool cosine(double x, double u, uint64_t *value)
{
    for (int m = 3; x < 1 && m < (u > 0x1p-30 ? 10 : 24); ++m) {
        const long double whole = 2 * acosl(-1.0L), parts = ldexpl(1, m), k = roundl(acosl((long double)x) / whole * parts);
        if (fabsl(cosl(k / parts * whole) - x) <= 2 * u * x) {
            *value = turned_by((uint64_t)k << (61 - m)).a;
            return true;
        }
    }
    return false;
}

/* x itself, where it is a fraction whose denominator is below 2^10; the cosine that is rounded to it, the unit roundoff being
   u; the fraction of least denominator that is, if that is below 2^10; else x. A literal so stands for 1/90, if that is what
   was meant; it counts a rounding where it is not x. */
static Val literal(double x, double u, bool fine)
{
    const double size = fabs(x);
    long double low = size * (1 - (long double)u / 2), high = size * (1 + (long double)u / 2);
    double n[2] = {0, 1}, d[2] = {1, 0}; /* the last two convergents */
    for (int more = 1; more && size;) {
        const long double whole = floorl(low);
        more = low != whole && whole + 1 > high;
        const double term = (double)(low == whole || more ? whole : whole + 1);
        const double next[2] = {term * n[1] + n[0], term * d[1] + d[0]};
        n[0] = n[1], n[1] = next[0], d[0] = d[1], d[1] = next[1];
        if (more) {
            const long double rest = low - whole;
            low = 1 / (high - whole);
            high = 1 / rest;
        }
    }
    int exponent;
    const bool power = size && frexp(size, &exponent) == 0.5;
    Val a = {0, size, 0, 0, (uint16_t)(power ? CONSTANT | POWER : CONSTANT)};
    if (!size) {
        return a;
    }
    const bool exact = fma(size, d[1], -n[1]) == 0;
    if (!exact && cosine(size, u, &a.value)) {
        a = rounded(a, fine);
    } else if (d[1] < 1024 && n[1] < 1e15) {
        a.value = times((uint64_t)n[1] % P, inverse((uint64_t)d[1]));
        a = exact ? a : rounded(a, fine);
    } else {
        a.value = (uint64_t)ldexp(frexp(size, &exponent), 53) % P;
        const uint64_t two = exponent < 53 ? inverse(2) : 2;
        for (int left = abs(exponent - 53); left; --left) {
            a.value = times(a.value, two);
        }
    }
    return x < 0 ? minus(a) : a;
}
