/* What opencl.h needs of a file's floats: here numbers of the field, whose words of 16 bits have no bits. */
typedef Num Real;
typedef Half Word;
#define BYTES(T) (sizeof(T) / sizeof(Val) * UNIT)
#define UNSEEN __attribute__((noinline))

/* What is written as two floats: the nearest, and what that leaves. */
static Num cosine_of(uint64_t k, int m) { return Num(cosine_at(k, m)); }
static Num rest_of(const Num &high)
{
    const Val rest = {high.value, 0, 0, 0, REST};
    return Num(zero(high) || !high.roundings ? NOTHING : rest);
}

static Wide both(const Num *a) /* before it was rounded */
{
    Val x = a[0].read();
    const Val low = a[1].read();
    if (low.kind == REST) {
        low.value == x.value ? (void)(--x.roundings, ++x.fine) : refute("takes two floats for one number that are none", a);
        return Wide(x);
    }
    if (!zero(low) && !(x.kind & low.kind & CONSTANT && low.magnitude <= x.magnitude * 0x1p-23)) {
        unread("computes with two floats as one number, of which nothing is known");
    }
    return Wide(add(x, low, true));
}

/* a b + c d of numbers that are two floats each, to two floats. */
static void two_floats(const Num *a, const Num *b, const Num *c, const Num *d, Num *to)
{
    const Num high = Num(both(a) * both(b) + both(c) * both(d));
    to[1] = rest_of(high);
    to[0] = high;
}

/* The product of two numbers, exact where they are literals and a float holds it; and one alone. */
static Wide product_of(const Num &x, const Num &y)
{
    const Val a = x.read(), b = y.read();
    const double c = a.magnitude * b.magnitude;
    return Wide(mul(a, b, a.kind & b.kind & CONSTANT && !(a.roundings | b.roundings) && (float)c == c));
}
static inline Wide product_of(const Num &x) { return Wide(x); }
static inline Num multiplied(const Num &a, const Num &b, const Num &c) { return Num(fma(a.read(), b.read(), c.read())); }
/* Bytes of memory, by which addresses are counted: of UNIT a number has one. */
struct Octet {
    char part[sizeof(Val) / UNIT];
};
