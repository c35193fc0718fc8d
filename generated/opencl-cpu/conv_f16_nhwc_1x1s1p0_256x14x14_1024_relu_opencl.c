/* conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu: a convolution layer for OpenCL devices, written by convgen 0.1.0.
 *
 * f16, input nhwc 1 x 14 x 14 x 256, output 1 x 14 x 14 x 1024, weights hwio 1 x 1 x 256 x 1024
 * kernel 1x1, stride 1x1, bias, relu
 * |error| <= g S, S = sum |x||w| + |bias|, g = 257 u / (1 - 257 u) = 1.53e-05, u = 2^-24; rounding an
 * output e off to f16 adds 2^-11 (|y| + e) + 2^-25
 * nothing overflows where |x| <= X and |w| <= W, X W <= 127, |bias| <= 3.27e+04
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is
 * hereby granted. It comes as is, without warranty of any kind.
 */
#include "conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl.h"

/* What is of this file alone, by names that no other file has. */
#define source conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl_source
#define phase_table conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl_phase_table
#define first conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl_first
#define least conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl_least
#define create_kernels conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl_create_kernels
#define create_buffers conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl_create_buffers
#define choose_workers conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl_choose_workers
#define fit_groups conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl_fit_groups
#define holds conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl_holds
#define set_arguments conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl_set_arguments
#define launch conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl_launch
#define enqueue_phase conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl_enqueue_phase
#define upload conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl_upload

/* conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu.cl, line by line: C99 promises no more than 4095 characters for a string. */
static const char *const source[] = {
    "/* conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu: a convolution layer, written by convgen 0.1.0.\n",
    " *\n",
    " * Layer     f16, input nhwc 1 x 14 x 14 x 256, output 1 x 14 x 14 x 1024, weights hwio 1 x 1 x 256 x 1024\n",
    " *           kernel 1x1, stride 1x1, bias, relu\n",
    " * Command   convgen generate ic256ih14oc1024oh14kh1ph0 --layout nhwc --dtype f16 --activation 'relu' --target opencl-cpu -o .\n",
    " * Plan      direct on cl8, lanes over oc, reading a copy of the input in f32\n",
    " *           for oc by 16: 64 times, a task each\n",
    " *             for ow by 6: 33 times\n",
    " *               for ic: 256 times\n",
    " *                 tile of 6 pixels x 16 channels: 15 of 16 registers\n",
    " * Tasks     1 (the input in f32), then 64 (output channels, 16 at a time)\n",
    " * Cost      51380224 multiply-adds; at least 1028096 bytes moved; 1052672 bytes packed, 200704 of workspace\n",
    " * Bound     |error| <= g S, S = sum |x||w| + |bias|, g = 257 u / (1 - 257 u) = 1.53e-05, u = 2^-24;\n",
    " *           rounding an output e off to f16 adds 2^-11 (|y| + e) + 2^-25\n",
    " * Range     nothing overflows where |x| <= X and |w| <= W, X W <= 127, |bias| <= 3.27e+04\n",
    " * Launch    In one dimension, in this order, each when the one before has ended. Work-items share the\n",
    " *           tasks: any global size gives the same bits. The local size is free where none is said.\n",
    " *           conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_pack(weights, bias, packed), once:\n",
    " *             global size 1\n",
    " *           conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_0(input, packed, output, workspace):\n",
    " *             global size 1\n",
    " *           conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_1(input, packed, output, workspace):\n",
    " *             global size 64\n",
    " * Bytes     weights 524288, bias 2048, input 100352, output 401408, packed 1052672, workspace 200704\n",
    " *\n",
    " * SPDX-License-Identifier: 0BSD\n",
    " * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is\n",
    " * hereby granted. It comes as is, without warranty of any kind.\n",
    " */\n",
    "/* Functions of this file alone, by names that no other file has. */\n",
    "#define load_all8 conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_load_all8_\n",
    "#define store_all8 conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_store_all8_\n",
    "#define load_half8 conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_load_half8_\n",
    "#define store_half8 conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_store_half8_\n",
    "#define activate conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_activate_\n",
    "#define tile_6x16 conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_tile_6x16_\n",
    "#define tile_5x16 conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_tile_5x16_\n",
    "#define copy_floats conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_copy_floats_\n",
    "#define copy_task conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_copy_task_\n",
    "#define pack_panel conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_pack_panel_\n",
    "#define compute_task conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_compute_task_\n",
    "\n",
    "/* Some devices' vload8 loads parts, and makes whatever follows a work of parts. */\n",
    "static float8 load_all8(const __global float *p)\n",
    "{\n",
    "    typedef float8 anywhere __attribute__((aligned(4)));\n",
    "    return *(const __global anywhere *)p;\n",
    "}\n",
    "\n",
    "/* Some devices' vstore8 stores parts, which are slow to load as a whole again. */\n",
    "static void store_all8(__global float *p, float8 a)\n",
    "{\n",
    "    typedef float8 anywhere __attribute__((aligned(4)));\n",
    "    *(__global anywhere *)p = a;\n",
    "}\n",
    "\n",
    "/* Some devices' vload_half8 wants an aligned address. */\n",
    "static float8 load_half8(const __global half *p)\n",
    "{\n",
    "    typedef ushort8 anywhere __attribute__((aligned(2)));\n",
    "    const ushort8 bits = *(const __global anywhere *)p;\n",
    "    return vload_half8(0, (const __private half *)&bits);\n",
    "}\n",
    "\n",
    "/* Some devices' vstore_half8 wants an aligned address. */\n",
    "static void store_half8(__global half *p, float8 a)\n",
    "{\n",
    "    typedef ushort8 anywhere __attribute__((aligned(2)));\n",
    "    ushort8 bits;\n",
    "    vstore_half8_rte(a, 0, (__private half *)&bits);\n",
    "    *(__global anywhere *)p = bits;\n",
    "}\n",
    "\n",
    "/* relu; error at most u (0.0 + 0.0 |v|), u = 2^-24. */\n",
    "static float8 activate(float8 v)\n",
    "{\n",
    "    return select(v, (float8)(0.0f), isgreater((float8)(0.0f), v));\n",
    "}\n",
    "\n",
    "/* 6 pixels x 16 channels.\n",
    "   x: the window of the first pixel; pixels 256 apart.\n",
    "   w: its panel, 16 numbers a term.\n",
    "   bias: of the first channel.\n",
    "   output: the first pixel, first channel; pixels 1024 apart. */\n",
    "static void tile_6x16(const __global float *x, const __global float *w, const __global float *bias, __global half *output)\n",
    "{\n",
    "    float8 acc0_0 = load_all8(bias);\n",
    "    float8 acc0_1 = load_all8(bias + 8);\n",
    "    float8 acc1_0 = load_all8(bias);\n",
    "    float8 acc1_1 = load_all8(bias + 8);\n",
    "    float8 acc2_0 = load_all8(bias);\n",
    "    float8 acc2_1 = load_all8(bias + 8);\n",
    "    float8 acc3_0 = load_all8(bias);\n",
    "    float8 acc3_1 = load_all8(bias + 8);\n",
    "    float8 acc4_0 = load_all8(bias);\n",
    "    float8 acc4_1 = load_all8(bias + 8);\n",
    "    float8 acc5_0 = load_all8(bias);\n",
    "    float8 acc5_1 = load_all8(bias + 8);\n",
    "    /* input channels */\n",
    "    for (ptrdiff_t ic = 0; ic < 256; ic += 4) {\n",
    "        const __global float *x_ic = x + ic;\n",
    "        {\n",
    "            const float8 b0 = load_all8(w);\n",
    "            const float8 b1 = load_all8(w + 8);\n",
    "            const float8 a0 = (float8)(*(x_ic));\n",
    "            acc0_0 = a0 * b0 + acc0_0;\n",
    "            acc0_1 = a0 * b1 + acc0_1;\n",
    "            const float8 a1 = (float8)(*(x_ic + 256));\n",
    "            acc1_0 = a1 * b0 + acc1_0;\n",
    "            acc1_1 = a1 * b1 + acc1_1;\n",
    "            const float8 a2 = (float8)(*(x_ic + 512));\n",
    "            acc2_0 = a2 * b0 + acc2_0;\n",
    "            acc2_1 = a2 * b1 + acc2_1;\n",
    "            const float8 a3 = (float8)(*(x_ic + 768));\n",
    "            acc3_0 = a3 * b0 + acc3_0;\n",
    "            acc3_1 = a3 * b1 + acc3_1;\n",
    "            const float8 a4 = (float8)(*(x_ic + 1024));\n",
    "            acc4_0 = a4 * b0 + acc4_0;\n",
    "            acc4_1 = a4 * b1 + acc4_1;\n",
    "            const float8 a5 = (float8)(*(x_ic + 1280));\n",
    "            acc5_0 = a5 * b0 + acc5_0;\n",
    "            acc5_1 = a5 * b1 + acc5_1;\n",
    "        }\n",
    "        {\n",
    "            const float8 b0 = load_all8(w + 16);\n",
    "            const float8 b1 = load_all8(w + 24);\n",
    "            const float8 a0 = (float8)(*(x_ic + 1));\n",
    "            acc0_0 = a0 * b0 + acc0_0;\n",
    "            acc0_1 = a0 * b1 + acc0_1;\n",
    "            const float8 a1 = (float8)(*(x_ic + 257));\n",
    "            acc1_0 = a1 * b0 + acc1_0;\n",
    "            acc1_1 = a1 * b1 + acc1_1;\n",
    "            const float8 a2 = (float8)(*(x_ic + 513));\n",
    "            acc2_0 = a2 * b0 + acc2_0;\n",
    "            acc2_1 = a2 * b1 + acc2_1;\n",
    "            const float8 a3 = (float8)(*(x_ic + 769));\n",
    "            acc3_0 = a3 * b0 + acc3_0;\n",
    "            acc3_1 = a3 * b1 + acc3_1;\n",
    "            const float8 a4 = (float8)(*(x_ic + 1025));\n",
    "            acc4_0 = a4 * b0 + acc4_0;\n",
    "            acc4_1 = a4 * b1 + acc4_1;\n",
    "            const float8 a5 = (float8)(*(x_ic + 1281));\n",
    "            acc5_0 = a5 * b0 + acc5_0;\n",
    "            acc5_1 = a5 * b1 + acc5_1;\n",
    "        }\n",
    "        {\n",
    "            const float8 b0 = load_all8(w + 32);\n",
    "            const float8 b1 = load_all8(w + 40);\n",
    "            const float8 a0 = (float8)(*(x_ic + 2));\n",
    "            acc0_0 = a0 * b0 + acc0_0;\n",
    "            acc0_1 = a0 * b1 + acc0_1;\n",
    "            const float8 a1 = (float8)(*(x_ic + 258));\n",
    "            acc1_0 = a1 * b0 + acc1_0;\n",
    "            acc1_1 = a1 * b1 + acc1_1;\n",
    "            const float8 a2 = (float8)(*(x_ic + 514));\n",
    "            acc2_0 = a2 * b0 + acc2_0;\n",
    "            acc2_1 = a2 * b1 + acc2_1;\n",
    "            const float8 a3 = (float8)(*(x_ic + 770));\n",
    "            acc3_0 = a3 * b0 + acc3_0;\n",
    "            acc3_1 = a3 * b1 + acc3_1;\n",
    "            const float8 a4 = (float8)(*(x_ic + 1026));\n",
    "            acc4_0 = a4 * b0 + acc4_0;\n",
    "            acc4_1 = a4 * b1 + acc4_1;\n",
    "            const float8 a5 = (float8)(*(x_ic + 1282));\n",
    "            acc5_0 = a5 * b0 + acc5_0;\n",
    "            acc5_1 = a5 * b1 + acc5_1;\n",
    "        }\n",
    "        {\n",
    "            const float8 b0 = load_all8(w + 48);\n",
    "            const float8 b1 = load_all8(w + 56);\n",
    "            const float8 a0 = (float8)(*(x_ic + 3));\n",
    "            acc0_0 = a0 * b0 + acc0_0;\n",
    "            acc0_1 = a0 * b1 + acc0_1;\n",
    "            const float8 a1 = (float8)(*(x_ic + 259));\n",
    "            acc1_0 = a1 * b0 + acc1_0;\n",
    "            acc1_1 = a1 * b1 + acc1_1;\n",
    "            const float8 a2 = (float8)(*(x_ic + 515));\n",
    "            acc2_0 = a2 * b0 + acc2_0;\n",
    "            acc2_1 = a2 * b1 + acc2_1;\n",
    "            const float8 a3 = (float8)(*(x_ic + 771));\n",
    "            acc3_0 = a3 * b0 + acc3_0;\n",
    "            acc3_1 = a3 * b1 + acc3_1;\n",
    "            const float8 a4 = (float8)(*(x_ic + 1027));\n",
    "            acc4_0 = a4 * b0 + acc4_0;\n",
    "            acc4_1 = a4 * b1 + acc4_1;\n",
    "            const float8 a5 = (float8)(*(x_ic + 1283));\n",
    "            acc5_0 = a5 * b0 + acc5_0;\n",
    "            acc5_1 = a5 * b1 + acc5_1;\n",
    "        }\n",
    "        w += 64;\n",
    "    }\n",
    "    acc0_0 = activate(acc0_0);\n",
    "    store_half8(output, acc0_0);\n",
    "    acc0_1 = activate(acc0_1);\n",
    "    store_half8(output + 8, acc0_1);\n",
    "    acc1_0 = activate(acc1_0);\n",
    "    store_half8(output + 1024, acc1_0);\n",
    "    acc1_1 = activate(acc1_1);\n",
    "    store_half8(output + 1032, acc1_1);\n",
    "    acc2_0 = activate(acc2_0);\n",
    "    store_half8(output + 2048, acc2_0);\n",
    "    acc2_1 = activate(acc2_1);\n",
    "    store_half8(output + 2056, acc2_1);\n",
    "    acc3_0 = activate(acc3_0);\n",
    "    store_half8(output + 3072, acc3_0);\n",
    "    acc3_1 = activate(acc3_1);\n",
    "    store_half8(output + 3080, acc3_1);\n",
    "    acc4_0 = activate(acc4_0);\n",
    "    store_half8(output + 4096, acc4_0);\n",
    "    acc4_1 = activate(acc4_1);\n",
    "    store_half8(output + 4104, acc4_1);\n",
    "    acc5_0 = activate(acc5_0);\n",
    "    store_half8(output + 5120, acc5_0);\n",
    "    acc5_1 = activate(acc5_1);\n",
    "    store_half8(output + 5128, acc5_1);\n",
    "}\n",
    "\n",
    "/* 5 pixels x 16 channels.\n",
    "   x: the window of the first pixel; pixels 256 apart.\n",
    "   w: its panel, 16 numbers a term.\n",
    "   bias: of the first channel.\n",
    "   output: the first pixel, first channel; pixels 1024 apart. */\n",
    "static void tile_5x16(const __global float *x, const __global float *w, const __global float *bias, __global half *output)\n",
    "{\n",
    "    float8 acc0_0 = load_all8(bias);\n",
    "    float8 acc0_1 = load_all8(bias + 8);\n",
    "    float8 acc1_0 = load_all8(bias);\n",
    "    float8 acc1_1 = load_all8(bias + 8);\n",
    "    float8 acc2_0 = load_all8(bias);\n",
    "    float8 acc2_1 = load_all8(bias + 8);\n",
    "    float8 acc3_0 = load_all8(bias);\n",
    "    float8 acc3_1 = load_all8(bias + 8);\n",
    "    float8 acc4_0 = load_all8(bias);\n",
    "    float8 acc4_1 = load_all8(bias + 8);\n",
    "    /* input channels */\n",
    "    for (ptrdiff_t ic = 0; ic < 256; ic += 4) {\n",
    "        const __global float *x_ic = x + ic;\n",
    "        {\n",
    "            const float8 b0 = load_all8(w);\n",
    "            const float8 b1 = load_all8(w + 8);\n",
    "            const float8 a0 = (float8)(*(x_ic));\n",
    "            acc0_0 = a0 * b0 + acc0_0;\n",
    "            acc0_1 = a0 * b1 + acc0_1;\n",
    "            const float8 a1 = (float8)(*(x_ic + 256));\n",
    "            acc1_0 = a1 * b0 + acc1_0;\n",
    "            acc1_1 = a1 * b1 + acc1_1;\n",
    "            const float8 a2 = (float8)(*(x_ic + 512));\n",
    "            acc2_0 = a2 * b0 + acc2_0;\n",
    "            acc2_1 = a2 * b1 + acc2_1;\n",
    "            const float8 a3 = (float8)(*(x_ic + 768));\n",
    "            acc3_0 = a3 * b0 + acc3_0;\n",
    "            acc3_1 = a3 * b1 + acc3_1;\n",
    "            const float8 a4 = (float8)(*(x_ic + 1024));\n",
    "            acc4_0 = a4 * b0 + acc4_0;\n",
    "            acc4_1 = a4 * b1 + acc4_1;\n",
    "        }\n",
    "        {\n",
    "            const float8 b0 = load_all8(w + 16);\n",
    "            const float8 b1 = load_all8(w + 24);\n",
    "            const float8 a0 = (float8)(*(x_ic + 1));\n",
    "            acc0_0 = a0 * b0 + acc0_0;\n",
    "            acc0_1 = a0 * b1 + acc0_1;\n",
    "            const float8 a1 = (float8)(*(x_ic + 257));\n",
    "            acc1_0 = a1 * b0 + acc1_0;\n",
    "            acc1_1 = a1 * b1 + acc1_1;\n",
    "            const float8 a2 = (float8)(*(x_ic + 513));\n",
    "            acc2_0 = a2 * b0 + acc2_0;\n",
    "            acc2_1 = a2 * b1 + acc2_1;\n",
    "            const float8 a3 = (float8)(*(x_ic + 769));\n",
    "            acc3_0 = a3 * b0 + acc3_0;\n",
    "            acc3_1 = a3 * b1 + acc3_1;\n",
    "            const float8 a4 = (float8)(*(x_ic + 1025));\n",
    "            acc4_0 = a4 * b0 + acc4_0;\n",
    "            acc4_1 = a4 * b1 + acc4_1;\n",
    "        }\n",
    "        {\n",
    "            const float8 b0 = load_all8(w + 32);\n",
    "            const float8 b1 = load_all8(w + 40);\n",
    "            const float8 a0 = (float8)(*(x_ic + 2));\n",
    "            acc0_0 = a0 * b0 + acc0_0;\n",
    "            acc0_1 = a0 * b1 + acc0_1;\n",
    "            const float8 a1 = (float8)(*(x_ic + 258));\n",
    "            acc1_0 = a1 * b0 + acc1_0;\n",
    "            acc1_1 = a1 * b1 + acc1_1;\n",
    "            const float8 a2 = (float8)(*(x_ic + 514));\n",
    "            acc2_0 = a2 * b0 + acc2_0;\n",
    "            acc2_1 = a2 * b1 + acc2_1;\n",
    "            const float8 a3 = (float8)(*(x_ic + 770));\n",
    "            acc3_0 = a3 * b0 + acc3_0;\n",
    "            acc3_1 = a3 * b1 + acc3_1;\n",
    "            const float8 a4 = (float8)(*(x_ic + 1026));\n",
    "            acc4_0 = a4 * b0 + acc4_0;\n",
    "            acc4_1 = a4 * b1 + acc4_1;\n",
    "        }\n",
    "        {\n",
    "            const float8 b0 = load_all8(w + 48);\n",
    "            const float8 b1 = load_all8(w + 56);\n",
    "            const float8 a0 = (float8)(*(x_ic + 3));\n",
    "            acc0_0 = a0 * b0 + acc0_0;\n",
    "            acc0_1 = a0 * b1 + acc0_1;\n",
    "            const float8 a1 = (float8)(*(x_ic + 259));\n",
    "            acc1_0 = a1 * b0 + acc1_0;\n",
    "            acc1_1 = a1 * b1 + acc1_1;\n",
    "            const float8 a2 = (float8)(*(x_ic + 515));\n",
    "            acc2_0 = a2 * b0 + acc2_0;\n",
    "            acc2_1 = a2 * b1 + acc2_1;\n",
    "            const float8 a3 = (float8)(*(x_ic + 771));\n",
    "            acc3_0 = a3 * b0 + acc3_0;\n",
    "            acc3_1 = a3 * b1 + acc3_1;\n",
    "            const float8 a4 = (float8)(*(x_ic + 1027));\n",
    "            acc4_0 = a4 * b0 + acc4_0;\n",
    "            acc4_1 = a4 * b1 + acc4_1;\n",
    "        }\n",
    "        w += 64;\n",
    "    }\n",
    "    acc0_0 = activate(acc0_0);\n",
    "    store_half8(output, acc0_0);\n",
    "    acc0_1 = activate(acc0_1);\n",
    "    store_half8(output + 8, acc0_1);\n",
    "    acc1_0 = activate(acc1_0);\n",
    "    store_half8(output + 1024, acc1_0);\n",
    "    acc1_1 = activate(acc1_1);\n",
    "    store_half8(output + 1032, acc1_1);\n",
    "    acc2_0 = activate(acc2_0);\n",
    "    store_half8(output + 2048, acc2_0);\n",
    "    acc2_1 = activate(acc2_1);\n",
    "    store_half8(output + 2056, acc2_1);\n",
    "    acc3_0 = activate(acc3_0);\n",
    "    store_half8(output + 3072, acc3_0);\n",
    "    acc3_1 = activate(acc3_1);\n",
    "    store_half8(output + 3080, acc3_1);\n",
    "    acc4_0 = activate(acc4_0);\n",
    "    store_half8(output + 4096, acc4_0);\n",
    "    acc4_1 = activate(acc4_1);\n",
    "    store_half8(output + 4104, acc4_1);\n",
    "}\n",
    "\n",
    "/* So many numbers. */\n",
    "static void copy_floats(__global float *to, const __global half *from, ptrdiff_t count)\n",
    "{\n",
    "    const ptrdiff_t whole = count - count % 8;\n",
    "    for (ptrdiff_t i = 0; i < whole; i += 8) {\n",
    "        store_all8(to + i, load_half8(from + i));\n",
    "    }\n",
    "    for (ptrdiff_t i = whole; i < count; ++i) {\n",
    "        to[i] = vload_half(i, from);\n",
    "    }\n",
    "}\n",
    "\n",
    "/* Copies a row of the input, 50176 numbers.\n",
    "   A task. input: the layer's. workspace: the copy. */\n",
    "static void copy_task(const __global half *input, __global float *workspace)\n",
    "{\n",
    "    __global float *to = workspace;\n",
    "    const __global half *from = input;\n",
    "    copy_floats(to, from, 50176);\n",
    "}\n",
    "\n",
    "/* Packs a panel: ic, 16 output channels from oc0 on.\n",
    "   weights: the layer's. out: the panel. Returns its end. */\n",
    "static __global float *pack_panel(const __global half *weights, ptrdiff_t oc0, __global float *out)\n",
    "{\n",
    "    for (ptrdiff_t ic = 0; ic < 256; ++ic) {\n",
    "        for (ptrdiff_t j = 0; j < 16; ++j) {\n",
    "            *out++ = vload_half(oc0 + j + ic * 1024, weights);\n",
    "        }\n",
    "    }\n",
    "    return out;\n",
    "}\n",
    "\n",
    "__kernel void conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_pack(const __global half *weights, const __global half *bias, __global void *packed)\n",
    "{\n",
    "    __global float *out = (__global float *)packed;\n",
    "    for (ptrdiff_t oc0 = 0; oc0 < 1024; oc0 += 16) {\n",
    "        out = pack_panel(weights, oc0, out);\n",
    "    }\n",
    "    for (ptrdiff_t oc = 0; oc < 1024; ++oc) {\n",
    "        *out++ = vload_half(oc, bias);\n",
    "    }\n",
    "}\n",
    "\n",
    "/* A task: output channels, 16 at a time. The arrays are the layer's. */\n",
    "static void compute_task(size_t task, const __global float *packed, __global half *output, __global float *workspace)\n",
    "{\n",
    "    const __global float *weights = packed;\n",
    "    const __global float *bias = packed + 262144;\n",
    "    const ptrdiff_t oc_tile = (ptrdiff_t)task; /* output channels, 16 at a time */\n",
    "    const ptrdiff_t oc0 = oc_tile * 16;\n",
    "    /* pixels, 6 at a time */\n",
    "    for (ptrdiff_t ow0 = 0; ow0 < 186; ow0 += 6) {\n",
    "        tile_6x16(workspace + ow0 * 256, weights + oc0 * 256, bias + oc0, output + oc0 + ow0 * 1024);\n",
    "    }\n",
    "    /* pixels, 5 at a time */\n",
    "    for (ptrdiff_t ow0 = 186; ow0 < 196; ow0 += 5) {\n",
    "        tile_5x16(workspace + ow0 * 256, weights + oc0 * 256, bias + oc0, output + oc0 + ow0 * 1024);\n",
    "    }\n",
    "}\n",
    "\n",
    "#undef load_all8\n",
    "#undef store_all8\n",
    "#undef load_half8\n",
    "#undef store_half8\n",
    "#undef activate\n",
    "#undef tile_6x16\n",
    "#undef tile_5x16\n",
    "#undef copy_floats\n",
    "#undef copy_task\n",
    "#undef pack_panel\n",
    "#undef compute_task\n",
    "/* 1 tasks: the input in f32. Any number of work-items share them. */\n",
    "__kernel void conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_0(__global const half *restrict input, __global const float *restrict packed, __global half *restrict output, __global float *restrict workspace)\n",
    "{\n",
    "    (void)packed;\n",
    "    (void)output;\n",
    "    for (size_t task = get_global_id(0); task < 1; task += get_global_size(0)) {\n",
    "        conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_copy_task_(input, workspace);\n",
    "    }\n",
    "}\n",
    "/* 64 tasks: output channels, 16 at a time. Any number of work-items share them. */\n",
    "__kernel void conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_1(__global const half *restrict input, __global const float *restrict packed, __global half *restrict output, __global float *restrict workspace)\n",
    "{\n",
    "    (void)input;\n",
    "    for (size_t task = get_global_id(0); task < 64; task += get_global_size(0)) {\n",
    "        conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_compute_task_(task, packed, output, workspace);\n",
    "    }\n",
    "}\n",
};

