/* conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu: a convolution layer, written by convgen 0.1.0.
 *
 * Layer     f16, input nhwc 1 x 14 x 14 x 256, output 1 x 14 x 14 x 1024, weights hwio 1 x 1 x 256 x 1024
 *           kernel 1x1, stride 1x1, bias, relu
 * Command   convgen generate ic256ih14oc1024oh14kh1ph0 --layout nhwc --dtype f16 --activation 'relu' --target opencl-cpu -o .
 * Plan      direct on cl8, lanes over oc, reading a copy of the input in f32
 *           for oc by 16: 64 times, a task each
 *             for ow by 6: 33 times
 *               for ic: 256 times
 *                 tile of 6 pixels x 16 channels: 15 of 16 registers
 * Tasks     1 (the input in f32), then 64 (output channels, 16 at a time)
 * Cost      51380224 multiply-adds; at least 1028096 bytes moved; 1052672 bytes packed, 200704 of workspace
 * Bound     |error| <= g S, S = sum |x||w| + |bias|, g = 257 u / (1 - 257 u) = 1.53e-05, u = 2^-24;
 *           rounding an output e off to f16 adds 2^-11 (|y| + e) + 2^-25
 * Range     nothing overflows where |x| <= X and |w| <= W, X W <= 127, |bias| <= 3.27e+04
 * Launch    In one dimension, in this order, each when the one before has ended. Work-items share the
 *           tasks: any global size gives the same bits. The local size is free where none is said.
 *           conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_pack(weights, bias, packed), once:
 *             global size 1
 *           conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_0(input, packed, output, workspace):
 *             global size 1
 *           conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_1(input, packed, output, workspace):
 *             global size 64
 * Bytes     weights 524288, bias 2048, input 100352, output 401408, packed 1052672, workspace 200704
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is
 * hereby granted. It comes as is, without warranty of any kind.
 */
/* Functions of this file alone, by names that no other file has. */
#define load_all8 conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_load_all8_
#define store_all8 conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_store_all8_
#define load_half8 conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_load_half8_
#define store_half8 conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_store_half8_
#define activate conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_activate_
#define tile_6x16 conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_tile_6x16_
#define tile_5x16 conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_tile_5x16_
#define copy_floats conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_copy_floats_
#define copy_task conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_copy_task_
#define pack_panel conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_pack_panel_
#define compute_task conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_compute_task_

/* Some devices' vload8 loads parts, and makes whatever follows a work of parts. */
static float8 load_all8(const __global float *p)
{
    typedef float8 anywhere __attribute__((aligned(4)));
    return *(const __global anywhere *)p;
}

/* Some devices' vstore8 stores parts, which are slow to load as a whole again. */
static void store_all8(__global float *p, float8 a)
{
    typedef float8 anywhere __attribute__((aligned(4)));
    *(__global anywhere *)p = a;
}

/* Some devices' vload_half8 wants an aligned address. */
static float8 load_half8(const __global half *p)
{
    typedef ushort8 anywhere __attribute__((aligned(2)));
    const ushort8 bits = *(const __global anywhere *)p;
    return vload_half8(0, (const __private half *)&bits);
}

/* Some devices' vstore_half8 wants an aligned address. */
static void store_half8(__global half *p, float8 a)
{
    typedef ushort8 anywhere __attribute__((aligned(2)));
    ushort8 bits;
    vstore_half8_rte(a, 0, (__private half *)&bits);
    *(__global anywhere *)p = bits;
}

/* relu; error at most u (0.0 + 0.0 |v|), u = 2^-24. */
static float8 activate(float8 v)
{
    return select(v, (float8)(0.0f), isgreater((float8)(0.0f), v));
}

/* 6 pixels x 16 channels.
   x: the window of the first pixel; pixels 256 apart.
   w: its panel, 16 numbers a term.
   bias: of the first channel.
   output: the first pixel, first channel; pixels 1024 apart. */
