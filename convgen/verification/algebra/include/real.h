/* What opencl.h needs of a file's floats: here numbers of the field, whose words of 16 bits have no bits. */
typedef Num Real;
typedef Half Word;
#define BYTES(T) (sizeof(T) / sizeof(Val) * UNIT)
#define UNSEEN __attribute__((noinline))

static Num cosine_of(uint64_t k, int m) { return Num(cosine_at(k, m)); } /* written as a float and what that leaves */
static inline Num multiplied(const Num &a, const Num &b, const Num &c) { return Num(fma(a.read(), b.read(), c.read())); }
/* Bytes of memory, by which addresses are counted: of UNIT a number has one. */
struct Octet {
    char part[sizeof(Val) / UNIT];
};
