/* Runs the kernels of an OpenCL file, launch after launch: groups one after another; the items of a group in turn, each as far
   as the next barrier. Items so are told apart as tasks are: by what they write and read in global memory in the whole
   launch, and in the memory of their group between two barriers; the scratch of each is its own. */
#include <ucontext.h>

static size_t item_now, items, group_now, groups; /* in its group, and of how many; groups likewise */
extern "C" {
size_t get_local_id(unsigned) { return item_now; }
size_t get_local_size(unsigned) { return items; }
size_t get_group_id(unsigned) { return group_now; }
size_t get_num_groups(unsigned) { return groups; }
size_t get_global_id(unsigned) { return group_now * items + item_now; }
size_t get_global_size(unsigned) { return groups * items; }
int samples_now, due_now;
}

enum { RUNNING, WAITING, ENDED };
static const size_t STACK = (size_t)1 << 20;
static struct Item {
    ucontext_t at;
    int state;
    int line; /* of the barrier that it waits at */
    const char *from; /* which was called from there */
} *all_items;
static ucontext_t scheduler;
static void (*called_now)();

static void as_item(size_t item, uint32_t first)
{
    item_now = item;
    task_now = first + (uint32_t)get_global_id(0);
    worker_now = (int)get_global_id(0);
    local_now = local_first + 1 + (uint32_t)item;
}

static void next_interval() { local_first += (uint32_t)items + 1; }

extern "C" __attribute__((noinline)) void barrier_of(int fence, int line) /* CLK_LOCAL_MEM_FENCE */
{
    if (fence != 1) {
        unread("orders global memory by a barrier");
    }
    if (items == 1) {
        next_interval();
        local_now = local_first + 1;
        return;
    }
    Item &own = all_items[item_now];
    own.state = WAITING;
    own.line = line;
    own.from = (const char *)__builtin_return_address(0);
    swapcontext(&own.at, &scheduler);
}

static void item()
{
    called_now();
    all_items[item_now].state = ENDED;
    swapcontext(&all_items[item_now].at, &scheduler);
}

static void run_group(uint32_t first)
{
    worker_now = (int)group_now; /* who has a part of the workspace alone, if there are such */
    begin_task(worker_now);
    for (int slot = LOCALS; slot < ARRAYS; ++slot) { /* nobody has written */
        spoil(arrays[slot]);
    }
    next_interval();
    if (items == 1) {
        as_item(0, first);
        called_now();
        return;
    }
    const size_t room = (1 << 20) + 1024 * STACK;
    if (!all_items) {
        all_items = (Item *)mmap(0, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    }
    for (size_t i = 0; i < items; ++i) {
        Item &one = all_items[i];
        getcontext(&one.at);
        one.at.uc_stack.ss_size = STACK;
        one.at.uc_stack.ss_sp = (char *)all_items + (1 << 20) + i * STACK;
        one.state = RUNNING;
        makecontext(&one.at, item, 0);
    }
    while (all_items[0].state != ENDED) {
        for (size_t i = 0; i < items; ++i) {
            as_item(i, first);
            all_items[i].state = RUNNING;
            swapcontext(&scheduler, &all_items[i].at);
            const Item &one = all_items[i], &other = all_items[0];
            if (one.state != other.state || (one.state == WAITING && one.line != other.line)) {
                refute("a barrier that not all items of a group reach", 0, Trace{one.state == WAITING ? one.from : other.from});
            }
        }
        next_interval();
    }
}

static size_t run_launch(int phase, size_t count) /* count: of groups; how many of those that have a task of their own ran */
{
    const Launch &launch = launch_of(phase);
    const uint32_t first = task_now;
    size_t ran = 0;
    groups = count;
    items = launch.items ? launch.items : 1;
    called_now = launch.call;
    for (group_now = 0; group_now < groups; ++group_now) {
        if (phase < 0 || PHASES > 1 || !group_now || group_now + 1 >= launch.tasks || drawn(group_now)) {
            ran += group_now < launch.tasks;
            run_group(first);
        }
    }
    task_now = first + (uint32_t)(groups * items);
    return ran;
}

/* fewer: by a third of the groups, each of which has several tasks; else by one more than there are tasks. */
static void run_launches(bool fewer)
{
    tasks_run = tasks_all = 0;
    for (int phase = 0; phase < PHASES; ++phase) {
        const size_t tasks = launch_of(phase).tasks;
        next_phase(phase);
        tasks_all += tasks;
        tasks_run += run_launch(phase, fewer ? (tasks + 2) / 3 : tasks + 1);
    }
    tasks_run = fewer ? tasks_all : tasks_run;
}

extern "C" void call_pack() { run_launch(-1, launch_of(-1).tasks); }

#ifdef STREAM
static void call_reset() /* what programs that launch the kernels do */
{
    const Array &state = arrays[STATE];
    due_now = 0;
    for (size_t i = 0; i < state.count; ++i) {
        state.base[i] = SILENCE[i % (size_t)state.step];
    }
}

static int call_block(int samples)
{
    samples_now = samples;
    run_launches(false);
    const int count = samples > due_now ? (samples - due_now + STEP - 1) / STEP : 0;
    due_now += count * STEP - samples;
    return count;
}
#include "blocks.h"
#else
static void run(bool fewer)
{
    begin_run();
    run_launches(fewer);
    phase_now = PHASES;
}
#endif
