/* Runs the kernel on random elements of the field and compares with the convolution, written from its definition. Behind
   the kernel's file and what proof.py prints of its layer: arrays, axes, channels, calls, claims. */
static uint64_t seed;
static size_t window[SLOTS][2]; /* of each array, the numbers that are not 0 */
static bool ones;               /* they are 1 then, not random */
static const char TRAPPED[] = "outside an array of a function, at the end of one without its value, or a shift by no number of bits";
static Val nothing(size_t) { return UNKNOWN; }
#include "tasks.h"

static bool handed_known; /* of this run's arrays, what layers of a chain hand on */

static void fill(int slot)
{
    Array &a = arrays[slot];
    handed_known = false;
    spoil(a);
    if (a.writable || slot == PACKED) {
        return;
    }
    each_number(GIVEN[slot], [&](size_t place) {
        const bool in = place >= window[slot][0] && place < window[slot][1];
        a.base[place * (size_t)a.step] = Val{!in ? 0 : ones ? 1 : scattered(scattered(seed + (uint64_t)slot) + place),
                                     GIVEN[slot].magnitude, 0, 0, GIVEN[slot].cell < 4 ? WORD : DATA};
    });
}

static void begin_task(int) {}

/* --- what must come out --- */

static Val *element(const Tensor &t, const long *at)
{
    long i = t.first;
    for (int axis = 0; axis < 6; ++axis) {
        i += at[axis] * t.stride[axis];
    }
    return number(t.slot, i);
}

static const int LAST = (int)(sizeof LAYERS / sizeof *LAYERS) - 1;

/* The place along an axis that `at` meets through tap k: o·s − before + k·d = i; -1 where there is none. */
static long met(const Layer &layer, int axis, bool forward, long at, long k)
{
    const long s = layer.stride[axis], d = layer.dilation[axis], before = layer.before[axis];
    const long i = forward ? at * s - before + k * d : at + before - k * d, o = i / s;
    const long *x = layer.x.extent, *y = layer.y.extent;
    return i < 0 ? -1 : forward ? (i < x[axis + 2] ? i : -1) : i % s == 0 && o < y[axis + 2] ? o : -1;
}

/* For an output, Σ w·x over the taps and the channels of its group; for an input (what transposed layers and gradients of
   inputs give) Σ w·y; for a weight Σ x·y over images and outputs. at: its place in the array that is summed. */
static uint64_t sum(const Layer &layer, const long *at)
{
    const Tensor &X = layer.x, &Y = layer.y, &W = layer.w;
    const bool weight = layer.summed == 2, forward = layer.summed != 0;
    const Tensor &other = forward ? X : Y, &second = weight ? Y : W;
    const long *steps = weight ? Y.extent + 2 : W.extent + 3;
    const long og = W.extent[1], ig = W.extent[2], own = forward ? og : ig;
    const long count = weight ? Y.extent[0] : forward ? ig : og; /* images, or channels of the group */
    u128 total = 0;
    for (long a = 0; a < steps[0]; ++a)
    for (long b = 0; b < steps[1]; ++b)
    for (long c = 0; c < steps[2]; ++c) {
        const long step[3] = {a, b, c};
        long place[3];
        for (int axis = 0; axis < 3; ++axis) {
            place[axis] = weight ? met(layer, axis, true, step[axis], at[axis + 3])
                                 : met(layer, axis, forward, at[axis + 2], step[axis]);
        }
        if (place[0] < 0 || place[1] < 0 || place[2] < 0) {
            continue;
        }
        const long group = weight ? at[0] : at[1] / own, inside = at[1] % own;
        const long v[6] = {weight ? 0 : at[0], weight ? group * ig + at[2] : group * count, place[0], place[1], place[2], 0};
        const long w[6] = {group, forward ? inside : 0, forward ? 0 : inside, a, b, c};
        const long y[6] = {0, group * og + at[1], a, b, c, 0};
        const Val *p = element(other, v), *q = element(second, weight ? y : w);
        const long by = other.stride[weight ? 0 : 1] * arrays[other.slot].step;
        const long with = (weight ? Y.stride[0] : W.stride[forward ? 2 : 1]) * arrays[weight ? Y.slot : W.slot].step;
        for (long i = 0; i < count; ++i) {
            total += (u128)p[i * by].value * q[i * with].value;
            total = i % 32 == 31 || i + 1 == count ? (total & P) + (total >> 61) : total;
        }
    }
    return folded(total);
}