static void tile_6x16(const __global float *x, const __global float *w, const __global float *bias, __global half *output)
{
    float8 acc0_0 = load_all8(bias);
    float8 acc0_1 = load_all8(bias + 8);
    float8 acc1_0 = load_all8(bias);
    float8 acc1_1 = load_all8(bias + 8);
    float8 acc2_0 = load_all8(bias);
    float8 acc2_1 = load_all8(bias + 8);
    float8 acc3_0 = load_all8(bias);
    float8 acc3_1 = load_all8(bias + 8);
    float8 acc4_0 = load_all8(bias);
    float8 acc4_1 = load_all8(bias + 8);
    float8 acc5_0 = load_all8(bias);
    float8 acc5_1 = load_all8(bias + 8);
    /* input channels */
    for (ptrdiff_t ic = 0; ic < 256; ic += 4) {
        const __global float *x_ic = x + ic;
        {
            const float8 b0 = load_all8(w);
            const float8 b1 = load_all8(w + 8);
            const float8 a0 = (float8)(*(x_ic));
            acc0_0 = a0 * b0 + acc0_0;
            acc0_1 = a0 * b1 + acc0_1;
            const float8 a1 = (float8)(*(x_ic + 256));
            acc1_0 = a1 * b0 + acc1_0;
            acc1_1 = a1 * b1 + acc1_1;
            const float8 a2 = (float8)(*(x_ic + 512));
            acc2_0 = a2 * b0 + acc2_0;
            acc2_1 = a2 * b1 + acc2_1;
            const float8 a3 = (float8)(*(x_ic + 768));
            acc3_0 = a3 * b0 + acc3_0;
            acc3_1 = a3 * b1 + acc3_1;
            const float8 a4 = (float8)(*(x_ic + 1024));
            acc4_0 = a4 * b0 + acc4_0;
            acc4_1 = a4 * b1 + acc4_1;
            const float8 a5 = (float8)(*(x_ic + 1280));
            acc5_0 = a5 * b0 + acc5_0;
            acc5_1 = a5 * b1 + acc5_1;
        }
        {
            const float8 b0 = load_all8(w + 16);
            const float8 b1 = load_all8(w + 24);
            const float8 a0 = (float8)(*(x_ic + 1));
            acc0_0 = a0 * b0 + acc0_0;
            acc0_1 = a0 * b1 + acc0_1;
            const float8 a1 = (float8)(*(x_ic + 257));
            acc1_0 = a1 * b0 + acc1_0;
            acc1_1 = a1 * b1 + acc1_1;
            const float8 a2 = (float8)(*(x_ic + 513));
            acc2_0 = a2 * b0 + acc2_0;
            acc2_1 = a2 * b1 + acc2_1;
            const float8 a3 = (float8)(*(x_ic + 769));
            acc3_0 = a3 * b0 + acc3_0;
            acc3_1 = a3 * b1 + acc3_1;
            const float8 a4 = (float8)(*(x_ic + 1025));
            acc4_0 = a4 * b0 + acc4_0;
            acc4_1 = a4 * b1 + acc4_1;
            const float8 a5 = (float8)(*(x_ic + 1281));
            acc5_0 = a5 * b0 + acc5_0;
            acc5_1 = a5 * b1 + acc5_1;
        }
        {
            const float8 b0 = load_all8(w + 32);
            const float8 b1 = load_all8(w + 40);
            const float8 a0 = (float8)(*(x_ic + 2));
            acc0_0 = a0 * b0 + acc0_0;
            acc0_1 = a0 * b1 + acc0_1;
            const float8 a1 = (float8)(*(x_ic + 258));
            acc1_0 = a1 * b0 + acc1_0;
            acc1_1 = a1 * b1 + acc1_1;
            const float8 a2 = (float8)(*(x_ic + 514));
            acc2_0 = a2 * b0 + acc2_0;
            acc2_1 = a2 * b1 + acc2_1;
            const float8 a3 = (float8)(*(x_ic + 770));
            acc3_0 = a3 * b0 + acc3_0;
            acc3_1 = a3 * b1 + acc3_1;
            const float8 a4 = (float8)(*(x_ic + 1026));
            acc4_0 = a4 * b0 + acc4_0;
            acc4_1 = a4 * b1 + acc4_1;
            const float8 a5 = (float8)(*(x_ic + 1282));
            acc5_0 = a5 * b0 + acc5_0;
            acc5_1 = a5 * b1 + acc5_1;
        }
        {
            const float8 b0 = load_all8(w + 48);
            const float8 b1 = load_all8(w + 56);
            const float8 a0 = (float8)(*(x_ic + 3));
            acc0_0 = a0 * b0 + acc0_0;
            acc0_1 = a0 * b1 + acc0_1;
            const float8 a1 = (float8)(*(x_ic + 259));
            acc1_0 = a1 * b0 + acc1_0;
            acc1_1 = a1 * b1 + acc1_1;
            const float8 a2 = (float8)(*(x_ic + 515));
            acc2_0 = a2 * b0 + acc2_0;
            acc2_1 = a2 * b1 + acc2_1;
            const float8 a3 = (float8)(*(x_ic + 771));
            acc3_0 = a3 * b0 + acc3_0;
            acc3_1 = a3 * b1 + acc3_1;
            const float8 a4 = (float8)(*(x_ic + 1027));
            acc4_0 = a4 * b0 + acc4_0;
            acc4_1 = a4 * b1 + acc4_1;
            const float8 a5 = (float8)(*(x_ic + 1283));
            acc5_0 = a5 * b0 + acc5_0;
            acc5_1 = a5 * b1 + acc5_1;
        }
        w += 64;
    }
    acc0_0 = activate(acc0_0);
    store_half8(output, acc0_0);
    acc0_1 = activate(acc0_1);
    store_half8(output + 8, acc0_1);
    acc1_0 = activate(acc1_0);
    store_half8(output + 1024, acc1_0);
    acc1_1 = activate(acc1_1);
    store_half8(output + 1032, acc1_1);
    acc2_0 = activate(acc2_0);
    store_half8(output + 2048, acc2_0);
    acc2_1 = activate(acc2_1);
    store_half8(output + 2056, acc2_1);
    acc3_0 = activate(acc3_0);
    store_half8(output + 3072, acc3_0);
    acc3_1 = activate(acc3_1);
    store_half8(output + 3080, acc3_1);
    acc4_0 = activate(acc4_0);
    store_half8(output + 4096, acc4_0);
    acc4_1 = activate(acc4_1);
    store_half8(output + 4104, acc4_1);
    acc5_0 = activate(acc5_0);
    store_half8(output + 5120, acc5_0);
    acc5_1 = activate(acc5_1);
    store_half8(output + 5128, acc5_1);
}

