/* One layer by OpenCL's kernels, on any device: README's section on OpenCL says how to build it. */
#include <stdio.h>
#include <stdlib.h>
#include "out/layer1_opencl.h"

static void check(cl_int error)
{
    if (error != CL_SUCCESS) {
        fprintf(stderr, "OpenCL error %d\n", (int)error);
        exit(1);
    }
}

int main(void)
{
    float *weights = calloc(layer1_opencl_WEIGHTS_BYTES, 1), *bias = calloc(layer1_opencl_BIAS_BYTES, 1);
    float zero = 0.0f, result;
    cl_platform_id platform;
    cl_device_id device;
    layer1_opencl layer;
    cl_int error;

    bias[0] = 1.0f;
    if (clGetPlatformIDs(1, &platform, NULL) != CL_SUCCESS) {
        fputs("no OpenCL platform is here: a GPU's driver brings one, or pocl-opencl-icd\n", stderr);
        return 1;
    }
    check(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &device, NULL));
    cl_context context = clCreateContext(NULL, 1, &device, NULL, NULL, &error);
    check(error);
    cl_command_queue queue = clCreateCommandQueue(context, device, 0, &error);
    check(error);
    cl_mem input = clCreateBuffer(context, CL_MEM_READ_ONLY, layer1_opencl_INPUT_BYTES, NULL, &error);
    check(error);
    cl_mem output = clCreateBuffer(context, CL_MEM_READ_WRITE, layer1_opencl_OUTPUT_BYTES, NULL, &error);
    check(error);
    check(clEnqueueFillBuffer(queue, input, &zero, sizeof zero, 0, layer1_opencl_INPUT_BYTES, 0, NULL, NULL));

    check(layer1_opencl_create(&layer, context, device));                       /* builds the kernels */
    check(layer1_opencl_pack_host(&layer, queue, weights, bias));               /* once */
    check(layer1_opencl_enqueue(&layer, queue, input, output, 0, NULL, NULL));  /* for every image */
    check(clEnqueueReadBuffer(queue, output, CL_TRUE, 0, sizeof result, &result, 0, NULL, NULL));
    check(layer1_opencl_release(&layer));
    printf("%g\n", (double)result);
    return 0;
}
