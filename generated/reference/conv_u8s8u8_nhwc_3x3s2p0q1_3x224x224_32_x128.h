/* conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128: a convolution layer, written by convgen 0.1.0.
 *
 * u8:s8:u8, input nhwc 1 x 224 x 224 x 3, output 1 x 112 x 112 x 32, weights hwio 3 x 3 x 3 x 32
 * kernel 3x3, stride 2x2, padding 0+1 0+1, bias
 * none: v = bias + sum w (x - 128) is exact in s32; y = rint(v * scale), a product in f32, ties to
 * even (half-even), cut to 0 ... 255, the same bits on every machine
 * |v - bias| <= 27 * 128 * 128 = 442368, |bias| must be <= 2147041279; then no sum leaves s32, nor any
 * part of it, in any order
 * scale: of each output channel, a positive normal number of f32, Sx Sw / Sy, where x, w and y stand
 * for Sx (x - 128), Sw w and Sy (y - 0)
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef CONV_U8S8U8_NHWC_3X3S2P0Q1_3X224X224_32_X128_H
#define CONV_U8S8U8_NHWC_3X3S2P0Q1_3X224X224_32_X128_H

#include <stdint.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_ABI 2

/* The layer: images, groups, channels, extents, kernel, strides, dilations (1 is none), pads, and whether it has these
   arrays. */
#define conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_N 1
#define conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_G 1
#define conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_IC 3
#define conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_IH 224
#define conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_IW 224
#define conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_OC 32
#define conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_OH 112
#define conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_OW 112
#define conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_KH 3
#define conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_KW 3
#define conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_SH 2
#define conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_SW 2
#define conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_DH 1
#define conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_DW 1
#define conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_TOP 0
#define conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_BOTTOM 1
#define conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_LEFT 0
#define conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_RIGHT 1
#define conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_BIAS 1
#define conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_SLOPES 0
#define conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_RESIDUAL 0

/* Sizes in bytes: numbers for #if too, and of one element at least, for an array to be declared from. */
#define conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_WEIGHTS_BYTES 864
#define conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_BIAS_BYTES 128
#define conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_SCALE_BYTES 128
#define conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_INPUT_BYTES 150528
#define conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_OUTPUT_BYTES 401408
#define conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_PACKED_BYTES 1152
#define conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_WORKSPACE_BYTES(workers) (4ull + 0ull * ((workers) > 1 ? (workers) & 0x7fffffff : 1))
/* Alignment in bytes that packed and workspace need; the other arrays need that of their numbers, and are read
   and written fastest with this one. */
#define conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_ALIGN 64

/* Once: weights, bias and scales into the order the kernel reads. */
void conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_pack(const int8_t *weights, const int32_t *bias, const float *scale, void *packed);

/* The layer. workers: what workspace was sized for; less than 1 counts as 1. Built with OpenMP, the layer runs on up to
   so many threads, whatever OpenMP is set to; without, on the caller's. No array may overlap output.
   workspace may be NULL: nothing is in it. */
void conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128(const uint8_t *input, const void *packed, uint8_t *output, void *workspace, int workers);

/* Bring your own threads: all tasks of a phase, in any order and on any threads, then the next phase.
   worker numbers the calling thread, 0 <= worker < workers. The result has the same bits either way.
   task < conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_tasks(phase), which is 0 for a phase that there is not. */
#define conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_PHASES 1
size_t conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_tasks(int phase);
void conv_u8s8u8_nhwc_3x3s2p0q1_3x224x224_32_x128_task(int phase, size_t task, int worker, const uint8_t *input, const void *packed, uint8_t *output, void *workspace);

#ifdef __cplusplus
}
#endif

#endif