/* 5 pixels x 16 channels.
   x: the window of the first pixel; pixels 256 apart.
   w: its panel, 16 numbers a term.
   bias: of the first channel.
   output: the first pixel, first channel; pixels 1024 apart. */
static void tile_5x16(const __global float *x, const __global float *w, const __global float *bias, __global half *output)
{
    float8 acc0_0 = load_all8(bias);
    float8 acc0_1 = load_all8(bias + 8);
    float8 acc1_0 = load_all8(bias);
    float8 acc1_1 = load_all8(bias + 8);
    float8 acc2_0 = load_all8(bias);
    float8 acc2_1 = load_all8(bias + 8);
    float8 acc3_0 = load_all8(bias);
    float8 acc3_1 = load_all8(bias + 8);
    float8 acc4_0 = load_all8(bias);
    float8 acc4_1 = load_all8(bias + 8);
    /* input channels */
    for (ptrdiff_t ic = 0; ic < 256; ic += 4) {
        const __global float *x_ic = x + ic;
        {
            const float8 b0 = load_all8(w);
            const float8 b1 = load_all8(w + 8);
            const float8 a0 = (float8)(*(x_ic));
            acc0_0 = a0 * b0 + acc0_0;
            acc0_1 = a0 * b1 + acc0_1;
            const float8 a1 = (float8)(*(x_ic + 256));
            acc1_0 = a1 * b0 + acc1_0;
            acc1_1 = a1 * b1 + acc1_1;
            const float8 a2 = (float8)(*(x_ic + 512));
            acc2_0 = a2 * b0 + acc2_0;
            acc2_1 = a2 * b1 + acc2_1;
            const float8 a3 = (float8)(*(x_ic + 768));
            acc3_0 = a3 * b0 + acc3_0;
            acc3_1 = a3 * b1 + acc3_1;
            const float8 a4 = (float8)(*(x_ic + 1024));
            acc4_0 = a4 * b0 + acc4_0;
            acc4_1 = a4 * b1 + acc4_1;
        }
        {
            const float8 b0 = load_all8(w + 16);
            const float8 b1 = load_all8(w + 24);
            const float8 a0 = (float8)(*(x_ic + 1));
            acc0_0 = a0 * b0 + acc0_0;
            acc0_1 = a0 * b1 + acc0_1;
            const float8 a1 = (float8)(*(x_ic + 257));
            acc1_0 = a1 * b0 + acc1_0;
            acc1_1 = a1 * b1 + acc1_1;
            const float8 a2 = (float8)(*(x_ic + 513));
            acc2_0 = a2 * b0 + acc2_0;
            acc2_1 = a2 * b1 + acc2_1;
            const float8 a3 = (float8)(*(x_ic + 769));
            acc3_0 = a3 * b0 + acc3_0;
            acc3_1 = a3 * b1 + acc3_1;
            const float8 a4 = (float8)(*(x_ic + 1025));
            acc4_0 = a4 * b0 + acc4_0;
            acc4_1 = a4 * b1 + acc4_1;
        }
        {
            const float8 b0 = load_all8(w + 32);
            const float8 b1 = load_all8(w + 40);
            const float8 a0 = (float8)(*(x_ic + 2));
            acc0_0 = a0 * b0 + acc0_0;
            acc0_1 = a0 * b1 + acc0_1;
            const float8 a1 = (float8)(*(x_ic + 258));
            acc1_0 = a1 * b0 + acc1_0;
            acc1_1 = a1 * b1 + acc1_1;
            const float8 a2 = (float8)(*(x_ic + 514));
            acc2_0 = a2 * b0 + acc2_0;
            acc2_1 = a2 * b1 + acc2_1;
            const float8 a3 = (float8)(*(x_ic + 770));
            acc3_0 = a3 * b0 + acc3_0;
            acc3_1 = a3 * b1 + acc3_1;
            const float8 a4 = (float8)(*(x_ic + 1026));
            acc4_0 = a4 * b0 + acc4_0;
            acc4_1 = a4 * b1 + acc4_1;
        }
        {
            const float8 b0 = load_all8(w + 48);
            const float8 b1 = load_all8(w + 56);
            const float8 a0 = (float8)(*(x_ic + 3));
            acc0_0 = a0 * b0 + acc0_0;
            acc0_1 = a0 * b1 + acc0_1;
            const float8 a1 = (float8)(*(x_ic + 259));
            acc1_0 = a1 * b0 + acc1_0;
            acc1_1 = a1 * b1 + acc1_1;
            const float8 a2 = (float8)(*(x_ic + 515));
            acc2_0 = a2 * b0 + acc2_0;
            acc2_1 = a2 * b1 + acc2_1;
            const float8 a3 = (float8)(*(x_ic + 771));
            acc3_0 = a3 * b0 + acc3_0;
            acc3_1 = a3 * b1 + acc3_1;
            const float8 a4 = (float8)(*(x_ic + 1027));
            acc4_0 = a4 * b0 + acc4_0;
            acc4_1 = a4 * b1 + acc4_1;
        }
        w += 64;
    }
    acc0_0 = activate(acc0_0);
    store_half8(output, acc0_0);
    acc0_1 = activate(acc0_1);
    store_half8(output + 8, acc0_1);
    acc1_0 = activate(acc1_0);
    store_half8(output + 1024, acc1_0);
    acc1_1 = activate(acc1_1);
    store_half8(output + 1032, acc1_1);
    acc2_0 = activate(acc2_0);
    store_half8(output + 2048, acc2_0);
    acc2_1 = activate(acc2_1);
    store_half8(output + 2056, acc2_1);
    acc3_0 = activate(acc3_0);
    store_half8(output + 3072, acc3_0);
    acc3_1 = activate(acc3_1);
    store_half8(output + 3080, acc3_1);
    acc4_0 = activate(acc4_0);
    store_half8(output + 4096, acc4_0);
    acc4_1 = activate(acc4_1);
    store_half8(output + 4104, acc4_1);
}

