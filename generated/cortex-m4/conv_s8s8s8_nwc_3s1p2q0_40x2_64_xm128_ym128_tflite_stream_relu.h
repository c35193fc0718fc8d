/* conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu: a convolution layer, written by convgen 0.1.0.
 *
 * s8:s8:s8, input nwc 1 x 2 x 40, output 1 x 2 x 64, weights hwio 3 x 40 x 64
 * a stream in blocks of up to 2 samples, kernel 3, stride 1, padding 2+0, bias, relu
 * none: v = bias + sum w (x + 128) is exact in s32; y = v * m / 2^31 rounded, ties up, then / 2^-shift
 * rounded, ties away from zero; scale = m 2^(shift - 31) (tflite) - 128, cut to -128 ... 127, the same
 * bits on every machine
 * |v - bias| <= 120 * 255 * 128 = 3916800, |bias| must be <= 2143566847; then no sum leaves s32, nor
 * any part of it, in any order
 * scale: of each output channel, a positive normal number of f32, Sx Sw / Sy, where x, w and y stand
 * for Sx (x - -128), Sw w and Sy (y - -128)
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef CONV_S8S8S8_NWC_3S1P2Q0_40X2_64_XM128_YM128_TFLITE_STREAM_RELU_H
#define CONV_S8S8S8_NWC_3S1P2Q0_40X2_64_XM128_YM128_TFLITE_STREAM_RELU_H

#include <stdint.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_ABI 2

/* The layer: images, groups, channels, extents, kernel, strides, dilations (1 is none), pads, and whether it has these
   arrays. */
#define conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_STREAM 2
#define conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_N 1
#define conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_G 1
#define conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_IC 40
#define conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_IW 2
#define conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_OC 64
#define conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_OW 2
#define conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_KW 3
#define conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_SW 1
#define conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_DW 1
#define conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_LEFT 2
#define conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_RIGHT 0
#define conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_BIAS 1
#define conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_SLOPES 0
#define conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_RESIDUAL 0

/* Sizes in bytes: numbers for #if too, and of one element at least, for an array to be declared from. */
#define conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_WEIGHTS_BYTES 7680
#define conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_BIAS_BYTES 256
#define conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_SCALE_BYTES 512
#define conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_INPUT_BYTES 80
#define conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_OUTPUT_BYTES 128
#define conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_PACKED_BYTES 16128
#define conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_STATE_BYTES 768
#define conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_WORKSPACE_BYTES(workers) (4ull + 0ull * ((workers) > 1 ? (workers) & 0x7fffffff : 1))
/* Alignment in bytes that packed and workspace need; the other arrays need that of their numbers, and are read
   and written fastest with this one. */
#define conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_ALIGN 64

/* Once: weights, bias and scales into the order the kernel reads. */
void conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_pack(const int8_t *weights, const int32_t *bias, const double *scale, void *packed);

/* Makes the state of a stream that has heard nothing: zeros before its first sample. Every stream has a state of its own,
   of conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_STATE_BYTES, aligned to conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_ALIGN bytes; weights are shared. */
void conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_reset(void *state);

/* The next block of a stream: 1 to conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu_STREAM samples of every channel,
   which the state adds to the past. Returns how many outputs of every channel it gave; or -1 where samples is none of
   these, -2 where the state is another layer's or was never reset: then nothing is written.
   input: [samples][40], output: [outputs][64]; each sample gives an output.
   The outputs have the same bits however a stream is cut into blocks. No call allocates, and none puts off more than its
   plan says: the time that one can take has a bound.
   output may be the input's own array, where it has room for both: samples are kept before outputs are
   written.
   No other array may overlap output.
   workspace may be NULL: nothing is in it. */
int conv_s8s8s8_nwc_3s1p2q0_40x2_64_xm128_ym128_tflite_stream_relu(const int8_t *input, int samples, const void *packed, int8_t *output, void *state, void *workspace);

#ifdef __cplusplus
}
#endif

#endif
