/* conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512: a convolution layer, written by convgen 0.1.0.
 *
 * f32:s8:f32, input nhwc 1 x 1 x 1 x 2048, output 1 x 1 x 1 x 512, weights hwio 1 x 1 x 2048 x 512
 * kernel 1x1, stride 1x1, bias
 * |error| <= g S, S = sum |x||scale w| + |bias|, g = 2050 u / (1 - 2050 u) = 0.000122, u = 2^-24
 * nothing overflows where |x| <= X and |scale w| <= W, X <= 1.29e+33, X W <= 8.3e+34, |bias| <=
 * 1.7e+38
 * scale: of each output channel, a positive normal number of f32: w stands for scale w
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef CONV_F32S8F32_NHWC_1X1S1P0_2048X1X1_512_H
#define CONV_F32S8F32_NHWC_1X1S1P0_2048X1X1_512_H

#include <stdint.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_ABI 2

/* The layer: images, groups, channels, extents, kernel, strides, dilations (1 is none), pads, and whether it has these
   arrays. */
#define conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_N 1
#define conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_G 1
#define conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_IC 2048
#define conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_IH 1
#define conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_IW 1
#define conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_OC 512
#define conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_OH 1
#define conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_OW 1
#define conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_KH 1
#define conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_KW 1
#define conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_SH 1
#define conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_SW 1
#define conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_DH 1
#define conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_DW 1
#define conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_TOP 0
#define conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_BOTTOM 0
#define conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_LEFT 0
#define conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_RIGHT 0
#define conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_BIAS 1
#define conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_SLOPES 0
#define conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_RESIDUAL 0

/* Sizes in bytes: numbers for #if too, and of one element at least, for an array to be declared from. */
#define conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_WEIGHTS_BYTES 1048576
#define conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_BIAS_BYTES 2048
#define conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_SCALE_BYTES 2048
#define conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_INPUT_BYTES 8192
#define conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_OUTPUT_BYTES 2048
#define conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_PACKED_BYTES 1052672
#define conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_WORKSPACE_BYTES(workers) (4ull + 0ull * ((workers) > 1 ? (workers) & 0x7fffffff : 1))
/* Alignment in bytes that packed and workspace need; the other arrays need that of their numbers, and are read
   and written fastest with this one. */
#define conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_ALIGN 64

/* Once: weights, bias and scales into the order the kernel reads. */
void conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_pack(const int8_t *weights, const float *bias, const float *scale, void *packed);

/* The layer. workers: what workspace was sized for; less than 1 counts as 1. Built with OpenMP, the layer runs on up to
   so many threads, whatever OpenMP is set to; without, on the caller's. No array may overlap output.
   workspace may be NULL: nothing is in it. */
void conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512(const float *input, const void *packed, float *output, void *workspace, int workers);

/* Bring your own threads: all tasks of a phase, in any order and on any threads, then the next phase.
   worker numbers the calling thread, 0 <= worker < workers. The result has the same bits either way.
   task < conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_tasks(phase), which is 0 for a phase that there is not. */
#define conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_PHASES 1
size_t conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_tasks(int phase);
void conv_f32s8f32_nhwc_1x1s1p0_2048x1x1_512_task(int phase, size_t task, int worker, const float *input, const void *packed, float *output, void *workspace);

#ifdef __cplusplus
}
#endif

#endif
