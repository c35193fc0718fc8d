/* backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64: a convolution layer, written by convgen 0.1.0.
 *
 * f32, input nhwc 8 x 56 x 56 x 64, output's gradient 8 x 56 x 56 x 64, weights' gradient hwio 3 x 3 x 64 x 64
 * backward-weights, kernel 3x3, stride 1x1, padding 1+1 1+1, bias
 * |error| <= g S, S = sum |x||dy|, g = 1639 u / (1 - 1639 u) = 9.77e-05, u = 2^-24
 * nothing overflows where |x| <= X and |dy| <= W, W <= 1.35e+34, X W <= 1.35e+34
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef BACKWARD_WEIGHTS_F32_NHWC_3X3S1P1_N8_64X56X56_64_H
#define BACKWARD_WEIGHTS_F32_NHWC_3X3S1P1_N8_64X56X56_64_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_ABI 2

/* The layer: images, groups, channels, extents, kernel, strides, dilations (1 is none), pads, and whether it has these
   arrays. */
#define backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_BACKWARD_WEIGHTS 1
#define backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_N 8
#define backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_G 1
#define backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_IC 64
#define backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_IH 56
#define backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_IW 56
#define backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_OC 64
#define backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_OH 56
#define backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_OW 56
#define backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_KH 3
#define backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_KW 3
#define backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_SH 1
#define backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_SW 1
#define backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_DH 1
#define backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_DW 1
#define backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_TOP 1
#define backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_BOTTOM 1
#define backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_LEFT 1
#define backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_RIGHT 1
#define backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_BIAS 1
#define backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_SLOPES 0
#define backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_RESIDUAL 0

/* Sizes in bytes: numbers for #if too, and of one element at least, for an array to be declared from. */
#define backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_INPUT_BYTES 6422528
#define backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_OUTPUT_GRADIENT_BYTES 6422528
#define backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_WEIGHTS_GRADIENT_BYTES 147456
#define backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_BIAS_GRADIENT_BYTES 256
#define backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_WORKSPACE_BYTES(workers) (2363392ull + 292352ull * ((workers) > 1 ? (workers) & 0x7fffffff : 1))
/* Alignment in bytes that packed and workspace need; the other arrays need that of their numbers, and are read
   and written fastest with this one. */
#define backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_ALIGN 64

/* The layer. workers: what workspace was sized for; less than 1 counts as 1. Built with OpenMP, the layer runs on up to
   so many threads, whatever OpenMP is set to; without, on the caller's. No array may overlap weights_gradient or bias_gradient. */
void backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64(const float *input, const float *output_gradient, float *weights_gradient, float *bias_gradient, void *workspace, int workers);

/* Bring your own threads: all tasks of a phase, in any order and on any threads, then the next phase.
   worker numbers the calling thread, 0 <= worker < workers. The result has the same bits either way.
   task < backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_tasks(phase), which is 0 for a phase that there is not. */
#define backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_PHASES 2
size_t backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_tasks(int phase);
void backward_weights_f32_nhwc_3x3s1p1_n8_64x56x56_64_task(int phase, size_t task, int worker, const float *input, const float *output_gradient, float *weights_gradient, float *bias_gradient, void *workspace);

#ifdef __cplusplus
}
#endif

#endif
