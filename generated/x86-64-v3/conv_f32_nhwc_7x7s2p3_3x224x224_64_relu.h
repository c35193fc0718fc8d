/* conv_f32_nhwc_7x7s2p3_3x224x224_64_relu: a convolution layer, written by convgen 0.1.0.
 *
 * f32, input nhwc 1 x 224 x 224 x 3, output 1 x 112 x 112 x 64, weights hwio 7 x 7 x 3 x 64
 * kernel 7x7, stride 2x2, padding 3+3 3+3, bias, relu
 * |error| <= g S, S = sum |x||w| + |bias|, g = 147 u / (1 - 147 u) = 8.76e-06, u = 2^-24
 * nothing overflows where |x| <= X and |w| <= W, X W <= 1.15e+36, |bias| <= 1.7e+38
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef CONV_F32_NHWC_7X7S2P3_3X224X224_64_RELU_H
#define CONV_F32_NHWC_7X7S2P3_3X224X224_64_RELU_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_ABI 2

/* The layer: images, groups, channels, extents, kernel, strides, dilations (1 is none), pads, and whether it has these
   arrays. */
#define conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_N 1
#define conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_G 1
#define conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_IC 3
#define conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_IH 224
#define conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_IW 224
#define conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_OC 64
#define conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_OH 112
#define conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_OW 112
#define conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_KH 7
#define conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_KW 7
#define conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_SH 2
#define conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_SW 2
#define conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_DH 1
#define conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_DW 1
#define conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_TOP 3
#define conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_BOTTOM 3
#define conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_LEFT 3
#define conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_RIGHT 3
#define conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_BIAS 1
#define conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_SLOPES 0
#define conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_RESIDUAL 0

/* Sizes in bytes: numbers for #if too, and of one element at least, for an array to be declared from. */
#define conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_WEIGHTS_BYTES 37632
#define conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_BIAS_BYTES 256
#define conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_INPUT_BYTES 602112
#define conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_OUTPUT_BYTES 3211264
#define conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_PACKED_BYTES 37888
#define conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_WORKSPACE_BYTES(workers) (4ull + 0ull * ((workers) > 1 ? (workers) & 0x7fffffff : 1))
/* Alignment in bytes that packed and workspace need; the other arrays need that of their numbers, and are read
   and written fastest with this one. */
#define conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_ALIGN 64

/* Once: weights and bias into the order the kernel reads. */
void conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_pack(const float *weights, const float *bias, void *packed);

/* The layer. workers: what workspace was sized for; less than 1 counts as 1. Built with OpenMP, the layer runs on up to
   so many threads, whatever OpenMP is set to; without, on the caller's. No array may overlap output.
   workspace may be NULL: nothing is in it. */
void conv_f32_nhwc_7x7s2p3_3x224x224_64_relu(const float *input, const void *packed, float *output, void *workspace, int workers);

/* Bring your own threads: all tasks of a phase, in any order and on any threads, then the next phase.
   worker numbers the calling thread, 0 <= worker < workers. The result has the same bits either way.
   task < conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_tasks(phase), which is 0 for a phase that there is not. */
#define conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_PHASES 1
size_t conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_tasks(int phase);
void conv_f32_nhwc_7x7s2p3_3x224x224_64_relu_task(int phase, size_t task, int worker, const float *input, const void *packed, float *output, void *workspace);

#ifdef __cplusplus
}
#endif

#endif
