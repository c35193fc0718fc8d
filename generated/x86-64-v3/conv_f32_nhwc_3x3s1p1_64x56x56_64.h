/* conv_f32_nhwc_3x3s1p1_64x56x56_64: a convolution layer, written by convgen 0.1.0.
 *
 * f32, input nhwc 1 x 56 x 56 x 64, output 1 x 56 x 56 x 64, weights hwio 3 x 3 x 64 x 64
 * kernel 3x3, stride 1x1, padding 1+1 1+1, bias
 * |error| <= g S, S = sum |A'| (|G w G'| * (|B'||x||B|)) |A| + |bias|, g = 76 u / (1 - 76 u) =
 * 4.53e-06, u = 2^-24; A, B and G are the matrices of the transforms, ' transposes, * multiplies
 * element by element, so S counts all pixels of an output's tile, also those that it does not read
 * (--max-error 0 for sentinels and hot pixels); where |x| <= X and |w| <= W, S is at most 5.607e+04 X
 * W + |bias|, 97.4 times that of a direct sum
 * nothing overflows where |x| <= X and |w| <= W, X <= 6.94e+36, W <= 9.76e+37, X W <= 2.35e+33, |bias|
 * <= 1.7e+38
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef CONV_F32_NHWC_3X3S1P1_64X56X56_64_H
#define CONV_F32_NHWC_3X3S1P1_64X56X56_64_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define conv_f32_nhwc_3x3s1p1_64x56x56_64_ABI 2

/* The layer: images, groups, channels, extents, kernel, strides, dilations (1 is none), pads, and whether it has these
   arrays. */
#define conv_f32_nhwc_3x3s1p1_64x56x56_64_N 1
#define conv_f32_nhwc_3x3s1p1_64x56x56_64_G 1
#define conv_f32_nhwc_3x3s1p1_64x56x56_64_IC 64
#define conv_f32_nhwc_3x3s1p1_64x56x56_64_IH 56
#define conv_f32_nhwc_3x3s1p1_64x56x56_64_IW 56
#define conv_f32_nhwc_3x3s1p1_64x56x56_64_OC 64
#define conv_f32_nhwc_3x3s1p1_64x56x56_64_OH 56
#define conv_f32_nhwc_3x3s1p1_64x56x56_64_OW 56
#define conv_f32_nhwc_3x3s1p1_64x56x56_64_KH 3
#define conv_f32_nhwc_3x3s1p1_64x56x56_64_KW 3
#define conv_f32_nhwc_3x3s1p1_64x56x56_64_SH 1
#define conv_f32_nhwc_3x3s1p1_64x56x56_64_SW 1
#define conv_f32_nhwc_3x3s1p1_64x56x56_64_DH 1
#define conv_f32_nhwc_3x3s1p1_64x56x56_64_DW 1
#define conv_f32_nhwc_3x3s1p1_64x56x56_64_TOP 1
#define conv_f32_nhwc_3x3s1p1_64x56x56_64_BOTTOM 1
#define conv_f32_nhwc_3x3s1p1_64x56x56_64_LEFT 1
#define conv_f32_nhwc_3x3s1p1_64x56x56_64_RIGHT 1
#define conv_f32_nhwc_3x3s1p1_64x56x56_64_BIAS 1
#define conv_f32_nhwc_3x3s1p1_64x56x56_64_SLOPES 0
#define conv_f32_nhwc_3x3s1p1_64x56x56_64_RESIDUAL 0

/* Sizes in bytes: numbers for #if too, and of one element at least, for an array to be declared from. */
#define conv_f32_nhwc_3x3s1p1_64x56x56_64_WEIGHTS_BYTES 147456
#define conv_f32_nhwc_3x3s1p1_64x56x56_64_BIAS_BYTES 256
#define conv_f32_nhwc_3x3s1p1_64x56x56_64_INPUT_BYTES 802816
#define conv_f32_nhwc_3x3s1p1_64x56x56_64_OUTPUT_BYTES 802816
#define conv_f32_nhwc_3x3s1p1_64x56x56_64_PACKED_BYTES 590080
#define conv_f32_nhwc_3x3s1p1_64x56x56_64_WORKSPACE_BYTES(workers) (0ull + 520704ull * ((workers) > 1 ? (workers) & 0x7fffffff : 1))
/* Alignment in bytes that packed and workspace need; the other arrays need that of their numbers, and are read
   and written fastest with this one. */
#define conv_f32_nhwc_3x3s1p1_64x56x56_64_ALIGN 64

/* Once: weights and bias into the order the kernel reads. */
void conv_f32_nhwc_3x3s1p1_64x56x56_64_pack(const float *weights, const float *bias, void *packed);

/* The layer. workers: what workspace was sized for; less than 1 counts as 1. Built with OpenMP, the layer runs on up to
   so many threads, whatever OpenMP is set to; without, on the caller's. No array may overlap output. */
void conv_f32_nhwc_3x3s1p1_64x56x56_64(const float *input, const void *packed, float *output, void *workspace, int workers);

/* Bring your own threads: all tasks of a phase, in any order and on any threads, then the next phase.
   worker numbers the calling thread, 0 <= worker < workers. The result has the same bits either way.
   task < conv_f32_nhwc_3x3s1p1_64x56x56_64_tasks(phase), which is 0 for a phase that there is not. */
#define conv_f32_nhwc_3x3s1p1_64x56x56_64_PHASES 1
size_t conv_f32_nhwc_3x3s1p1_64x56x56_64_tasks(int phase);
void conv_f32_nhwc_3x3s1p1_64x56x56_64_task(int phase, size_t task, int worker, const float *input, const void *packed, float *output, void *workspace);

#ifdef __cplusplus
}
#endif

#endif
