/* conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64: a convolution layer, written by convgen 0.1.0.
 *
 * f32, input nchw 1 x 64 x 112 x 112, output 1 x 64 x 56 x 56, weights oihw 64 x 1 x 3 x 3
 * kernel 3x3, stride 2x2, padding 0+1 0+1, 64 groups, bias
 * |error| <= g S, S = sum |x||w| + |bias|, g = 9 u / (1 - 9 u) = 5.36e-07, u = 2^-24
 * nothing overflows where |x| <= X and |w| <= W, X W <= 1.89e+37, |bias| <= 1.7e+38
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef CONV_F32_NCHW_3X3S2P0Q1_G64_64X112X112_64_H
#define CONV_F32_NCHW_3X3S2P0Q1_G64_64X112X112_64_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_ABI 2

/* The layer: images, groups, channels, extents, kernel, strides, dilations (1 is none), pads, and whether it has these
   arrays. */
#define conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_N 1
#define conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_G 64
#define conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_IC 64
#define conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_IH 112
#define conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_IW 112
#define conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_OC 64
#define conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_OH 56
#define conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_OW 56
#define conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_KH 3
#define conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_KW 3
#define conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_SH 2
#define conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_SW 2
#define conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_DH 1
#define conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_DW 1
#define conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_TOP 0
#define conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_BOTTOM 1
#define conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_LEFT 0
#define conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_RIGHT 1
#define conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_BIAS 1
#define conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_SLOPES 0
#define conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_RESIDUAL 0

/* Sizes in bytes: numbers for #if too, and of one element at least, for an array to be declared from. */
#define conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_WEIGHTS_BYTES 2304
#define conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_BIAS_BYTES 256
#define conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_INPUT_BYTES 3211264
#define conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_OUTPUT_BYTES 802816
#define conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_PACKED_BYTES 2560
#define conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_WORKSPACE_BYTES(workers) (4ull + 0ull * ((workers) > 1 ? (workers) & 0x7fffffff : 1))
/* Alignment in bytes that packed and workspace need; the other arrays need that of their numbers, and are read
   and written fastest with this one. */
#define conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_ALIGN 64

/* Once: weights and bias into the order the kernel reads. */
void conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_pack(const float *weights, const float *bias, void *packed);

/* The layer. workers: what workspace was sized for; less than 1 counts as 1. Built with OpenMP, the layer runs on up to
   so many threads, whatever OpenMP is set to; without, on the caller's. No array may overlap output.
   workspace may be NULL: nothing is in it. */
void conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64(const float *input, const void *packed, float *output, void *workspace, int workers);

/* Bring your own threads: all tasks of a phase, in any order and on any threads, then the next phase.
   worker numbers the calling thread, 0 <= worker < workers. The result has the same bits either way.
   task < conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_tasks(phase), which is 0 for a phase that there is not. */
#define conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_PHASES 1
size_t conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_tasks(int phase);
void conv_f32_nchw_3x3s2p0q1_g64_64x112x112_64_task(int phase, size_t task, int worker, const float *input, const void *packed, float *output, void *workspace);

#ifdef __cplusplus
}
#endif

#endif
