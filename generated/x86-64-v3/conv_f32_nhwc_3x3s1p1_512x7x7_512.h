/* conv_f32_nhwc_3x3s1p1_512x7x7_512: a convolution layer, written by convgen 0.1.0.
 *
 * f32, input nhwc 1 x 7 x 7 x 512, output 1 x 7 x 7 x 512, weights hwio 3 x 3 x 512 x 512
 * kernel 3x3, stride 1x1, padding 1+1 1+1, bias
 * |error| <= g S, S = sum |A'| (|G w G'| * (|B'||x||B|)) |A| + |bias|, g = 520 u / (1 - 520 u) =
 * 3.1e-05, u = 2^-24; A, B and G are the matrices of the transforms, ' transposes, * multiplies
 * element by element, so S counts all pixels of an output's tile, also those that it does not read
 * (--max-error 0 for sentinels and hot pixels); where |x| <= X and |w| <= W, S is at most 3.277e+04 X
 * W + |bias|, 7.11 times that of a direct sum
 * nothing overflows where |x| <= X and |w| <= W, X <= 8.5e+37, W <= 1.51e+38, X W <= 5.19e+33, |bias|
 * <= 1.7e+38
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef CONV_F32_NHWC_3X3S1P1_512X7X7_512_H
#define CONV_F32_NHWC_3X3S1P1_512X7X7_512_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define conv_f32_nhwc_3x3s1p1_512x7x7_512_ABI 2

/* The layer: images, groups, channels, extents, kernel, strides, dilations (1 is none), pads, and whether it has these
   arrays. */
#define conv_f32_nhwc_3x3s1p1_512x7x7_512_N 1
#define conv_f32_nhwc_3x3s1p1_512x7x7_512_G 1
#define conv_f32_nhwc_3x3s1p1_512x7x7_512_IC 512
#define conv_f32_nhwc_3x3s1p1_512x7x7_512_IH 7
#define conv_f32_nhwc_3x3s1p1_512x7x7_512_IW 7
#define conv_f32_nhwc_3x3s1p1_512x7x7_512_OC 512
#define conv_f32_nhwc_3x3s1p1_512x7x7_512_OH 7
#define conv_f32_nhwc_3x3s1p1_512x7x7_512_OW 7
#define conv_f32_nhwc_3x3s1p1_512x7x7_512_KH 3
#define conv_f32_nhwc_3x3s1p1_512x7x7_512_KW 3
#define conv_f32_nhwc_3x3s1p1_512x7x7_512_SH 1
#define conv_f32_nhwc_3x3s1p1_512x7x7_512_SW 1
#define conv_f32_nhwc_3x3s1p1_512x7x7_512_DH 1
#define conv_f32_nhwc_3x3s1p1_512x7x7_512_DW 1
#define conv_f32_nhwc_3x3s1p1_512x7x7_512_TOP 1
#define conv_f32_nhwc_3x3s1p1_512x7x7_512_BOTTOM 1
#define conv_f32_nhwc_3x3s1p1_512x7x7_512_LEFT 1
#define conv_f32_nhwc_3x3s1p1_512x7x7_512_RIGHT 1
#define conv_f32_nhwc_3x3s1p1_512x7x7_512_BIAS 1
#define conv_f32_nhwc_3x3s1p1_512x7x7_512_SLOPES 0
#define conv_f32_nhwc_3x3s1p1_512x7x7_512_RESIDUAL 0

/* Sizes in bytes: numbers for #if too, and of one element at least, for an array to be declared from. */
#define conv_f32_nhwc_3x3s1p1_512x7x7_512_WEIGHTS_BYTES 9437184
#define conv_f32_nhwc_3x3s1p1_512x7x7_512_BIAS_BYTES 2048
#define conv_f32_nhwc_3x3s1p1_512x7x7_512_INPUT_BYTES 100352
#define conv_f32_nhwc_3x3s1p1_512x7x7_512_OUTPUT_BYTES 100352
#define conv_f32_nhwc_3x3s1p1_512x7x7_512_PACKED_BYTES 16779264
#define conv_f32_nhwc_3x3s1p1_512x7x7_512_WORKSPACE_BYTES(workers) (1050624ull + 0ull * ((workers) > 1 ? (workers) & 0x7fffffff : 1))
/* Alignment in bytes that packed and workspace need; the other arrays need that of their numbers, and are read
   and written fastest with this one. */
#define conv_f32_nhwc_3x3s1p1_512x7x7_512_ALIGN 64

/* Once: weights and bias into the order the kernel reads. */
void conv_f32_nhwc_3x3s1p1_512x7x7_512_pack(const float *weights, const float *bias, void *packed);

/* The layer. workers: what workspace was sized for; less than 1 counts as 1. Built with OpenMP, the layer runs on up to
   so many threads, whatever OpenMP is set to; without, on the caller's. No array may overlap output. */
void conv_f32_nhwc_3x3s1p1_512x7x7_512(const float *input, const void *packed, float *output, void *workspace, int workers);

/* Bring your own threads: all tasks of a phase, in any order and on any threads, then the next phase.
   worker numbers the calling thread, 0 <= worker < workers. The result has the same bits either way.
   task < conv_f32_nhwc_3x3s1p1_512x7x7_512_tasks(phase), which is 0 for a phase that there is not. */
#define conv_f32_nhwc_3x3s1p1_512x7x7_512_PHASES 3
size_t conv_f32_nhwc_3x3s1p1_512x7x7_512_tasks(int phase);
void conv_f32_nhwc_3x3s1p1_512x7x7_512_task(int phase, size_t task, int worker, const float *input, const void *packed, float *output, void *workspace);

#ifdef __cplusplus
}
#endif

#endif
