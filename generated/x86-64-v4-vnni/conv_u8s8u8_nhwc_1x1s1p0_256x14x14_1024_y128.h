/* conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128: a convolution layer, written by convgen 0.1.0.
 *
 * u8:s8:u8, input nhwc 1 x 14 x 14 x 256, output 1 x 14 x 14 x 1024, weights hwio 1 x 1 x 256 x 1024
 * kernel 1x1, stride 1x1, bias
 * none: v = bias + sum w x is exact in s32; y = rint(v * scale), a product in f32, ties to even (half-
 * even) + 128, cut to 0 ... 255, the same bits on every machine
 * |v - bias| <= 256 * 255 * 128 = 8355840, |bias| must be <= 2139127807; then no sum leaves s32, nor
 * any part of it, in any order
 * scale: of each output channel, a positive normal number of f32, Sx Sw / Sy, where x, w and y stand
 * for Sx (x - 0), Sw w and Sy (y - 128)
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef CONV_U8S8U8_NHWC_1X1S1P0_256X14X14_1024_Y128_H
#define CONV_U8S8U8_NHWC_1X1S1P0_256X14X14_1024_Y128_H

#include <stdint.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_ABI 2

/* The layer: images, groups, channels, extents, kernel, strides, dilations (1 is none), pads, and whether it has these
   arrays. */
#define conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_N 1
#define conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_G 1
#define conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_IC 256
#define conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_IH 14
#define conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_IW 14
#define conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_OC 1024
#define conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_OH 14
#define conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_OW 14
#define conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_KH 1
#define conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_KW 1
#define conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_SH 1
#define conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_SW 1
#define conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_DH 1
#define conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_DW 1
#define conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_TOP 0
#define conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_BOTTOM 0
#define conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_LEFT 0
#define conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_RIGHT 0
#define conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_BIAS 1
#define conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_SLOPES 0
#define conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_RESIDUAL 0

/* Sizes in bytes: numbers for #if too, and of one element at least, for an array to be declared from. */
#define conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_WEIGHTS_BYTES 262144
#define conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_BIAS_BYTES 4096
#define conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_SCALE_BYTES 4096
#define conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_INPUT_BYTES 50176
#define conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_OUTPUT_BYTES 200704
#define conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_PACKED_BYTES 270336
#define conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_WORKSPACE_BYTES(workers) (4ull + 0ull * ((workers) > 1 ? (workers) & 0x7fffffff : 1))
/* Alignment in bytes that packed and workspace need; the other arrays need that of their numbers, and are read
   and written fastest with this one. */
#define conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_ALIGN 64

/* Once: weights, bias and scales into the order the kernel reads. */
void conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_pack(const int8_t *weights, const int32_t *bias, const float *scale, void *packed);

/* The layer. workers: what workspace was sized for; less than 1 counts as 1. Built with OpenMP, the layer runs on up to
   so many threads, whatever OpenMP is set to; without, on the caller's. No array may overlap output.
   workspace may be NULL: nothing is in it. */
void conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128(const uint8_t *input, const void *packed, uint8_t *output, void *workspace, int workers);

/* Bring your own threads: all tasks of a phase, in any order and on any threads, then the next phase.
   worker numbers the calling thread, 0 <= worker < workers. The result has the same bits either way.
   task < conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_tasks(phase), which is 0 for a phase that there is not. */
#define conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_PHASES 1
size_t conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_tasks(int phase);
void conv_u8s8u8_nhwc_1x1s1p0_256x14x14_1024_y128_task(int phase, size_t task, int worker, const uint8_t *input, const void *packed, uint8_t *output, void *workspace);

#ifdef __cplusplus
}
#endif

#endif
