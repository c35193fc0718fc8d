/* conv_f32_nchw_3x3s1p1_n8_128x28x28_128: a convolution layer, written by convgen 0.1.0.
 *
 * Layer     f32, input nchw 8 x 128 x 28 x 28, output 8 x 128 x 28 x 28, weights oihw 128 x 128 x 3 x 3
 *           kernel 3x3, stride 1x1, padding 1+1 1+1, bias
 * Command   convgen generate mb8ic128ih28oc128oh28kh3ph1 --layout nchw --target opencl-gpu -o .
 * Plan      winograd on cl4, lanes over ow, reading the input as it is
 *           for ow by 256: 7 times
 *             for ic by 16: 8 times
 *               tile of F(4x4, 3x3), 36 products of 64 tiles x 128 channels by 128 items, 16 channels at a time; an item has 8 x 8: 32 registers
 * Tasks     50176 (tiles of a channel, transformed), then 252 (tiles of the products at all positions), then 50176 (tiles of a channel, transformed back)
 * Cost      924844032 multiply-adds; at least 7012864 bytes moved; 2359808 bytes packed, 14450688 of workspace
 * Bound     |error| <= g S, S = sum |A'| (|G w G'| * (|B'||x||B|)) |A| + |bias|, g = 142 u / (1 - 142
 *           u) = 8.46e-06, u = 2^-24; A, B and G are the matrices of the transforms, ' transposes, *
 *           multiplies element by element, so S counts all pixels of an output's tile, also those that
 *           it does not read (--max-error 0 for sentinels and hot pixels); where |x| <= X and |w| <=
 *           W, S is at most 1.121e+05 X W + |bias|, 97.4 times that of a direct sum
 * Range     nothing overflows where |x| <= X and |w| <= W, X <= 6.94e+36, W <= 4.34e+35, X W <=
 *           1.17e+33, |bias| <= 1.7e+38
 * Launch    In one dimension, in this order, each when the one before has ended. Work-items share the
 *           tasks: any global size gives the same bits. The local size is free where none is said.
 *           conv_f32_nchw_3x3s1p1_n8_128x28x28_128_pack(weights, bias, packed), once:
 *             global size 16384
 *           conv_f32_nchw_3x3s1p1_n8_128x28x28_128_0(input, packed, output, workspace):
 *             global size 50176
 *           conv_f32_nchw_3x3s1p1_n8_128x28x28_128_1(input, packed, output, workspace):
 *             global size 252 x 128, local size 128
 *           conv_f32_nchw_3x3s1p1_n8_128x28x28_128_2(input, packed, output, workspace):
 *             global size 50176
 * Bytes     weights 589824, bias 512, input 3211264, output 3211264, packed 2359808, workspace
 *           14450688
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is
 * hereby granted. It comes as is, without warranty of any kind.
 */
/* Functions of this file alone, by names that no other file has. */
#define input_task conv_f32_nchw_3x3s1p1_n8_128x28x28_128_input_task_
#define g_h conv_f32_nchw_3x3s1p1_n8_128x28x28_128_g_h_
#define over_g_h conv_f32_nchw_3x3s1p1_n8_128x28x28_128_over_g_h_
#define g_w conv_f32_nchw_3x3s1p1_n8_128x28x28_128_g_w_
#define over_g_w conv_f32_nchw_3x3s1p1_n8_128x28x28_128_over_g_w_
#define compute_task conv_f32_nchw_3x3s1p1_n8_128x28x28_128_compute_task_
#define output_task conv_f32_nchw_3x3s1p1_n8_128x28x28_128_output_task_

