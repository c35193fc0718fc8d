/* Runs a stream from its reset on: samples in blocks, whose outputs are gathered. What is printed of it: BLOCK, GIVES and
   ADDED, the input, output and residual of a call, and TAKES, MAKES and ADDS, those of all calls, with slots of -1 where there
   is no residual; STREAM, the most samples of one; STATE. */
static Val *sample(const Tensor &t, long channel, long i)
{
    return arrays[t.slot].base + (channel * t.stride[1] + i * t.stride[4]) * arrays[t.slot].step;
}

/* Samples of all calls, from `first` on, to those of one, or from there. */
static void copied(const Tensor &all, const Tensor &one, long first, long count, bool back)
{
    for (long c = 0; c < all.extent[1]; ++c) {
        for (long i = 0; i < count; ++i) {
            (back ? *sample(all, c, first + i) : *sample(one, c, i)) = back ? *sample(one, c, i) : *sample(all, c, first + i);
        }
    }
}

static void run(bool cut) /* into blocks of any lengths; else of the most samples */
{
    const long step = LAYERS[0].stride[2];
    begin_run();
    next_phase(0);
    if (call_block(1) != -2) {
        refute("takes a state that was never reset", 0, 0);
    }
    call_reset();
    if (call_block(0) != -1 || call_block(STREAM + 1) != -1) {
        refute("takes a block of no samples, or of too many", 0, 0);
    }
    Array &output = arrays[GIVES.slot];
    long done = 0, gave = 0;
    for (int block = 1; done < TAKES.extent[4]; ++block) {
        const long left = TAKES.extent[4] - done, any = 1 + (long)(scattered(seed + (uint64_t)block) % STREAM);
        const long length = cut && any < left ? any : STREAM < left ? STREAM : left;
        next_phase(block);
        forget(arrays[BLOCK.slot]);
        forget(output);
        copied(TAKES, BLOCK, done, length, false);
        done += length;
        const long count = (done + step - 1) / step - gave;
        if (ADDED.slot >= 0) {
            forget(arrays[ADDED.slot]);
            copied(ADDS, ADDED, gave, count, false);
        }
        if (call_block((int)length) != count) {
            refute("returns another count of outputs", 0, 0);
        }
        copied(MAKES, GIVES, gave, count, true);
        for (long c = 0; c < GIVES.extent[1]; ++c) {
            for (long i = 0; i < count; ++i) {
                *sample(GIVES, c, i) = UNKNOWN;
            }
        }
        gave += count;
        for (size_t i = 0; i < output.count; ++i) {
            if (output.base[i].roundings >= 0) {
                refute("written behind the outputs of the block", output.base + i, 0);
            }
        }
    }
}
