/* Runs the tasks of a kernel, phase after phase. */
static void run(bool whole) /* whole: by the function that calls all tasks, for one; else task by task, by several workers */
{
    begin_run();
    if (whole) {
        next_phase(0);
        Array &a = arrays[WORKSPACE];
        const Array all = a;
        a.shared = a.count = a.shared + (a.count - a.shared) / WORKERS;
        call_whole(1);
        a = all;
        return;
    }
    const int others[] = {INT32_MIN, -1, PHASES, INT32_MAX};
    for (int phase : others) {
        if (call_tasks(phase)) {
            refute("has tasks of a phase that there is not", 0);
        }
    }
    tasks_run = tasks_all = 0;
    for (int phase = 0; phase < PHASES; ++phase) {
        next_phase(phase);
        const size_t tasks = call_tasks(phase);
        tasks_all += tasks;
        for (size_t task = 0; task < tasks; ++task, ++task_now) {
            if (PHASES == 1 && task && task + 1 < tasks && !drawn(task)) {
                continue;
            }
            ++tasks_run;
            worker_now = WORKERS - 1 - (int)(task % WORKERS); /* of a phase of one task, not the first */
            begin_task(worker_now);
            call_task(phase, task, worker_now);
        }
    }
    phase_now = PHASES;
}
