/* Runs the kernel with intervals: an input may be whatever its type holds, a bias what the layer admits. The file `data` has,
   for each run, the bytes of the layer's arrays and, of each input and bias, its least and its largest number. */
#include <ucontext.h>

static Part *const SHADOWS = (Part *)SHADOW;
static const size_t STACK = (size_t)64 << 20;
static int64_t least, largest, must_least, must_largest; /* must: as some sum of these weights is, for some input */
static bool either; /* whether it is known of one of the two alone */
static int phase_now;
static size_t task_now;

[[noreturn]] static void refute(const char *what, const void *line)
{
    printf("refuted\t%s\t-\t0\t%d\t%zu\t%zu\n", what, phase_now, task_now, (size_t)((const char *)line - &__executable_start));
    fflush(stdout);
    _Exit(1);
}

[[noreturn]] static void unread_file(const char *what)
{
    printf("unread\t%s\n", what);
    fflush(stdout);
    _Exit(3);
}

extern "C" {
unsigned char *bases[ARRAYS], *tile_memory;
void *base_of(int slot) { return bases[slot]; }
void leaves(const void *line) { refute("leaves its type, for some input", line); }
void lost(const char *what) { unread_file(what); }
void reached(int64_t low, int64_t high)
{
    least = low < least ? low : least;
    largest = high > largest ? high : largest;
}
}

template <typename T> static void spread(int slot, size_t count, const int64_t *ends)
{
    for (size_t i = 0; i < count; ++i) {
        unsigned char *p = bases[slot] + i * sizeof(T);
        T own;
        memcpy(&own, p, sizeof own);
        keep<T>(p, Lane<T>(own).between(ends[2 * i], ends[2 * i + 1]));
    }
}

static void read_bytes(FILE *file, void *to, size_t bytes)
{
    if (fread(to, 1, bytes, file) != bytes) {
        unread_file("has other data than intervals.py writes");
    }
}

static void given(FILE *file, int slot) /* its bytes, and between what its numbers lie */
{
    read_bytes(file, bases[slot], GIVEN[slot].bytes);
    forget(bases[slot], GIVEN[slot].bytes);
    if (const size_t width = GIVEN[slot].width) {
        const size_t count = GIVEN[slot].bytes / width;
        int64_t *ends = (int64_t *)malloc(16 * count);
        read_bytes(file, ends, 16 * count);
        GIVEN[slot].negative ? width == 1 ? spread<int8_t>(slot, count, ends) : width == 2 ? spread<int16_t>(slot, count, ends)
                                  : width == 4 ? spread<int32_t>(slot, count, ends) : spread<int64_t>(slot, count, ends)
                         : width == 1 ? spread<uint8_t>(slot, count, ends) : spread<uint16_t>(slot, count, ends);
        free(ends);
    }
}

#ifdef BLOCKS
static void compute() /* a stream, so many blocks after its reset */
{
    call_reset();
    for (task_now = 0; task_now < BLOCKS; ++task_now) {
        call_block(STREAM);
    }
}
#else
static void compute()
{
    for (; phase_now < PHASES; ++phase_now) {
        const size_t tasks = call_tasks(phase_now);
        for (task_now = 0; task_now < tasks; ++task_now) {
            call_task(phase_now, task_now, 0);
        }
    }
}
#endif

static void run()
{
    FILE *file = fopen("data", "rb");
    for (int datum = 0; file && datum < DATA_COUNT; ++datum) {
        for (int slot = 0; slot < ARRAYS; ++slot) {
            slot < LAYER ? given(file, slot) : (void)(memset(bases[slot], 0, GIVEN[slot].bytes), forget(bases[slot], GIVEN[slot].bytes));
        }
        phase_now = -1;
        call_pack();
        phase_now = 0;
        compute();
    }
    const bool above = least > must_least, below = largest < must_largest;
    if (either ? above && below : above || below) {
        unread_file("loses the intervals of its sums");
    }
    printf("proved\t%lld\t%lld\n", (long long)least, (long long)largest);
    fflush(stdout);
    _Exit(0);
}

int main(int, char **words)
{
    must_least = strtoll(words[1], 0, 10);
    must_largest = strtoll(words[2], 0, 10);
    either = words[3][0] == '1';
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;
    if (mmap((void *)ARENA, ROOM, PROT_READ | PROT_WRITE, flags, -1, 0) != (void *)ARENA ||
        mmap(SHADOWS, ROOM * sizeof(Part), PROT_READ | PROT_WRITE, flags, -1, 0) != SHADOWS) {
        unread_file("needs more room than this machine gives");
    }
    uintptr_t at = ARENA + STACK;
    for (int slot = 0; slot < ARRAYS; ++slot) {
        bases[slot] = (unsigned char *)at;
        at = (at + GIVEN[slot].bytes + 8192) / 4096 * 4096;
    }
    tile_memory = (unsigned char *)at;
    at += 8 * 16 * 64;
    if (at >= ARENA + ROOM) {
        unread_file("needs more room than intervals have");
    }
    static ucontext_t here, there; /* a stack in the arena, for numbers on it to have intervals */
    getcontext(&there);
    there.uc_stack.ss_sp = (void *)ARENA;
    there.uc_stack.ss_size = STACK;
    makecontext(&there, run, 0);
    swapcontext(&here, &there);
}
