/* Lays out the arrays, and packs. RUNS: the file that runs the kernel's functions, tasks or calls. What is printed of a layer: its arrays as GIVEN, how many there are,
   how they are called; and from run.h, `fill`, and what lies in memory that nobody wrote. */
#ifndef LOCALS
#define LOCALS ARRAYS /* the first array of a work-group */
#endif
static size_t share = 1000; /* of 1000 tasks and outputs */

/* What lies in memory that nobody wrote. */
static void spoil(const Array &a, size_t first, size_t end)
{
    for (size_t i = first; i < end; ++i) {
        a.base[i] = nothing(i);
    }
}
static void spoil(const Array &a) { spoil(a, 0, a.count); }

static void fill(int slot);
static void begin_task(int worker);
extern "C" void call_pack();

static void lay(int slot)
{
    Array &a = arrays[slot];
    const size_t count = GIVEN[slot].bytes / UNIT, page = 1 << 16;
    const size_t whole = (count * sizeof(Cell) + page - 1) / page * page;
    const uintptr_t at = REGION + slot * SLOT + SLOT / 2;
    const int align = GIVEN[slot].align, off = sizeof(Cell) == 1 ? align : 0; /* addresses of bytes are aligned to no more */
    a = Array{GIVEN[slot].name, (Cell *)(at + off), count, count, 1, GIVEN[slot].writable, slot == PACKED, slot >= LOCALS, align, (int)GIVEN[slot].cell / UNIT,
              (uint32_t *)calloc(count + 1, 4), (uint32_t *)calloc(count + 1, 4)};
    if (whole && mmap((void *)at, whole + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
        (void *)at) {
        unread("needs more memory than there is");
    }
}

static bool drawn(size_t i) { return share >= 1000 || scattered(seed ^ (i * 0x9e3779b97f4a7c15u)) % 1000 < share; }

static void next_phase(int phase)
{
    phase_first = task_now + 1;
    task_now = phase_first + 1;
    phase_now = phase;
}

static size_t tasks_run, tasks_all;

static void begin_run() /* arrays as they are given, and weights packed */
{
    for (int i = 0; i < ARRAYS; ++i) {
        fill(i);
    }
    next_phase(-1);
    worker_now = 0;
    if (PACKED >= 0) {
        arrays[PACKED].writable = true;
        call_pack();
        arrays[PACKED].writable = false;
    }
}

#include RUNS

/* What the compiler was told to do where an index leaves an array of a function, or a sum its type. */
static void trapped(int, siginfo_t *info, void *)
{
    Trace where = trace();
    where.at[0] = (const char *)info->si_addr + 1;
    refute(TRAPPED, 0, where);
}

static void crashed(int) { refute("outside every array", 0); }

static void lay_out()
{
    if (mmap((void *)REGION, SLOTS * SLOT, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) !=
        (void *)REGION) {
        unread("needs room that this machine does not give at the addresses of the arrays");
    }
    struct sigaction trap = {};
    trap.sa_sigaction = trapped;
    trap.sa_flags = SA_SIGINFO;
    sigaction(SIGILL, &trap, 0);
    sigaction(SIGTRAP, &trap, 0);
    signal(SIGSEGV, crashed);
    signal(SIGBUS, crashed);
    for (int i = 0; i < ARRAYS; ++i) {
        lay(i);
    }
    Array &a = arrays[WORKSPACE];
    a.shared = SHARED / UNIT;
    a.own = (a.count - a.shared) / WORKERS;
    a.own += !a.own;
}
