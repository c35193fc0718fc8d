/* Runs a stream from its reset on: samples in blocks, whose outputs are gathered. What is printed of it: BLOCK, GIVES and
   ADDED, the input, output and residual of a call, and TAKES, MAKES and ADDS, those of all calls, with slots of -1 where there
   is no residual; STREAM, the most samples of one; STEP, samples from output to output. */
static Cell *sample(const Tensor &t, long channel, long i)
{
    return arrays[t.slot].base + (channel * t.stride[1] + i * t.stride[4]) * arrays[t.slot].step;
}

/* count samples from one array to another, from these places on. */
static void copy(const Tensor &from, long first, const Tensor &to, long place, long count)
{
    for (long c = 0; c < from.extent[1]; ++c) {
        for (long i = 0; i < count; ++i) {
            memcpy((void *)sample(to, c, place + i), (const void *)sample(from, c, first + i), sizeof(Cell) * (size_t)arrays[from.slot].step);
        }
    }
}

static void run(bool cut) /* into blocks of any lengths; else of the most samples */
{
    begin_run();
    next_phase(0);
#ifndef LAUNCHED
    if (call_block(1) != -2) {
        refute("takes a state that was never reset", 0);
    }
#endif
    call_reset();
#ifndef LAUNCHED
    if (call_block(0) != -1 || call_block(STREAM + 1) != -1) {
        refute("takes a block of no samples, or of too many", 0);
    }
#endif
    const Array &output = arrays[GIVES.slot];
    long done = 0, gave = 0;
    for (int block = 1; done < TAKES.extent[4]; ++block) {
        const long left = TAKES.extent[4] - done, any = 1 + (long)(scattered(seed + (uint64_t)block) % STREAM);
        const long length = cut && any < left ? any : STREAM < left ? STREAM : left;
        next_phase(block);
        spoil(arrays[BLOCK.slot]);
        spoil(output);
        copy(TAKES, done, BLOCK, 0, length);
        done += length;
        const long count = (done + STEP - 1) / STEP - gave;
        if (ADDED.slot >= 0) {
#ifndef LAUNCHED /* whose kernels add whole blocks, and throw away what lies behind the outputs */
            spoil(arrays[ADDED.slot]);
#endif
            copy(ADDS, gave, ADDED, 0, count);
        }
        if (call_block((int)length) != count) {
            refute("returns another count of outputs", 0);
        }
        copy(GIVES, 0, MAKES, gave, count);
        gave += count;
        for (long c = 0; c < GIVES.extent[1]; ++c) {
            for (long i = 0; i < count; ++i) {
                const size_t at = (size_t)(sample(GIVES, c, i) - output.base);
                spoil(output, at, at + (size_t)output.step);
                memset(output.writer + at, 0, (size_t)output.step * sizeof *output.writer);
            }
        }
        for (size_t i = 0; i < output.count; ++i) {
            if (output.writer[i] >= phase_first) {
                refute("written behind the outputs of the block", output.base + i);
            }
        }
    }
    tasks_run = tasks_all; /* of blocks, all */
}
