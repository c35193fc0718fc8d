/* backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128: a convolution layer for OpenCL devices, written by convgen 0.1.0.
 *
 * f32, input nhwc 8 x 28 x 28 x 128, output's gradient 8 x 28 x 28 x 128, weights' gradient hwio 3 x 3 x 128 x 128
 * backward-weights, kernel 3x3, stride 1x1, padding 1+1 1+1, bias
 * |error| <= g S, S = sum |x||dy|, g = 902 u / (1 - 902 u) = 5.38e-05, u = 2^-24
 * nothing overflows where |x| <= X and |dy| <= W, W <= 5.42e+34, X W <= 5.42e+34
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is
 * hereby granted. It comes as is, without warranty of any kind.
 */
#include "backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl.h"

/* What is of this file alone, by names that no other file has. */
#define source backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_source
#define phase_table backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_phase_table
#define first backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_first
#define least backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_least
#define create_kernels backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_create_kernels
#define create_buffers backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_create_buffers
#define choose_workers backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_choose_workers
#define fit_groups backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_fit_groups
#define holds backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_holds
#define set_arguments backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_set_arguments
#define launch backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_launch
#define enqueue_phase backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_enqueue_phase

/* backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128.cl, line by line: C99 promises no more than 4095 characters for a string. */
static const char *const source[] = {
    "/* backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128: a convolution layer, written by convgen 0.1.0.\n",
    " *\n",
    " * Layer     f32, input nhwc 8 x 28 x 28 x 128, output's gradient 8 x 28 x 28 x 128, weights' gradient hwio 3 x 3 x 128 x 128\n",
    " *           backward-weights, kernel 3x3, stride 1x1, padding 1+1 1+1, bias\n",
    " * Command   convgen generate mb8ic128ih28oc128oh28kh3ph1 --layout nhwc --op backward-weights --target opencl-gpu -o .\n",
    " * Plan      implicit_gradient on cl4, lanes over ic, reading the input as it is\n",
    " *           for ic by 64: 19 times\n",
    " *             for ow by 16: 56 times\n",
    " *               tile of 128 output channels x 64 taps and input channels by 128 items, 16 pixels at a time; an item has 8 x 8: 20 registers\n",
    " * Tasks     133 (tiles of the sums of some pixels), then 147584 (weights and biases)\n",
    " * Cost      924844032 multiply-adds; at least 7012864 bytes moved; 0 bytes packed, 4358144 of workspace\n",
    " * Bound     |error| <= g S, S = sum |x||dy|, g = 902 u / (1 - 902 u) = 5.38e-05, u = 2^-24\n",
    " * Range     nothing overflows where |x| <= X and |dy| <= W, W <= 5.42e+34, X W <= 5.42e+34\n",
    " * Launch    In one dimension, in this order, each when the one before has ended. Work-items share the\n",
    " *           tasks: any global size gives the same bits. The local size is free where none is said.\n",
    " *           backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_0(input, output_gradient,\n",
    " *             weights_gradient, bias_gradient, workspace):\n",
    " *             global size 133 x 128, local size 128\n",
    " *           backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_1(input, output_gradient,\n",
    " *             weights_gradient, bias_gradient, workspace):\n",
    " *             global size 147584\n",
    " * Bytes     input 3211264, output_gradient 3211264, weights_gradient 589824, bias_gradient 512,\n",
    " *           workspace 4358144\n",
    " *\n",
    " * SPDX-License-Identifier: 0BSD\n",
    " * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is\n",
    " * hereby granted. It comes as is, without warranty of any kind.\n",
    " */\n",
    "/* Functions of this file alone, by names that no other file has. */\n",
    "#define sum_task backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_sum_task_\n",
    "#define end_task backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_end_task_\n",
    "\n",
    "/* A tile of 128 output channels x 64 taps and input channels by a work-group of 128.\n",
    "   Inlined: what another function than the kernel knows of `shared`, PoCL 3.1 has all work-groups share. */\n",
    "static inline __attribute__((always_inline)) void sum_task(size_t task, const __global float *input, const __global float *output_gradient, __global float *workspace, __local float *shared)\n",
    "{\n",
    "    const int item = (int)get_local_id(0);\n",
    "    const int across = item % 8;\n",
    "    const int down = item / 8;\n",
    "    __local float *others = shared + 2112;\n",
    "    const int tile = (int)task;\n",
    "    const int split = tile / 19;\n",
    "    const int row0 = 0;\n",
    "    const int column0 = (tile % 19) * 64;\n",
    "    const int begin = split * 896;\n",
    "    const int end = min(begin + 896, 6272);\n",
    "    float4 acc0_0 = (float4)(0.0f);\n",
    "    float4 acc0_1 = (float4)(0.0f);\n",
    "    float4 acc1_0 = (float4)(0.0f);\n",
    "    float4 acc1_1 = (float4)(0.0f);\n",
    "    float4 acc2_0 = (float4)(0.0f);\n",
    "    float4 acc2_1 = (float4)(0.0f);\n",
    "    float4 acc3_0 = (float4)(0.0f);\n",
    "    float4 acc3_1 = (float4)(0.0f);\n",
    "    float4 acc4_0 = (float4)(0.0f);\n",
    "    float4 acc4_1 = (float4)(0.0f);\n",
    "    float4 acc5_0 = (float4)(0.0f);\n",
    "    float4 acc5_1 = (float4)(0.0f);\n",
    "    float4 acc6_0 = (float4)(0.0f);\n",
    "    float4 acc6_1 = (float4)(0.0f);\n",
    "    float4 acc7_0 = (float4)(0.0f);\n",
    "    float4 acc7_1 = (float4)(0.0f);\n",
    "    for (int first = begin; first < end; first += 16) {\n",
    "        #pragma unroll\n",
    "        for (int j = 0; j < 16; ++j) {\n",
    "            const int number = item + j * 128;\n",
    "            const int row = number % 128;\n",
    "            const int k = number / 128;\n",
    "            const int p = first + k;\n",
    "            const int oc = row0 + row;\n",
    "            shared[k * 132 + row] = p < end && oc < 128 \? output_gradient[(p / 784) * 100352 + (p / 28 % 28) * 3584 + (p % 28) * 128 + oc] : 0.0f;\n",
    "        }\n",
    "        #pragma unroll\n",
    "        for (int j = 0; j < 8; ++j) {\n",
    "            const int number = item + j * 128;\n",
    "            const int column = number % 64;\n",
    "            const int k = number / 64;\n",
    "            const int all = column0 + column;\n",
    "            const int p0 = first + k;\n",
    "            const int ih0 = (p0 / 28 % 28) - 1;\n",
    "            const int iw0 = (p0 % 28) - 1;\n",
    "            const int at0 = (p0 / 784) * 100352 + ih0 * 3584 + iw0 * 128;\n",
    "            const int tap = all / 128;\n",
    "            const int kh = tap / 3;\n",
    "            const int kw = tap % 3;\n",
    "            const int step = kh * 3584 + kw * 128 + all % 128;\n",
    "            float one = p0 < end && all == 1152 \? 1.0f : 0.0f; /* of the bias */\n",
    "            if (p0 < end && all < 1152 && (uint)(ih0 + kh) < 28 && (uint)(iw0 + kw) < 28) {\n",
    "                one = input[at0 + step];\n",
    "            }\n",
    "            others[k * 68 + column] = one;\n",
    "        }\n",
    "        barrier(CLK_LOCAL_MEM_FENCE);\n",
    "        const __local float *r = shared + down * 8;\n",
    "        const __local float *v = others + across * 4;\n",
    "        for (int k = 0; k < 16; ++k) {\n",
    "            const float4 v0 = *(const __local float4 *)(v);\n",
    "            const float4 v1 = *(const __local float4 *)(v + 32);\n",
    "            acc0_0 = r[0] * v0 + acc0_0;\n",
    "            acc0_1 = r[0] * v1 + acc0_1;\n",
    "            acc1_0 = r[1] * v0 + acc1_0;\n",
    "            acc1_1 = r[1] * v1 + acc1_1;\n",
    "            acc2_0 = r[2] * v0 + acc2_0;\n",
    "            acc2_1 = r[2] * v1 + acc2_1;\n",
    "            acc3_0 = r[3] * v0 + acc3_0;\n",
    "            acc3_1 = r[3] * v1 + acc3_1;\n",
    "            acc4_0 = r[4] * v0 + acc4_0;\n",
    "            acc4_1 = r[4] * v1 + acc4_1;\n",
    "            acc5_0 = r[5] * v0 + acc5_0;\n",
    "            acc5_1 = r[5] * v1 + acc5_1;\n",
    "            acc6_0 = r[6] * v0 + acc6_0;\n",
    "            acc6_1 = r[6] * v1 + acc6_1;\n",
    "            acc7_0 = r[7] * v0 + acc7_0;\n",
    "            acc7_1 = r[7] * v1 + acc7_1;\n",
    "            r += 132;\n",
    "            v += 68;\n",
    "        }\n",
    "        barrier(CLK_LOCAL_MEM_FENCE);\n",
    "    }\n",
    "    __global float *sums = workspace + (split * 155648 + row0 * 1216 + down * 8 * 1216 + column0 + across * 4);\n",
    "    vstore4(acc0_0, 0, sums);\n",
    "    vstore4(acc0_1, 0, sums + 32);\n",
    "    vstore4(acc1_0, 0, sums + 1216);\n",
    "    vstore4(acc1_1, 0, sums + 1248);\n",
    "    vstore4(acc2_0, 0, sums + 2432);\n",
    "    vstore4(acc2_1, 0, sums + 2464);\n",
    "    vstore4(acc3_0, 0, sums + 3648);\n",
    "    vstore4(acc3_1, 0, sums + 3680);\n",
    "    vstore4(acc4_0, 0, sums + 4864);\n",
    "    vstore4(acc4_1, 0, sums + 4896);\n",
    "    vstore4(acc5_0, 0, sums + 6080);\n",
    "    vstore4(acc5_1, 0, sums + 6112);\n",
    "    vstore4(acc6_0, 0, sums + 7296);\n",
    "    vstore4(acc6_1, 0, sums + 7328);\n",
    "    vstore4(acc7_0, 0, sums + 8512);\n",
    "    vstore4(acc7_1, 0, sums + 8544);\n",
    "}\n",
    "\n",
    "/* The sums of all parts of the pixels, in their order. */\n",
    "static void end_task(size_t task, __global float *weights_gradient, __global float *bias_gradient, __global float *workspace)\n",
    "{\n",
    "    const int all = (int)(task % 1153);\n",
    "    const int oc = (int)(task / 1153);\n",
    "    const int at = (oc) * 1216 + all;\n",
    "    float sum = workspace[at];\n",
    "    for (int split = 1; split < 7; ++split) {\n",
    "        sum += workspace[at + split * 155648];\n",
    "    }\n",
    "    if (all == 1152) {\n",
    "        bias_gradient[oc] = sum;\n",
    "        return;\n",
    "    }\n",
    "    const int tap = all / 128;\n",
    "    const int ic = all % 128;\n",
    "    const int kh = tap / 3;\n",
    "    const int kw = tap % 3;\n",
    "    weights_gradient[oc + ic * 128 + kh * 49152 + kw * 16384] = sum;\n",
    "}\n",
    "\n",
    "#undef sum_task\n",
    "#undef end_task\n",
    "/* 133 tasks: tiles of the sums of some pixels. Any number of work-groups of 128 items share them. */\n",
    "__kernel __attribute__((reqd_work_group_size(128, 1, 1)))\n",
    "void backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_0(__global const float *restrict input, __global const float *restrict output_gradient, __global float *restrict weights_gradient, __global float *restrict bias_gradient, __global float *restrict workspace)\n",
    "{\n",
    "    __local float shared[3200] __attribute__((aligned(16)));\n",
    "    (void)weights_gradient;\n",
    "    (void)bias_gradient;\n",
    "    for (size_t task = get_group_id(0); task < 133; task += get_num_groups(0)) {\n",
    "        backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_sum_task_(task, input, output_gradient, workspace, shared);\n",
    "    }\n",
    "}\n",
    "/* 147584 tasks: weights and biases. Any number of work-items share them. */\n",
    "__kernel void backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_1(__global const float *restrict input, __global const float *restrict output_gradient, __global float *restrict weights_gradient, __global float *restrict bias_gradient, __global float *restrict workspace)\n",
    "{\n",
    "    (void)input;\n",
    "    (void)output_gradient;\n",
    "    for (size_t task = get_global_id(0); task < 147584; task += get_global_size(0)) {\n",
    "        backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_end_task_(task, weights_gradient, bias_gradient, workspace);\n",
    "    }\n",
    "}\n",
};

