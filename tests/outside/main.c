/* Somebody else's program: one layer of the library `tiny`, whose bias is 1 and whose weights are 0. */
#include <stdio.h>
#include <stdlib.h>
#include <tiny.h>

static void *aligned(size_t bytes)
{
    char *p = calloc(bytes + tiny_ALIGN, 1);
    return p + (tiny_ALIGN - (size_t)p % tiny_ALIGN) % tiny_ALIGN;
}

int main(void)
{
    float *input = aligned(tiny_stem_INPUT_BYTES), *output = aligned(tiny_stem_OUTPUT_BYTES);
    float *weights = aligned(tiny_stem_WEIGHTS_BYTES), *bias = aligned(tiny_stem_BIAS_BYTES);
    void *packed = aligned(tiny_stem_PACKED_BYTES), *workspace = aligned(tiny_stem_WORKSPACE_BYTES(2));
    bias[0] = 1.0f;
    tiny_stem_pack(weights, bias, packed);
    tiny_stem(input, packed, output, workspace, 2);
    printf("%g %s\n", (double)output[0], tiny_isa_name(tiny_isa()));
    return 0;
}
