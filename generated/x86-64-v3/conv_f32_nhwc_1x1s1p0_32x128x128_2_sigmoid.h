/* conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid: a convolution layer, written by convgen 0.1.0.
 *
 * f32, input nhwc 1 x 128 x 128 x 32, output 1 x 128 x 128 x 2, weights hwio 1 x 1 x 32 x 2
 * kernel 1x1, stride 1x1, bias, sigmoid
 * |error| <= 0.25 g S, S = sum |x||w| + |bias|, g = 8 u / (1 - 8 u) = 4.77e-07, u = 2^-24; the
 * activation adds u (4 + 0 (|v| + g S)), v the sum before it
 * nothing overflows where |x| <= X and |w| <= W, X W <= 5.31e+36, |bias| <= 1.7e+38
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef CONV_F32_NHWC_1X1S1P0_32X128X128_2_SIGMOID_H
#define CONV_F32_NHWC_1X1S1P0_32X128X128_2_SIGMOID_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_ABI 2

/* The layer: images, groups, channels, extents, kernel, strides, dilations (1 is none), pads, and whether it has these
   arrays. */
#define conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_N 1
#define conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_G 1
#define conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_IC 32
#define conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_IH 128
#define conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_IW 128
#define conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_OC 2
#define conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_OH 128
#define conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_OW 128
#define conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_KH 1
#define conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_KW 1
#define conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_SH 1
#define conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_SW 1
#define conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_DH 1
#define conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_DW 1
#define conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_TOP 0
#define conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_BOTTOM 0
#define conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_LEFT 0
#define conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_RIGHT 0
#define conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_BIAS 1
#define conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_SLOPES 0
#define conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_RESIDUAL 0

/* Sizes in bytes: numbers for #if too, and of one element at least, for an array to be declared from. */
#define conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_WEIGHTS_BYTES 256
#define conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_BIAS_BYTES 8
#define conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_INPUT_BYTES 2097152
#define conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_OUTPUT_BYTES 131072
#define conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_PACKED_BYTES 320
#define conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_WORKSPACE_BYTES(workers) (4ull + 0ull * ((workers) > 1 ? (workers) & 0x7fffffff : 1))
/* Alignment in bytes that packed and workspace need; the other arrays need that of their numbers, and are read
   and written fastest with this one. */
#define conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_ALIGN 64

/* Once: weights and bias into the order the kernel reads. */
void conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_pack(const float *weights, const float *bias, void *packed);

/* The layer. workers: what workspace was sized for; less than 1 counts as 1. Built with OpenMP, the layer runs on up to
   so many threads, whatever OpenMP is set to; without, on the caller's. No array may overlap output.
   workspace may be NULL: nothing is in it. */
void conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid(const float *input, const void *packed, float *output, void *workspace, int workers);

/* Bring your own threads: all tasks of a phase, in any order and on any threads, then the next phase.
   worker numbers the calling thread, 0 <= worker < workers. The result has the same bits either way.
   task < conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_tasks(phase), which is 0 for a phase that there is not. */
#define conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_PHASES 1
size_t conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_tasks(int phase);
void conv_f32_nhwc_1x1s1p0_32x128x128_2_sigmoid_task(int phase, size_t task, int worker, const float *input, const void *packed, float *output, void *workspace);

#ifdef __cplusplus
}
#endif

#endif
