/* conv_f32_nchw_1x1s1p0_512x14x14_512_relu6: a convolution layer, written by convgen 0.1.0.
 *
 * f32, input nchw 1 x 512 x 14 x 14, output 1 x 512 x 14 x 14, weights oihw 512 x 512 x 1 x 1
 * kernel 1x1, stride 1x1, bias, relu6
 * |error| <= g S, S = sum |x||w| + |bias|, g = 512 u / (1 - 512 u) = 3.05e-05, u = 2^-24
 * nothing overflows where |x| <= X and |w| <= W, X W <= 3.32e+35, |bias| <= 1.7e+38
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef CONV_F32_NCHW_1X1S1P0_512X14X14_512_RELU6_H
#define CONV_F32_NCHW_1X1S1P0_512X14X14_512_RELU6_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_ABI 2

/* The layer: images, groups, channels, extents, kernel, strides, dilations (1 is none), pads, and whether it has these
   arrays. */
#define conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_N 1
#define conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_G 1
#define conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_IC 512
#define conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_IH 14
#define conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_IW 14
#define conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_OC 512
#define conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_OH 14
#define conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_OW 14
#define conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_KH 1
#define conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_KW 1
#define conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_SH 1
#define conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_SW 1
#define conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_DH 1
#define conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_DW 1
#define conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_TOP 0
#define conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_BOTTOM 0
#define conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_LEFT 0
#define conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_RIGHT 0
#define conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_BIAS 1
#define conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_SLOPES 0
#define conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_RESIDUAL 0

/* Sizes in bytes: numbers for #if too, and of one element at least, for an array to be declared from. */
#define conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_WEIGHTS_BYTES 1048576
#define conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_BIAS_BYTES 2048
#define conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_INPUT_BYTES 401408
#define conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_OUTPUT_BYTES 401408
#define conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_PACKED_BYTES 1050624
#define conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_WORKSPACE_BYTES(workers) (401408ull + 0ull * ((workers) > 1 ? (workers) & 0x7fffffff : 1))
/* Alignment in bytes that packed and workspace need; the other arrays need that of their numbers, and are read
   and written fastest with this one. */
#define conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_ALIGN 64

/* Once: weights and bias into the order the kernel reads. */
void conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_pack(const float *weights, const float *bias, void *packed);

/* The layer. workers: what workspace was sized for; less than 1 counts as 1. Built with OpenMP, the layer runs on up to
   so many threads, whatever OpenMP is set to; without, on the caller's. No array may overlap output. */
void conv_f32_nchw_1x1s1p0_512x14x14_512_relu6(const float *input, const void *packed, float *output, void *workspace, int workers);

/* Bring your own threads: all tasks of a phase, in any order and on any threads, then the next phase.
   worker numbers the calling thread, 0 <= worker < workers. The result has the same bits either way.
   task < conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_tasks(phase), which is 0 for a phase that there is not. */
#define conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_PHASES 2
size_t conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_tasks(int phase);
void conv_f32_nchw_1x1s1p0_512x14x14_512_relu6_task(int phase, size_t task, int worker, const float *input, const void *packed, float *output, void *workspace);

#ifdef __cplusplus
}
#endif

#endif
