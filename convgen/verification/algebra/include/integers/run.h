/* Runs the kernel on bytes that proof.py has drawn, and compares with the layer's rule, which it has computed. The file
   `data` holds for each run all of the layer's arrays: what goes in, and what must come out. */
static uint64_t seed;
static const char TRAPPED[] = "leaves its type, or an array of a function, ends one without its value, or shifts by no number of bits";
static const uint8_t *data; /* of this run, the layer's first array */

/* Of what nobody wrote: other bytes in each run, but inputs of 8 and 16 bits among them that are not beyond any that there
   are, since lanes that nobody uses must not leave their type. */
static uint8_t nothing(size_t i) { return ~i & scattered(seed + i) & 1; }

#include "../tasks.h"

static const uint8_t *own_bytes(int slot) /* 1 for those of its numbers, of which an array may have others between them */
{
    const size_t step = (size_t)arrays[slot].step;
    uint8_t *found = (uint8_t *)calloc(arrays[slot].count + 1, 1);
    each_number(GIVEN[slot], [=](size_t place) { memset(found + place * step, 1, step); });
    return found;
}

static size_t given(int slot) /* bytes of the layer's arrays before this one */
{
    size_t before = 0;
    for (int i = 0; i < slot; ++i) {
        before += arrays[i].count;
    }
    return before;
}

static void fill(int slot)
{
    Array &a = arrays[slot];
    if (slot < LAYER && !a.writable) {
        memcpy(a.base, data + given(slot), a.count);
    } else {
        spoil(a);
    }
}

static void begin_task(int worker) /* what another task has left is nothing to rely on */
{
    Array &a = arrays[WORKSPACE];
    if (a.shared < a.count) {
        spoil(a, a.shared + (size_t)worker * a.own, a.shared + (size_t)(worker + 1) * a.own);
    }
}

static void shown(char *to, size_t room, const char *words, const uint8_t *got, const uint8_t *want, int datum)
{
    Shown a, b;
    memcpy(&a, got, sizeof a);
    memcpy(&b, want, sizeof b);
    snprintf(to, room, "%s, %.9g for %.9g, of %s", words, (double)a, (double)b, DATA[datum]);
}

static void check_sums()
{
    if (wraps_once && !MODULAR) {
        refute("leaves its type, 32 bits", 0, wrapped);
    }
}

static size_t compare(int datum, bool whole)
{
    Array &a = arrays[OUTPUT];
    const uint8_t *want = data + given(OUTPUT);
    size_t checked = 0;
    for (size_t i = 0; i < a.count; ++i) {
        const size_t first = i / sizeof(Shown) * sizeof(Shown);
        checked += mask[OUTPUT][i];
        if (a.base[i] != (mask[OUTPUT][i] ? want[i] : nothing(i))) {
            check_sums();
            char what[200];
            shown(what, sizeof what, mask[OUTPUT][i] ? "wrong" : "written beside the slice", a.base + first, want + first, datum);
            watched = a.base + i;
            run(whole);
            printf("refuted\t%s\t%s\t%zu\t%d\t%d\t", what, a.name, first / sizeof(Shown), PHASES - 1, -1);
            tell(watched_by);
            printf("\n");
            fflush(stdout);
            _Exit(1);
        }
    }
    return checked / sizeof(Shown);
}

/* Of ODD scales, constants that rounding makes of them may leave 32 bits: others tell of sums that do. */
static void run_of(int datum, bool whole)
{
    const bool before = wraps_once;
    run(whole);
    wraps_once = ODD[datum] ? before : wraps_once;
}

int main(int count, char **words)
{
    FILE *file = count == 2 ? fopen("data", "rb") : 0;
    if (!file) {
        unread("is run otherwise than proof.py does it");
    }
    lay_out();
    for (int i = 0; i < ARRAYS; ++i) {
        mask[i] = i < OWN ? own_bytes(i) : 0;
    }
    const size_t size = given(LAYER);
    uint8_t *bytes = (uint8_t *)malloc(DATA_COUNT * size);
    if (!bytes || fread(bytes, size, DATA_COUNT, file) != DATA_COUNT) {
        unread("has other data than proof.py writes");
    }
    size_t checked = 0;
    for (int datum = 0; datum < DATA_COUNT; ++datum) {
        seed = scattered(strtoull(words[1], 0, 10) + (uint64_t)datum);
        data = bytes + (size_t)datum * size;
        run_of(datum, false);
        checked = compare(datum, false);
    }
    run_of(DATA_COUNT - 1, true);
    compare(DATA_COUNT - 1, true);
    check_sums();
    printf("proved\t%zu\t%zu\t%zu\t0\t%d\t0\n", checked, tasks_run, tasks_all, DATA_COUNT);
    return 0;
}
