/* conv_f32_nchw_31x31s1p15_g96_96x56x56_96: a convolution layer for OpenCL devices, written by convgen 0.1.0.
 *
 * f32, input nchw 1 x 96 x 56 x 56, output 1 x 96 x 56 x 56, weights oihw 96 x 1 x 31 x 31
 * kernel 31x31, stride 1x1, padding 15+15 15+15, 96 groups, bias
 * |error| <= g S, S = sum ||x|| ||w|| + |bias|, g = 115 u / (1 - 115 u) = 6.85e-06, u = 2^-24; over
 * input channels and parts of the kernel; || || is the root of the sum of squares, of blocks of the
 * input that are transformed together, so S counts all pixels of these, also those that it does not
 * read (--max-error 0 for sentinels and hot pixels); where |x| <= X and |w| <= W, S is at most 2806 X
 * W + |bias|, 2.92 times that of a direct sum
 * nothing overflows where |x| <= X and |w| <= W, X <= 4.15e+34, X W <= 4.28e+34, |bias| <= 1.7e+38
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef CONV_F32_NCHW_31X31S1P15_G96_96X56X56_96_OPENCL_H
#define CONV_F32_NCHW_31X31S1P15_G96_96X56X56_96_OPENCL_H

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

#define conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_ABI 1

/* The layer: its numbers in every dimension (dilation 1 is none), and whether it has these arrays. */
#define conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_N 1
#define conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_G 96
#define conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_IC 96
#define conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_IH 56
#define conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_IW 56
#define conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_OC 96
#define conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_OH 56
#define conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_OW 56
#define conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_KH 31
#define conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_KW 31
#define conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_SH 1
#define conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_SW 1
#define conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_DH 1
#define conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_DW 1
#define conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_TOP 15
#define conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_BOTTOM 15
#define conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_LEFT 15
#define conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_RIGHT 15
#define conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_BIAS 1
#define conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_SLOPES 0
#define conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_RESIDUAL 0

/* Sizes in bytes of the buffers: numbers for #if too, and of one element at least. */
#define conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_WEIGHTS_BYTES 369024
#define conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_BIAS_BYTES 384
#define conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_INPUT_BYTES 1204224
#define conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_OUTPUT_BYTES 1204224
#define conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_PACKED_BYTES 3147008
#define conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_WORKSPACE_BYTES(workers) (4ull + 0ull * ((workers) > 1 ? (workers) & 0x7fffffff : 1))
#define conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_PHASES 1

/* The layer on one device: its fields are for reading. It may be used by one thread at a time, since a cl_kernel
   holds the arguments that its next launch takes; others may use other layers meanwhile. */
typedef struct conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl {
    cl_context context; /* the caller's, and so is the device: both must outlive the layer */
    cl_device_id device;
    cl_program program;
    cl_kernel pack;
    cl_kernel phases[conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_PHASES];
    cl_mem packed;    /* weights and bias in the order that the kernels read */
    cl_mem workspace; /* what the phases of a run leave for each other */
    size_t workers;   /* that share the tasks of a phase */
    size_t group;     /* work-items of a group that do tasks of their own */
    int ready;        /* whether `packed` is filled, or a kernel that fills it is enqueued */
} conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl;

/* Every function gives CL_SUCCESS, or the first error that OpenCL gave. wait_list holds the `waits` events to wait
   for, and is NULL when there are none. *event is set only on success, and only when event is not NULL: the caller
   releases it. What was enqueued before an error may still run. */

/* Builds the layer for a device of the context. Whatever it returns, end the layer with release.
   CL_INVALID_WORK_GROUP_SIZE where the device allows smaller work-groups than the kernels have. */
cl_int conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_create(conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl *layer, cl_context context, cl_device_id device);

/* What the device's compiler said, after create has given CL_BUILD_PROGRAM_FAILURE too: at most `size` bytes with
   the 0 at the end, to log unless it is NULL; how many there are, to *needed unless that is NULL. */
cl_int conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_log(const conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl *layer, size_t size, char *log, size_t *needed);

/* Once: weights and bias into the order that the kernels read. The runs that follow must wait for it.
   A buffer that is too small gives CL_INVALID_BUFFER_SIZE. */
cl_int conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_pack(conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl *layer, cl_command_queue queue, cl_mem weights, cl_mem bias,
    cl_uint waits, const cl_event *wait_list, cl_event *event);

/* The same from arrays of the host; it has ended when this returns. */
cl_int conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_pack_host(conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl *layer, cl_command_queue queue, const float *weights,
    const float *bias);

/* The layer. The queue may run out of order: phases wait for each other. No buffer may overlap output.
   CL_INVALID_BUFFER_SIZE for a buffer that is too small, CL_INVALID_OPERATION before pack. */
cl_int conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_enqueue(conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl *layer, cl_command_queue queue, cl_mem input, cl_mem output,
    cl_uint waits, const cl_event *wait_list, cl_event *event);

/* Ends the layer; what is enqueued still runs. A layer of zeros, or one that was ended, is left as it is. */
cl_int conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_release(conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl *layer);

#ifdef __cplusplus
}
#endif

#endif
