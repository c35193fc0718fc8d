/* conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite: a convolution layer, written by convgen 0.1.0.
 *
 * s8:s8:s8, input nhwc 1 x 14 x 14 x 512, output 1 x 14 x 14 x 512, weights hwio 3 x 3 x 1 x 512
 * kernel 3x3, stride 1x1, padding 1+1 1+1, 512 groups, bias
 * none: v = bias + sum w (x + 128) is exact in s32; y = v * m / 2^31 rounded, ties up, then / 2^-shift
 * rounded, ties away from zero; scale = m 2^(shift - 31) (tflite) - 128, cut to -128 ... 127, the same
 * bits on every machine
 * |v - bias| <= 9 * 255 * 128 = 293760, |bias| must be <= 2147189887; then no sum leaves s32, nor any
 * part of it, in any order
 * scale: of each output channel, a positive normal number of f32, Sx Sw / Sy, where x, w and y stand
 * for Sx (x - -128), Sw w and Sy (y - -128)
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef CONV_S8S8S8_NHWC_3X3S1P1_G512_512X14X14_512_XM128_YM128_TFLITE_H
#define CONV_S8S8S8_NHWC_3X3S1P1_G512_512X14X14_512_XM128_YM128_TFLITE_H

#include <stdint.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_ABI 2

/* The layer: images, groups, channels, extents, kernel, strides, dilations (1 is none), pads, and whether it has these
   arrays. */
#define conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_N 1
#define conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_G 512
#define conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_IC 512
#define conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_IH 14
#define conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_IW 14
#define conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_OC 512
#define conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_OH 14
#define conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_OW 14
#define conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_KH 3
#define conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_KW 3
#define conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_SH 1
#define conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_SW 1
#define conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_DH 1
#define conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_DW 1
#define conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_TOP 1
#define conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_BOTTOM 1
#define conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_LEFT 1
#define conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_RIGHT 1
#define conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_BIAS 1
#define conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_SLOPES 0
#define conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_RESIDUAL 0

/* Sizes in bytes: numbers for #if too, and of one element at least, for an array to be declared from. */
#define conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_WEIGHTS_BYTES 4608
#define conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_BIAS_BYTES 2048
#define conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_SCALE_BYTES 4096
#define conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_INPUT_BYTES 100352
#define conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_OUTPUT_BYTES 100352
#define conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_PACKED_BYTES 10752
#define conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_WORKSPACE_BYTES(workers) (4ull + 0ull * ((workers) > 1 ? (workers) & 0x7fffffff : 1))
/* Alignment in bytes that packed and workspace need; the other arrays need that of their numbers, and are read
   and written fastest with this one. */
#define conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_ALIGN 64

/* Once: weights, bias and scales into the order the kernel reads. */
void conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_pack(const int8_t *weights, const int32_t *bias, const double *scale, void *packed);

/* The layer. workers: what workspace was sized for; less than 1 counts as 1. Built with OpenMP, the layer runs on up to
   so many threads, whatever OpenMP is set to; without, on the caller's. No array may overlap output.
   workspace may be NULL: nothing is in it. */
void conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite(const int8_t *input, const void *packed, int8_t *output, void *workspace, int workers);

/* Bring your own threads: all tasks of a phase, in any order and on any threads, then the next phase.
   worker numbers the calling thread, 0 <= worker < workers. The result has the same bits either way.
   task < conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_tasks(phase), which is 0 for a phase that there is not. */
#define conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_PHASES 1
size_t conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_tasks(int phase);
void conv_s8s8s8_nhwc_3x3s1p1_g512_512x14x14_512_xm128_ym128_tflite_task(int phase, size_t task, int worker, const int8_t *input, const void *packed, int8_t *output, void *workspace);

#ifdef __cplusplus
}
#endif

#endif