/* The kernels of the phases, in order. */
static const struct {
    const char *kernel;
    size_t tasks;
    size_t items; /* work-items that do a task together */
} phase_table[conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl_PHASES] = {
    {"conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_0", 1, 1},
    {"conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_1", 64, 1},
};

/* Each error is kept until the first one is handed back. */
static cl_int first(cl_int error, cl_int next)
{
    return error != CL_SUCCESS ? error : next;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* One for each task, which the device hands to whichever unit is free. Where workers have memory of their own, a CPU
   gets only so many that it stays in caches. */
static cl_int choose_workers(conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl *layer)
{
    const size_t most = 64;
    const size_t cached = 64;
    cl_device_type type = 0;
    cl_uint units = 0;
    size_t group = 0;
    cl_int error = clGetDeviceInfo(layer->device, CL_DEVICE_TYPE, sizeof type, &type, NULL);
    error = first(error, clGetDeviceInfo(layer->device, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof units, &units, NULL));
    error = first(error, clGetDeviceInfo(layer->device, CL_DEVICE_MAX_WORK_GROUP_SIZE, sizeof group, &group, NULL));
    layer->workers = most;
    layer->group = 1;
    if ((type & CL_DEVICE_TYPE_CPU) == 0) {
        layer->group = least(64, group);
    } else if (cached < most) {
        layer->workers = least(most, cached > units ? cached - cached % units : units);
    }
    return error;
}

/* A kernel may allow smaller groups than the device does, if its items need many registers. */
static cl_int fit_groups(conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl *layer)
{
    size_t group = 0;
    cl_int error = clGetKernelWorkGroupInfo(layer->pack, layer->device, CL_KERNEL_WORK_GROUP_SIZE, sizeof group, &group, NULL);
    layer->group = least(layer->group, group);
    for (size_t phase = 0; phase < conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl_PHASES && error == CL_SUCCESS; ++phase) {
        const size_t items = phase_table[phase].items;
        error = clGetKernelWorkGroupInfo(layer->phases[phase], layer->device, CL_KERNEL_WORK_GROUP_SIZE,
            sizeof group, &group, NULL);
        if (items == 1) {
            layer->group = least(layer->group, group);
        }
        error = first(error, items <= group ? CL_SUCCESS : CL_INVALID_WORK_GROUP_SIZE);
    }
    return error;
}

static cl_int create_kernels(conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl *layer)
{
    cl_int error;
    layer->pack = clCreateKernel(layer->program, "conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_pack", &error);
    for (size_t phase = 0; phase < conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl_PHASES && error == CL_SUCCESS; ++phase) {
        layer->phases[phase] = clCreateKernel(layer->program, phase_table[phase].kernel, &error);
    }
    return error;
}

static cl_int create_buffers(conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl *layer)
{
    const size_t bytes = conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl_WORKSPACE_BYTES(layer->workers);
    cl_int error;
    layer->packed = clCreateBuffer(layer->context, CL_MEM_READ_WRITE, conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl_PACKED_BYTES, NULL, &error);
    if (error == CL_SUCCESS) {
        layer->workspace = clCreateBuffer(layer->context, CL_MEM_READ_WRITE, bytes, NULL, &error);
    }
    return error;
}

cl_int conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl_create(conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl *layer, cl_context context, cl_device_id device)
{
    static const conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl none = {NULL, NULL, NULL, NULL, {NULL}, NULL, NULL, 0, 0, 0};
    const cl_uint lines = sizeof source / sizeof source[0];
    cl_int error;

    *layer = none;
    layer->context = context;
    layer->device = device;
    error = choose_workers(layer);
    if (error != CL_SUCCESS) {
        return error;
    }
    /* OpenCL only reads the text: its pointers lack a const */
    layer->program = clCreateProgramWithSource(context, lines, (const char **)source, NULL, &error);
    if (error != CL_SUCCESS) {
        return error;
    }
    error = clBuildProgram(layer->program, 1, &device, "-cl-std=CL1.2", NULL, NULL);
    if (error == CL_SUCCESS) {
        error = create_kernels(layer);
    }
    if (error == CL_SUCCESS) {
        error = fit_groups(layer);
    }
    if (error == CL_SUCCESS) {
        error = create_buffers(layer);
    }
    return error;
}

cl_int conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl_release(conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl *layer)
{
    static const conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl none = {NULL, NULL, NULL, NULL, {NULL}, NULL, NULL, 0, 0, 0};
    cl_int error = CL_SUCCESS;

    for (size_t phase = 0; phase < conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl_PHASES; ++phase) {
        if (layer->phases[phase] != NULL) {
            error = first(error, clReleaseKernel(layer->phases[phase]));
        }
    }
    if (layer->pack != NULL) {
        error = first(error, clReleaseKernel(layer->pack));
    }
    if (layer->program != NULL) {
        error = first(error, clReleaseProgram(layer->program));
    }
    if (layer->packed != NULL) {
        error = first(error, clReleaseMemObject(layer->packed));
    }
    if (layer->workspace != NULL) {
        error = first(error, clReleaseMemObject(layer->workspace));
    }
    *layer = none;
    return error;
}

cl_int conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl_log(const conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl *layer, size_t size, char *log, size_t *needed)
{
    return clGetProgramBuildInfo(layer->program, layer->device, CL_PROGRAM_BUILD_LOG, size, log, needed);
}

/* CL_INVALID_BUFFER_SIZE for a buffer of less than `bytes`. */
static cl_int holds(cl_mem buffer, size_t bytes)
{
    size_t size = 0;
    const cl_int error = clGetMemObjectInfo(buffer, CL_MEM_SIZE, sizeof size, &size, NULL);
    return first(error, size >= bytes ? CL_SUCCESS : CL_INVALID_BUFFER_SIZE);
}

static cl_int set_arguments(cl_kernel kernel, cl_uint count, const cl_mem *buffers)
{
    cl_int error = CL_SUCCESS;
    for (cl_uint index = 0; index < count && error == CL_SUCCESS; ++index) {
        error = clSetKernelArg(kernel, index, sizeof buffers[index], &buffers[index]);
    }
    return error;
}

/* Workers are work-groups, where their items do a task together (items > 1). Else they are single items, which go
   in groups of a size that suits the device: those beyond the last task have nothing to do. */
static cl_int launch(const conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl *layer, cl_command_queue queue, cl_kernel kernel, size_t workers, size_t items,
    cl_uint waits, const cl_event *wait_list, cl_event *event)
{
    const size_t group = items > 1 ? items : layer->group;
    const size_t groups = items > 1 ? workers : (workers + group - 1) / group;
    const size_t all_items = groups * group;
    return clEnqueueNDRangeKernel(queue, kernel, 1, NULL, &all_items, &group, waits, wait_list, event);
}

cl_int conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl_pack(conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl *layer, cl_command_queue queue, cl_mem weights, cl_mem bias,
    cl_uint waits, const cl_event *wait_list, cl_event *event)
{
    const cl_mem buffers[] = {weights, bias, layer->packed};
    cl_int error = holds(weights, conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl_WEIGHTS_BYTES);
    error = first(error, holds(bias, conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl_BIAS_BYTES));
    if (error == CL_SUCCESS) {
        error = set_arguments(layer->pack, 3, buffers);
    }
    if (error == CL_SUCCESS) {
        error = launch(layer, queue, layer->pack, 1, 1, waits, wait_list, event);
    }
    if (error == CL_SUCCESS) {
        layer->ready = 1;
    }
    return error;
}

/* A new buffer with a copy of an array, which the caller releases; NULL when there is none. */
static cl_int upload(conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl *layer, cl_command_queue queue, size_t bytes, const void *array, cl_mem *buffer)
{
    cl_int error;
    *buffer = clCreateBuffer(layer->context, CL_MEM_READ_ONLY, bytes, NULL, &error);
    if (error == CL_SUCCESS) {
        error = clEnqueueWriteBuffer(queue, *buffer, CL_TRUE, 0, bytes, array, 0, NULL, NULL);
    }
    return error;
}

cl_int conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl_pack_host(conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl *layer, cl_command_queue queue, const cl_half *weights,
    const cl_half *bias)
{
    cl_mem buffers[2] = {NULL, NULL};
    cl_event packed = NULL;
    cl_int error = upload(layer, queue, conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl_WEIGHTS_BYTES, weights, &buffers[0]);
    if (error == CL_SUCCESS) {
        error = upload(layer, queue, conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl_BIAS_BYTES, bias, &buffers[1]);
    }
    if (error == CL_SUCCESS) {
        error = conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl_pack(layer, queue, buffers[0], buffers[1], 0, NULL, &packed);
    }
    if (packed != NULL) {
        error = first(error, clWaitForEvents(1, &packed));
        error = first(error, clReleaseEvent(packed));
    }
    for (size_t index = 0; index < 2; ++index) {
        if (buffers[index] != NULL) {
            error = first(error, clReleaseMemObject(buffers[index]));
        }
    }
    return error;
}

/* One phase: it waits for the event *last, or for the caller's when that is NULL, and replaces it by its own. */
static cl_int enqueue_phase(const conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl *layer, cl_command_queue queue, size_t phase,
    cl_uint waits, const cl_event *wait_list, cl_event *last)
{
    const size_t workers = least(layer->workers, phase_table[phase].tasks);
    cl_event before = *last;
    cl_event after = NULL;
    const cl_int error = launch(layer, queue, layer->phases[phase], workers, phase_table[phase].items,
        before != NULL ? 1 : waits, before != NULL ? &before : wait_list, &after);
    if (error != CL_SUCCESS) {
        return error;
    }
    *last = after;
    return before != NULL ? clReleaseEvent(before) : CL_SUCCESS;
}

cl_int conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl_enqueue(conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl *layer, cl_command_queue queue, cl_mem input, cl_mem output,
    cl_uint waits, const cl_event *wait_list, cl_event *event)
{
    const cl_mem packed = layer->packed;
    const cl_mem workspace = layer->workspace;
    const cl_mem given[] = {input, packed, output, workspace};
    cl_event last = NULL;
    cl_int error = layer->ready ? CL_SUCCESS : CL_INVALID_OPERATION;

    error = first(error, holds(input, conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl_INPUT_BYTES));
    error = first(error, holds(output, conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl_OUTPUT_BYTES));
    for (size_t phase = 0; phase < conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl_PHASES && error == CL_SUCCESS; ++phase) {
        error = set_arguments(layer->phases[phase], 4, given);
    }
    for (size_t phase = 0; phase < conv_f16_nhwc_1x1s1p0_256x14x14_1024_relu_opencl_PHASES && error == CL_SUCCESS; ++phase) {
        error = enqueue_phase(layer, queue, phase, waits, wait_list, &last);
    }
    if (error == CL_SUCCESS && event != NULL) {
        *event = last;
    } else if (last != NULL) {
        error = first(error, clReleaseEvent(last));
    }
    return error;
}

/* A file that is compiled behind this one finds all as it was. */
#undef source
#undef phase_table
#undef first
#undef least
#undef create_kernels
#undef create_buffers
#undef choose_workers
#undef fit_groups
#undef holds
#undef set_arguments
#undef launch
#undef enqueue_phase
#undef upload
