/* conv_f32_nchw_3x3s1p1_n8_128x28x28_128: a convolution layer for OpenCL devices, written by convgen 0.1.0.
 *
 * f32, input nchw 8 x 128 x 28 x 28, output 8 x 128 x 28 x 28, weights oihw 128 x 128 x 3 x 3
 * kernel 3x3, stride 1x1, padding 1+1 1+1, bias
 * |error| <= g S, S = sum |A'| (|G w G'| * (|B'||x||B|)) |A| + |bias|, g = 142 u / (1 - 142 u) =
 * 8.46e-06, u = 2^-24; A, B and G are the matrices of the transforms, ' transposes, * multiplies
 * element by element, so S counts all pixels of an output's tile, also those that it does not read
 * (--max-error 0 for sentinels and hot pixels); where |x| <= X and |w| <= W, S is at most 1.121e+05 X
 * W + |bias|, 97.4 times that of a direct sum
 * nothing overflows where |x| <= X and |w| <= W, X <= 6.94e+36, W <= 4.34e+35, X W <= 1.17e+33, |bias|
 * <= 1.7e+38
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is
 * hereby granted. It comes as is, without warranty of any kind.
 */
#include "conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl.h"

/* What is of this file alone, by names that no other file has. */
#define source conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_source
#define phase_table conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_phase_table
#define first conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_first
#define least conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_least
#define create_kernels conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_create_kernels
#define create_buffers conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_create_buffers
#define choose_workers conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_choose_workers
#define fit_groups conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_fit_groups
#define holds conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_holds
#define set_arguments conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_set_arguments
#define launch conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_launch
#define enqueue_phase conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_enqueue_phase
#define upload conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_upload

