/* Runs a stream of integers from its reset on, in blocks, whose outputs are gathered. What is printed of it is as in
   ../blocks.h; INPUT_BYTES and OUTPUT_BYTES, of a number. The arrays of all calls are the layer's, those of a call others. */
#include <initializer_list>

static uint8_t *sample(const Tensor &t, long channel, long i, long bytes)
{
    return arrays[t.slot].base + (channel * t.stride[1] + i * t.stride[4]) * bytes;
}

static uint8_t *own_bytes(const Tensor &t, long bytes) /* the mask of an array of a call */
{
    uint8_t *found = (uint8_t *)calloc(arrays[t.slot].count, 1);
    for (long c = 0; c < t.extent[1]; ++c) {
        for (long i = 0; i < t.extent[4]; ++i) {
            memset(found + (sample(t, c, i, bytes) - arrays[t.slot].base), 1, (size_t)bytes);
        }
    }
    return found;
}

/* The samples of a call, or so many outputs, that are given, in an array of rubbish. */
static void give(const Tensor &all, const Tensor &one, long first, long count, long bytes)
{
    spoil(arrays[one.slot], 0, arrays[one.slot].count);
    for (long c = 0; c < one.extent[1]; ++c) {
        for (long i = 0; i < count; ++i) {
            memcpy(sample(one, c, i, bytes), sample(all, c, first + i, bytes), (size_t)bytes);
        }
    }
}

static void run(bool cut) /* into blocks of any lengths; else of the most samples */
{
    for (const Tensor *one : {&BLOCK, &GIVES, &ADDED}) {
        if (one->slot >= 0 && !mask[one->slot]) {
            mask[one->slot] = own_bytes(*one, one == &BLOCK ? INPUT_BYTES : OUTPUT_BYTES);
        }
    }
    begin_run();
    next_phase(0);
    if (call_block(1) != -2) {
        refute("takes a state that was never reset", 0, 0);
    }
    call_reset();
    if (call_block(0) != -1 || call_block(STREAM + 1) != -1) {
        refute("takes a block of no samples, or of too many", 0, 0);
    }
    const Array &output = arrays[GIVES.slot];
    long done = 0, gave = 0;
    for (int block = 1; done < TAKES.extent[4]; ++block) {
        const long left = TAKES.extent[4] - done, any = 1 + (long)(scattered(seed + (uint64_t)block) % STREAM);
        const long length = cut && any < left ? any : STREAM < left ? STREAM : left;
        next_phase(block);
        give(TAKES, BLOCK, done, length, INPUT_BYTES);
        spoil(arrays[GIVES.slot], 0, output.count);
        done += length;
        const long count = (done + STEP - 1) / STEP - gave;
        if (ADDED.slot >= 0) {
            give(ADDS, ADDED, gave, count, OUTPUT_BYTES);
        }
        if (call_block((int)length) != count) {
            refute("returns another count of outputs", 0, 0);
        }
        for (long c = 0; c < GIVES.extent[1]; ++c) {
            for (long i = 0; i < count; ++i) {
                uint8_t *from = sample(GIVES, c, i, OUTPUT_BYTES);
                memcpy(sample(MAKES, c, gave + i, OUTPUT_BYTES), from, OUTPUT_BYTES);
                for (long k = 0; k < OUTPUT_BYTES; ++k) {
                    from[k] = rubbish((size_t)(from + k - output.base));
                }
            }
        }
        gave += count;
        for (size_t i = 0; i < output.count; ++i) {
            if (output.base[i] != rubbish(i)) {
                refute("written behind the outputs of the block", output.base + i, 0);
            }
        }
    }
}
