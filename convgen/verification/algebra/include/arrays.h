/* The caller's arrays. Each lies alone in the middle of a range of addresses that nothing else uses, so whatever address
   is computed from it tells array and index, and every access is checked: that the array holds it, and that no other task of
   the phase writes it, or reads what this one writes. Cell: what they are made of in a proof, a number or a byte. */
static const uintptr_t REGION = (uintptr_t)1 << 44, SLOT = (uintptr_t)1 << 38;
enum { SLOTS = 24 };

/* writer, reader: the task that did it last, counted through all phases; phase_first, which is no task: several did. shared:
   cells that all workers have; behind them each worker has `own`, whose contents no task leaves to another. align: in bytes,
   of the first element. step: cells of a number; of UNIT bytes each, so that numbers of several sizes have their addresses. packed: what packing wrote,
   and nothing where it wrote nothing. local: of a work-group of OpenCL, whose items are ordered by barriers. */
struct Array {
    const char *name;
    Cell *base;
    size_t count, shared, own;
    bool writable, packed, local;
    int align, step;
    uint32_t *writer, *reader;
};
static Array arrays[SLOTS];
extern "C" void *base_of(int slot) { return arrays[slot].base; }
static uint32_t task_now = 2, phase_first = 1, local_now = 2, local_first = 1;
static int phase_now = -1, worker_now;
static const Cell *watched; /* whose last writer is wanted */
static Trace watched_by;

[[noreturn]] static void refute(const char *what, const void *at, const Trace &where)
{
    const uintptr_t slot = ((uintptr_t)at - REGION) / SLOT;
    const bool inside = at && slot < SLOTS;
    printf("refuted\t%s\t%s\t%td\t%d\t%u\t", what, inside ? arrays[slot].name : "-",
           inside ? ((const Cell *)at - arrays[slot].base) / arrays[slot].step : (ptrdiff_t)0, phase_now, task_now - phase_first - 1);
    tell(where);
    printf("\n");
    fflush(stdout);
    _Exit(1);
}

static inline bool tracked(const void *at) { return (uintptr_t)at - REGION < SLOTS * SLOT; }

static inline Array &found(const Cell *at, size_t *index)
{
    Array &a = arrays[((uintptr_t)at - REGION) / SLOT];
    *index = (size_t)(at - a.base); /* huge where it is negative */
    if (*index >= a.count) {
        refute("outside the array", at);
    }
    if (*index >= a.shared && (*index - a.shared) / a.own != (size_t)worker_now) {
        refute("of another worker", at);
    }
    return a;
}

static inline void note_reading(Array &a, size_t i)
{
    const uint32_t first = a.local ? local_first : phase_first, now = a.local ? local_now : task_now;
    if (a.writer[i] >= first && a.writer[i] != now) {
        refute("raced, read while another task writes it", a.base + i);
    }
    a.reader[i] = a.reader[i] < first || a.reader[i] == now ? now : first;
}

static inline void note_writing(Array &a, size_t i)
{
    if (!a.writable) {
        refute("written, though read-only", a.base + i);
    }
    const uint32_t first = a.local ? local_first : phase_first, now = a.local ? local_now : task_now;
    if (i < a.shared && ((a.writer[i] >= first && a.writer[i] != now) || (a.reader[i] >= first && a.reader[i] != now))) {
        refute("raced, written while another task uses it", a.base + i);
    }
    a.writer[i] = now;
    if (a.base + i == watched) {
        watched_by = trace();
    }
}