/* Of the numbers in an output's window, padding left out, the largest or the average. */
static uint64_t pooled(const Layer &layer, const long *at)
{
    const long *k = layer.w.extent + 3;
    Val largest = UNKNOWN;
    uint64_t total = 0, count = 0;
    for (long a = 0; a < k[0]; ++a)
    for (long b = 0; b < k[1]; ++b)
    for (long c = 0; c < k[2]; ++c) {
        const long x[6] = {at[0], at[1], met(layer, 0, true, at[2], a), met(layer, 1, true, at[3], b), met(layer, 2, true, at[4], c), 0};
        if (x[2] >= 0 && x[3] >= 0 && x[4] >= 0) {
            const Val &one = *element(layer.x, x);
            largest = count && less(one, largest) ? largest : one;
            total = (total + one.value) % P;
            ++count;
        }
    }
    return layer.pool == LARGEST ? largest.value : times(total, inverse(count));
}

static Val largest_input; /* of a layer's inputs, the longest chain of roundings and the largest magnitude */

static Val expected(const Layer &layer, const long *at, size_t place)
{
    uint64_t v = layer.pool ? pooled(layer, at) : sum(layer, at);
    v = layer.scale >= 0 ? times(v, number(layer.scale, at[1])->value) : v;
    v += layer.added[0] >= 0 ? number(layer.added[0], at[1])->value : 0;
    v += layer.added[1] >= 0 ? number(layer.added[1], (long)place)->value : 0;
    const Val &most = largest_input;
    const Val limits = {v % P, layer.magnitude * most.magnitude, layer.roundings + most.roundings, 0, DATA};
    return layer.activated(limits, at[1]);
}

/* For each element of a tensor: its indices, and its place in the array. */
template <typename F> static void each_element(const Tensor &t, F f)
{
    const long *n = t.extent;
    long at[6];
    for (at[0] = 0; at[0] < n[0]; ++at[0])
    for (at[1] = 0; at[1] < n[1]; ++at[1])
    for (at[2] = 0; at[2] < n[2]; ++at[2])
    for (at[3] = 0; at[3] < n[3]; ++at[3])
    for (at[4] = 0; at[4] < n[4]; ++at[4])
    for (at[5] = 0; at[5] < n[5]; ++at[5]) {
        long place = t.first;
        for (int axis = 0; axis < 6; ++axis) {
            place += at[axis] * t.stride[axis];
        }
        f(at, (size_t)place);
    }
}

static void compute_inputs() /* of the last layer, of a chain: what all before it give */
{
    largest_input = Val{0, 1, 0, 0, DATA};
    for (int i = 0; i < LAST; ++i) {
        const Layer &layer = LAYERS[i];
        Val most = {0, 0, 0, 0, DATA};
        each_element(layer.y, [&](const long *at, size_t place) {
            const Val v = *number(layer.y.slot, (long)place) = expected(layer, at, place);
            most.roundings = v.roundings > most.roundings ? v.roundings : most.roundings;
            most.magnitude = v.magnitude > most.magnitude ? v.magnitude : most.magnitude;
        });
        largest_input = most;
    }
}