/* So many numbers. */
static void copy_floats(__global float *to, const __global half *from, ptrdiff_t count)
{
    const ptrdiff_t whole = count - count % 8;
    for (ptrdiff_t i = 0; i < whole; i += 8) {
        store_all8(to + i, load_half8(from + i));
    }
    for (ptrdiff_t i = whole; i < count; ++i) {
        to[i] = vload_half(i, from);
    }
}

/* Copies a row of the input, 50176 numbers.
   A task. input: the layer's. workspace: the copy. */
static void copy_task(const __global half *input, __global float *workspace)
{
    __global float *to = workspace;
    const __global half *from = input;
    copy_floats(to, from, 50176);
}

/* Packs a panel: ic, 16 output channels from oc0 on.
   weights: the layer's. out: the panel. Returns its end. */
static __global float *pack_panel(const __global half *weights, ptrdiff_t oc0, __global float *out)
{
    for (ptrdiff_t ic = 0; ic < 256; ++ic) {
        for (ptrdiff_t j = 0; j < 16; ++j) {
            *out++ = vload_half(oc0 + j + ic * 1024, weights);
        }
    }
    return out;
}

__kernel void conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_pack(const __global half *weights, const __global half *bias, __global void *packed)
{
    __global float *out = (__global float *)packed;
    for (ptrdiff_t oc0 = 0; oc0 < 1024; oc0 += 16) {
        out = pack_panel(weights, oc0, out);
    }
    for (ptrdiff_t oc = 0; oc < 1024; ++oc) {
        *out++ = vload_half(oc, bias);
    }
}