/* conv_f32_nchw_3x3s1p1_n8_128x28x28_128.cl, line by line: C99 promises no more than 4095 characters for a string. */
static const char *const source[] = {
    "/* conv_f32_nchw_3x3s1p1_n8_128x28x28_128: a convolution layer, written by convgen 0.1.0.\n",
    " *\n",
    " * Layer     f32, input nchw 8 x 128 x 28 x 28, output 8 x 128 x 28 x 28, weights oihw 128 x 128 x 3 x 3\n",
    " *           kernel 3x3, stride 1x1, padding 1+1 1+1, bias\n",
    " * Command   convgen generate mb8ic128ih28oc128oh28kh3ph1 --layout nchw --target opencl-gpu -o .\n",
    " * Plan      winograd on cl4, lanes over ow, reading the input as it is\n",
    " *           for ow by 256: 7 times\n",
    " *             for ic by 16: 8 times\n",
    " *               tile of F(4x4, 3x3), 36 products of 64 tiles x 128 channels by 128 items, 16 channels at a time; an item has 8 x 8: 32 registers\n",
    " * Tasks     50176 (tiles of a channel, transformed), then 252 (tiles of the products at all positions), then 50176 (tiles of a channel, transformed back)\n",
    " * Cost      924844032 multiply-adds; at least 7012864 bytes moved; 2359808 bytes packed, 14450688 of workspace\n",
    " * Bound     |error| <= g S, S = sum |A'| (|G w G'| * (|B'||x||B|)) |A| + |bias|, g = 142 u / (1 - 142\n",
    " *           u) = 8.46e-06, u = 2^-24; A, B and G are the matrices of the transforms, ' transposes, *\n",
    " *           multiplies element by element, so S counts all pixels of an output's tile, also those that\n",
    " *           it does not read (--max-error 0 for sentinels and hot pixels); where |x| <= X and |w| <=\n",
    " *           W, S is at most 1.121e+05 X W + |bias|, 97.4 times that of a direct sum\n",
    " * Range     nothing overflows where |x| <= X and |w| <= W, X <= 6.94e+36, W <= 4.34e+35, X W <=\n",
    " *           1.17e+33, |bias| <= 1.7e+38\n",
    " * Launch    In one dimension, in this order, each when the one before has ended. Work-items share the\n",
    " *           tasks: any global size gives the same bits. The local size is free where none is said.\n",
    " *           conv_f32_nchw_3x3s1p1_n8_128x28x28_128_pack(weights, bias, packed), once:\n",
    " *             global size 16384\n",
    " *           conv_f32_nchw_3x3s1p1_n8_128x28x28_128_0(input, packed, output, workspace):\n",
    " *             global size 50176\n",
    " *           conv_f32_nchw_3x3s1p1_n8_128x28x28_128_1(input, packed, output, workspace):\n",
    " *             global size 252 x 128, local size 128\n",
    " *           conv_f32_nchw_3x3s1p1_n8_128x28x28_128_2(input, packed, output, workspace):\n",
    " *             global size 50176\n",
    " * Bytes     weights 589824, bias 512, input 3211264, output 3211264, packed 2359808, workspace\n",
    " *           14450688\n",
    " *\n",
    " * SPDX-License-Identifier: 0BSD\n",
    " * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is\n",
    " * hereby granted. It comes as is, without warranty of any kind.\n",
    " */\n",
    "/* Functions of this file alone, by names that no other file has. */\n",
    "#define input_task conv_f32_nchw_3x3s1p1_n8_128x28x28_128_input_task_\n",
    "#define g_h conv_f32_nchw_3x3s1p1_n8_128x28x28_128_g_h_\n",
    "#define over_g_h conv_f32_nchw_3x3s1p1_n8_128x28x28_128_over_g_h_\n",
    "#define g_w conv_f32_nchw_3x3s1p1_n8_128x28x28_128_g_w_\n",
    "#define over_g_w conv_f32_nchw_3x3s1p1_n8_128x28x28_128_over_g_w_\n",
    "#define compute_task conv_f32_nchw_3x3s1p1_n8_128x28x28_128_compute_task_\n",
    "#define output_task conv_f32_nchw_3x3s1p1_n8_128x28x28_128_output_task_\n",
    "\n",
    "/* The window of a tile in one channel: its columns, then its rows, to V. */\n",
    "static void input_task(size_t task, const __global float *input, __global float *workspace)\n",
    "{\n",
    "    const int tile = (int)task % 392;\n",
    "    const int channel = (int)task / 392;\n",
    "    const int n = tile / 49;\n",
    "    const int th = tile / 7 % 7;\n",
    "    const int tw = tile % 7;\n",
    "    const int ih = th * 4 - 1;\n",
    "    const int iw = tw * 4 - 1;\n",
    "    const int from = n * 100352 + channel * 784 + ih * 28 + iw;\n",
    "    const int to = channel * 392 + tile;\n",
    "    float c0_0, c0_1, c0_2, c0_3, c0_4, c0_5;\n",
    "    float c1_0, c1_1, c1_2, c1_3, c1_4, c1_5;\n",
    "    float c2_0, c2_1, c2_2, c2_3, c2_4, c2_5;\n",
    "    float c3_0, c3_1, c3_2, c3_3, c3_4, c3_5;\n",
    "    float c4_0, c4_1, c4_2, c4_3, c4_4, c4_5;\n",
    "    float c5_0, c5_1, c5_2, c5_3, c5_4, c5_5;\n",
    "    { /* column 0 */\n",
    "        const float x0 = (uint)ih < 28 && (uint)iw < 28 \? input[from] : 0.0f;\n",
    "        const float x1 = (uint)iw < 28 \? input[from + 28] : 0.0f;\n",
    "        const float x2 = (uint)iw < 28 \? input[from + 56] : 0.0f;\n",
    "        const float x3 = (uint)iw < 28 \? input[from + 84] : 0.0f;\n",
    "        const float x4 = (uint)iw < 28 \? input[from + 112] : 0.0f;\n",
    "        const float x5 = (uint)(ih + 5) < 28 && (uint)iw < 28 \? input[from + 140] : 0.0f;\n",
    "        const float t0 = x3 * 5.0f + x2;\n",
    "        const float t1 = x4 - x1;\n",
    "        const float t2 = t0 * 0.5f + t1;\n",
    "        const float t3 = x2 * -2.5f + x1;\n",
    "        const float t4 = x3 * 0.5f + x4;\n",
    "        const float t5 = t3 + t4;\n",
    "        const float t6 = x2 * -2.0f + x0;\n",
    "        const float t7 = x1 - x3;\n",
    "        const float t8 = t7 * -1.5f + x4;\n",
    "        const float t9 = t6 + t8;\n",
    "        const float t10 = x3 * -2.0f + x1;\n",
    "        const float t11 = x4 - x2;\n",
    "        const float t12 = t11 * 1.5f + x5;\n",
    "        const float t13 = t10 + t12;\n",
    "        const float t14 = t7 * -2.0f + t11;\n",
    "        const float t15 = t7 * 0.5f + t11;\n",
    "        c0_0 = t9;\n",
    "        c1_0 = t2;\n",
    "        c2_0 = t5;\n",
    "        c3_0 = t14;\n",
    "        c4_0 = t15;\n",
    "        c5_0 = t13;\n",
    "    }\n",
    "    { /* column 1 */\n",
    "        const float x0 = (uint)ih < 28 \? input[from + 1] : 0.0f;\n",
    "        const float x1 = input[from + 29];\n",
    "        const float x2 = input[from + 57];\n",
    "        const float x3 = input[from + 85];\n",
    "        const float x4 = input[from + 113];\n",
    "        const float x5 = (uint)(ih + 5) < 28 \? input[from + 141] : 0.0f;\n",
    "        const float t0 = x3 * 5.0f + x2;\n",
    "        const float t1 = x4 - x1;\n",
    "        const float t2 = t0 * 0.5f + t1;\n",
    "        const float t3 = x2 * -2.5f + x1;\n",
    "        const float t4 = x3 * 0.5f + x4;\n",
    "        const float t5 = t3 + t4;\n",
    "        const float t6 = x2 * -2.0f + x0;\n",
    "        const float t7 = x1 - x3;\n",
    "        const float t8 = t7 * -1.5f + x4;\n",
    "        const float t9 = t6 + t8;\n",
    "        const float t10 = x3 * -2.0f + x1;\n",
    "        const float t11 = x4 - x2;\n",
    "        const float t12 = t11 * 1.5f + x5;\n",
    "        const float t13 = t10 + t12;\n",
    "        const float t14 = t7 * -2.0f + t11;\n",
    "        const float t15 = t7 * 0.5f + t11;\n",
    "        c0_1 = t9;\n",
    "        c1_1 = t2;\n",
    "        c2_1 = t5;\n",
    "        c3_1 = t14;\n",
    "        c4_1 = t15;\n",
    "        c5_1 = t13;\n",
    "    }\n",
    "    { /* column 2 */\n",
    "        const float x0 = (uint)ih < 28 \? input[from + 2] : 0.0f;\n",
    "        const float x1 = input[from + 30];\n",
    "        const float x2 = input[from + 58];\n",
    "        const float x3 = input[from + 86];\n",
    "        const float x4 = input[from + 114];\n",
    "        const float x5 = (uint)(ih + 5) < 28 \? input[from + 142] : 0.0f;\n",
    "        const float t0 = x3 * 5.0f + x2;\n",
    "        const float t1 = x4 - x1;\n",
    "        const float t2 = t0 * 0.5f + t1;\n",
    "        const float t3 = x2 * -2.5f + x1;\n",
    "        const float t4 = x3 * 0.5f + x4;\n",
    "        const float t5 = t3 + t4;\n",
    "        const float t6 = x2 * -2.0f + x0;\n",
    "        const float t7 = x1 - x3;\n",
    "        const float t8 = t7 * -1.5f + x4;\n",
    "        const float t9 = t6 + t8;\n",
    "        const float t10 = x3 * -2.0f + x1;\n",
    "        const float t11 = x4 - x2;\n",
    "        const float t12 = t11 * 1.5f + x5;\n",
    "        const float t13 = t10 + t12;\n",
    "        const float t14 = t7 * -2.0f + t11;\n",
    "        const float t15 = t7 * 0.5f + t11;\n",
    "        c0_2 = t9;\n",
    "        c1_2 = t2;\n",
    "        c2_2 = t5;\n",
    "        c3_2 = t14;\n",
    "        c4_2 = t15;\n",
    "        c5_2 = t13;\n",
    "    }\n",
    "    { /* column 3 */\n",
    "        const float x0 = (uint)ih < 28 \? input[from + 3] : 0.0f;\n",
    "        const float x1 = input[from + 31];\n",
    "        const float x2 = input[from + 59];\n",
    "        const float x3 = input[from + 87];\n",
    "        const float x4 = input[from + 115];\n",
    "        const float x5 = (uint)(ih + 5) < 28 \? input[from + 143] : 0.0f;\n",
    "        const float t0 = x3 * 5.0f + x2;\n",
    "        const float t1 = x4 - x1;\n",
    "        const float t2 = t0 * 0.5f + t1;\n",
    "        const float t3 = x2 * -2.5f + x1;\n",
    "        const float t4 = x3 * 0.5f + x4;\n",
    "        const float t5 = t3 + t4;\n",
    "        const float t6 = x2 * -2.0f + x0;\n",
    "        const float t7 = x1 - x3;\n",
    "        const float t8 = t7 * -1.5f + x4;\n",
    "        const float t9 = t6 + t8;\n",
    "        const float t10 = x3 * -2.0f + x1;\n",
    "        const float t11 = x4 - x2;\n",
    "        const float t12 = t11 * 1.5f + x5;\n",
    "        const float t13 = t10 + t12;\n",
    "        const float t14 = t7 * -2.0f + t11;\n",
    "        const float t15 = t7 * 0.5f + t11;\n",
    "        c0_3 = t9;\n",
    "        c1_3 = t2;\n",
    "        c2_3 = t5;\n",
    "        c3_3 = t14;\n",
    "        c4_3 = t15;\n",
    "        c5_3 = t13;\n",
    "    }\n",
    "    { /* column 4 */\n",
    "        const float x0 = (uint)ih < 28 \? input[from + 4] : 0.0f;\n",
    "        const float x1 = input[from + 32];\n",
    "        const float x2 = input[from + 60];\n",
    "        const float x3 = input[from + 88];\n",
    "        const float x4 = input[from + 116];\n",
    "        const float x5 = (uint)(ih + 5) < 28 \? input[from + 144] : 0.0f;\n",
    "        const float t0 = x3 * 5.0f + x2;\n",
    "        const float t1 = x4 - x1;\n",
    "        const float t2 = t0 * 0.5f + t1;\n",
    "        const float t3 = x2 * -2.5f + x1;\n",
    "        const float t4 = x3 * 0.5f + x4;\n",
    "        const float t5 = t3 + t4;\n",
    "        const float t6 = x2 * -2.0f + x0;\n",
    "        const float t7 = x1 - x3;\n",
    "        const float t8 = t7 * -1.5f + x4;\n",
    "        const float t9 = t6 + t8;\n",
    "        const float t10 = x3 * -2.0f + x1;\n",
    "        const float t11 = x4 - x2;\n",
    "        const float t12 = t11 * 1.5f + x5;\n",
    "        const float t13 = t10 + t12;\n",
    "        const float t14 = t7 * -2.0f + t11;\n",
    "        const float t15 = t7 * 0.5f + t11;\n",
    "        c0_4 = t9;\n",
    "        c1_4 = t2;\n",
    "        c2_4 = t5;\n",
    "        c3_4 = t14;\n",
    "        c4_4 = t15;\n",
    "        c5_4 = t13;\n",
    "    }\n",
    "    { /* column 5 */\n",
    "        const float x0 = (uint)ih < 28 && (uint)(iw + 5) < 28 \? input[from + 5] : 0.0f;\n",
    "        const float x1 = (uint)(iw + 5) < 28 \? input[from + 33] : 0.0f;\n",
    "        const float x2 = (uint)(iw + 5) < 28 \? input[from + 61] : 0.0f;\n",
    "        const float x3 = (uint)(iw + 5) < 28 \? input[from + 89] : 0.0f;\n",
    "        const float x4 = (uint)(iw + 5) < 28 \? input[from + 117] : 0.0f;\n",
    "        const float x5 = (uint)(ih + 5) < 28 && (uint)(iw + 5) < 28 \? input[from + 145] : 0.0f;\n",
    "        const float t0 = x3 * 5.0f + x2;\n",
    "        const float t1 = x4 - x1;\n",
    "        const float t2 = t0 * 0.5f + t1;\n",
    "        const float t3 = x2 * -2.5f + x1;\n",
    "        const float t4 = x3 * 0.5f + x4;\n",
    "        const float t5 = t3 + t4;\n",
    "        const float t6 = x2 * -2.0f + x0;\n",
    "        const float t7 = x1 - x3;\n",
    "        const float t8 = t7 * -1.5f + x4;\n",
    "        const float t9 = t6 + t8;\n",
    "        const float t10 = x3 * -2.0f + x1;\n",
    "        const float t11 = x4 - x2;\n",
    "        const float t12 = t11 * 1.5f + x5;\n",
    "        const float t13 = t10 + t12;\n",
    "        const float t14 = t7 * -2.0f + t11;\n",
    "        const float t15 = t7 * 0.5f + t11;\n",
    "        c0_5 = t9;\n",
    "        c1_5 = t2;\n",
    "        c2_5 = t5;\n",
    "        c3_5 = t14;\n",
    "        c4_5 = t15;\n",
    "        c5_5 = t13;\n",
    "    }\n",
    "    { /* row 0 */\n",
    "        const float x0 = c0_0;\n",
    "        const float x1 = c0_1;\n",
    "        const float x2 = c0_2;\n",
    "        const float x3 = c0_3;\n",
    "        const float x4 = c0_4;\n",
    "        const float x5 = c0_5;\n",
    "        const float t0 = x3 * 5.0f + x2;\n",
    "        const float t1 = x4 - x1;\n",
    "        const float t2 = t0 * 0.5f + t1;\n",
    "        const float t3 = x2 * -2.5f + x1;\n",
    "        const float t4 = x3 * 0.5f + x4;\n",
    "        const float t5 = t3 + t4;\n",
    "        const float t6 = x2 * -2.0f + x0;\n",
    "        const float t7 = x1 - x3;\n",
    "        const float t8 = t7 * -1.5f + x4;\n",
    "        const float t9 = t6 + t8;\n",
    "        const float t10 = x3 * -2.0f + x1;\n",
    "        const float t11 = x4 - x2;\n",
    "        const float t12 = t11 * 1.5f + x5;\n",
    "        const float t13 = t10 + t12;\n",
    "        const float t14 = t7 * -2.0f + t11;\n",
    "        const float t15 = t7 * 0.5f + t11;\n",
    "        workspace[to] = t9;\n",
    "        workspace[to + 50176] = t2;\n",
    "        workspace[to + 100352] = t5;\n",
    "        workspace[to + 150528] = t14;\n",
    "        workspace[to + 200704] = t15;\n",
    "        workspace[to + 250880] = t13;\n",
    "    }\n",
    "    { /* row 1 */\n",
    "        const float x0 = c1_0;\n",
    "        const float x1 = c1_1;\n",
    "        const float x2 = c1_2;\n",
    "        const float x3 = c1_3;\n",
    "        const float x4 = c1_4;\n",
    "        const float x5 = c1_5;\n",
    "        const float t0 = x3 * 5.0f + x2;\n",
    "        const float t1 = x4 - x1;\n",
    "        const float t2 = t0 * 0.5f + t1;\n",
    "        const float t3 = x2 * -2.5f + x1;\n",
    "        const float t4 = x3 * 0.5f + x4;\n",
    "        const float t5 = t3 + t4;\n",
    "        const float t6 = x2 * -2.0f + x0;\n",
    "        const float t7 = x1 - x3;\n",
    "        const float t8 = t7 * -1.5f + x4;\n",
    "        const float t9 = t6 + t8;\n",
    "        const float t10 = x3 * -2.0f + x1;\n",
    "        const float t11 = x4 - x2;\n",
    "        const float t12 = t11 * 1.5f + x5;\n",
    "        const float t13 = t10 + t12;\n",
    "        const float t14 = t7 * -2.0f + t11;\n",
    "        const float t15 = t7 * 0.5f + t11;\n",
    "        workspace[to + 301056] = t9;\n",
    "        workspace[to + 351232] = t2;\n",
    "        workspace[to + 401408] = t5;\n",
    "        workspace[to + 451584] = t14;\n",
    "        workspace[to + 501760] = t15;\n",
    "        workspace[to + 551936] = t13;\n",
    "    }\n",
    "    { /* row 2 */\n",
    "        const float x0 = c2_0;\n",
    "        const float x1 = c2_1;\n",
    "        const float x2 = c2_2;\n",
    "        const float x3 = c2_3;\n",
    "        const float x4 = c2_4;\n",
    "        const float x5 = c2_5;\n",
    "        const float t0 = x3 * 5.0f + x2;\n",
    "        const float t1 = x4 - x1;\n",
    "        const float t2 = t0 * 0.5f + t1;\n",
    "        const float t3 = x2 * -2.5f + x1;\n",
    "        const float t4 = x3 * 0.5f + x4;\n",
    "        const float t5 = t3 + t4;\n",
    "        const float t6 = x2 * -2.0f + x0;\n",
    "        const float t7 = x1 - x3;\n",
    "        const float t8 = t7 * -1.5f + x4;\n",
    "        const float t9 = t6 + t8;\n",
    "        const float t10 = x3 * -2.0f + x1;\n",
    "        const float t11 = x4 - x2;\n",
    "        const float t12 = t11 * 1.5f + x5;\n",
    "        const float t13 = t10 + t12;\n",
    "        const float t14 = t7 * -2.0f + t11;\n",
    "        const float t15 = t7 * 0.5f + t11;\n",
    "        workspace[to + 602112] = t9;\n",
    "        workspace[to + 652288] = t2;\n",
    "        workspace[to + 702464] = t5;\n",
    "        workspace[to + 752640] = t14;\n",
    "        workspace[to + 802816] = t15;\n",
    "        workspace[to + 852992] = t13;\n",
    "    }\n",
    "    { /* row 3 */\n",
    "        const float x0 = c3_0;\n",
    "        const float x1 = c3_1;\n",
    "        const float x2 = c3_2;\n",
    "        const float x3 = c3_3;\n",
    "        const float x4 = c3_4;\n",
    "        const float x5 = c3_5;\n",
    "        const float t0 = x3 * 5.0f + x2;\n",
    "        const float t1 = x4 - x1;\n",
    "        const float t2 = t0 * 0.5f + t1;\n",
    "        const float t3 = x2 * -2.5f + x1;\n",
    "        const float t4 = x3 * 0.5f + x4;\n",
    "        const float t5 = t3 + t4;\n",
    "        const float t6 = x2 * -2.0f + x0;\n",
    "        const float t7 = x1 - x3;\n",
    "        const float t8 = t7 * -1.5f + x4;\n",
    "        const float t9 = t6 + t8;\n",
    "        const float t10 = x3 * -2.0f + x1;\n",
    "        const float t11 = x4 - x2;\n",
    "        const float t12 = t11 * 1.5f + x5;\n",
    "        const float t13 = t10 + t12;\n",
    "        const float t14 = t7 * -2.0f + t11;\n",
    "        const float t15 = t7 * 0.5f + t11;\n",
    "        workspace[to + 903168] = t9;\n",
    "        workspace[to + 953344] = t2;\n",
    "        workspace[to + 1003520] = t5;\n",
    "        workspace[to + 1053696] = t14;\n",
    "        workspace[to + 1103872] = t15;\n",
    "        workspace[to + 1154048] = t13;\n",
    "    }\n",
    "    { /* row 4 */\n",
    "        const float x0 = c4_0;\n",
    "        const float x1 = c4_1;\n",
    "        const float x2 = c4_2;\n",
    "        const float x3 = c4_3;\n",
    "        const float x4 = c4_4;\n",
    "        const float x5 = c4_5;\n",
    "        const float t0 = x3 * 5.0f + x2;\n",
    "        const float t1 = x4 - x1;\n",
    "        const float t2 = t0 * 0.5f + t1;\n",
    "        const float t3 = x2 * -2.5f + x1;\n",
    "        const float t4 = x3 * 0.5f + x4;\n",
    "        const float t5 = t3 + t4;\n",
    "        const float t6 = x2 * -2.0f + x0;\n",
    "        const float t7 = x1 - x3;\n",
    "        const float t8 = t7 * -1.5f + x4;\n",
    "        const float t9 = t6 + t8;\n",
    "        const float t10 = x3 * -2.0f + x1;\n",
    "        const float t11 = x4 - x2;\n",
    "        const float t12 = t11 * 1.5f + x5;\n",
    "        const float t13 = t10 + t12;\n",
    "        const float t14 = t7 * -2.0f + t11;\n",
    "        const float t15 = t7 * 0.5f + t11;\n",
    "        workspace[to + 1204224] = t9;\n",
    "        workspace[to + 1254400] = t2;\n",
    "        workspace[to + 1304576] = t5;\n",
    "        workspace[to + 1354752] = t14;\n",
    "        workspace[to + 1404928] = t15;\n",
    "        workspace[to + 1455104] = t13;\n",
    "    }\n",
    "    { /* row 5 */\n",
    "        const float x0 = c5_0;\n",
    "        const float x1 = c5_1;\n",
    "        const float x2 = c5_2;\n",
    "        const float x3 = c5_3;\n",
    "        const float x4 = c5_4;\n",
    "        const float x5 = c5_5;\n",
    "        const float t0 = x3 * 5.0f + x2;\n",
    "        const float t1 = x4 - x1;\n",
    "        const float t2 = t0 * 0.5f + t1;\n",
    "        const float t3 = x2 * -2.5f + x1;\n",
    "        const float t4 = x3 * 0.5f + x4;\n",
    "        const float t5 = t3 + t4;\n",
    "        const float t6 = x2 * -2.0f + x0;\n",
    "        const float t7 = x1 - x3;\n",
    "        const float t8 = t7 * -1.5f + x4;\n",
    "        const float t9 = t6 + t8;\n",
    "        const float t10 = x3 * -2.0f + x1;\n",
    "        const float t11 = x4 - x2;\n",
    "        const float t12 = t11 * 1.5f + x5;\n",
    "        const float t13 = t10 + t12;\n",
    "        const float t14 = t7 * -2.0f + t11;\n",
    "        const float t15 = t7 * 0.5f + t11;\n",
    "        workspace[to + 1505280] = t9;\n",
    "        workspace[to + 1555456] = t2;\n",
    "        workspace[to + 1605632] = t5;\n",
    "        workspace[to + 1655808] = t14;\n",
    "        workspace[to + 1705984] = t15;\n",
    "        workspace[to + 1756160] = t13;\n",
    "    }\n",
    "}\n",
    "\n",
    "/* G along an axis: integers over a divisor. */\n",
    "__constant float g_h[6][3] = {\n",
    "    {1.0f, 0.0f, 0.0f},\n",
    "    {1.0f, 1.0f, 1.0f},\n",
    "    {-1.0f, 1.0f, -1.0f},\n",
    "    {-16.0f, -8.0f, -4.0f},\n",
    "    {1.0f, -2.0f, 4.0f},\n",
    "    {0.0f, 0.0f, 1.0f},\n",
    "};\n",
    "__constant float over_g_h[6] = {1.0f, 3.0f, 3.0f, 15.0f, 15.0f, 1.0f};\n",
    "\n",
    "/* G along an axis: integers over a divisor. */\n",
    "__constant float g_w[6][3] = {\n",
    "    {1.0f, 0.0f, 0.0f},\n",
    "    {1.0f, 1.0f, 1.0f},\n",
    "    {-1.0f, 1.0f, -1.0f},\n",
    "    {-16.0f, -8.0f, -4.0f},\n",
    "    {1.0f, -2.0f, 4.0f},\n",
    "    {0.0f, 0.0f, 1.0f},\n",
    "};\n",
    "__constant float over_g_w[6] = {1.0f, 3.0f, 3.0f, 15.0f, 15.0f, 1.0f};\n",
    "\n",
    "/* [position][panel][input channel][output channel], zero beyond the last; any number of items share the pairs of\n",
    "   channels. Sums are of two floats each, high + low, as if of twice the precision. */\n",
    "__kernel void conv_f32_nchw_3x3s1p1_n8_128x28x28_128_pack(const __global float *weights, const __global float *bias, __global float *packed)\n",
    "{\n",
    "#pragma OPENCL FP_CONTRACT OFF\n",
    "    for (size_t at = get_global_id(0); at < 16384; at += get_global_size(0)) {\n",
    "        const int row = (int)at / 128;\n",
    "        const int panel = row / 128;\n",
    "        const int ic = row % 128;\n",
    "        const int in_group = (int)at % 128;\n",
    "        const int oc = in_group;\n",
    "        float taps[3][3];\n",
    "        for (int kh = 0; kh < 3; ++kh) {\n",
    "            for (int kw = 0; kw < 3; ++kw) {\n",
    "                taps[kh][kw] = in_group < 128 && ic < 128 \? weights[oc * 1152 + ic * 9 + kh * 3 + kw] : 0.0f;\n",
    "            }\n",
    "        }\n",
    "        for (int p = 0; p < 36; ++p) {\n",
    "            const int i = p / 6;\n",
    "            const int j = p % 6;\n",
    "            float high = 0.0f;\n",
    "            float low = 0.0f;\n",
    "            for (int kh = 0; kh < 3; ++kh) {\n",
    "                for (int kw = 0; kw < 3; ++kw) {\n",
    "                    const float factor = g_h[i][kh] * g_w[j][kw];\n",
    "                    const float weight = taps[kh][kw];\n",
    "                    const float term = factor * weight;\n",
    "                    const float sum = high + term;\n",
    "                    const float taken = sum - high; /* of the term, by the sum */\n",
    "                    low += (high - (sum - taken)) + (term - taken) + fma(factor, weight, -term);\n",
    "                    high = sum;\n",
    "                }\n",
    "            }\n",
    "            const float divisor = over_g_h[i] * over_g_w[j];\n",
    "            const float u = high / divisor;\n",
    "            packed[p * 16384 + at] = u + (fma(-u, divisor, high) + low) / divisor;\n",
    "        }\n",
    "    }\n",
    "    for (size_t oc = get_global_id(0); oc < 128; oc += get_global_size(0)) {\n",
    "        packed[589824 + oc] = bias[oc];\n",
    "    }\n",
    "}\n",
    "\n",
    "/* A tile of 64 pixels x 128 channels by a work-group of 128.\n",
    "   Inlined: what another function than the kernel knows of `shared`, PoCL 3.1 has all work-groups share. */\n",
    "static inline __attribute__((always_inline)) void compute_task(size_t task, const __global float *input, const __global float *packed, __global float *output, __local float *shared)\n",
    "{\n",
    "    const int item = (int)get_local_id(0);\n",
    "    const int across = item % 8;\n",
    "    const int down = item / 8;\n",
    "    const int tile = (int)task % 7 * 64; /* its first pixel */\n",
    "    const int panel = (int)task / 7; /* of all groups' channels */\n",
    "    const int g = panel;\n",
    "    const int oc0 = 0; /* the panel's first channel, in its group */\n",
    "    const __global float *weights = packed + panel * 16384;\n",
    "    const int pixel0 = item % 64;\n",
    "    const int term0 = item / 64;\n",
    "    const int term1 = item / 64 + 2;\n",
    "    const int term2 = item / 64 + 4;\n",
    "    const int term3 = item / 64 + 6;\n",
    "    const int term4 = item / 64 + 8;\n",
    "    const int term5 = item / 64 + 10;\n",
    "    const int term6 = item / 64 + 12;\n",
    "    const int term7 = item / 64 + 14;\n",
    "    const int p0 = min(tile + pixel0, 391);\n",
    "    const int iw0 = (p0);\n",
    "    const int at0 = g * 50176 + iw0;\n",
    "    float x0;\n",
    "    float x1;\n",
    "    float x2;\n",
    "    float x3;\n",
    "    float x4;\n",
    "    float x5;\n",
    "    float x6;\n",
    "    float x7;\n",
    "    float4 w0;\n",
    "    float4 w1;\n",
    "    float4 w2;\n",
    "    float4 w3;\n",
    "    float4 acc0_0 = (float4)(0.0f);\n",
    "    float4 acc0_1 = (float4)(0.0f);\n",
    "    float4 acc1_0 = (float4)(0.0f);\n",
    "    float4 acc1_1 = (float4)(0.0f);\n",
    "    float4 acc2_0 = (float4)(0.0f);\n",
    "    float4 acc2_1 = (float4)(0.0f);\n",
    "    float4 acc3_0 = (float4)(0.0f);\n",
    "    float4 acc3_1 = (float4)(0.0f);\n",
    "    float4 acc4_0 = (float4)(0.0f);\n",
    "    float4 acc4_1 = (float4)(0.0f);\n",
    "    float4 acc5_0 = (float4)(0.0f);\n",
    "    float4 acc5_1 = (float4)(0.0f);\n",
    "    float4 acc6_0 = (float4)(0.0f);\n",
    "    float4 acc6_1 = (float4)(0.0f);\n",
    "    float4 acc7_0 = (float4)(0.0f);\n",
    "    float4 acc7_1 = (float4)(0.0f);\n",
    "    {\n",
    "        const int all = 0;\n",
    "        const int tap = all / 128;\n",
    "        const int step = all % 128 * 392;\n",
    "        x0 = input[at0 + step + term0 * 392];\n",
    "        x1 = input[at0 + step + term1 * 392];\n",
    "        x2 = input[at0 + step + term2 * 392];\n",
    "        x3 = input[at0 + step + term3 * 392];\n",
    "        x4 = input[at0 + step + term4 * 392];\n",
    "        x5 = input[at0 + step + term5 * 392];\n",
    "        x6 = input[at0 + step + term6 * 392];\n",
    "        x7 = input[at0 + step + term7 * 392];\n",
    "        w0 = *(const __global float4 *)(weights + (item * 4));\n",
    "        w1 = *(const __global float4 *)(weights + (item * 4 + 512));\n",
    "        w2 = *(const __global float4 *)(weights + (item * 4 + 1024));\n",
    "        w3 = *(const __global float4 *)(weights + (item * 4 + 1536));\n",
    "    }\n",
    "    shared[term0 * 68 + pixel0] = x0;\n",
    "    shared[term1 * 68 + pixel0] = x1;\n",
    "    shared[term2 * 68 + pixel0] = x2;\n",
    "    shared[term3 * 68 + pixel0] = x3;\n",
    "    shared[term4 * 68 + pixel0] = x4;\n",
    "    shared[term5 * 68 + pixel0] = x5;\n",
    "    shared[term6 * 68 + pixel0] = x6;\n",
    "    shared[term7 * 68 + pixel0] = x7;\n",
    "    *(__local float4 *)(shared + (item * 4 + 1088)) = w0;\n",
    "    *(__local float4 *)(shared + (item * 4 + 1600)) = w1;\n",
    "    *(__local float4 *)(shared + (item * 4 + 2112)) = w2;\n",
    "    *(__local float4 *)(shared + (item * 4 + 2624)) = w3;\n",
    "    barrier(CLK_LOCAL_MEM_FENCE);\n",
    "    /* 16 terms at a time: the next ones are on their way while these are multiplied */\n",
    "    for (int c = 0; c < 8; ++c) {\n",
    "        const __local float *now = shared + c % 2 * 3136;\n",
    "        if (c < 7) {\n",
    "            const int all = (c + 1) * 16;\n",
    "            const int tap = all / 128;\n",
    "            const int step = all % 128 * 392;\n",
    "            x0 = input[at0 + step + term0 * 392];\n",
    "            x1 = input[at0 + step + term1 * 392];\n",
    "            x2 = input[at0 + step + term2 * 392];\n",
    "            x3 = input[at0 + step + term3 * 392];\n",
    "            x4 = input[at0 + step + term4 * 392];\n",
    "            x5 = input[at0 + step + term5 * 392];\n",
    "            x6 = input[at0 + step + term6 * 392];\n",
    "            x7 = input[at0 + step + term7 * 392];\n",
    "            w0 = *(const __global float4 *)(weights + ((c + 1) * 2048 + item * 4));\n",
    "            w1 = *(const __global float4 *)(weights + ((c + 1) * 2048 + item * 4 + 512));\n",
    "            w2 = *(const __global float4 *)(weights + ((c + 1) * 2048 + item * 4 + 1024));\n",
    "            w3 = *(const __global float4 *)(weights + ((c + 1) * 2048 + item * 4 + 1536));\n",
    "        }\n",
    "        const __local float *r = now + (down * 4 + 1088);\n",
    "        const __local float *v = now + (across * 4);\n",
    "        #pragma unroll\n",
    "        for (int k = 0; k < 16; ++k) {\n",
    "            const float4 v0 = *(const __local float4 *)(v);\n",
    "            const float4 v1 = *(const __local float4 *)(v + 32);\n",
    "            const float4 r0 = *(const __local float4 *)(r);\n",
    "            const float4 r1 = *(const __local float4 *)(r + 64);\n",
    "            acc0_0 = r0.s0 * v0 + acc0_0;\n",
    "            acc0_1 = r0.s0 * v1 + acc0_1;\n",
    "            acc1_0 = r0.s1 * v0 + acc1_0;\n",
    "            acc1_1 = r0.s1 * v1 + acc1_1;\n",
    "            acc2_0 = r0.s2 * v0 + acc2_0;\n",
    "            acc2_1 = r0.s2 * v1 + acc2_1;\n",
    "            acc3_0 = r0.s3 * v0 + acc3_0;\n",
    "            acc3_1 = r0.s3 * v1 + acc3_1;\n",
    "            acc4_0 = r1.s0 * v0 + acc4_0;\n",
    "            acc4_1 = r1.s0 * v1 + acc4_1;\n",
    "            acc5_0 = r1.s1 * v0 + acc5_0;\n",
    "            acc5_1 = r1.s1 * v1 + acc5_1;\n",
    "            acc6_0 = r1.s2 * v0 + acc6_0;\n",
    "            acc6_1 = r1.s2 * v1 + acc6_1;\n",
    "            acc7_0 = r1.s3 * v0 + acc7_0;\n",
    "            acc7_1 = r1.s3 * v1 + acc7_1;\n",
    "            r += 128;\n",
    "            v += 68;\n",
    "        }\n",
    "        if (c < 7) {\n",
    "            __local float *next = shared + (c + 1) % 2 * 3136;\n",
    "            next[term0 * 68 + pixel0] = x0;\n",
    "            next[term1 * 68 + pixel0] = x1;\n",
    "            next[term2 * 68 + pixel0] = x2;\n",
    "            next[term3 * 68 + pixel0] = x3;\n",
    "            next[term4 * 68 + pixel0] = x4;\n",
    "            next[term5 * 68 + pixel0] = x5;\n",
    "            next[term6 * 68 + pixel0] = x6;\n",
    "            next[term7 * 68 + pixel0] = x7;\n",
    "            *(__local float4 *)(next + (item * 4 + 1088)) = w0;\n",
    "            *(__local float4 *)(next + (item * 4 + 1600)) = w1;\n",
    "            *(__local float4 *)(next + (item * 4 + 2112)) = w2;\n",
    "            *(__local float4 *)(next + (item * 4 + 2624)) = w3;\n",
    "        }\n",
    "        barrier(CLK_LOCAL_MEM_FENCE);\n",
    "    }\n",
    "    {\n",
    "        const int oc = oc0 + down * 4;\n",
    "        const size_t channel = (size_t)(oc + g * 128) * 392;\n",
    "        const int end = oc < 128 \? 392 : 0;\n",
    "        {\n",
    "            const int p = tile + across * 4;\n",
    "            if (p < end) {\n",
    "                const size_t at0 = channel + p;\n",
    "\n",
    "                *(__global float4 *)(output + at0) = acc0_0;\n",
    "            }\n",
    "        }\n",
    "        {\n",
    "            const int p = tile + across * 4 + 32;\n",
    "            if (p < end) {\n",
    "                const size_t at0 = channel + p;\n",
    "\n",
    "                *(__global float4 *)(output + at0) = acc0_1;\n",
    "            }\n",
    "        }\n",
    "    }\n",
    "    {\n",
    "        const int oc = oc0 + down * 4 + 1;\n",
    "        const size_t channel = (size_t)(oc + g * 128) * 392;\n",
    "        const int end = oc < 128 \? 392 : 0;\n",
    "        {\n",
    "            const int p = tile + across * 4;\n",
    "            if (p < end) {\n",
    "                const size_t at0 = channel + p;\n",
    "\n",
    "                *(__global float4 *)(output + at0) = acc1_0;\n",
    "            }\n",
    "        }\n",
    "        {\n",
    "            const int p = tile + across * 4 + 32;\n",
    "            if (p < end) {\n",
    "                const size_t at0 = channel + p;\n",
    "\n",
    "                *(__global float4 *)(output + at0) = acc1_1;\n",
    "            }\n",
    "        }\n",
    "    }\n",
    "    {\n",
    "        const int oc = oc0 + down * 4 + 2;\n",
    "        const size_t channel = (size_t)(oc + g * 128) * 392;\n",
    "        const int end = oc < 128 \? 392 : 0;\n",
    "        {\n",
    "            const int p = tile + across * 4;\n",
    "            if (p < end) {\n",
    "                const size_t at0 = channel + p;\n",
    "\n",
    "                *(__global float4 *)(output + at0) = acc2_0;\n",
    "            }\n",
    "        }\n",
    "        {\n",
    "            const int p = tile + across * 4 + 32;\n",
    "            if (p < end) {\n",
    "                const size_t at0 = channel + p;\n",
    "\n",
    "                *(__global float4 *)(output + at0) = acc2_1;\n",
    "            }\n",
    "        }\n",
    "    }\n",
    "    {\n",
    "        const int oc = oc0 + down * 4 + 3;\n",
    "        const size_t channel = (size_t)(oc + g * 128) * 392;\n",
    "        const int end = oc < 128 \? 392 : 0;\n",
    "        {\n",
    "            const int p = tile + across * 4;\n",
    "            if (p < end) {\n",
    "                const size_t at0 = channel + p;\n",
    "\n",
    "                *(__global float4 *)(output + at0) = acc3_0;\n",
    "            }\n",
    "        }\n",
    "        {\n",
    "            const int p = tile + across * 4 + 32;\n",
    "            if (p < end) {\n",
    "                const size_t at0 = channel + p;\n",
    "\n",
    "                *(__global float4 *)(output + at0) = acc3_1;\n",
    "            }\n",
    "        }\n",
    "    }\n",
    "    {\n",
    "        const int oc = oc0 + down * 4 + 64;\n",
    "        const size_t channel = (size_t)(oc + g * 128) * 392;\n",
    "        const int end = oc < 128 \? 392 : 0;\n",
    "        {\n",
    "            const int p = tile + across * 4;\n",
    "            if (p < end) {\n",
    "                const size_t at0 = channel + p;\n",
    "\n",
    "                *(__global float4 *)(output + at0) = acc4_0;\n",
    "            }\n",
    "        }\n",
    "        {\n",
    "            const int p = tile + across * 4 + 32;\n",
    "            if (p < end) {\n",
    "                const size_t at0 = channel + p;\n",
    "\n",
    "                *(__global float4 *)(output + at0) = acc4_1;\n",
    "            }\n",
    "        }\n",
    "    }\n",
    "    {\n",
    "        const int oc = oc0 + down * 4 + 65;\n",
    "        const size_t channel = (size_t)(oc + g * 128) * 392;\n",
    "        const int end = oc < 128 \? 392 : 0;\n",
    "        {\n",
    "            const int p = tile + across * 4;\n",
    "            if (p < end) {\n",
    "                const size_t at0 = channel + p;\n",
    "\n",
    "                *(__global float4 *)(output + at0) = acc5_0;\n",
    "            }\n",
    "        }\n",
    "        {\n",
    "            const int p = tile + across * 4 + 32;\n",
    "            if (p < end) {\n",
    "                const size_t at0 = channel + p;\n",
    "\n",
    "                *(__global float4 *)(output + at0) = acc5_1;\n",
    "            }\n",
    "        }\n",
    "    }\n",
    "    {\n",
    "        const int oc = oc0 + down * 4 + 66;\n",
    "        const size_t channel = (size_t)(oc + g * 128) * 392;\n",
    "        const int end = oc < 128 \? 392 : 0;\n",
    "        {\n",
    "            const int p = tile + across * 4;\n",
    "            if (p < end) {\n",
    "                const size_t at0 = channel + p;\n",
    "\n",
    "                *(__global float4 *)(output + at0) = acc6_0;\n",
    "            }\n",
    "        }\n",
    "        {\n",
    "            const int p = tile + across * 4 + 32;\n",
    "            if (p < end) {\n",
    "                const size_t at0 = channel + p;\n",
    "\n",
    "                *(__global float4 *)(output + at0) = acc6_1;\n",
    "            }\n",
    "        }\n",
    "    }\n",
    "    {\n",
    "        const int oc = oc0 + down * 4 + 67;\n",
    "        const size_t channel = (size_t)(oc + g * 128) * 392;\n",
    "        const int end = oc < 128 \? 392 : 0;\n",
    "        {\n",
    "            const int p = tile + across * 4;\n",
    "            if (p < end) {\n",
    "                const size_t at0 = channel + p;\n",
    "\n",
    "                *(__global float4 *)(output + at0) = acc7_0;\n",
    "            }\n",
    "        }\n",
    "        {\n",
    "            const int p = tile + across * 4 + 32;\n",
    "            if (p < end) {\n",
    "                const size_t at0 = channel + p;\n",
    "\n",
    "                *(__global float4 *)(output + at0) = acc7_1;\n",
    "            }\n",
    "        }\n",
    "    }\n",
    "}\n",
    "\n",
    "/* A tile of one channel from M: its columns, then its rows, to the output. */\n",
    "static void output_task(size_t task, const __global float *packed, __global float *output, const __global float *workspace)\n",
    "{\n",
    "    const __global float *m = workspace + 1806336;\n",
    "    const int tile = (int)task % 392;\n",
    "    const int channel = (int)task / 392;\n",
    "    const int n = tile / 49;\n",
    "    const int th = tile / 7 % 7;\n",
    "    const int tw = tile % 7;\n",
    "    const int oh = th * 4;\n",
    "    const int ow = tw * 4;\n",
    "    const int from = channel * 392 + tile;\n",
    "    const int to = n * 100352 + channel * 784 + oh * 28 + ow;\n",
    "    const float bias = packed[589824 + channel];\n",
    "    float c0_0, c0_1, c0_2, c0_3, c0_4, c0_5;\n",
    "    float c1_0, c1_1, c1_2, c1_3, c1_4, c1_5;\n",
    "    float c2_0, c2_1, c2_2, c2_3, c2_4, c2_5;\n",
    "    float c3_0, c3_1, c3_2, c3_3, c3_4, c3_5;\n",
    "    { /* column 0 */\n",
    "        const float x0 = m[from];\n",
    "        const float x1 = m[from + 301056];\n",
    "        const float x2 = m[from + 602112];\n",
    "        const float x3 = m[from + 903168];\n",
    "        const float x4 = m[from + 1204224];\n",
    "        const float x5 = m[from + 1505280];\n",
    "        const float t0 = x4 * -4.0f + x3;\n",
    "        const float t1 = x1 - x2;\n",
    "        const float t2 = t0 * 0.5f + t1;\n",
    "        const float t3 = x4 * 16.0f + x3;\n",
    "        const float t4 = x1 + x2;\n",
    "        const float t5 = t3 * 0.25f + t4;\n",
    "        const float t6 = x0 + x3;\n",
    "        const float t7 = x4 + t4;\n",
    "        const float t8 = t6 + t7;\n",
    "        const float t9 = x3 * 0.125f + x5;\n",
    "        const float t10 = x4 * -8.0f + t1;\n",
    "        const float t11 = t9 + t10;\n",
    "        c0_0 = t8;\n",
    "        c1_0 = t2;\n",
    "        c2_0 = t5;\n",
    "        c3_0 = t11;\n",
    "    }\n",
    "    { /* column 1 */\n",
    "        const float x0 = m[from + 50176];\n",
    "        const float x1 = m[from + 351232];\n",
    "        const float x2 = m[from + 652288];\n",
    "        const float x3 = m[from + 953344];\n",
    "        const float x4 = m[from + 1254400];\n",
    "        const float x5 = m[from + 1555456];\n",
    "        const float t0 = x4 * -4.0f + x3;\n",
    "        const float t1 = x1 - x2;\n",
    "        const float t2 = t0 * 0.5f + t1;\n",
    "        const float t3 = x4 * 16.0f + x3;\n",
    "        const float t4 = x1 + x2;\n",
    "        const float t5 = t3 * 0.25f + t4;\n",
    "        const float t6 = x0 + x3;\n",
    "        const float t7 = x4 + t4;\n",
    "        const float t8 = t6 + t7;\n",
    "        const float t9 = x3 * 0.125f + x5;\n",
    "        const float t10 = x4 * -8.0f + t1;\n",
    "        const float t11 = t9 + t10;\n",
    "        c0_1 = t8;\n",
    "        c1_1 = t2;\n",
    "        c2_1 = t5;\n",
    "        c3_1 = t11;\n",
    "    }\n",
    "    { /* column 2 */\n",
    "        const float x0 = m[from + 100352];\n",
    "        const float x1 = m[from + 401408];\n",
    "        const float x2 = m[from + 702464];\n",
    "        const float x3 = m[from + 1003520];\n",
    "        const float x4 = m[from + 1304576];\n",
    "        const float x5 = m[from + 1605632];\n",
    "        const float t0 = x4 * -4.0f + x3;\n",
    "        const float t1 = x1 - x2;\n",
    "        const float t2 = t0 * 0.5f + t1;\n",
    "        const float t3 = x4 * 16.0f + x3;\n",
    "        const float t4 = x1 + x2;\n",
    "        const float t5 = t3 * 0.25f + t4;\n",
    "        const float t6 = x0 + x3;\n",
    "        const float t7 = x4 + t4;\n",
    "        const float t8 = t6 + t7;\n",
    "        const float t9 = x3 * 0.125f + x5;\n",
    "        const float t10 = x4 * -8.0f + t1;\n",
    "        const float t11 = t9 + t10;\n",
    "        c0_2 = t8;\n",
    "        c1_2 = t2;\n",
    "        c2_2 = t5;\n",
    "        c3_2 = t11;\n",
    "    }\n",
    "    { /* column 3 */\n",
    "        const float x0 = m[from + 150528];\n",
    "        const float x1 = m[from + 451584];\n",
    "        const float x2 = m[from + 752640];\n",
    "        const float x3 = m[from + 1053696];\n",
    "        const float x4 = m[from + 1354752];\n",
    "        const float x5 = m[from + 1655808];\n",
    "        const float t0 = x4 * -4.0f + x3;\n",
    "        const float t1 = x1 - x2;\n",
    "        const float t2 = t0 * 0.5f + t1;\n",
    "        const float t3 = x4 * 16.0f + x3;\n",
    "        const float t4 = x1 + x2;\n",
    "        const float t5 = t3 * 0.25f + t4;\n",
    "        const float t6 = x0 + x3;\n",
    "        const float t7 = x4 + t4;\n",
    "        const float t8 = t6 + t7;\n",
    "        const float t9 = x3 * 0.125f + x5;\n",
    "        const float t10 = x4 * -8.0f + t1;\n",
    "        const float t11 = t9 + t10;\n",
    "        c0_3 = t8;\n",
    "        c1_3 = t2;\n",
    "        c2_3 = t5;\n",
    "        c3_3 = t11;\n",
    "    }\n",
    "    { /* column 4 */\n",
    "        const float x0 = m[from + 200704];\n",
    "        const float x1 = m[from + 501760];\n",
    "        const float x2 = m[from + 802816];\n",
    "        const float x3 = m[from + 1103872];\n",
    "        const float x4 = m[from + 1404928];\n",
    "        const float x5 = m[from + 1705984];\n",
    "        const float t0 = x4 * -4.0f + x3;\n",
    "        const float t1 = x1 - x2;\n",
    "        const float t2 = t0 * 0.5f + t1;\n",
    "        const float t3 = x4 * 16.0f + x3;\n",
    "        const float t4 = x1 + x2;\n",
    "        const float t5 = t3 * 0.25f + t4;\n",
    "        const float t6 = x0 + x3;\n",
    "        const float t7 = x4 + t4;\n",
    "        const float t8 = t6 + t7;\n",
    "        const float t9 = x3 * 0.125f + x5;\n",
    "        const float t10 = x4 * -8.0f + t1;\n",
    "        const float t11 = t9 + t10;\n",
    "        c0_4 = t8;\n",
    "        c1_4 = t2;\n",
    "        c2_4 = t5;\n",
    "        c3_4 = t11;\n",
    "    }\n",
    "    { /* column 5 */\n",
    "        const float x0 = m[from + 250880];\n",
    "        const float x1 = m[from + 551936];\n",
    "        const float x2 = m[from + 852992];\n",
    "        const float x3 = m[from + 1154048];\n",
    "        const float x4 = m[from + 1455104];\n",
    "        const float x5 = m[from + 1756160];\n",
    "        const float t0 = x4 * -4.0f + x3;\n",
    "        const float t1 = x1 - x2;\n",
    "        const float t2 = t0 * 0.5f + t1;\n",
    "        const float t3 = x4 * 16.0f + x3;\n",
    "        const float t4 = x1 + x2;\n",
    "        const float t5 = t3 * 0.25f + t4;\n",
    "        const float t6 = x0 + x3;\n",
    "        const float t7 = x4 + t4;\n",
    "        const float t8 = t6 + t7;\n",
    "        const float t9 = x3 * 0.125f + x5;\n",
    "        const float t10 = x4 * -8.0f + t1;\n",
    "        const float t11 = t9 + t10;\n",
    "        c0_5 = t8;\n",
    "        c1_5 = t2;\n",
    "        c2_5 = t5;\n",
    "        c3_5 = t11;\n",
    "    }\n",
    "    { /* row 0 */\n",
    "        const float x0 = c0_0;\n",
    "        const float x1 = c0_1;\n",
    "        const float x2 = c0_2;\n",
    "        const float x3 = c0_3;\n",
    "        const float x4 = c0_4;\n",
    "        const float x5 = c0_5;\n",
    "        const float t0 = x4 * -4.0f + x3;\n",
    "        const float t1 = x1 - x2;\n",
    "        const float t2 = t0 * 0.5f + t1;\n",
    "        const float t3 = x4 * 16.0f + x3;\n",
    "        const float t4 = x1 + x2;\n",
    "        const float t5 = t3 * 0.25f + t4;\n",
    "        const float t6 = x0 + x3;\n",
    "        const float t7 = x4 + t4;\n",
    "        const float t8 = t6 + t7;\n",
    "        const float t9 = x3 * 0.125f + x5;\n",
    "        const float t10 = x4 * -8.0f + t1;\n",
    "        const float t11 = t9 + t10;\n",
    "        *(__global float4 *)(output + to) = (float4)(t8, t2, t5, t11) + bias;\n",
    "    }\n",
    "    { /* row 1 */\n",
    "        const float x0 = c1_0;\n",
    "        const float x1 = c1_1;\n",
    "        const float x2 = c1_2;\n",
    "        const float x3 = c1_3;\n",
    "        const float x4 = c1_4;\n",
    "        const float x5 = c1_5;\n",
    "        const float t0 = x4 * -4.0f + x3;\n",
    "        const float t1 = x1 - x2;\n",
    "        const float t2 = t0 * 0.5f + t1;\n",
    "        const float t3 = x4 * 16.0f + x3;\n",
    "        const float t4 = x1 + x2;\n",
    "        const float t5 = t3 * 0.25f + t4;\n",
    "        const float t6 = x0 + x3;\n",
    "        const float t7 = x4 + t4;\n",
    "        const float t8 = t6 + t7;\n",
    "        const float t9 = x3 * 0.125f + x5;\n",
    "        const float t10 = x4 * -8.0f + t1;\n",
    "        const float t11 = t9 + t10;\n",
    "        *(__global float4 *)(output + to + 28) = (float4)(t8, t2, t5, t11) + bias;\n",
    "    }\n",
    "    { /* row 2 */\n",
    "        const float x0 = c2_0;\n",
    "        const float x1 = c2_1;\n",
    "        const float x2 = c2_2;\n",
    "        const float x3 = c2_3;\n",
    "        const float x4 = c2_4;\n",
    "        const float x5 = c2_5;\n",
    "        const float t0 = x4 * -4.0f + x3;\n",
    "        const float t1 = x1 - x2;\n",
    "        const float t2 = t0 * 0.5f + t1;\n",
    "        const float t3 = x4 * 16.0f + x3;\n",
    "        const float t4 = x1 + x2;\n",
    "        const float t5 = t3 * 0.25f + t4;\n",
    "        const float t6 = x0 + x3;\n",
    "        const float t7 = x4 + t4;\n",
    "        const float t8 = t6 + t7;\n",
    "        const float t9 = x3 * 0.125f + x5;\n",
    "        const float t10 = x4 * -8.0f + t1;\n",
    "        const float t11 = t9 + t10;\n",
    "        *(__global float4 *)(output + to + 56) = (float4)(t8, t2, t5, t11) + bias;\n",
    "    }\n",
    "    { /* row 3 */\n",
    "        const float x0 = c3_0;\n",
    "        const float x1 = c3_1;\n",
    "        const float x2 = c3_2;\n",
    "        const float x3 = c3_3;\n",
    "        const float x4 = c3_4;\n",
    "        const float x5 = c3_5;\n",
    "        const float t0 = x4 * -4.0f + x3;\n",
    "        const float t1 = x1 - x2;\n",
    "        const float t2 = t0 * 0.5f + t1;\n",
    "        const float t3 = x4 * 16.0f + x3;\n",
    "        const float t4 = x1 + x2;\n",
    "        const float t5 = t3 * 0.25f + t4;\n",
    "        const float t6 = x0 + x3;\n",
    "        const float t7 = x4 + t4;\n",
    "        const float t8 = t6 + t7;\n",
    "        const float t9 = x3 * 0.125f + x5;\n",
    "        const float t10 = x4 * -8.0f + t1;\n",
    "        const float t11 = t9 + t10;\n",
    "        *(__global float4 *)(output + to + 84) = (float4)(t8, t2, t5, t11) + bias;\n",
    "    }\n",
    "}\n",
    "\n",
    "#undef input_task\n",
    "#undef g_h\n",
    "#undef over_g_h\n",
    "#undef g_w\n",
    "#undef over_g_w\n",
    "#undef compute_task\n",
    "#undef output_task\n",
    "/* 50176 tasks: tiles of a channel, transformed. Any number of work-items share them. */\n",
    "__kernel void conv_f32_nchw_3x3s1p1_n8_128x28x28_128_0(__global const float *restrict input, __global const float *restrict packed, __global float *restrict output, __global float *restrict workspace)\n",
    "{\n",
    "    (void)packed;\n",
    "    (void)output;\n",
    "    for (size_t task = get_global_id(0); task < 50176; task += get_global_size(0)) {\n",
    "        conv_f32_nchw_3x3s1p1_n8_128x28x28_128_input_task_(task, input, workspace);\n",
    "    }\n",
    "}\n",
    "/* 252 tasks: tiles of the products at all positions. Any number of work-groups of 128 items share them. */\n",
    "__kernel __attribute__((reqd_work_group_size(128, 1, 1)))\n",
    "void conv_f32_nchw_3x3s1p1_n8_128x28x28_128_1(__global const float *restrict input, __global const float *restrict packed, __global float *restrict output, __global float *restrict workspace)\n",
    "{\n",
    "    __local float shared[6272] __attribute__((aligned(16)));\n",
    "    (void)input;\n",
    "    (void)output;\n",
    "    for (size_t task = get_group_id(0); task < 252; task += get_num_groups(0)) {\n",
    "        conv_f32_nchw_3x3s1p1_n8_128x28x28_128_compute_task_(task, workspace, packed, workspace + 1806336, shared);\n",
    "    }\n",
    "}\n",
    "/* 50176 tasks: tiles of a channel, transformed back. Any number of work-items share them. */\n",
    "__kernel void conv_f32_nchw_3x3s1p1_n8_128x28x28_128_2(__global const float *restrict input, __global const float *restrict packed, __global float *restrict output, __global float *restrict workspace)\n",
    "{\n",
    "    (void)input;\n",
    "    for (size_t task = get_global_id(0); task < 50176; task += get_global_size(0)) {\n",
    "        conv_f32_nchw_3x3s1p1_n8_128x28x28_128_output_task_(task, packed, output, workspace);\n",
    "    }\n",
    "}\n",
};