static int by_size(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static bool handed_on(uint64_t value)
{
    static uint64_t *values;
    static size_t count, room;
    if (!handed_known) {
        handed_known = true;
        count = 0;
        compute_inputs();
        for (int i = 0; i < LAST; ++i) {
            each_element(LAYERS[i].y, [&](const long *, size_t place) {
                if (count == room) {
                    values = (uint64_t *)realloc(values, (room = 2 * room + 1024) * sizeof *values);
                }
                values[count++] = number(LAYERS[i].y.slot, (long)place)->value;
            });
        }
        qsort(values, count, sizeof *values, by_size);
    }
    return LAST && bsearch(&value, values, count, sizeof value, by_size);
}

/* --- the comparison --- */

static bool held(const Array &a, const Val &v) /* as its memory holds numbers, of 32 bits or of fewer */
{
    return (GIVEN[&a - arrays].cell < 4) == ((v.kind & WORD) != 0);
}

static size_t checked;
static int most_roundings;
static double most_magnitude;

static void tell(uint64_t v) /* as a fraction, where it is a short one */
{
    for (uint64_t d = 1; d < 5000; ++d) {
        const uint64_t n = times(v, d), m = n ? P - n : 0;
        if (n < 1000000 || m < 1000000) {
            printf(n < 1000000 ? "%llu" : "-%llu", (unsigned long long)(n < 1000000 ? n : m));
            d > 1 ? printf("/%llu", (unsigned long long)d) : 0;
            return;
        }
    }
    printf("no short fraction");
}

static bool differs(const long *at, size_t place)
{
    run(false);
    return number(LAYERS[LAST].sums().slot, (long)place)->value != expected(LAYERS[LAST], at, place).value;
}

/* Halve what is not 0 of an array for as long as the output stays wrong: sums are linear in it. */
static void narrow(int slot, const long *at, size_t place)
{
    size_t *w = window[slot];
    while (w[1] - w[0] > 1) {
        const size_t first = w[0], end = w[1], middle = first + (end - first) / 2;
        w[1] = middle;
        if (!differs(at, place)) {
            w[0] = middle;
            w[1] = end;
        }
    }
}

/* The wrong output, the line that wrote it, and of which term it has another multiple. */
[[noreturn]] static void explain(const char *what, const long *at, size_t place, bool search)
{
    const Layer &layer = LAYERS[LAST];
    const Array &made = arrays[layer.sums().slot];
    coins = 0;
    share = 1000;
    watched = number(layer.sums().slot, (long)place);
    run(false);
    printf("refuted\t%s\t%s\t%zu\t%d\t%d\t", what, made.name, place, PHASES - 1, -1);
    tell(watched_by);
    if (search && !LAST && differs(at, place)) {
        int slot[2] = {FACTORS[0], FACTORS[1]}; /* where the wrong term is: a product, or else one that is added */
        for (int added : layer.added) {
            window[added < 0 ? WORKSPACE : added][1] = 0;
        }
        for (int added : layer.added) {
            if (added >= 0) {
                window[added][1] = arrays[added].count / arrays[added].step;
                window[FACTORS[0]][1] = window[FACTORS[1]][1] = 0;
                if (differs(at, place)) {
                    slot[0] = added, slot[1] = -1;
                    break;
                }
                window[added][1] = 0;
                window[FACTORS[0]][1] = arrays[FACTORS[0]].count / arrays[FACTORS[0]].step;
                window[FACTORS[1]][1] = arrays[FACTORS[1]].count / arrays[FACTORS[1]].step;
            }
        }
        for (int wrong : slot) {
            if (wrong >= 0) {
                narrow(wrong, at, place);
            }
            printf("\t%s\t%zu", wrong < 0 ? "-" : arrays[wrong].name, wrong < 0 ? 0 : window[wrong][0]);
        }
        ones = true;
        differs(at, place);
        printf("\t");
        tell(number(layer.sums().slot, (long)place)->value);
        printf("\t");
        tell(expected(layer, at, place).value);
    }
    printf("\n");
    fflush(stdout);
    _Exit(1);
}

static void compare_bias(const Tensor &y) /* of gradients: the sums of what each output channel is given */
{
    for (long c = 0; c < y.extent[1]; ++c) {
        uint64_t v = 0;
        for (long i = 0; i < y.extent[0] * y.extent[2] * y.extent[3] * y.extent[4]; ++i) {
            const long w = y.extent[4], hw = y.extent[3] * w, dhw = y.extent[2] * hw;
            const long place[6] = {i / dhw, c, i / hw % y.extent[2], i / w % y.extent[3], i % w, 0};
            v = (v + element(y, place)->value) % P;
        }
        const Array &a = arrays[BIAS_GRADIENT];
        const Val &got = a.base[c * a.step];
        if (got.roundings < 0 || got.value != v || got.roundings > LAYERS[LAST].roundings || !held(a, got)) {
            refute("wrong", &got);
        }
    }
}

static void compare(bool search)
{
    const Tensor &t = LAYERS[LAST].sums();
    Array &a = arrays[t.slot];
    size_t own = 0, written = 0;
    checked = 0;
    compute_inputs();
    each_element(t, [&](const long *at, size_t place) {
        const Val got = *number(t.slot, (long)place);
        if (got.roundings == SHORTENED.roundings) {
            explain("rounds to 16 bits on the way", at, place, false);
        }
        if (got.roundings < 0) {
            if (tasks_run == tasks_all) {
                explain("made of what nobody wrote", at, place, false);
            }
            return;
        }
        ++own;
        if (!drawn(place)) {
            return;
        }
        const Val want = expected(LAYERS[LAST], at, place);
        ++checked;
        if (got.value != want.value) {
            explain(coins ? "wrong in its activation" : "wrong", at, place, search);
        }
        if (!held(a, got)) {
            explain("of another type", at, place, false);
        }
        if (got.roundings > want.roundings || got.magnitude > want.magnitude * (1 + 1e-9)) {
            char what[200];
            snprintf(what, sizeof what, "beyond the bound, roundings %d of %d, magnitude %.6g of %.6g", got.roundings,
                     want.roundings, got.magnitude, want.magnitude);
            explain(what, at, place, false);
        }
        most_roundings = got.roundings > most_roundings ? got.roundings : most_roundings;
        most_magnitude = got.magnitude > most_magnitude ? got.magnitude : most_magnitude;
    });
    for (size_t i = 0; i < a.count; ++i) {
        written += a.base[i].roundings >= 0;
    }
    if (written != own) {
        refute("written beside the slice", a.base);
    }
    if (BIAS_GRADIENT >= 0) {
        compare_bias(LAYERS[LAST].y);
    }
}

/* seed, share of tasks and outputs in 1000, and whether to look for the term of a wrong output, 1 or 0. */
int main(int count, char **given)
{
    if (count != 4) {
        unread("is run otherwise than proof.py does it");
    }
    seed = scattered(strtoull(given[1], 0, 10) + 1);
    share = strtoull(given[2], 0, 10);
    const bool search = given[3][0] == '1';
    lay_out();
    for (int i = 0; i < ARRAYS; ++i) {
        window[i][1] = arrays[i].count / arrays[i].step;
    }
    /* No number is less than another: clips pass their sum. Then an order, and the reverse of it. The largest of some needs one. */
    const int first = LAYERS[LAST].pool == LARGEST;
    int pass = first;
    do {
        coins = pass ? seed | 1 : 0;
        turned = pass == 2;
        run(false);
        compare(search);
    } while (++pass < (compared ? 3 : 1));
    if (search) { /* small: by the function that calls all tasks, too */
        coins = first ? coins : 0;
        run(true);
        compare(search);
    }
    printf("proved\t%zu\t%zu\t%zu\t%d\t1\t%.17g\n", checked, tasks_run, tasks_all, most_roundings, most_magnitude);
    return 0;
}