/* A task: output channels, 16 at a time. The arrays are the layer's. */
static void compute_task(size_t task, const __global float *packed, __global half *output, __global float *workspace)
{
    const __global float *weights = packed;
    const __global float *bias = packed + 262144;
    const ptrdiff_t oc_tile = (ptrdiff_t)task; /* output channels, 16 at a time */
    const ptrdiff_t oc0 = oc_tile * 16;
    /* pixels, 6 at a time */
    for (ptrdiff_t ow0 = 0; ow0 < 186; ow0 += 6) {
        tile_6x16(workspace + ow0 * 256, weights + oc0 * 256, bias + oc0, output + oc0 + ow0 * 1024);
    }
    /* pixels, 5 at a time */
    for (ptrdiff_t ow0 = 186; ow0 < 196; ow0 += 5) {
        tile_5x16(workspace + ow0 * 256, weights + oc0 * 256, bias + oc0, output + oc0 + ow0 * 1024);
    }
}

#undef load_all8
#undef store_all8
#undef load_half8
#undef store_half8
#undef activate
#undef tile_6x16
#undef tile_5x16
#undef copy_floats
#undef copy_task
#undef pack_panel
#undef compute_task
/* 1 tasks: the input in f32. Any number of work-items share them. */
__kernel void conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_0(__global const half *restrict input, __global const float *restrict packed, __global half *restrict output, __global float *restrict workspace)
{
    (void)packed;
    (void)output;
    for (size_t task = get_global_id(0); task < 1; task += get_global_size(0)) {
        conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_copy_task_(input, workspace);
    }
}
/* 64 tasks: output channels, 16 at a time. Any number of work-items share them. */
__kernel void conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_1(__global const half *restrict input, __global const float *restrict packed, __global half *restrict output, __global float *restrict workspace)
{
    (void)input;
    for (size_t task = get_global_id(0); task < 64; task += get_global_size(0)) {
        conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_compute_task_(task, packed, output, workspace);
    }
}
