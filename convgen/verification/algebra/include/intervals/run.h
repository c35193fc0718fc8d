/* Runs the kernel with intervals: an input may be whatever its type holds, a bias what the layer admits. The file `data` has,
   for each run, the bytes of the layer's arrays and, of inputs and biases, their parts of the shadow. */
#include <ucontext.h>

static Part *const SHADOWS = (Part *)SHADOW;
static const size_t STACK = (size_t)64 << 20;
static int64_t least, largest, must_least, must_largest; /* must: as some sum of these weights is, for some input */
static bool either; /* whether it is known of one of the two alone */
static int phase_now;
static size_t task_now;

[[noreturn]] static void refute(const char *what, const void *, const Trace &where)
{
    printf("refuted\t%s\t-\t0\t%d\t%zu\t", what, phase_now, task_now);
    tell(where);
    printf("\n");
    fflush(stdout);
    _Exit(1);
}

extern "C" {
unsigned char *bases[ARRAYS], *tile_memory;
void *base_of(int slot) { return bases[slot]; }
void leaves() { refute("leaves its type, for some input", 0); }
void lost(const char *what) { unread(what); }
void reached(int64_t low, int64_t high)
{
    least = low < least ? low : least;
    largest = high > largest ? high : largest;
}
}

static void read_bytes(FILE *file, void *to, size_t bytes)
{
    if (fread(to, 1, bytes, file) != bytes) {
        unread("has other data than intervals.py writes");
    }
}

static void given(FILE *file, int slot) /* its bytes, and between what its numbers lie */
{
    read_bytes(file, bases[slot], GIVEN[slot].bytes);
    forget(bases[slot], GIVEN[slot].bytes);
    if (GIVEN[slot].parts) {
        read_bytes(file, part_of(bases[slot]), GIVEN[slot].bytes * sizeof(Part));
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
        unread("loses the intervals of its sums");
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
        unread("needs more room than this machine gives");
    }
    uintptr_t at = ARENA + STACK;
    for (int slot = 0; slot < ARRAYS; ++slot) {
        bases[slot] = (unsigned char *)at;
        at = (at + GIVEN[slot].bytes + 8192) / 4096 * 4096;
    }
    tile_memory = (unsigned char *)at;
    at += 8 * 16 * 64;
    if (at >= ARENA + ROOM) {
        unread("needs more room than intervals have");
    }
    static ucontext_t here, there; /* a stack in the arena, for numbers on it to have intervals */
    getcontext(&there);
    there.uc_stack.ss_sp = (void *)ARENA;
    there.uc_stack.ss_size = STACK;
    makecontext(&there, run, 0);
    swapcontext(&here, &there);
}