/* The window of a tile in one channel: its columns, then its rows, to V. */
static void input_task(size_t task, const __global float *input, __global float *workspace)
{
    const int tile = (int)task % 392;
    const int channel = (int)task / 392;
    const int n = tile / 49;
    const int th = tile / 7 % 7;
    const int tw = tile % 7;
    const int ih = th * 4 - 1;
    const int iw = tw * 4 - 1;
    const int from = n * 100352 + channel * 784 + ih * 28 + iw;
    const int to = channel * 392 + tile;
    float c0_0, c0_1, c0_2, c0_3, c0_4, c0_5;
    float c1_0, c1_1, c1_2, c1_3, c1_4, c1_5;
    float c2_0, c2_1, c2_2, c2_3, c2_4, c2_5;
    float c3_0, c3_1, c3_2, c3_3, c3_4, c3_5;
    float c4_0, c4_1, c4_2, c4_3, c4_4, c4_5;
    float c5_0, c5_1, c5_2, c5_3, c5_4, c5_5;
    { /* column 0 */
        const float x0 = (uint)ih < 28 && (uint)iw < 28 ? input[from] : 0.0f;
        const float x1 = (uint)iw < 28 ? input[from + 28] : 0.0f;
        const float x2 = (uint)iw < 28 ? input[from + 56] : 0.0f;
        const float x3 = (uint)iw < 28 ? input[from + 84] : 0.0f;
        const float x4 = (uint)iw < 28 ? input[from + 112] : 0.0f;
        const float x5 = (uint)(ih + 5) < 28 && (uint)iw < 28 ? input[from + 140] : 0.0f;
        const float t0 = x3 * 5.0f + x2;
        const float t1 = x4 - x1;
        const float t2 = t0 * 0.5f + t1;
        const float t3 = x2 * -2.5f + x1;
        const float t4 = x3 * 0.5f + x4;
        const float t5 = t3 + t4;
        const float t6 = x2 * -2.0f + x0;
        const float t7 = x1 - x3;
        const float t8 = t7 * -1.5f + x4;
        const float t9 = t6 + t8;
        const float t10 = x3 * -2.0f + x1;
        const float t11 = x4 - x2;
        const float t12 = t11 * 1.5f + x5;
        const float t13 = t10 + t12;
        const float t14 = t7 * -2.0f + t11;
        const float t15 = t7 * 0.5f + t11;
        c0_0 = t9;
        c1_0 = t2;
        c2_0 = t5;
        c3_0 = t14;
        c4_0 = t15;
        c5_0 = t13;
    }
    { /* column 1 */
        const float x0 = (uint)ih < 28 ? input[from + 1] : 0.0f;
        const float x1 = input[from + 29];
        const float x2 = input[from + 57];
        const float x3 = input[from + 85];
        const float x4 = input[from + 113];
        const float x5 = (uint)(ih + 5) < 28 ? input[from + 141] : 0.0f;
        const float t0 = x3 * 5.0f + x2;
        const float t1 = x4 - x1;
        const float t2 = t0 * 0.5f + t1;
        const float t3 = x2 * -2.5f + x1;
        const float t4 = x3 * 0.5f + x4;
        const float t5 = t3 + t4;
        const float t6 = x2 * -2.0f + x0;
        const float t7 = x1 - x3;
        const float t8 = t7 * -1.5f + x4;
        const float t9 = t6 + t8;
        const float t10 = x3 * -2.0f + x1;
        const float t11 = x4 - x2;
        const float t12 = t11 * 1.5f + x5;
        const float t13 = t10 + t12;
        const float t14 = t7 * -2.0f + t11;
        const float t15 = t7 * 0.5f + t11;
        c0_1 = t9;
        c1_1 = t2;
        c2_1 = t5;
        c3_1 = t14;
        c4_1 = t15;
        c5_1 = t13;
    }
    { /* column 2 */
        const float x0 = (uint)ih < 28 ? input[from + 2] : 0.0f;
        const float x1 = input[from + 30];
        const float x2 = input[from + 58];
        const float x3 = input[from + 86];
        const float x4 = input[from + 114];
        const float x5 = (uint)(ih + 5) < 28 ? input[from + 142] : 0.0f;
        const float t0 = x3 * 5.0f + x2;
        const float t1 = x4 - x1;
        const float t2 = t0 * 0.5f + t1;
        const float t3 = x2 * -2.5f + x1;
        const float t4 = x3 * 0.5f + x4;
        const float t5 = t3 + t4;
        const float t6 = x2 * -2.0f + x0;
        const float t7 = x1 - x3;
        const float t8 = t7 * -1.5f + x4;
        const float t9 = t6 + t8;
        const float t10 = x3 * -2.0f + x1;
        const float t11 = x4 - x2;
        const float t12 = t11 * 1.5f + x5;
        const float t13 = t10 + t12;
        const float t14 = t7 * -2.0f + t11;
        const float t15 = t7 * 0.5f + t11;
        c0_2 = t9;
        c1_2 = t2;
        c2_2 = t5;
        c3_2 = t14;
        c4_2 = t15;
        c5_2 = t13;
    }
    { /* column 3 */
        const float x0 = (uint)ih < 28 ? input[from + 3] : 0.0f;
        const float x1 = input[from + 31];
        const float x2 = input[from + 59];
        const float x3 = input[from + 87];
        const float x4 = input[from + 115];
        const float x5 = (uint)(ih + 5) < 28 ? input[from + 143] : 0.0f;
        const float t0 = x3 * 5.0f + x2;
        const float t1 = x4 - x1;
        const float t2 = t0 * 0.5f + t1;
        const float t3 = x2 * -2.5f + x1;
        const float t4 = x3 * 0.5f + x4;
        const float t5 = t3 + t4;
        const float t6 = x2 * -2.0f + x0;
        const float t7 = x1 - x3;
        const float t8 = t7 * -1.5f + x4;
        const float t9 = t6 + t8;
        const float t10 = x3 * -2.0f + x1;
        const float t11 = x4 - x2;
        const float t12 = t11 * 1.5f + x5;
        const float t13 = t10 + t12;
        const float t14 = t7 * -2.0f + t11;
        const float t15 = t7 * 0.5f + t11;
        c0_3 = t9;
        c1_3 = t2;
        c2_3 = t5;
        c3_3 = t14;
        c4_3 = t15;
        c5_3 = t13;
    }
    { /* column 4 */
        const float x0 = (uint)ih < 28 ? input[from + 4] : 0.0f;
        const float x1 = input[from + 32];
        const float x2 = input[from + 60];
        const float x3 = input[from + 88];
        const float x4 = input[from + 116];
        const float x5 = (uint)(ih + 5) < 28 ? input[from + 144] : 0.0f;
        const float t0 = x3 * 5.0f + x2;
        const float t1 = x4 - x1;
        const float t2 = t0 * 0.5f + t1;
        const float t3 = x2 * -2.5f + x1;
        const float t4 = x3 * 0.5f + x4;
        const float t5 = t3 + t4;
        const float t6 = x2 * -2.0f + x0;
        const float t7 = x1 - x3;
        const float t8 = t7 * -1.5f + x4;
        const float t9 = t6 + t8;
        const float t10 = x3 * -2.0f + x1;
        const float t11 = x4 - x2;
        const float t12 = t11 * 1.5f + x5;
        const float t13 = t10 + t12;
        const float t14 = t7 * -2.0f + t11;
        const float t15 = t7 * 0.5f + t11;
        c0_4 = t9;
        c1_4 = t2;
        c2_4 = t5;
        c3_4 = t14;
        c4_4 = t15;
        c5_4 = t13;
    }
    { /* column 5 */
        const float x0 = (uint)ih < 28 && (uint)(iw + 5) < 28 ? input[from + 5] : 0.0f;
        const float x1 = (uint)(iw + 5) < 28 ? input[from + 33] : 0.0f;
        const float x2 = (uint)(iw + 5) < 28 ? input[from + 61] : 0.0f;
        const float x3 = (uint)(iw + 5) < 28 ? input[from + 89] : 0.0f;
        const float x4 = (uint)(iw + 5) < 28 ? input[from + 117] : 0.0f;
        const float x5 = (uint)(ih + 5) < 28 && (uint)(iw + 5) < 28 ? input[from + 145] : 0.0f;
        const float t0 = x3 * 5.0f + x2;
        const float t1 = x4 - x1;
        const float t2 = t0 * 0.5f + t1;
        const float t3 = x2 * -2.5f + x1;
        const float t4 = x3 * 0.5f + x4;
        const float t5 = t3 + t4;
        const float t6 = x2 * -2.0f + x0;
        const float t7 = x1 - x3;
        const float t8 = t7 * -1.5f + x4;
        const float t9 = t6 + t8;
        const float t10 = x3 * -2.0f + x1;
        const float t11 = x4 - x2;
        const float t12 = t11 * 1.5f + x5;
        const float t13 = t10 + t12;
        const float t14 = t7 * -2.0f + t11;
        const float t15 = t7 * 0.5f + t11;
        c0_5 = t9;
        c1_5 = t2;
        c2_5 = t5;
        c3_5 = t14;
        c4_5 = t15;
        c5_5 = t13;
    }
    { /* row 0 */
        const float x0 = c0_0;
        const float x1 = c0_1;
        const float x2 = c0_2;
        const float x3 = c0_3;
        const float x4 = c0_4;
        const float x5 = c0_5;
        const float t0 = x3 * 5.0f + x2;
        const float t1 = x4 - x1;
        const float t2 = t0 * 0.5f + t1;
        const float t3 = x2 * -2.5f + x1;
        const float t4 = x3 * 0.5f + x4;
        const float t5 = t3 + t4;
        const float t6 = x2 * -2.0f + x0;
        const float t7 = x1 - x3;
        const float t8 = t7 * -1.5f + x4;
        const float t9 = t6 + t8;
        const float t10 = x3 * -2.0f + x1;
        const float t11 = x4 - x2;
        const float t12 = t11 * 1.5f + x5;
        const float t13 = t10 + t12;
        const float t14 = t7 * -2.0f + t11;
        const float t15 = t7 * 0.5f + t11;
        workspace[to] = t9;
        workspace[to + 50176] = t2;
        workspace[to + 100352] = t5;
        workspace[to + 150528] = t14;
        workspace[to + 200704] = t15;
        workspace[to + 250880] = t13;
    }
    { /* row 1 */
        const float x0 = c1_0;
        const float x1 = c1_1;
        const float x2 = c1_2;
        const float x3 = c1_3;
        const float x4 = c1_4;
        const float x5 = c1_5;
        const float t0 = x3 * 5.0f + x2;
        const float t1 = x4 - x1;
        const float t2 = t0 * 0.5f + t1;
        const float t3 = x2 * -2.5f + x1;
        const float t4 = x3 * 0.5f + x4;
        const float t5 = t3 + t4;
        const float t6 = x2 * -2.0f + x0;
        const float t7 = x1 - x3;
        const float t8 = t7 * -1.5f + x4;
        const float t9 = t6 + t8;
        const float t10 = x3 * -2.0f + x1;
        const float t11 = x4 - x2;
        const float t12 = t11 * 1.5f + x5;
        const float t13 = t10 + t12;
        const float t14 = t7 * -2.0f + t11;
        const float t15 = t7 * 0.5f + t11;
        workspace[to + 301056] = t9;
        workspace[to + 351232] = t2;
        workspace[to + 401408] = t5;
        workspace[to + 451584] = t14;
        workspace[to + 501760] = t15;
        workspace[to + 551936] = t13;
    }
    { /* row 2 */
        const float x0 = c2_0;
        const float x1 = c2_1;
        const float x2 = c2_2;
        const float x3 = c2_3;
        const float x4 = c2_4;
        const float x5 = c2_5;
        const float t0 = x3 * 5.0f + x2;
        const float t1 = x4 - x1;
        const float t2 = t0 * 0.5f + t1;
        const float t3 = x2 * -2.5f + x1;
        const float t4 = x3 * 0.5f + x4;
        const float t5 = t3 + t4;
        const float t6 = x2 * -2.0f + x0;
        const float t7 = x1 - x3;
        const float t8 = t7 * -1.5f + x4;
        const float t9 = t6 + t8;
        const float t10 = x3 * -2.0f + x1;
        const float t11 = x4 - x2;
        const float t12 = t11 * 1.5f + x5;
        const float t13 = t10 + t12;
        const float t14 = t7 * -2.0f + t11;
        const float t15 = t7 * 0.5f + t11;
        workspace[to + 602112] = t9;
        workspace[to + 652288] = t2;
        workspace[to + 702464] = t5;
        workspace[to + 752640] = t14;
        workspace[to + 802816] = t15;
        workspace[to + 852992] = t13;
    }
    { /* row 3 */
        const float x0 = c3_0;
        const float x1 = c3_1;
        const float x2 = c3_2;
        const float x3 = c3_3;
        const float x4 = c3_4;
        const float x5 = c3_5;
        const float t0 = x3 * 5.0f + x2;
        const float t1 = x4 - x1;
        const float t2 = t0 * 0.5f + t1;
        const float t3 = x2 * -2.5f + x1;
        const float t4 = x3 * 0.5f + x4;
        const float t5 = t3 + t4;
        const float t6 = x2 * -2.0f + x0;
        const float t7 = x1 - x3;
        const float t8 = t7 * -1.5f + x4;
        const float t9 = t6 + t8;
        const float t10 = x3 * -2.0f + x1;
        const float t11 = x4 - x2;
        const float t12 = t11 * 1.5f + x5;
        const float t13 = t10 + t12;
        const float t14 = t7 * -2.0f + t11;
        const float t15 = t7 * 0.5f + t11;
        workspace[to + 903168] = t9;
        workspace[to + 953344] = t2;
        workspace[to + 1003520] = t5;
        workspace[to + 1053696] = t14;
        workspace[to + 1103872] = t15;
        workspace[to + 1154048] = t13;
    }
    { /* row 4 */
        const float x0 = c4_0;
        const float x1 = c4_1;
        const float x2 = c4_2;
        const float x3 = c4_3;
        const float x4 = c4_4;
        const float x5 = c4_5;
        const float t0 = x3 * 5.0f + x2;
        const float t1 = x4 - x1;
        const float t2 = t0 * 0.5f + t1;
        const float t3 = x2 * -2.5f + x1;
        const float t4 = x3 * 0.5f + x4;
        const float t5 = t3 + t4;
        const float t6 = x2 * -2.0f + x0;
        const float t7 = x1 - x3;
        const float t8 = t7 * -1.5f + x4;
        const float t9 = t6 + t8;
        const float t10 = x3 * -2.0f + x1;
        const float t11 = x4 - x2;
        const float t12 = t11 * 1.5f + x5;
        const float t13 = t10 + t12;
        const float t14 = t7 * -2.0f + t11;
        const float t15 = t7 * 0.5f + t11;
        workspace[to + 1204224] = t9;
        workspace[to + 1254400] = t2;
        workspace[to + 1304576] = t5;
        workspace[to + 1354752] = t14;
        workspace[to + 1404928] = t15;
        workspace[to + 1455104] = t13;
    }
    { /* row 5 */
        const float x0 = c5_0;
        const float x1 = c5_1;
        const float x2 = c5_2;
        const float x3 = c5_3;
        const float x4 = c5_4;
        const float x5 = c5_5;
        const float t0 = x3 * 5.0f + x2;
        const float t1 = x4 - x1;
        const float t2 = t0 * 0.5f + t1;
        const float t3 = x2 * -2.5f + x1;
        const float t4 = x3 * 0.5f + x4;
        const float t5 = t3 + t4;
        const float t6 = x2 * -2.0f + x0;
        const float t7 = x1 - x3;
        const float t8 = t7 * -1.5f + x4;
        const float t9 = t6 + t8;
        const float t10 = x3 * -2.0f + x1;
        const float t11 = x4 - x2;
        const float t12 = t11 * 1.5f + x5;
        const float t13 = t10 + t12;
        const float t14 = t7 * -2.0f + t11;
        const float t15 = t7 * 0.5f + t11;
        workspace[to + 1505280] = t9;
        workspace[to + 1555456] = t2;
        workspace[to + 1605632] = t5;
        workspace[to + 1655808] = t14;
        workspace[to + 1705984] = t15;
        workspace[to + 1756160] = t13;
    }
}

