/* Runs a stream from its reset on: samples in blocks, whose outputs are gathered. What is printed of it: BLOCK and GIVES, the
   input and output of a call; STREAM, the most samples of one; STATE. */
static Val *sample(const Tensor &t, long channel, long i)
{
    return arrays[t.slot].base + channel * t.stride[1] + i * t.stride[4];
}

static void run(bool cut) /* into blocks of any lengths; else of the most samples */
{
    const Tensor &X = LAYERS[0].x, &Y = LAYERS[0].y;
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
    for (int block = 1; done < X.extent[4]; ++block) {
        const long left = X.extent[4] - done, any = 1 + (long)(scattered(seed + (uint64_t)block) % STREAM);
        const long length = cut && any < left ? any : STREAM < left ? STREAM : left;
        next_phase(block);
        forget(arrays[BLOCK.slot]);
        forget(output);
        for (long c = 0; c < X.extent[1]; ++c) {
            for (long i = 0; i < length; ++i) {
                *sample(BLOCK, c, i) = *sample(X, c, done + i);
            }
        }
        done += length;
        const long count = call_block((int)length);
        if (count != (done + step - 1) / step - gave) {
            refute("returns another count of outputs", 0, 0);
        }
        for (long c = 0; c < Y.extent[1]; ++c) {
            for (long i = 0; i < count; ++i) {
                *sample(Y, c, gave + i) = *sample(GIVES, c, i);
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
