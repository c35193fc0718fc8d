/* conv_f32_nhwc_3x3s1p1_128x28x28_128: a convolution layer, written by convgen 0.1.0.
 *
 * f32, input nhwc 1 x 28 x 28 x 128, output 1 x 28 x 28 x 128, weights hwio 3 x 3 x 128 x 128
 * kernel 3x3, stride 1x1, padding 1+1 1+1, bias
 * |error| <= g S, S = sum |A'| (|G w G'| * (|B'||x||B|)) |A| + |bias|, g = 140 u / (1 - 140 u) =
 * 8.34e-06, u = 2^-24; A, B and G are the matrices of the transforms, ' transposes, * multiplies
 * element by element, so S counts all pixels of an output's tile, also those that it does not read
 * (--max-error 0 for sentinels and hot pixels); where |x| <= X and |w| <= W, S is at most 1.121e+05 X
 * W + |bias|, 97.4 times that of a direct sum
 * nothing overflows where |x| <= X and |w| <= W, X <= 6.94e+36, W <= 9.76e+37, X W <= 1.17e+33, |bias|
 * <= 1.7e+38
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef CONV_F32_NHWC_3X3S1P1_128X28X28_128_H
#define CONV_F32_NHWC_3X3S1P1_128X28X28_128_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define conv_f32_nhwc_3x3s1p1_128x28x28_128_ABI 2

/* The layer: images, groups, channels, extents, kernel, strides, dilations (1 is none), pads, and whether it has these
   arrays. */
#define conv_f32_nhwc_3x3s1p1_128x28x28_128_N 1
#define conv_f32_nhwc_3x3s1p1_128x28x28_128_G 1
#define conv_f32_nhwc_3x3s1p1_128x28x28_128_IC 128
#define conv_f32_nhwc_3x3s1p1_128x28x28_128_IH 28
#define conv_f32_nhwc_3x3s1p1_128x28x28_128_IW 28
#define conv_f32_nhwc_3x3s1p1_128x28x28_128_OC 128
#define conv_f32_nhwc_3x3s1p1_128x28x28_128_OH 28
#define conv_f32_nhwc_3x3s1p1_128x28x28_128_OW 28
#define conv_f32_nhwc_3x3s1p1_128x28x28_128_KH 3
#define conv_f32_nhwc_3x3s1p1_128x28x28_128_KW 3
#define conv_f32_nhwc_3x3s1p1_128x28x28_128_SH 1
#define conv_f32_nhwc_3x3s1p1_128x28x28_128_SW 1
#define conv_f32_nhwc_3x3s1p1_128x28x28_128_DH 1
#define conv_f32_nhwc_3x3s1p1_128x28x28_128_DW 1
#define conv_f32_nhwc_3x3s1p1_128x28x28_128_TOP 1
#define conv_f32_nhwc_3x3s1p1_128x28x28_128_BOTTOM 1
#define conv_f32_nhwc_3x3s1p1_128x28x28_128_LEFT 1
#define conv_f32_nhwc_3x3s1p1_128x28x28_128_RIGHT 1
#define conv_f32_nhwc_3x3s1p1_128x28x28_128_BIAS 1
#define conv_f32_nhwc_3x3s1p1_128x28x28_128_SLOPES 0
#define conv_f32_nhwc_3x3s1p1_128x28x28_128_RESIDUAL 0

/* Sizes in bytes: numbers for #if too, and of one element at least, for an array to be declared from. */
#define conv_f32_nhwc_3x3s1p1_128x28x28_128_WEIGHTS_BYTES 589824
#define conv_f32_nhwc_3x3s1p1_128x28x28_128_BIAS_BYTES 512
#define conv_f32_nhwc_3x3s1p1_128x28x28_128_INPUT_BYTES 401408
#define conv_f32_nhwc_3x3s1p1_128x28x28_128_OUTPUT_BYTES 401408
#define conv_f32_nhwc_3x3s1p1_128x28x28_128_PACKED_BYTES 2359808
#define conv_f32_nhwc_3x3s1p1_128x28x28_128_WORKSPACE_BYTES(workers) (1810944ull + 0ull * ((workers) > 1 ? (workers) & 0x7fffffff : 1))
/* Alignment in bytes that packed and workspace need; the other arrays need that of their numbers, and are read
   and written fastest with this one. */
#define conv_f32_nhwc_3x3s1p1_128x28x28_128_ALIGN 64

/* Once: weights and bias into the order the kernel reads. */
void conv_f32_nhwc_3x3s1p1_128x28x28_128_pack(const float *weights, const float *bias, void *packed);

/* The layer. workers: what workspace was sized for; less than 1 counts as 1. Built with OpenMP, the layer runs on up to
   so many threads, whatever OpenMP is set to; without, on the caller's. No array may overlap output. */
void conv_f32_nhwc_3x3s1p1_128x28x28_128(const float *input, const void *packed, float *output, void *workspace, int workers);

/* Bring your own threads: all tasks of a phase, in any order and on any threads, then the next phase.
   worker numbers the calling thread, 0 <= worker < workers. The result has the same bits either way.
   task < conv_f32_nhwc_3x3s1p1_128x28x28_128_tasks(phase), which is 0 for a phase that there is not. */
#define conv_f32_nhwc_3x3s1p1_128x28x28_128_PHASES 3
size_t conv_f32_nhwc_3x3s1p1_128x28x28_128_tasks(int phase);
void conv_f32_nhwc_3x3s1p1_128x28x28_128_task(int phase, size_t task, int worker, const float *input, const void *packed, float *output, void *workspace);

#ifdef __cplusplus
}
#endif

#endif
