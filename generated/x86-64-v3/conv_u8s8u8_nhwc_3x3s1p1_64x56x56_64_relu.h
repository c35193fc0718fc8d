/* conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu: a convolution layer, written by convgen 0.1.0.
 *
 * u8:s8:u8, input nhwc 1 x 56 x 56 x 64, output 1 x 56 x 56 x 64, weights hwio 3 x 3 x 64 x 64
 * kernel 3x3, stride 1x1, padding 1+1 1+1, bias, relu
 * none: v = bias + sum w x is exact in s32; y = rint(v * scale), a product in f32, ties to even (half-
 * even), cut to 0 ... 255, the same bits on every machine
 * |v - bias| <= 576 * 255 * 128 = 18800640, |bias| must be <= 2128683007, below the 2^25 that its
 * transforms, modulo 2^32, leave
 * scale: of each output channel, a positive normal number of f32, Sx Sw / Sy, where x, w and y stand
 * for Sx (x - 0), Sw w and Sy (y - 0)
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef CONV_U8S8U8_NHWC_3X3S1P1_64X56X56_64_RELU_H
#define CONV_U8S8U8_NHWC_3X3S1P1_64X56X56_64_RELU_H

#include <stdint.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_ABI 2

/* The layer: images, groups, channels, extents, kernel, strides, dilations (1 is none), pads, and whether it has these
   arrays. */
#define conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_N 1
#define conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_G 1
#define conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_IC 64
#define conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_IH 56
#define conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_IW 56
#define conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_OC 64
#define conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_OH 56
#define conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_OW 56
#define conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_KH 3
#define conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_KW 3
#define conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_SH 1
#define conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_SW 1
#define conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_DH 1
#define conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_DW 1
#define conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_TOP 1
#define conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_BOTTOM 1
#define conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_LEFT 1
#define conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_RIGHT 1
#define conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_BIAS 1
#define conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_SLOPES 0
#define conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_RESIDUAL 0

/* Sizes in bytes: numbers for #if too, and of one element at least, for an array to be declared from. */
#define conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_WEIGHTS_BYTES 36864
#define conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_BIAS_BYTES 256
#define conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_SCALE_BYTES 256
#define conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_INPUT_BYTES 200704
#define conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_OUTPUT_BYTES 200704
#define conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_PACKED_BYTES 295424
#define conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_WORKSPACE_BYTES(workers) (430656ull + 391680ull * ((workers) > 1 ? (workers) & 0x7fffffff : 1))
/* Alignment in bytes that packed and workspace need; the other arrays need that of their numbers, and are read
   and written fastest with this one. */
#define conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_ALIGN 64

/* Once: weights, bias and scales into the order the kernel reads. */
void conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_pack(const int8_t *weights, const int32_t *bias, const float *scale, void *packed);

/* The layer. workers: what workspace was sized for; less than 1 counts as 1. Built with OpenMP, the layer runs on up to
   so many threads, whatever OpenMP is set to; without, on the caller's. No array may overlap output. */
void conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu(const uint8_t *input, const void *packed, uint8_t *output, void *workspace, int workers);

/* Bring your own threads: all tasks of a phase, in any order and on any threads, then the next phase.
   worker numbers the calling thread, 0 <= worker < workers. The result has the same bits either way.
   task < conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_tasks(phase), which is 0 for a phase that there is not. */
#define conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_PHASES 2
size_t conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_tasks(int phase);
void conv_u8s8u8_nhwc_3x3s1p1_64x56x56_64_relu_task(int phase, size_t task, int worker, const uint8_t *input, const void *packed, uint8_t *output, void *workspace);

#ifdef __cplusplus
}
#endif

#endif