/* The kernels of the phases, in order. */
static const struct {
    const char *kernel;
    size_t tasks;
    size_t items; /* work-items that do a task together */
} phase_table[conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_PHASES] = {
    {"conv_f32_nchw_3x3s1p1_n8_128x28x28_128_0", 50176, 1},
    {"conv_f32_nchw_3x3s1p1_n8_128x28x28_128_1", 252, 128},
    {"conv_f32_nchw_3x3s1p1_n8_128x28x28_128_2", 50176, 1},
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
static cl_int choose_workers(conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl *layer)
{
    const size_t most = 50176;
    const size_t cached = 50176;
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
static cl_int fit_groups(conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl *layer)
{
    size_t group = 0;
    cl_int error = clGetKernelWorkGroupInfo(layer->pack, layer->device, CL_KERNEL_WORK_GROUP_SIZE, sizeof group, &group, NULL);
    layer->group = least(layer->group, group);
    for (size_t phase = 0; phase < conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_PHASES && error == CL_SUCCESS; ++phase) {
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

static cl_int create_kernels(conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl *layer)
{
    cl_int error;
    layer->pack = clCreateKernel(layer->program, "conv_f32_nchw_3x3s1p1_n8_128x28x28_128_pack", &error);
    for (size_t phase = 0; phase < conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_PHASES && error == CL_SUCCESS; ++phase) {
        layer->phases[phase] = clCreateKernel(layer->program, phase_table[phase].kernel, &error);
    }
    return error;
}

static cl_int create_buffers(conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl *layer)
{
    const size_t bytes = conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_WORKSPACE_BYTES(layer->workers);
    cl_int error;
    layer->packed = clCreateBuffer(layer->context, CL_MEM_READ_WRITE, conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_PACKED_BYTES, NULL, &error);
    if (error == CL_SUCCESS) {
        layer->workspace = clCreateBuffer(layer->context, CL_MEM_READ_WRITE, bytes, NULL, &error);
    }
    return error;
}

cl_int conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_create(conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl *layer, cl_context context, cl_device_id device)
{
    static const conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl none = {NULL, NULL, NULL, NULL, {NULL}, NULL, NULL, 0, 0, 0};
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

cl_int conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_release(conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl *layer)
{
    static const conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl none = {NULL, NULL, NULL, NULL, {NULL}, NULL, NULL, 0, 0, 0};
    cl_int error = CL_SUCCESS;

    for (size_t phase = 0; phase < conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_PHASES; ++phase) {
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

cl_int conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_log(const conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl *layer, size_t size, char *log, size_t *needed)
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
static cl_int launch(const conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl *layer, cl_command_queue queue, cl_kernel kernel, size_t workers, size_t items,
    cl_uint waits, const cl_event *wait_list, cl_event *event)
{
    const size_t group = items > 1 ? items : layer->group;
    const size_t groups = items > 1 ? workers : (workers + group - 1) / group;
    const size_t all_items = groups * group;
    return clEnqueueNDRangeKernel(queue, kernel, 1, NULL, &all_items, &group, waits, wait_list, event);
}

cl_int conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_pack(conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl *layer, cl_command_queue queue, cl_mem weights, cl_mem bias,
    cl_uint waits, const cl_event *wait_list, cl_event *event)
{
    const cl_mem buffers[] = {weights, bias, layer->packed};
    cl_int error = holds(weights, conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_WEIGHTS_BYTES);
    error = first(error, holds(bias, conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_BIAS_BYTES));
    if (error == CL_SUCCESS) {
        error = set_arguments(layer->pack, 3, buffers);
    }
    if (error == CL_SUCCESS) {
        error = launch(layer, queue, layer->pack, 16384, 1, waits, wait_list, event);
    }
    if (error == CL_SUCCESS) {
        layer->ready = 1;
    }
    return error;
}

/* A new buffer with a copy of an array, which the caller releases; NULL when there is none. */
static cl_int upload(conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl *layer, cl_command_queue queue, size_t bytes, const void *array, cl_mem *buffer)
{
    cl_int error;
    *buffer = clCreateBuffer(layer->context, CL_MEM_READ_ONLY, bytes, NULL, &error);
    if (error == CL_SUCCESS) {
        error = clEnqueueWriteBuffer(queue, *buffer, CL_TRUE, 0, bytes, array, 0, NULL, NULL);
    }
    return error;
}

cl_int conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_pack_host(conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl *layer, cl_command_queue queue, const float *weights,
    const float *bias)
{
    cl_mem buffers[2] = {NULL, NULL};
    cl_event packed = NULL;
    cl_int error = upload(layer, queue, conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_WEIGHTS_BYTES, weights, &buffers[0]);
    if (error == CL_SUCCESS) {
        error = upload(layer, queue, conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_BIAS_BYTES, bias, &buffers[1]);
    }
    if (error == CL_SUCCESS) {
        error = conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_pack(layer, queue, buffers[0], buffers[1], 0, NULL, &packed);
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
static cl_int enqueue_phase(const conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl *layer, cl_command_queue queue, size_t phase,
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

cl_int conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_enqueue(conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl *layer, cl_command_queue queue, cl_mem input, cl_mem output,
    cl_uint waits, const cl_event *wait_list, cl_event *event)
{
    const cl_mem packed = layer->packed;
    const cl_mem workspace = layer->workspace;
    const cl_mem given[] = {input, packed, output, workspace};
    cl_event last = NULL;
    cl_int error = layer->ready ? CL_SUCCESS : CL_INVALID_OPERATION;

    error = first(error, holds(input, conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_INPUT_BYTES));
    error = first(error, holds(output, conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_OUTPUT_BYTES));
    for (size_t phase = 0; phase < conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_PHASES && error == CL_SUCCESS; ++phase) {
        error = set_arguments(layer->phases[phase], 4, given);
    }
    for (size_t phase = 0; phase < conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_PHASES && error == CL_SUCCESS; ++phase) {
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
