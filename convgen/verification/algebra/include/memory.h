/* The caller's arrays. Each lies alone in the middle of a range of addresses that nothing else uses, so whatever address
   is computed from it tells array and index, and every access is checked: that the array holds it, and that no other task of
   the phase writes it, or reads what this one writes. What nobody wrote may be read, if no output depends on it. */
static const uintptr_t REGION = (uintptr_t)1 << 44, SLOT = (uintptr_t)1 << 38;
enum { SLOTS = 12 };

template <bool wide> struct Number;
typedef Number<false> Num; /* what the kernel's file calls float */
typedef Number<true> Wide; /* double */

/* writer, reader: the task that did it last, counted through all phases; phase_first, which is no task: several did. shared: elements that
   all workers have; behind them each worker has `own`, whose contents no task leaves to another. align: in bytes, of the
   first element. */
struct Array {
    const char *name;
    Val *base;
    size_t count, shared, own;
    bool writable;
    int align;
    uint32_t *writer, *reader;
};
static Array arrays[SLOTS];
static uint32_t task_now = 2, phase_first = 1;
static int phase_now = -1, worker_now;
static const Val *watched; /* whose last writer is wanted */
static const void *watched_line, *site;

extern "C" char __executable_start;

static size_t line_of(const void *line) { return (size_t)((const char *)line - &__executable_start); }

static void refute(const char *what, const void *at, const void *line)
{
    const uintptr_t slot = ((uintptr_t)at - REGION) / SLOT;
    const bool inside = at && slot < SLOTS;
    printf("refuted\t%s\t%s\t%td\t%d\t%u\t%zu\n", what, inside ? arrays[slot].name : "-",
           inside ? (const Val *)at - arrays[slot].base : (ptrdiff_t)0, phase_now, task_now - phase_first - 1,
           line_of(site ? site : line));
    fflush(stdout);
    _Exit(1);
}

static inline bool tracked(const void *at) { return (uintptr_t)at - REGION < SLOTS * SLOT; }

static Array &found(const Val *at, size_t *index, const void *line)
{
    Array &a = arrays[((uintptr_t)at - REGION) / SLOT];
    *index = (size_t)(at - a.base); /* huge where it is negative */
    if (*index >= a.count) {
        refute("outside the array", at, line);
    }
    if (*index >= a.shared && (*index - a.shared) / a.own != (size_t)worker_now) {
        refute("of another worker", at, line);
    }
    return a;
}

static __attribute__((noinline)) Val reading(const Val *at)
{
    size_t i;
    const void *line = __builtin_return_address(0);
    Array &a = found(at, &i, line);
    if (!a.writable) {
        return at->roundings < 0 && a.align <= 4 ? (refute("read beside the slice", at, line), *at) : *at;
    }
    if (i >= a.shared && a.writer[i] != task_now) {
        return UNKNOWN;
    }
    if (a.writer[i] >= phase_first && a.writer[i] != task_now) {
        refute("raced, read while another task writes it", at, line);
    }
    a.reader[i] = a.reader[i] < phase_first || a.reader[i] == task_now ? task_now : phase_first;
    return *at;
}

static __attribute__((noinline)) void writing(Val *at, const Val &value)
{
    size_t i;
    const void *line = __builtin_return_address(0);
    Array &a = found(at, &i, line);
    if (!a.writable) {
        refute("written, though read-only", at, line);
    }
    if (i < a.shared && ((a.writer[i] >= phase_first && a.writer[i] != task_now) ||
                         (a.reader[i] >= phase_first && a.reader[i] != task_now))) {
        refute("raced, written while another task uses it", at, line);
    }
    a.writer[i] = task_now;
    *at = value;
    if (at == watched) {
        watched_line = site ? site : line;
    }
}

/* A number of the kernel's file: where it stands in one of the arrays, what reads and writes it is told. */
template <bool wide> struct Number : Val {
    Number() : Val(UNKNOWN) {}
    explicit Number(const Val &a) : Val(a) {}
    Number(const Number &other) : Val(other.read()) {}
    Number(float x) : Val(literal(x, 0x1p-24, false)) {}
    Number(double x) : Val(literal(x, 0x1p-53, wide)) {}
    Number(int x) : Number((double)x) {}
    Number(ptrdiff_t x) : Number((double)x) {}
    explicit(!wide) Number(const Number<!wide> &other); /* to float, one more rounding */

    Val read() const { return tracked(this) ? reading(this) : (const Val &)*this; }
    Number &operator=(const Number &other)
    {
        const Val value = other.read();
        if (tracked(this)) {
            writing(this, value);
        } else {
            (Val &)*this = value;
        }
        return *this;
    }
    Number &operator+=(Number b) { return *this = Number(add(read(), b, wide)); }
    Number &operator-=(Number b) { return *this = Number(add(read(), minus(b), wide)); }
    Number &operator*=(Number b) { return *this = Number(mul(read(), b, wide)); }
    Number operator-() const { return Number(minus(read())); }
};

template <> inline Number<true>::Number(const Num &other) : Val(other.read()) {}
template <> inline Number<false>::Number(const Wide &other)
    : Val(zero(other) || other.roundings < 0 ? (const Val &)other : rounded(other.read(), false)) {}

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

#define HERE site = __builtin_return_address(0) /* what vectors read and write, the line of the kernel does */

/* p, which must be a multiple of so many bytes, f32 as long as they are where the file is compiled for use. */
template <typename T> static __attribute__((noinline)) T *aligned(T *p, size_t bytes)
{
    const Array &a = arrays[((uintptr_t)p - REGION) / SLOT];
    if (tracked(p) && ((size_t)a.align % bytes || (size_t)((const Val *)p - a.base) * 4 % bytes)) {
        refute("misaligned", p, __builtin_return_address(0));
    }
    return p;
}

/* What is printed of a layer. An array: shape and stride of its own numbers, outermost first, of which the others of its
   span are not; magnitude: what its numbers count. A part of the convolution: an array as n, channels, d, h, w, or
   weights as groups, o and i of a group, d, h, w. */
struct Given {
    const char *name;
    size_t bytes;
    int align;
    bool writable;
    double magnitude;
    long shape[5], stride[5];
};

struct Tensor {
    int slot;
    long extent[6], stride[6], first;
};
