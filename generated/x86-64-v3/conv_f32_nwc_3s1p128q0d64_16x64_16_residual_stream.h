/* conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream: a convolution layer, written by convgen 0.1.0.
 *
 * f32, input nwc 1 x 64 x 16, output 1 x 64 x 16, weights hwio 3 x 16 x 16
 * a stream in blocks of up to 64 samples, kernel 3, stride 1, dilation 64, padding 128+0, bias, residual
 * |error| <= g S, S = sum |x||w| + |bias| + |residual|, g = 49 u / (1 - 49 u) = 2.92e-06, u = 2^-24
 * nothing overflows where |x| <= X and |w| <= W, X W <= 3.54e+36, |bias| + |residual| <= 1.7e+38
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef CONV_F32_NWC_3S1P128Q0D64_16X64_16_RESIDUAL_STREAM_H
#define CONV_F32_NWC_3S1P128Q0D64_16X64_16_RESIDUAL_STREAM_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_ABI 2

/* The layer: images, groups, channels, extents, kernel, strides, dilations (1 is none), pads, and whether it has these
   arrays. */
#define conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_STREAM 64
#define conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_N 1
#define conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_G 1
#define conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_IC 16
#define conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_IW 64
#define conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_OC 16
#define conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_OW 64
#define conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_KW 3
#define conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_SW 1
#define conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_DW 64
#define conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_LEFT 128
#define conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_RIGHT 0
#define conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_BIAS 1
#define conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_SLOPES 0
#define conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_RESIDUAL 1
#define conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_OUTPUT_MAY_BE_RESIDUAL 1

/* Sizes in bytes: numbers for #if too, and of one element at least, for an array to be declared from. */
#define conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_WEIGHTS_BYTES 3072
#define conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_BIAS_BYTES 64
#define conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_INPUT_BYTES 4096
#define conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_RESIDUAL_BYTES 4096
#define conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_OUTPUT_BYTES 4096
#define conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_PACKED_BYTES 3136
#define conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_STATE_BYTES 24704
#define conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_WORKSPACE_BYTES(workers) (4ull + 0ull * ((workers) > 1 ? (workers) & 0x7fffffff : 1))
/* Alignment in bytes that packed and workspace need; the other arrays need that of their numbers, and are read
   and written fastest with this one. */
#define conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_ALIGN 64

/* Once: weights and bias into the order the kernel reads. */
void conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_pack(const float *weights, const float *bias, void *packed);

/* Makes the state of a stream that has heard nothing: zeros before its first sample. Every stream has a state of its own,
   of conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_STATE_BYTES, aligned to conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_ALIGN bytes; weights are shared. */
void conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_reset(void *state);

/* The next block of a stream: 1 to conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream_STREAM samples of every channel,
   which the state adds to the past. Returns how many outputs of every channel it gave; or -1 where samples is none of
   these, -2 where the state is another layer's or was never reset: then nothing is written.
   input: [samples][16], output and residual: [outputs][16]; each sample gives an output.
   The outputs have the same bits however a stream is cut into blocks. No call allocates, and none puts off more than its
   plan says: the time that one can take has a bound.
   output may be the input's own array, where it has room for both: samples are kept before outputs are
   written.
   It may be the residual's own array too.
   No other array may overlap output.
   workspace may be NULL: nothing is in it. */
int conv_f32_nwc_3s1p128q0d64_16x64_16_residual_stream(const float *input, int samples, const void *packed, const float *residual, float *output, void *state, void *workspace);

#ifdef __cplusplus
}
#endif

#endif