/* G along an axis: integers over a divisor. */
__constant float g_h[6][3] = {
    {1.0f, 0.0f, 0.0f},
    {1.0f, 1.0f, 1.0f},
    {-1.0f, 1.0f, -1.0f},
    {-16.0f, -8.0f, -4.0f},
    {1.0f, -2.0f, 4.0f},
    {0.0f, 0.0f, 1.0f},
};
__constant float over_g_h[6] = {1.0f, 3.0f, 3.0f, 15.0f, 15.0f, 1.0f};

/* G along an axis: integers over a divisor. */
__constant float g_w[6][3] = {
    {1.0f, 0.0f, 0.0f},
    {1.0f, 1.0f, 1.0f},
    {-1.0f, 1.0f, -1.0f},
    {-16.0f, -8.0f, -4.0f},
    {1.0f, -2.0f, 4.0f},
    {0.0f, 0.0f, 1.0f},
};
__constant float over_g_w[6] = {1.0f, 3.0f, 3.0f, 15.0f, 15.0f, 1.0f};

/* [position][panel][input channel][output channel], zero beyond the last; any number of items share the pairs of
   channels. Sums are of two floats each, high + low, as if of twice the precision. */
__kernel void conv_f32_nchw_3x3s1p1_n8_128x28x28_128_pack(const __global float *weights, const __global float *bias, __global float *packed)
{
#pragma OPENCL FP_CONTRACT OFF
    for (size_t at = get_global_id(0); at < 16384; at += get_global_size(0)) {
        const int row = (int)at / 128;
        const int panel = row / 128;
        const int ic = row % 128;
        const int in_group = (int)at % 128;
        const int oc = in_group;
        float taps[3][3];
        for (int kh = 0; kh < 3; ++kh) {
            for (int kw = 0; kw < 3; ++kw) {
                taps[kh][kw] = in_group < 128 && ic < 128 ? weights[oc * 1152 + ic * 9 + kh * 3 + kw] : 0.0f;
            }
        }
        for (int p = 0; p < 36; ++p) {
            const int i = p / 6;
            const int j = p % 6;
            float high = 0.0f;
            float low = 0.0f;
            for (int kh = 0; kh < 3; ++kh) {
                for (int kw = 0; kw < 3; ++kw) {
                    const float factor = g_h[i][kh] * g_w[j][kw];
                    const float weight = taps[kh][kw];
                    const float term = factor * weight;
                    const float sum = high + term;
                    const float taken = sum - high; /* of the term, by the sum */
                    low += (high - (sum - taken)) + (term - taken) + fma(factor, weight, -term);
                    high = sum;
                }
            }
            const float divisor = over_g_h[i] * over_g_w[j];
            const float u = high / divisor;
            packed[p * 16384 + at] = u + (fma(-u, divisor, high) + low) / divisor;
        }
    }
    for (size_t oc = get_global_id(0); oc < 128; oc += get_global_size(0)) {
        packed[589824 + oc] = bias[oc];
    }
}

