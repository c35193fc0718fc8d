/* transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh: a convolution layer, written by convgen 0.1.0.
 *
 * f32, input nchw 1 x 128 x 32 x 32, output 1 x 3 x 64 x 64, weights iohw 128 x 3 x 4 x 4
 * transposed, kernel 4x4, stride 2x2, padding 1+1 1+1, bias, tanh
 * |error| <= g S, S = sum |x||w| + |bias|, g = 512 u / (1 - 512 u) = 3.05e-05, u = 2^-24; the
 * activation adds u (6 + 0 (|v| + g S)), v the sum before it
 * nothing overflows where |x| <= X and |w| <= W, X W <= 3.32e+35, |bias| <= 1.7e+38
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef TRANSPOSED_F32_NCHW_4X4S2P1_128X32X32_3_TANH_H
#define TRANSPOSED_F32_NCHW_4X4S2P1_128X32X32_3_TANH_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_ABI 2

/* The layer: images, groups, channels, extents, kernel, strides, dilations (1 is none), pads, and whether it has these
   arrays. */
#define transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_TRANSPOSED 1
#define transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_N 1
#define transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_G 1
#define transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_IC 128
#define transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_IH 32
#define transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_IW 32
#define transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_OC 3
#define transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_OH 64
#define transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_OW 64
#define transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_KH 4
#define transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_KW 4
#define transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_SH 2
#define transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_SW 2
#define transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_DH 1
#define transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_DW 1
#define transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_TOP 1
#define transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_BOTTOM 1
#define transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_LEFT 1
#define transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_RIGHT 1
#define transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_BIAS 1
#define transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_SLOPES 0
#define transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_RESIDUAL 0

/* Sizes in bytes: numbers for #if too, and of one element at least, for an array to be declared from. */
#define transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_WEIGHTS_BYTES 24576
#define transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_BIAS_BYTES 12
#define transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_INPUT_BYTES 524288
#define transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_OUTPUT_BYTES 49152
#define transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_PACKED_BYTES 24588
#define transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_WORKSPACE_BYTES(workers) (696320ull + 0ull * ((workers) > 1 ? (workers) & 0x7fffffff : 1))
/* Alignment in bytes that packed and workspace need; the other arrays need that of their numbers, and are read
   and written fastest with this one. */
#define transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_ALIGN 64

/* Once: weights and bias into the order the kernel reads. */
void transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_pack(const float *weights, const float *bias, void *packed);

/* The layer. workers: what workspace was sized for; less than 1 counts as 1. Built with OpenMP, the layer runs on up to
   so many threads, whatever OpenMP is set to; without, on the caller's. No array may overlap output. */
void transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh(const float *input, const void *packed, float *output, void *workspace, int workers);

/* Bring your own threads: all tasks of a phase, in any order and on any threads, then the next phase.
   worker numbers the calling thread, 0 <= worker < workers. The result has the same bits either way.
   task < transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_tasks(phase), which is 0 for a phase that there is not. */
#define transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_PHASES 2
size_t transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_tasks(int phase);
void transposed_f32_nchw_4x4s2p1_128x32x32_3_tanh_task(int phase, size_t task, int worker, const float *input, const void *packed, float *output, void *workspace);

#ifdef __cplusplus
}
#endif

#endif