/* The kernels of the phases, in order. */
static const struct {
    const char *kernel;
    size_t tasks;
    size_t items; /* work-items that do a task together */
} phase_table[backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_PHASES] = {
    {"backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_0", 133, 128},
    {"backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_1", 147584, 1},
};

/* Each error is kept until the first one is handed back. */
static cl_int first(cl_int error, cl_int next)
{
    return error != CL_SUCCESS ? error : next;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* One for each task, which the device hands to whichever unit is free. Where workers have memory of their own, a CPU
   gets only so many that it stays in caches. */
static cl_int choose_workers(backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl *layer)
{
    const size_t most = 147584;
    const size_t cached = 147584;
    cl_device_type type = 0;
    cl_uint units = 0;
    size_t group = 0;
    cl_int error = clGetDeviceInfo(layer->device, CL_DEVICE_TYPE, sizeof type, &type, NULL);
    error = first(error, clGetDeviceInfo(layer->device, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof units, &units, NULL));
    error = first(error, clGetDeviceInfo(layer->device, CL_DEVICE_MAX_WORK_GROUP_SIZE, sizeof group, &group, NULL));
    layer->workers = most;
    layer->group = 1;
    if ((type & CL_DEVICE_TYPE_CPU) == 0) {
        layer->group = least(64, group);
    } else if (cached < most) {
        layer->workers = least(most, cached > units ? cached - cached % units : units);
    }
    return error;
}

/* A kernel may allow smaller groups than the device does, if its items need many registers. */
static cl_int fit_groups(backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl *layer)
{
    size_t group = 0;
    cl_int error = CL_SUCCESS;
    for (size_t phase = 0; phase < backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_PHASES && error == CL_SUCCESS; ++phase) {
        const size_t items = phase_table[phase].items;
        error = clGetKernelWorkGroupInfo(layer->phases[phase], layer->device, CL_KERNEL_WORK_GROUP_SIZE,
            sizeof group, &group, NULL);
        if (items == 1) {
            layer->group = least(layer->group, group);
        }
        error = first(error, items <= group ? CL_SUCCESS : CL_INVALID_WORK_GROUP_SIZE);
    }
    return error;
}

static cl_int create_kernels(backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl *layer)
{
    cl_int error = CL_SUCCESS;
    for (size_t phase = 0; phase < backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_PHASES && error == CL_SUCCESS; ++phase) {
        layer->phases[phase] = clCreateKernel(layer->program, phase_table[phase].kernel, &error);
    }
    return error;
}

static cl_int create_buffers(backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl *layer)
{
    const size_t bytes = backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_WORKSPACE_BYTES(layer->workers);
    cl_int error;
    layer->workspace = clCreateBuffer(layer->context, CL_MEM_READ_WRITE, bytes, NULL, &error);
    return error;
}

cl_int backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_create(backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl *layer, cl_context context, cl_device_id device)
{
    static const backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl none = {NULL, NULL, NULL, {NULL}, NULL, 0, 0};
    const cl_uint lines = sizeof source / sizeof source[0];
    cl_int error;

    *layer = none;
    layer->context = context;
    layer->device = device;
    error = choose_workers(layer);
    if (error != CL_SUCCESS) {
        return error;
    }
    /* OpenCL only reads the text: its pointers lack a const */
    layer->program = clCreateProgramWithSource(context, lines, (const char **)source, NULL, &error);
    if (error != CL_SUCCESS) {
        return error;
    }
    error = clBuildProgram(layer->program, 1, &device, "-cl-std=CL1.2", NULL, NULL);
    if (error == CL_SUCCESS) {
        error = create_kernels(layer);
    }
    if (error == CL_SUCCESS) {
        error = fit_groups(layer);
    }
    if (error == CL_SUCCESS) {
        error = create_buffers(layer);
    }
    return error;
}

cl_int backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_release(backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl *layer)
{
    static const backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl none = {NULL, NULL, NULL, {NULL}, NULL, 0, 0};
    cl_int error = CL_SUCCESS;

    for (size_t phase = 0; phase < backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_PHASES; ++phase) {
        if (layer->phases[phase] != NULL) {
            error = first(error, clReleaseKernel(layer->phases[phase]));
        }
    }
    if (layer->program != NULL) {
        error = first(error, clReleaseProgram(layer->program));
    }
    if (layer->workspace != NULL) {
        error = first(error, clReleaseMemObject(layer->workspace));
    }
    *layer = none;
    return error;
}

cl_int backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_log(const backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl *layer, size_t size, char *log, size_t *needed)
{
    return clGetProgramBuildInfo(layer->program, layer->device, CL_PROGRAM_BUILD_LOG, size, log, needed);
}

/* CL_INVALID_BUFFER_SIZE for a buffer of less than `bytes`. */
static cl_int holds(cl_mem buffer, size_t bytes)
{
    size_t size = 0;
    const cl_int error = clGetMemObjectInfo(buffer, CL_MEM_SIZE, sizeof size, &size, NULL);
    return first(error, size >= bytes ? CL_SUCCESS : CL_INVALID_BUFFER_SIZE);
}

static cl_int set_arguments(cl_kernel kernel, cl_uint count, const cl_mem *buffers)
{
    cl_int error = CL_SUCCESS;
    for (cl_uint index = 0; index < count && error == CL_SUCCESS; ++index) {
        error = clSetKernelArg(kernel, index, sizeof buffers[index], &buffers[index]);
    }
    return error;
}

/* Workers are work-groups, where their items do a task together (items > 1). Else they are single items, which go
   in groups of a size that suits the device: those beyond the last task have nothing to do. */
static cl_int launch(const backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl *layer, cl_command_queue queue, cl_kernel kernel, size_t workers, size_t items,
    cl_uint waits, const cl_event *wait_list, cl_event *event)
{
    const size_t group = items > 1 ? items : layer->group;
    const size_t groups = items > 1 ? workers : (workers + group - 1) / group;
    const size_t all_items = groups * group;
    return clEnqueueNDRangeKernel(queue, kernel, 1, NULL, &all_items, &group, waits, wait_list, event);
}

/* One phase: it waits for the event *last, or for the caller's when that is NULL, and replaces it by its own. */
static cl_int enqueue_phase(const backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl *layer, cl_command_queue queue, size_t phase,
    cl_uint waits, const cl_event *wait_list, cl_event *last)
{
    const size_t workers = least(layer->workers, phase_table[phase].tasks);
    cl_event before = *last;
    cl_event after = NULL;
    const cl_int error = launch(layer, queue, layer->phases[phase], workers, phase_table[phase].items,
        before != NULL ? 1 : waits, before != NULL ? &before : wait_list, &after);
    if (error != CL_SUCCESS) {
        return error;
    }
    *last = after;
    return before != NULL ? clReleaseEvent(before) : CL_SUCCESS;
}

cl_int backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_enqueue(backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl *layer, cl_command_queue queue, cl_mem input, cl_mem output_gradient, cl_mem weights_gradient, cl_mem bias_gradient,
    cl_uint waits, const cl_event *wait_list, cl_event *event)
{
    const cl_mem workspace = layer->workspace;
    const cl_mem given[] = {input, output_gradient, weights_gradient, bias_gradient, workspace};
    cl_event last = NULL;
    cl_int error = CL_SUCCESS;

    error = first(error, holds(input, backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_INPUT_BYTES));
    error = first(error, holds(output_gradient, backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_OUTPUT_GRADIENT_BYTES));
    error = first(error, holds(weights_gradient, backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_WEIGHTS_GRADIENT_BYTES));
    error = first(error, holds(bias_gradient, backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_BIAS_GRADIENT_BYTES));
    for (size_t phase = 0; phase < backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_PHASES && error == CL_SUCCESS; ++phase) {
        error = set_arguments(layer->phases[phase], 5, given);
    }
    for (size_t phase = 0; phase < backward_weights_f32_nhwc_3x3s1p1_n8_128x28x28_128_opencl_PHASES && error == CL_SUCCESS; ++phase) {
        error = enqueue_phase(layer, queue, phase, waits, wait_list, &last);
    }
    if (error == CL_SUCCESS && event != NULL) {
        *event = last;
    } else if (last != NULL) {
        error = first(error, clReleaseEvent(last));
    }
    return error;
}

/* A file that is compiled behind this one finds all as it was. */
#undef source
#undef phase_table
#undef first
#undef least
#undef create_kernels
#undef create_buffers
#undef choose_workers
#undef fit_groups
#undef holds
#undef set_arguments
#undef launch
#undef enqueue_phase