/* A tile of 64 pixels x 128 channels by a work-group of 128.
   Inlined: what another function than the kernel knows of `shared`, PoCL 3.1 has all work-groups share. */
static inline __attribute__((always_inline)) void compute_task(size_t task, const __global float *input, const __global float *packed, __global float *output, __local float *shared)
{
    const int item = (int)get_local_id(0);
    const int across = item % 8;
    const int down = item / 8;
    const int tile = (int)task % 7 * 64; /* its first pixel */
    const int panel = (int)task / 7; /* of all groups' channels */
    const int g = panel;
    const int oc0 = 0; /* the panel's first channel, in its group */
    const __global float *weights = packed + panel * 16384;
    const int pixel0 = item % 64;
    const int term0 = item / 64;
    const int term1 = item / 64 + 2;
    const int term2 = item / 64 + 4;
    const int term3 = item / 64 + 6;
    const int term4 = item / 64 + 8;
    const int term5 = item / 64 + 10;
    const int term6 = item / 64 + 12;
    const int term7 = item / 64 + 14;
    const int p0 = min(tile + pixel0, 391);
    const int iw0 = (p0);
    const int at0 = g * 50176 + iw0;
    float x0;
    float x1;
    float x2;
    float x3;
    float x4;
    float x5;
    float x6;
    float x7;
    float4 w0;
    float4 w1;
    float4 w2;
    float4 w3;
    float4 acc0_0 = (float4)(0.0f);
    float4 acc0_1 = (float4)(0.0f);
    float4 acc1_0 = (float4)(0.0f);
    float4 acc1_1 = (float4)(0.0f);
    float4 acc2_0 = (float4)(0.0f);
    float4 acc2_1 = (float4)(0.0f);
    float4 acc3_0 = (float4)(0.0f);
    float4 acc3_1 = (float4)(0.0f);
    float4 acc4_0 = (float4)(0.0f);
    float4 acc4_1 = (float4)(0.0f);
    float4 acc5_0 = (float4)(0.0f);
    float4 acc5_1 = (float4)(0.0f);
    float4 acc6_0 = (float4)(0.0f);
    float4 acc6_1 = (float4)(0.0f);
    float4 acc7_0 = (float4)(0.0f);
    float4 acc7_1 = (float4)(0.0f);
    {
        const int all = 0;
        const int tap = all / 128;
        const int step = all % 128 * 392;
        x0 = input[at0 + step + term0 * 392];
        x1 = input[at0 + step + term1 * 392];
        x2 = input[at0 + step + term2 * 392];
        x3 = input[at0 + step + term3 * 392];
        x4 = input[at0 + step + term4 * 392];
        x5 = input[at0 + step + term5 * 392];
        x6 = input[at0 + step + term6 * 392];
        x7 = input[at0 + step + term7 * 392];
        w0 = *(const __global float4 *)(weights + (item * 4));
        w1 = *(const __global float4 *)(weights + (item * 4 + 512));
        w2 = *(const __global float4 *)(weights + (item * 4 + 1024));
        w3 = *(const __global float4 *)(weights + (item * 4 + 1536));
    }
    shared[term0 * 68 + pixel0] = x0;
    shared[term1 * 68 + pixel0] = x1;
    shared[term2 * 68 + pixel0] = x2;
    shared[term3 * 68 + pixel0] = x3;
    shared[term4 * 68 + pixel0] = x4;
    shared[term5 * 68 + pixel0] = x5;
    shared[term6 * 68 + pixel0] = x6;
    shared[term7 * 68 + pixel0] = x7;
    *(__local float4 *)(shared + (item * 4 + 1088)) = w0;
    *(__local float4 *)(shared + (item * 4 + 1600)) = w1;
    *(__local float4 *)(shared + (item * 4 + 2112)) = w2;
    *(__local float4 *)(shared + (item * 4 + 2624)) = w3;
    barrier(CLK_LOCAL_MEM_FENCE);
    /* 16 terms at a time: the next ones are on their way while these are multiplied */
    for (int c = 0; c < 8; ++c) {
        const __local float *now = shared + c % 2 * 3136;
        if (c < 7) {
            const int all = (c + 1) * 16;
            const int tap = all / 128;
            const int step = all % 128 * 392;
            x0 = input[at0 + step + term0 * 392];
            x1 = input[at0 + step + term1 * 392];
            x2 = input[at0 + step + term2 * 392];
            x3 = input[at0 + step + term3 * 392];
            x4 = input[at0 + step + term4 * 392];
            x5 = input[at0 + step + term5 * 392];
            x6 = input[at0 + step + term6 * 392];
            x7 = input[at0 + step + term7 * 392];
            w0 = *(const __global float4 *)(weights + ((c + 1) * 2048 + item * 4));
            w1 = *(const __global float4 *)(weights + ((c + 1) * 2048 + item * 4 + 512));
            w2 = *(const __global float4 *)(weights + ((c + 1) * 2048 + item * 4 + 1024));
            w3 = *(const __global float4 *)(weights + ((c + 1) * 2048 + item * 4 + 1536));
        }
        const __local float *r = now + (down * 4 + 1088);
        const __local float *v = now + (across * 4);
        #pragma unroll
        for (int k = 0; k < 16; ++k) {
            const float4 v0 = *(const __local float4 *)(v);
            const float4 v1 = *(const __local float4 *)(v + 32);
            const float4 r0 = *(const __local float4 *)(r);
            const float4 r1 = *(const __local float4 *)(r + 64);
            acc0_0 = r0.s0 * v0 + acc0_0;
            acc0_1 = r0.s0 * v1 + acc0_1;
            acc1_0 = r0.s1 * v0 + acc1_0;
            acc1_1 = r0.s1 * v1 + acc1_1;
            acc2_0 = r0.s2 * v0 + acc2_0;
            acc2_1 = r0.s2 * v1 + acc2_1;
            acc3_0 = r0.s3 * v0 + acc3_0;
            acc3_1 = r0.s3 * v1 + acc3_1;
            acc4_0 = r1.s0 * v0 + acc4_0;
            acc4_1 = r1.s0 * v1 + acc4_1;
            acc5_0 = r1.s1 * v0 + acc5_0;
            acc5_1 = r1.s1 * v1 + acc5_1;
            acc6_0 = r1.s2 * v0 + acc6_0;
            acc6_1 = r1.s2 * v1 + acc6_1;
            acc7_0 = r1.s3 * v0 + acc7_0;
            acc7_1 = r1.s3 * v1 + acc7_1;
            r += 128;
            v += 68;
        }
        if (c < 7) {
            __local float *next = shared + (c + 1) % 2 * 3136;
            next[term0 * 68 + pixel0] = x0;
            next[term1 * 68 + pixel0] = x1;
            next[term2 * 68 + pixel0] = x2;
            next[term3 * 68 + pixel0] = x3;
            next[term4 * 68 + pixel0] = x4;
            next[term5 * 68 + pixel0] = x5;
            next[term6 * 68 + pixel0] = x6;
            next[term7 * 68 + pixel0] = x7;
            *(__local float4 *)(next + (item * 4 + 1088)) = w0;
            *(__local float4 *)(next + (item * 4 + 1600)) = w1;
            *(__local float4 *)(next + (item * 4 + 2112)) = w2;
            *(__local float4 *)(next + (item * 4 + 2624)) = w3;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    {
        const int oc = oc0 + down * 4;
        const size_t channel = (size_t)(oc + g * 128) * 392;
        const int end = oc < 128 ? 392 : 0;
        {
            const int p = tile + across * 4;
            if (p < end) {
                const size_t at0 = channel + p;

                *(__global float4 *)(output + at0) = acc0_0;
            }
        }
        {
            const int p = tile + across * 4 + 32;
            if (p < end) {
                const size_t at0 = channel + p;

                *(__global float4 *)(output + at0) = acc0_1;
            }
        }
    }
    {
        const int oc = oc0 + down * 4 + 1;
        const size_t channel = (size_t)(oc + g * 128) * 392;
        const int end = oc < 128 ? 392 : 0;
        {
            const int p = tile + across * 4;
            if (p < end) {
                const size_t at0 = channel + p;

                *(__global float4 *)(output + at0) = acc1_0;
            }
        }
        {
            const int p = tile + across * 4 + 32;
            if (p < end) {
                const size_t at0 = channel + p;

                *(__global float4 *)(output + at0) = acc1_1;
            }
        }
    }
    {
        const int oc = oc0 + down * 4 + 2;
        const size_t channel = (size_t)(oc + g * 128) * 392;
        const int end = oc < 128 ? 392 : 0;
        {
            const int p = tile + across * 4;
            if (p < end) {
                const size_t at0 = channel + p;

                *(__global float4 *)(output + at0) = acc2_0;
            }
        }
        {
            const int p = tile + across * 4 + 32;
            if (p < end) {
                const size_t at0 = channel + p;

                *(__global float4 *)(output + at0) = acc2_1;
            }
        }
    }
    {
        const int oc = oc0 + down * 4 + 3;
        const size_t channel = (size_t)(oc + g * 128) * 392;
        const int end = oc < 128 ? 392 : 0;
        {
            const int p = tile + across * 4;
            if (p < end) {
                const size_t at0 = channel + p;

                *(__global float4 *)(output + at0) = acc3_0;
            }
        }
        {
            const int p = tile + across * 4 + 32;
            if (p < end) {
                const size_t at0 = channel + p;

                *(__global float4 *)(output + at0) = acc3_1;
            }
        }
    }
    {
        const int oc = oc0 + down * 4 + 64;
        const size_t channel = (size_t)(oc + g * 128) * 392;
        const int end = oc < 128 ? 392 : 0;
        {
            const int p = tile + across * 4;
            if (p < end) {
                const size_t at0 = channel + p;

                *(__global float4 *)(output + at0) = acc4_0;
            }
        }
        {
            const int p = tile + across * 4 + 32;
            if (p < end) {
                const size_t at0 = channel + p;

                *(__global float4 *)(output + at0) = acc4_1;
            }
        }
    }
    {
        const int oc = oc0 + down * 4 + 65;
        const size_t channel = (size_t)(oc + g * 128) * 392;
        const int end = oc < 128 ? 392 : 0;
        {
            const int p = tile + across * 4;
            if (p < end) {
                const size_t at0 = channel + p;

                *(__global float4 *)(output + at0) = acc5_0;
            }
        }
        {
            const int p = tile + across * 4 + 32;
            if (p < end) {
                const size_t at0 = channel + p;

                *(__global float4 *)(output + at0) = acc5_1;
            }
        }
    }
    {
        const int oc = oc0 + down * 4 + 66;
        const size_t channel = (size_t)(oc + g * 128) * 392;
        const int end = oc < 128 ? 392 : 0;
        {
            const int p = tile + across * 4;
            if (p < end) {
                const size_t at0 = channel + p;

                *(__global float4 *)(output + at0) = acc6_0;
            }
        }
        {
            const int p = tile + across * 4 + 32;
            if (p < end) {
                const size_t at0 = channel + p;

                *(__global float4 *)(output + at0) = acc6_1;
            }
        }
    }
    {
        const int oc = oc0 + down * 4 + 67;
        const size_t channel = (size_t)(oc + g * 128) * 392;
        const int end = oc < 128 ? 392 : 0;
        {
            const int p = tile + across * 4;
            if (p < end) {
                const size_t at0 = channel + p;

                *(__global float4 *)(output + at0) = acc7_0;
            }
        }
        {
            const int p = tile + across * 4 + 32;
            if (p < end) {
                const size_t at0 = channel + p;

                *(__global float4 *)(output + at0) = acc7_1;
            }
        }
    }
}

/* A tile of one channel from M: its columns, then its rows, to the output. */
static void output_task(size_t task, const __global float *packed, __global float *output, const __global float *workspace)
{
    const __global float *m = workspace + 1806336;
    const int tile = (int)task % 392;
    const int channel = (int)task / 392;
    const int n = tile / 49;
    const int th = tile / 7 % 7;
    const int tw = tile % 7;
    const int oh = th * 4;
    const int ow = tw * 4;
    const int from = channel * 392 + tile;
    const int to = n * 100352 + channel * 784 + oh * 28 + ow;
    const float bias = packed[589824 + channel];
    float c0_0, c0_1, c0_2, c0_3, c0_4, c0_5;
    float c1_0, c1_1, c1_2, c1_3, c1_4, c1_5;
    float c2_0, c2_1, c2_2, c2_3, c2_4, c2_5;
    float c3_0, c3_1, c3_2, c3_3, c3_4, c3_5;
    { /* column 0 */
        const float x0 = m[from];
        const float x1 = m[from + 301056];
        const float x2 = m[from + 602112];
        const float x3 = m[from + 903168];
        const float x4 = m[from + 1204224];
        const float x5 = m[from + 1505280];
        const float t0 = x4 * -4.0f + x3;
        const float t1 = x1 - x2;
        const float t2 = t0 * 0.5f + t1;
        const float t3 = x4 * 16.0f + x3;
        const float t4 = x1 + x2;
        const float t5 = t3 * 0.25f + t4;
        const float t6 = x0 + x3;
        const float t7 = x4 + t4;
        const float t8 = t6 + t7;
        const float t9 = x3 * 0.125f + x5;
        const float t10 = x4 * -8.0f + t1;
        const float t11 = t9 + t10;
        c0_0 = t8;
        c1_0 = t2;
        c2_0 = t5;
        c3_0 = t11;
    }
    { /* column 1 */
        const float x0 = m[from + 50176];
        const float x1 = m[from + 351232];
        const float x2 = m[from + 652288];
        const float x3 = m[from + 953344];
        const float x4 = m[from + 1254400];
        const float x5 = m[from + 1555456];
        const float t0 = x4 * -4.0f + x3;
        const float t1 = x1 - x2;
        const float t2 = t0 * 0.5f + t1;
        const float t3 = x4 * 16.0f + x3;
        const float t4 = x1 + x2;
        const float t5 = t3 * 0.25f + t4;
        const float t6 = x0 + x3;
        const float t7 = x4 + t4;
        const float t8 = t6 + t7;
        const float t9 = x3 * 0.125f + x5;
        const float t10 = x4 * -8.0f + t1;
        const float t11 = t9 + t10;
        c0_1 = t8;
        c1_1 = t2;
        c2_1 = t5;
        c3_1 = t11;
    }
    { /* column 2 */
        const float x0 = m[from + 100352];
        const float x1 = m[from + 401408];
        const float x2 = m[from + 702464];
        const float x3 = m[from + 1003520];
        const float x4 = m[from + 1304576];
        const float x5 = m[from + 1605632];
        const float t0 = x4 * -4.0f + x3;
        const float t1 = x1 - x2;
        const float t2 = t0 * 0.5f + t1;
        const float t3 = x4 * 16.0f + x3;
        const float t4 = x1 + x2;
        const float t5 = t3 * 0.25f + t4;
        const float t6 = x0 + x3;
        const float t7 = x4 + t4;
        const float t8 = t6 + t7;
        const float t9 = x3 * 0.125f + x5;
        const float t10 = x4 * -8.0f + t1;
        const float t11 = t9 + t10;
        c0_2 = t8;
        c1_2 = t2;
        c2_2 = t5;
        c3_2 = t11;
    }
    { /* column 3 */
        const float x0 = m[from + 150528];
        const float x1 = m[from + 451584];
        const float x2 = m[from + 752640];
        const float x3 = m[from + 1053696];
        const float x4 = m[from + 1354752];
        const float x5 = m[from + 1655808];
        const float t0 = x4 * -4.0f + x3;
        const float t1 = x1 - x2;
        const float t2 = t0 * 0.5f + t1;
        const float t3 = x4 * 16.0f + x3;
        const float t4 = x1 + x2;
        const float t5 = t3 * 0.25f + t4;
        const float t6 = x0 + x3;
        const float t7 = x4 + t4;
        const float t8 = t6 + t7;
        const float t9 = x3 * 0.125f + x5;
        const float t10 = x4 * -8.0f + t1;
        const float t11 = t9 + t10;
        c0_3 = t8;
        c1_3 = t2;
        c2_3 = t5;
        c3_3 = t11;
    }
    { /* column 4 */
        const float x0 = m[from + 200704];
        const float x1 = m[from + 501760];
        const float x2 = m[from + 802816];
        const float x3 = m[from + 1103872];
        const float x4 = m[from + 1404928];
        const float x5 = m[from + 1705984];
        const float t0 = x4 * -4.0f + x3;
        const float t1 = x1 - x2;
        const float t2 = t0 * 0.5f + t1;
        const float t3 = x4 * 16.0f + x3;
        const float t4 = x1 + x2;
        const float t5 = t3 * 0.25f + t4;
        const float t6 = x0 + x3;
        const float t7 = x4 + t4;
        const float t8 = t6 + t7;
        const float t9 = x3 * 0.125f + x5;
        const float t10 = x4 * -8.0f + t1;
        const float t11 = t9 + t10;
        c0_4 = t8;
        c1_4 = t2;
        c2_4 = t5;
        c3_4 = t11;
    }
    { /* column 5 */
        const float x0 = m[from + 250880];
        const float x1 = m[from + 551936];
        const float x2 = m[from + 852992];
        const float x3 = m[from + 1154048];
        const float x4 = m[from + 1455104];
        const float x5 = m[from + 1756160];
        const float t0 = x4 * -4.0f + x3;
        const float t1 = x1 - x2;
        const float t2 = t0 * 0.5f + t1;
        const float t3 = x4 * 16.0f + x3;
        const float t4 = x1 + x2;
        const float t5 = t3 * 0.25f + t4;
        const float t6 = x0 + x3;
        const float t7 = x4 + t4;
        const float t8 = t6 + t7;
        const float t9 = x3 * 0.125f + x5;
        const float t10 = x4 * -8.0f + t1;
        const float t11 = t9 + t10;
        c0_5 = t8;
        c1_5 = t2;
        c2_5 = t5;
        c3_5 = t11;
    }
    { /* row 0 */
        const float x0 = c0_0;
        const float x1 = c0_1;
        const float x2 = c0_2;
        const float x3 = c0_3;
        const float x4 = c0_4;
        const float x5 = c0_5;
        const float t0 = x4 * -4.0f + x3;
        const float t1 = x1 - x2;
        const float t2 = t0 * 0.5f + t1;
        const float t3 = x4 * 16.0f + x3;
        const float t4 = x1 + x2;
        const float t5 = t3 * 0.25f + t4;
        const float t6 = x0 + x3;
        const float t7 = x4 + t4;
        const float t8 = t6 + t7;
        const float t9 = x3 * 0.125f + x5;
        const float t10 = x4 * -8.0f + t1;
        const float t11 = t9 + t10;
        *(__global float4 *)(output + to) = (float4)(t8, t2, t5, t11) + bias;
    }
    { /* row 1 */
        const float x0 = c1_0;
        const float x1 = c1_1;
        const float x2 = c1_2;
        const float x3 = c1_3;
        const float x4 = c1_4;
        const float x5 = c1_5;
        const float t0 = x4 * -4.0f + x3;
        const float t1 = x1 - x2;
        const float t2 = t0 * 0.5f + t1;
        const float t3 = x4 * 16.0f + x3;
        const float t4 = x1 + x2;
        const float t5 = t3 * 0.25f + t4;
        const float t6 = x0 + x3;
        const float t7 = x4 + t4;
        const float t8 = t6 + t7;
        const float t9 = x3 * 0.125f + x5;
        const float t10 = x4 * -8.0f + t1;
        const float t11 = t9 + t10;
        *(__global float4 *)(output + to + 28) = (float4)(t8, t2, t5, t11) + bias;
    }
    { /* row 2 */
        const float x0 = c2_0;
        const float x1 = c2_1;
        const float x2 = c2_2;
        const float x3 = c2_3;
        const float x4 = c2_4;
        const float x5 = c2_5;
        const float t0 = x4 * -4.0f + x3;
        const float t1 = x1 - x2;
        const float t2 = t0 * 0.5f + t1;
        const float t3 = x4 * 16.0f + x3;
        const float t4 = x1 + x2;
        const float t5 = t3 * 0.25f + t4;
        const float t6 = x0 + x3;
        const float t7 = x4 + t4;
        const float t8 = t6 + t7;
        const float t9 = x3 * 0.125f + x5;
        const float t10 = x4 * -8.0f + t1;
        const float t11 = t9 + t10;
        *(__global float4 *)(output + to + 56) = (float4)(t8, t2, t5, t11) + bias;
    }
    { /* row 3 */
        const float x0 = c3_0;
        const float x1 = c3_1;
        const float x2 = c3_2;
        const float x3 = c3_3;
        const float x4 = c3_4;
        const float x5 = c3_5;
        const float t0 = x4 * -4.0f + x3;
        const float t1 = x1 - x2;
        const float t2 = t0 * 0.5f + t1;
        const float t3 = x4 * 16.0f + x3;
        const float t4 = x1 + x2;
        const float t5 = t3 * 0.25f + t4;
        const float t6 = x0 + x3;
        const float t7 = x4 + t4;
        const float t8 = t6 + t7;
        const float t9 = x3 * 0.125f + x5;
        const float t10 = x4 * -8.0f + t1;
        const float t11 = t9 + t10;
        *(__global float4 *)(output + to + 84) = (float4)(t8, t2, t5, t11) + bias;
    }
}

#undef input_task
#undef g_h
#undef over_g_h
#undef g_w
#undef over_g_w
#undef compute_task
#undef output_task
/* 50176 tasks: tiles of a channel, transformed. Any number of work-items share them. */
__kernel void conv_f32_nchw_3x3s1p1_n8_128x28x28_128_0(__global const float *restrict input, __global const float *restrict packed, __global float *restrict output, __global float *restrict workspace)
{
    (void)packed;
    (void)output;
    for (size_t task = get_global_id(0); task < 50176; task += get_global_size(0)) {
        conv_f32_nchw_3x3s1p1_n8_128x28x28_128_input_task_(task, input, workspace);
    }
}
/* 252 tasks: tiles of the products at all positions. Any number of work-groups of 128 items share them. */
__kernel __attribute__((reqd_work_group_size(128, 1, 1)))
void conv_f32_nchw_3x3s1p1_n8_128x28x28_128_1(__global const float *restrict input, __global const float *restrict packed, __global float *restrict output, __global float *restrict workspace)
{
    __local float shared[6272] __attribute__((aligned(16)));
    (void)input;
    (void)output;
    for (size_t task = get_group_id(0); task < 252; task += get_num_groups(0)) {
        conv_f32_nchw_3x3s1p1_n8_128x28x28_128_compute_task_(task, workspace, packed, workspace + 1806336, shared);
    }
}
/* 50176 tasks: tiles of a channel, transformed back. Any number of work-items share them. */
__kernel void conv_f32_nchw_3x3s1p1_n8_128x28x28_128_2(__global const float *restrict input, __global const float *restrict packed, __global float *restrict output, __global float *restrict workspace)
{
    (void)input;
    for (size_t task = get_global_id(0); task < 50176; task += get_global_size(0)) {
        conv_f32_nchw_3x3s1p1_n8_128x28x28_128_output_task_(task, packed, output, workspace);
    }
}
