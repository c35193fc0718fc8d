/* conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu: a convolution layer, written by convgen 0.1.0.
 *
 * f32, input nhwc 1 x 14 x 14 x 256, output 1 x 14 x 14 x 1024, weights hwio 1 x 1 x 256 x 1024
 * kernel 1x1, stride 1x1, bias, residual, relu
 * |error| <= g S, S = sum |x||w| + |bias| + |residual|, g = 257 u / (1 - 257 u) = 1.53e-05, u = 2^-24
 * nothing overflows where |x| <= X and |w| <= W, X W <= 6.64e+35, |bias| + |residual| <= 1.7e+38
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef CONV_F32_NHWC_1X1S1P0_256X14X14_1024_RESIDUAL_RELU_H
#define CONV_F32_NHWC_1X1S1P0_256X14X14_1024_RESIDUAL_RELU_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_ABI 2

/* The layer: images, groups, channels, extents, kernel, strides, dilations (1 is none), pads, and whether it has these
   arrays. */
#define conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_N 1
#define conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_G 1
#define conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_IC 256
#define conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_IH 14
#define conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_IW 14
#define conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_OC 1024
#define conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_OH 14
#define conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_OW 14
#define conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_KH 1
#define conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_KW 1
#define conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_SH 1
#define conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_SW 1
#define conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_DH 1
#define conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_DW 1
#define conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_TOP 0
#define conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_BOTTOM 0
#define conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_LEFT 0
#define conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_RIGHT 0
#define conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_BIAS 1
#define conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_SLOPES 0
#define conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_RESIDUAL 1
#define conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_OUTPUT_MAY_BE_RESIDUAL 1

/* Sizes in bytes: numbers for #if too, and of one element at least, for an array to be declared from. */
#define conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_WEIGHTS_BYTES 1048576
#define conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_BIAS_BYTES 4096
#define conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_INPUT_BYTES 200704
#define conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_RESIDUAL_BYTES 802816
#define conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_OUTPUT_BYTES 802816
#define conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_PACKED_BYTES 1052672
#define conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_WORKSPACE_BYTES(workers) (4ull + 0ull * ((workers) > 1 ? (workers) & 0x7fffffff : 1))
/* Alignment in bytes that packed and workspace need; the other arrays need that of their numbers, and are read
   and written fastest with this one. */
#define conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_ALIGN 64

/* Once: weights and bias into the order the kernel reads. */
void conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_pack(const float *weights, const float *bias, void *packed);

/* The layer. workers: what workspace was sized for; less than 1 counts as 1. Built with OpenMP, the layer runs on up to
   so many threads, whatever OpenMP is set to; without, on the caller's. No array may overlap output,
   but residual may be the same array.
   workspace may be NULL: nothing is in it. */
void conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu(const float *input, const void *packed, const float *residual, float *output, void *workspace, int workers);

/* Bring your own threads: all tasks of a phase, in any order and on any threads, then the next phase.
   worker numbers the calling thread, 0 <= worker < workers. The result has the same bits either way.
   task < conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_tasks(phase), which is 0 for a phase that there is not. */
#define conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_PHASES 1
size_t conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_tasks(int phase);
void conv_f32_nhwc_1x1s1p0_256x14x14_1024_residual_relu_task(int phase, size_t task, int worker, const float *input, const void *packed, const float *residual, float *output, void *workspace);

#ifdef __cplusplus
}
#endif

#endif
