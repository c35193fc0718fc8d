/* backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128: a convolution layer for OpenCL devices, written by convgen 0.1.0.
 *
 * f32, input nhwc 8 x 28 x 28 x 128, output's gradient 8 x 28 x 28 x 128, weights' gradient hwio 3 x 3 x 128 x 128
 * backward-weights, kernel 3x3, stride 1x1, padding 1+1 1+1, bias
 * |error| <= g S, S = sum |x||dy|, g = 902 u / (1 - 902 u) = 5.38e-05, u = 2^-24
 * nothing overflows where |x| <= X and |dy| <= W, W <= 5.42e+34, X W <= 5.42e+34
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef BACKWARD_WEIGHTS_F32_NHWC_3X3S1P1_N8_128X28X28_128_OPENCL_H
#define BACKWARD_WEIGHTS_F32_NHWC_3X3S1P1_N8_128X28X28_128_OPENCL_H

#ifndef CL_TARGET_OPENCL_VERSION
#define CL_TARGET_OPENCL_VERSION 120
#endif
#ifdef __APPLE__
#include <OpenCL/opencl.h>
#else
#include <CL/cl.h>
#endif
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_ABI 1

/* The layer: its numbers in every dimension (dilation 1 is none), and whether it has these arrays. */
#define backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_BACKWARD_WEIGHTS 1
#define backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_N 8
#define backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_G 1
#define backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_IC 128
#define backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_IH 28
#define backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_IW 28
#define backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_OC 128
#define backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_OH 28
#define backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_OW 28
#define backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_KH 3
#define backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_KW 3
#define backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_SH 1
#define backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_SW 1
#define backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_DH 1
#define backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_DW 1
#define backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_TOP 1
#define backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_BOTTOM 1
#define backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_LEFT 1
#define backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_RIGHT 1
#define backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_BIAS 1
#define backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_SLOPES 0
#define backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_RESIDUAL 0

/* Sizes in bytes of the buffers: numbers for #if too, and of one element at least. */
#define backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_INPUT_BYTES 3211264
#define backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_OUTPUT_GRADIENT_BYTES 3211264
#define backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_WEIGHTS_GRADIENT_BYTES 589824
#define backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_BIAS_GRADIENT_BYTES 512
#define backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_WORKSPACE_BYTES(workers) (4358144ull + 0ull * ((workers) > 1 ? (workers) & 0x7fffffff : 1))
#define backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_PHASES 2

/* The layer on one device: its fields are for reading. It may be used by one thread at a time, since a cl_kernel
   holds the arguments that its next launch takes; others may use other layers meanwhile. */
typedef struct backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl {
    cl_context context; /* the caller's, and so is the device: both must outlive the layer */
    cl_device_id device;
    cl_program program;
    cl_kernel phases[backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_PHASES];
    cl_mem workspace; /* what the phases of a run leave for each other */
    size_t workers;   /* that share the tasks of a phase */
    size_t group;     /* work-items of a group that do tasks of their own */
} backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl;

/* Every function gives CL_SUCCESS, or the first error that OpenCL gave. wait_list holds the `waits` events to wait
   for, and is NULL when there are none. *event is set only on success, and only when event is not NULL: the caller
   releases it. What was enqueued before an error may still run. */

/* Builds the layer for a device of the context. Whatever it returns, end the layer with release.
   CL_INVALID_WORK_GROUP_SIZE where the device allows smaller work-groups than the kernels have. */
cl_int backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_create(backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl *layer, cl_context context, cl_device_id device);

/* What the device's compiler said, after create has given CL_BUILD_PROGRAM_FAILURE too: at most `size` bytes with
   the 0 at the end, to log unless it is NULL; how many there are, to *needed unless that is NULL. */
cl_int backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_log(const backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl *layer, size_t size, char *log, size_t *needed);

/* The layer. The queue may run out of order: phases wait for each other. No buffer may overlap weights_gradient or bias_gradient.
   A run must wait for the one before it, which uses the same workspace; in order, it does.
   CL_INVALID_BUFFER_SIZE for a buffer that is too small. */
cl_int backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_enqueue(backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl *layer, cl_command_queue queue, cl_mem input, cl_mem output_gradient, cl_mem weights_gradient, cl_mem bias_gradient,
    cl_uint waits, const cl_event *wait_list, cl_event *event);

/* Ends the layer; what is enqueued still runs. A layer of zeros, or one that was ended, is left as it is. */
cl_int backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_release(backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl *layer);

#ifdef __cplusplus
}
#endif

#endif
