/* conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish: a convolution layer, written by convgen 0.1.0.
 *
 * f32, input nchw 1 x 3 x 224 x 224, output 1 x 32 x 112 x 112, weights oihw 32 x 3 x 3 x 3
 * kernel 3x3, stride 2x2, padding 0+1 0+1, bias, hard-swish
 * |error| <= 1.5 g S, S = sum |x||w| + |bias|, g = 28 u / (1 - 28 u) = 1.67e-06, u = 2^-24; the
 * activation adds u (0 + 5 (|v| + g S)), v the sum before it
 * nothing overflows where |x| <= X and |w| <= W, X W <= 6.3e+36, |bias| <= 1.7e+38
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef CONV_F32_NCHW_3X3S2P0Q1_3X224X224_32_HARD_SWISH_H
#define CONV_F32_NCHW_3X3S2P0Q1_3X224X224_32_HARD_SWISH_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_ABI 2

/* The layer: images, groups, channels, extents, kernel, strides, dilations (1 is none), pads, and whether it has these
   arrays. */
#define conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_N 1
#define conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_G 1
#define conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_IC 3
#define conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_IH 224
#define conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_IW 224
#define conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_OC 32
#define conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_OH 112
#define conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_OW 112
#define conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_KH 3
#define conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_KW 3
#define conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_SH 2
#define conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_SW 2
#define conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_DH 1
#define conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_DW 1
#define conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_TOP 0
#define conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_BOTTOM 1
#define conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_LEFT 0
#define conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_RIGHT 1
#define conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_BIAS 1
#define conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_SLOPES 0
#define conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_RESIDUAL 0

/* Sizes in bytes: numbers for #if too, and of one element at least, for an array to be declared from. */
#define conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_WEIGHTS_BYTES 3456
#define conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_BIAS_BYTES 128
#define conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_INPUT_BYTES 602112
#define conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_OUTPUT_BYTES 1605632
#define conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_PACKED_BYTES 3584
#define conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_WORKSPACE_BYTES(workers) (4ull + 0ull * ((workers) > 1 ? (workers) & 0x7fffffff : 1))
/* Alignment in bytes that packed and workspace need; the other arrays need that of their numbers, and are read
   and written fastest with this one. */
#define conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_ALIGN 64

/* Once: weights and bias into the order the kernel reads. */
void conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_pack(const float *weights, const float *bias, void *packed);

/* The layer. workers: what workspace was sized for; less than 1 counts as 1. Built with OpenMP, the layer runs on up to
   so many threads, whatever OpenMP is set to; without, on the caller's. No array may overlap output.
   workspace may be NULL: nothing is in it. */
void conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish(const float *input, const void *packed, float *output, void *workspace, int workers);

/* Bring your own threads: all tasks of a phase, in any order and on any threads, then the next phase.
   worker numbers the calling thread, 0 <= worker < workers. The result has the same bits either way.
   task < conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_tasks(phase), which is 0 for a phase that there is not. */
#define conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_PHASES 1
size_t conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_tasks(int phase);
void conv_f32_nchw_3x3s2p0q1_3x224x224_32_hard_swish_task(int phase, size_t task, int worker, const float *input, const void *packed, float *output, void *workspace);

#ifdef __cplusplus
}
#endif

#endif
