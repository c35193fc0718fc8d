/* conv_f32_nchw_3x3s1p1_n8_128x28x28_128: a convolution layer for OpenCL devices, written by convgen 0.1.0.
 *
 * f32, input nchw 8 x 128 x 28 x 28, output 8 x 128 x 28 x 28, weights oihw 128 x 128 x 3 x 3
 * kernel 3x3, stride 1x1, padding 1+1 1+1, bias
 * |error| <= g S, S = sum |A'| (|G w G'| * (|B'||x||B|)) |A| + |bias|, g = 142 u / (1 - 142 u) =
 * 8.46e-06, u = 2^-24; A, B and G are the matrices of the transforms, ' transposes, * multiplies
 * element by element, so S counts all pixels of an output's tile, also those that it does not read
 * (--max-error 0 for sentinels and hot pixels); where |x| <= X and |w| <= W, S is at most 1.121e+05 X
 * W + |bias|, 97.4 times that of a direct sum
 * nothing overflows where |x| <= X and |w| <= W, X <= 6.94e+36, W <= 4.34e+35, X W <= 1.17e+33, |bias|
 * <= 1.7e+38
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef CONV_F32_NCHW_3X3S1P1_N8_128X28X28_128_OPENCL_H
#define CONV_F32_NCHW_3X3S1P1_N8_128X28X28_128_OPENCL_H

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

#define conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_ABI 1

/* The layer: its numbers in every dimension (dilation 1 is none), and whether it has these arrays. */
#define conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_N 8
#define conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_G 1
#define conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_IC 128
#define conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_IH 28
#define conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_IW 28
#define conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_OC 128
#define conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_OH 28
#define conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_OW 28
#define conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_KH 3
#define conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_KW 3
#define conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_SH 1
#define conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_SW 1
#define conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_DH 1
#define conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_DW 1
#define conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_TOP 1
#define conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_BOTTOM 1
#define conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_LEFT 1
#define conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_RIGHT 1
#define conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_BIAS 1
#define conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_SLOPES 0
#define conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_RESIDUAL 0

/* Sizes in bytes of the buffers: numbers for #if too, and of one element at least. */
#define conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_WEIGHTS_BYTES 589824
#define conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_BIAS_BYTES 512
#define conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_INPUT_BYTES 3211264
#define conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_OUTPUT_BYTES 3211264
#define conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_PACKED_BYTES 2359808
#define conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_WORKSPACE_BYTES(workers) (14450688ull + 0ull * ((workers) > 1 ? (workers) & 0x7fffffff : 1))
#define conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_PHASES 3

/* The layer on one device: its fields are for reading. It may be used by one thread at a time, since a cl_kernel
   holds the arguments that its next launch takes; others may use other layers meanwhile. */
typedef struct conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl {
    cl_context context; /* the caller's, and so is the device: both must outlive the layer */
    cl_device_id device;
    cl_program program;
    cl_kernel pack;
    cl_kernel phases[conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_PHASES];
    cl_mem packed;    /* weights and bias in the order that the kernels read */
    cl_mem workspace; /* what the phases of a run leave for each other */
    size_t workers;   /* that share the tasks of a phase */
    size_t group;     /* work-items of a group that do tasks of their own */
    int ready;        /* whether `packed` is filled, or a kernel that fills it is enqueued */
} conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl;

/* Every function gives CL_SUCCESS, or the first error that OpenCL gave. wait_list holds the `waits` events to wait
   for, and is NULL when there are none. *event is set only on success, and only when event is not NULL: the caller
   releases it. What was enqueued before an error may still run. */

/* Builds the layer for a device of the context. Whatever it returns, end the layer with release.
   CL_INVALID_WORK_GROUP_SIZE where the device allows smaller work-groups than the kernels have. */
cl_int conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_create(conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl *layer, cl_context context, cl_device_id device);

/* What the device's compiler said, after create has given CL_BUILD_PROGRAM_FAILURE too: at most `size` bytes with
   the 0 at the end, to log unless it is NULL; how many there are, to *needed unless that is NULL. */
cl_int conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_log(const conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl *layer, size_t size, char *log, size_t *needed);

/* Once: weights and bias into the order that the kernels read. The runs that follow must wait for it.
   A buffer that is too small gives CL_INVALID_BUFFER_SIZE. */
cl_int conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_pack(conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl *layer, cl_command_queue queue, cl_mem weights, cl_mem bias,
    cl_uint waits, const cl_event *wait_list, cl_event *event);

/* The same from arrays of the host; it has ended when this returns. */
cl_int conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_pack_host(conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl *layer, cl_command_queue queue, const float *weights,
    const float *bias);

/* The layer. The queue may run out of order: phases wait for each other. No buffer may overlap output.
   A run must wait for the one before it, which uses the same workspace; in order, it does.
   CL_INVALID_BUFFER_SIZE for a buffer that is too small, CL_INVALID_OPERATION before pack. */
cl_int conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_enqueue(conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl *layer, cl_command_queue queue, cl_mem input, cl_mem output,
    cl_uint waits, const cl_event *wait_list, cl_event *event);

/* Ends the layer; what is enqueued still runs. A layer of zeros, or one that was ended, is left as it is. */
cl_int conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl_release(conv_f32_nchw_3x3s1p1_n8_128x28x28_128_opencl *layer);

#ifdef __cplusplus
}
#endif

#endif
