/* conv_f16_nhwc_3x3s1p1_n32_128x28x28_128: a convolution layer for OpenCL devices, written by convgen 0.1.0.
 *
 * f16, input nhwc 32 x 28 x 28 x 128, output 32 x 28 x 28 x 128, weights hwio 3 x 3 x 128 x 128
 * kernel 3x3, stride 1x1, padding 1+1 1+1, bias
 * |error| <= g S, S = sum |x||w| + |bias|, g = 3457 u / (1 - 3457 u) = 0.000206, u = 2^-24; rounding
 * an output e off to f16 adds 2^-11 (|y| + e) + 2^-25
 * nothing overflows where |x| <= X and |w| <= W, X W <= 28.4, |bias| <= 3.27e+04
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is
 * hereby granted. It comes as is, without warranty of any kind.
 */
#include "conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl.h"

/* What is of this file alone, by names that no other file has. */
#define source conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl_source
#define phase_table conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl_phase_table
#define first conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl_first
#define least conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl_least
#define create_kernels conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl_create_kernels
#define create_buffers conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl_create_buffers
#define choose_workers conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl_choose_workers
#define fit_groups conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl_fit_groups
#define holds conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl_holds
#define set_arguments conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl_set_arguments
#define launch conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl_launch
#define enqueue_phase conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl_enqueue_phase
#define upload conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl_upload

/* conv_f16_nhwc_3x3s1p1_n32_128x28x28_128.cl, line by line: C99 promises no more than 4095 characters for a string. */
static const char *const source[] = {
    "/* conv_f16_nhwc_3x3s1p1_n32_128x28x28_128: a convolution layer, written by convgen 0.1.0.\n",
    " *\n",
    " * Layer     f16, input nhwc 32 x 28 x 28 x 128, output 32 x 28 x 28 x 128, weights hwio 3 x 3 x 128 x 128\n",
    " *           kernel 3x3, stride 1x1, padding 1+1 1+1, bias\n",
    " * Command   convgen generate mb32ic128ih28oc128oh28kh3ph1 --layout nhwc --dtype f16 --target opencl-sm80 --max-error 0 -o .\n",
    " * Plan      tensor on cl4, lanes over oc, reading the input as it is\n",
    " *           for oc by 64: 2 times\n",
    " *             for ow by 64: 392 times\n",
    " *               for ic by 32: 36 times\n",
    " *                 tile of 64 pixels x 64 channels by 4 warps, 32 terms at a time, 4 buffers; a warp has 32 x 32: 12 registers\n",
    " * Tasks     784 (tiles of the output)\n",
    " * Cost      3699376128 multiply-adds; at least 13140224 bytes moved; 295424 bytes packed, 0 of workspace\n",
    " * Bound     |error| <= g S, S = sum |x||w| + |bias|, g = 3457 u / (1 - 3457 u) = 0.000206, u = 2^-24;\n",
    " *           rounding an output e off to f16 adds 2^-11 (|y| + e) + 2^-25\n",
    " * Range     nothing overflows where |x| <= X and |w| <= W, X W <= 28.4, |bias| <= 3.27e+04\n",
    " * Launch    In one dimension, in this order, each when the one before has ended. Work-items share the\n",
    " *           tasks: any global size gives the same bits. The local size is free where none is said.\n",
    " *           conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_pack(weights, bias, packed), once:\n",
    " *             global size 4608\n",
    " *           conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_0(input, packed, output, workspace):\n",
    " *             global size 784 x 128, local size 128\n",
    " * Bytes     weights 294912, bias 256, input 6422528, output 6422528, packed 295424, workspace 4\n",
    " *\n",
    " * SPDX-License-Identifier: 0BSD\n",
    " * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is\n",
    " * hereby granted. It comes as is, without warranty of any kind.\n",
    " */\n",
    "/* Functions of this file alone, by names that no other file has. */\n",
    "#define meet conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_meet_\n",
    "#define share conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_share_\n",
    "#define copy conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_copy_\n",
    "#define end_copies conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_end_copies_\n",
    "#define wait_for_copies_2 conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_wait_for_copies_2_\n",
    "#define fragment_of_rows conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_fragment_of_rows_\n",
    "#define fragment_of_columns conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_fragment_of_columns_\n",
    "#define add_products conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_add_products_\n",
    "#define multiply conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_multiply_\n",
    "#define compute_task conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_compute_task_\n",
    "\n",
    "/* Matrix instructions are NVIDIA's. Other compilers get the same in plain OpenCL C, for tests: slow, but right. */\n",
    "#ifdef __NV_CL_C_VERSION\n",
    "#define EMULATED 0\n",
    "#else\n",
    "#define EMULATED 1\n",
    "#endif\n",
    "\n",
    "/* The items of a warp hold operands together: where instructions are emulated, they must exchange them. */\n",
    "static void meet(void)\n",
    "{\n",
    "#if EMULATED\n",
    "    barrier(CLK_LOCAL_MEM_FENCE);\n",
    "#endif\n",
    "}\n",
    "\n",
    "static void share(__local uint *all, int lane, uint4 own)\n",
    "{\n",
    "#if EMULATED\n",
    "    ((__local uint4 *)all)[lane] = own;\n",
    "#endif\n",
    "}\n",
    "\n",
    "/* 16 bytes from global to local memory, on their way until wait_for_copies; zeros unless `inside`. */\n",
    "static void copy(__local uint *to, const __global void *from, bool inside)\n",
    "{\n",
    "#if EMULATED\n",
    "    *(__local uint4 *)to = inside \? *(const __global uint4 *)from : (uint4)(0);\n",
    "#else\n",
    "    __asm__ volatile(\"cp.async.cg.shared.global [%0], [%1], 16, %2;\"\n",
    "                     : : \"r\"((uint)(size_t)to), \"l\"((ulong)from), \"r\"(inside \? 16 : 0) : \"memory\");\n",
    "#endif\n",
    "}\n",
    "\n",
    "/* Copies since the last end are a group. */\n",
    "static void end_copies(void)\n",
    "{\n",
    "#if !EMULATED\n",
    "    __asm__ volatile(\"cp.async.commit_group;\" : : : \"memory\");\n",
    "#endif\n",
    "}\n",
    "\n",
    "/* Until all but the last 2 groups of an item's copies are there. */\n",
    "static void wait_for_copies_2(void)\n",
    "{\n",
    "#if !EMULATED\n",
    "    __asm__ volatile(\"cp.async.wait_group 2;\" : : : \"memory\");\n",
    "#endif\n",
    "}\n",
    "\n",
    "/* Of 16 rows of 16 words, whose quarter s lies at s ^ (row / 2 % 4): words 8 `step` to 8 `step` + 7, as the 32 items of\n",
    " * a warp hold them for rows. Item l has words l % 4 and 4 + l % 4 of rows l / 4 and 8 + l / 4: the rows of the first, then of the second. */\n",
    "static uint4 fragment_of_rows(const __local uint *tile, int step, int lane)\n",
    "{\n",
    "#if EMULATED\n",
    "    const __local uint *upper = tile + lane / 4 * 16 + lane % 4;\n",
    "    const __local uint *lower = upper + 128;\n",
    "    const int left = ((2 * step) ^ (lane / 8 % 4)) * 4;\n",
    "    const int right = ((2 * step + 1) ^ (lane / 8 % 4)) * 4;\n",
    "    return (uint4)(upper[left], lower[left], upper[right], lower[right]);\n",
    "#else\n",
    "    const int row = lane % 16;\n",
    "    const __local uint *quarter = tile + row * 16 + ((2 * step + lane / 16) ^ (row / 2 % 4)) * 4;\n",
    "    uint a;\n",
    "    uint b;\n",
    "    uint c;\n",
    "    uint d;\n",
    "    __asm__ volatile(\"ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];\"\n",
    "                     : \"=r\"(a), \"=r\"(b), \"=r\"(c), \"=r\"(d) : \"r\"((uint)(size_t)quarter) : \"memory\");\n",
    "    return (uint4)(a, b, c, d);\n",
    "#endif\n",
    "}\n",
    "\n",
    "/* Of 16 rows of 16 words, whose quarter s lies at s ^ (row / 2 % 4): words 8 `step` to 8 `step` + 7, as the 32 items of\n",
    " * a warp hold them for columns. Item l has words l % 4 and 4 + l % 4 of rows l / 4 and 8 + l / 4: the words of the first, then of the second. */\n",
    "static uint4 fragment_of_columns(const __local uint *tile, int step, int lane)\n",
    "{\n",
    "#if EMULATED\n",
    "    const __local uint *upper = tile + lane / 4 * 16 + lane % 4;\n",
    "    const __local uint *lower = upper + 128;\n",
    "    const int left = ((2 * step) ^ (lane / 8 % 4)) * 4;\n",
    "    const int right = ((2 * step + 1) ^ (lane / 8 % 4)) * 4;\n",
    "    return (uint4)(upper[left], upper[right], lower[left], lower[right]);\n",
    "#else\n",
    "    const int row = lane / 16 * 8 + lane % 8;\n",
    "    const __local uint *quarter = tile + row * 16 + ((2 * step + lane / 8 % 2) ^ (row / 2 % 4)) * 4;\n",
    "    uint a;\n",
    "    uint b;\n",
    "    uint c;\n",
    "    uint d;\n",
    "    __asm__ volatile(\"ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];\"\n",
    "                     : \"=r\"(a), \"=r\"(b), \"=r\"(c), \"=r\"(d) : \"r\"((uint)(size_t)quarter) : \"memory\");\n",
    "    return (uint4)(a, b, c, d);\n",
    "#endif\n",
    "}\n",
    "\n",
    "#if EMULATED\n",
    "static float4 add_products(float4 sum, uint a, uint4 b)\n",
    "{\n",
    "    const ushort2 x = as_ushort2(a);\n",
    "    const ushort8 y = as_ushort8(b);\n",
    "    const float low = vload_half(0, (const __private half *)&x);\n",
    "    const float high = vload_half(1, (const __private half *)&x);\n",
    "    const float8 columns = vload_half8(0, (const __private half *)&y);\n",
    "    return sum + low * columns.even + high * columns.odd;\n",
    "}\n",
    "#endif\n",
    "\n",
    "/* 16 rows of A, two times 8 columns of B, 8 words of either; item l of a warp has columns 4 (l % 4) to 4 (l % 4) + 3 of\n",
    " * row l / 4, then of the row 8 below. all_a, all_b: what the whole warp shares, where that is needed. */\n",
    "static float8 multiply(float8 sum, uint4 a, uint4 b, const __local uint *all_a, const __local uint *all_b,\n",
    "                              int lane)\n",
    "{\n",
    "#if EMULATED\n",
    "    for (int word = 0; word < 8; ++word) {\n",
    "        const __local uint *row = all_a + lane / 4 * 16 + word % 4 * 4 + word / 4 * 2;\n",
    "        const __local uint *column = all_b + lane % 4 * 32 + word % 4 * 4 + word / 4;\n",
    "        const uint4 columns = (uint4)(column[0], column[16], column[2], column[18]);\n",
    "        sum.lo = add_products(sum.lo, row[0], columns);\n",
    "        sum.hi = add_products(sum.hi, row[1], columns);\n",
    "    }\n",
    "    return sum;\n",
    "#else\n",
    "    float p0 = sum.s0, p1 = sum.s1, p2 = sum.s2, p3 = sum.s3;\n",
    "    float q0 = sum.s4, q1 = sum.s5, q2 = sum.s6, q3 = sum.s7;\n",
    "    __asm__ volatile(\"mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 \"\n",
    "                     \"{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};\"\n",
    "                     : \"+f\"(p0), \"+f\"(p1), \"+f\"(q0), \"+f\"(q1)\n",
    "                     : \"r\"(a.s0), \"r\"(a.s1), \"r\"(a.s2), \"r\"(a.s3), \"r\"(b.s0), \"r\"(b.s1));\n",
    "    __asm__ volatile(\"mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 \"\n",
    "                     \"{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};\"\n",
    "                     : \"+f\"(p2), \"+f\"(p3), \"+f\"(q2), \"+f\"(q3)\n",
    "                     : \"r\"(a.s0), \"r\"(a.s1), \"r\"(a.s2), \"r\"(a.s3), \"r\"(b.s2), \"r\"(b.s3));\n",
    "    return (float8)(p0, p1, p2, p3, q0, q1, q2, q3);\n",
    "#endif\n",
    "}\n",
    "\n",
    "/* [panel][chunk][row][16 words], quarter s of row r at s ^ (r / 2 % 4), zero beyond the last channel and term; any number\n",
    " * of items share the rows. */\n",
    "__kernel void conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_pack(const __global half *weights, const __global half *bias, __global float *packed)\n",
    "{\n",
    "    const __global ushort *given = (const __global ushort *)weights;\n",
    "    __global ushort *kept = (__global ushort *)packed;\n",
    "    for (size_t row = get_global_id(0); row < 4608; row += get_global_size(0)) {\n",
    "        const int j = (int)(row % 64);\n",
    "        const int chunk = (int)(row / 64 % 36);\n",
    "        const int panel = (int)(row / 2304);\n",
    "        const int in_group = panel % 2 * 64 + (j / 16 * 16 + j % 8 / 2 * 4 + j % 16 / 8 * 2 + j % 2);\n",
    "        const int oc = panel / 2 * 128 + in_group;\n",
    "        for (int i = 0; i < 32; ++i) {\n",
    "            const int term = chunk * 32 + i;\n",
    "            const int tap = term / 128;\n",
    "            const int ic = term % 128;\n",
    "            const int kh = tap / 3;\n",
    "            const int kw = tap % 3;\n",
    "            const size_t at = row * 32 + ((i / 8) ^ (j / 2 % 4)) * 8 + i % 8;\n",
    "            kept[at] = in_group < 128 && term < 1152 \? given[oc + ic * 128 + kh * 49152 + kw * 16384] : 0;\n",
    "        }\n",
    "    }\n",
    "    for (size_t at = get_global_id(0); at < 128; at += get_global_size(0)) {\n",
    "        const int in_group = (int)(at % 128);\n",
    "        packed[73728 + at] = in_group < 128 \? vload_half(at / 128 * 128 + in_group, bias) : 0.0f;\n",
    "    }\n",
    "}\n",
    "\n",
    "/* A tile of 64 pixels x 64 channels by 4 warps of 32 items.\n",
    "   Inlined: what another function than the kernel knows of `shared`, PoCL 3.1 has all work-groups share. */\n",
    "static inline __attribute__((always_inline)) void compute_task(size_t task, const __global half *input, const __global float *packed, __global half *output, __local float *shared)\n",
    "{\n",
    "    const int item = (int)get_local_id(0);\n",
    "    const int warp = item / 32;\n",
    "    const int lane = item % 32;\n",
    "    const int down = lane / 4 + warp % 2 * 32;\n",
    "    const int across = lane % 4 + warp / 2 * 8;\n",
    "    const int panel = (int)(task % 2); /* of all groups' channels */\n",
    "    const int tile = (int)(task / 2) * 64; /* its first pixel */\n",
    "    const int oc0 = panel * 64; /* the panel's first channel, in its group */\n",
    "    const __global ushort *numbers = (const __global ushort *)input;\n",
    "    const __global uint *weights = (const __global uint *)packed + panel * 36864;\n",
    "    const __global float *bias = packed + (panel * 64 + across * 4 + 73728);\n",
    "    __local uint *buffers = (__local uint *)shared;\n",
    "    __local uint *held = buffers + EMULATED * (warp * 512 + 8192);\n",
    "    const int slot0 = item % 4;\n",
    "    const int row0 = item / 4;\n",
    "    const int p0 = min(tile + row0, 25087);\n",
    "    const int ih0 = (p0 / 28 % 28) - 1;\n",
    "    const int iw0 = (p0 % 28) - 1;\n",
    "    const int at0 = (p0 / 784) * 100352 + ih0 * 3584 + iw0 * 128;\n",
    "    const int row1 = item / 4 + 32;\n",
    "    const int p1 = min(tile + row1, 25087);\n",
    "    const int ih1 = (p1 / 28 % 28) - 1;\n",
    "    const int iw1 = (p1 % 28) - 1;\n",
    "    const int at1 = (p1 / 784) * 100352 + ih1 * 3584 + iw1 * 128;\n",
    "    float8 acc0_0 = (float8)(0.0f);\n",
    "    float8 acc0_1 = (float8)(0.0f);\n",
    "    float8 acc1_0 = (float8)(0.0f);\n",
    "    float8 acc1_1 = (float8)(0.0f);\n",
    "    int now = 0; /* where chunk c lies in the buffers */\n",
    "    int next = 0;\n",
    "    #pragma unroll\n",
    "    for (int c = 0; c < 3; ++c) {\n",
    "        if (c < 36) {\n",
    "            copy(buffers + next + item * 4 + 1024, weights + c * 1024 + item * 4, true);\n",
    "            copy(buffers + next + item * 4 + 1536, weights + c * 1024 + item * 4 + 512, true);\n",
    "            const int all = c * 32;\n",
    "            const int tap = all / 128;\n",
    "            const int kh = tap / 3;\n",
    "            const int kw = tap % 3;\n",
    "            const int step = kh * 3584 + kw * 128 + all % 128;\n",
    "            copy(buffers + next + row0 * 16 + (slot0 ^ row0 / 2 % 4) * 4, numbers + (at0 + step + slot0 * 8), (uint)(ih0 + kh) < 28 && (uint)(iw0 + kw) < 28);\n",
    "            copy(buffers + next + row1 * 16 + (slot0 ^ row1 / 2 % 4) * 4, numbers + (at1 + step + slot0 * 8), (uint)(ih1 + kh) < 28 && (uint)(iw1 + kw) < 28);\n",
    "        }\n",
    "        end_copies();\n",
    "        next += 2048;\n",
    "    }\n",
    "    /* 32 terms at a time: those of later chunks are on their way while these are multiplied */\n",
    "    for (int c = 0; c < 36; ++c) {\n",
    "        wait_for_copies_2();\n",
    "        barrier(CLK_LOCAL_MEM_FENCE);\n",
    "        if (c < 33) {\n",
    "            copy(buffers + next + item * 4 + 1024, weights + (c + 3) * 1024 + item * 4, true);\n",
    "            copy(buffers + next + item * 4 + 1536, weights + (c + 3) * 1024 + item * 4 + 512, true);\n",
    "            const int all = (c + 3) * 32;\n",
    "            const int tap = all / 128;\n",
    "            const int kh = tap / 3;\n",
    "            const int kw = tap % 3;\n",
    "            const int step = kh * 3584 + kw * 128 + all % 128;\n",
    "            copy(buffers + next + row0 * 16 + (slot0 ^ row0 / 2 % 4) * 4, numbers + (at0 + step + slot0 * 8), (uint)(ih0 + kh) < 28 && (uint)(iw0 + kw) < 28);\n",
    "            copy(buffers + next + row1 * 16 + (slot0 ^ row1 / 2 % 4) * 4, numbers + (at1 + step + slot0 * 8), (uint)(ih1 + kh) < 28 && (uint)(iw1 + kw) < 28);\n",
    "        }\n",
    "        end_copies();\n",
    "        const __local uint *row_tile = buffers + now + (warp % 2) * 512;\n",
    "        const __local uint *column_tile = buffers + now + (warp / 2) * 512 + 1024;\n",
    "        next = now;\n",
    "        now = now == 6144 \? 0 : now + 2048;\n",
    "        #pragma unroll\n",
    "        for (int step = 0; step < 2; ++step) {\n",
    "            const uint4 a0 = fragment_of_rows(row_tile, step, lane);\n",
    "            const uint4 a1 = fragment_of_rows(row_tile + 256, step, lane);\n",
    "            const uint4 b0 = fragment_of_columns(column_tile, step, lane);\n",
    "            const uint4 b1 = fragment_of_columns(column_tile + 256, step, lane);\n",
    "            share(held, lane, a0);\n",
    "            share(held + 128, lane, a1);\n",
    "            share(held + 256, lane, b0);\n",
    "            share(held + 384, lane, b1);\n",
    "            meet();\n",
    "            acc0_0 = multiply(acc0_0, a0, b0, held, held + 256, lane);\n",
    "            acc0_1 = multiply(acc0_1, a0, b1, held, held + 384, lane);\n",
    "            acc1_0 = multiply(acc1_0, a1, b0, held + 128, held + 256, lane);\n",
    "            acc1_1 = multiply(acc1_1, a1, b1, held + 128, held + 384, lane);\n",
    "            meet();\n",
    "        }\n",
    "    }\n",
    "    barrier(CLK_LOCAL_MEM_FENCE);\n",
    "    const int oc = oc0 + across * 4;\n",
    "    const float4 bias0 = *(const __global float4 *)(bias);\n",
    "    const float4 bias1 = *(const __global float4 *)(bias + 16);\n",
    "    {\n",
    "        const int p = tile + down;\n",
    "        if (p < 25088) {\n",
    "            const size_t at = (size_t)p * 128 + oc;\n",
    "            if (oc + 4 <= 128) {\n",
    "                acc0_0.lo = acc0_0.lo + bias0;\n",
    "                vstorea_half4_rte(acc0_0.lo, 0, output + at);\n",
    "            }\n",
    "            if (oc + 20 <= 128) {\n",
    "                acc0_1.lo = acc0_1.lo + bias1;\n",
    "                vstorea_half4_rte(acc0_1.lo, 0, output + at + 16);\n",
    "            }\n",
    "        }\n",
    "    }\n",
    "    {\n",
    "        const int p = tile + down + 8;\n",
    "        if (p < 25088) {\n",
    "            const size_t at = (size_t)p * 128 + oc;\n",
    "            if (oc + 4 <= 128) {\n",
    "                acc0_0.hi = acc0_0.hi + bias0;\n",
    "                vstorea_half4_rte(acc0_0.hi, 0, output + at);\n",
    "            }\n",
    "            if (oc + 20 <= 128) {\n",
    "                acc0_1.hi = acc0_1.hi + bias1;\n",
    "                vstorea_half4_rte(acc0_1.hi, 0, output + at + 16);\n",
    "            }\n",
    "        }\n",
    "    }\n",
    "    {\n",
    "        const int p = tile + down + 16;\n",
    "        if (p < 25088) {\n",
    "            const size_t at = (size_t)p * 128 + oc;\n",
    "            if (oc + 4 <= 128) {\n",
    "                acc1_0.lo = acc1_0.lo + bias0;\n",
    "                vstorea_half4_rte(acc1_0.lo, 0, output + at);\n",
    "            }\n",
    "            if (oc + 20 <= 128) {\n",
    "                acc1_1.lo = acc1_1.lo + bias1;\n",
    "                vstorea_half4_rte(acc1_1.lo, 0, output + at + 16);\n",
    "            }\n",
    "        }\n",
    "    }\n",
    "    {\n",
    "        const int p = tile + down + 24;\n",
    "        if (p < 25088) {\n",
    "            const size_t at = (size_t)p * 128 + oc;\n",
    "            if (oc + 4 <= 128) {\n",
    "                acc1_0.hi = acc1_0.hi + bias0;\n",
    "                vstorea_half4_rte(acc1_0.hi, 0, output + at);\n",
    "            }\n",
    "            if (oc + 20 <= 128) {\n",
    "                acc1_1.hi = acc1_1.hi + bias1;\n",
    "                vstorea_half4_rte(acc1_1.hi, 0, output + at + 16);\n",
    "            }\n",
    "        }\n",
    "    }\n",
    "}\n",
    "\n",
    "#undef meet\n",
    "#undef share\n",
    "#undef copy\n",
    "#undef end_copies\n",
    "#undef wait_for_copies_2\n",
    "#undef fragment_of_rows\n",
    "#undef fragment_of_columns\n",
    "#undef add_products\n",
    "#undef multiply\n",
    "#undef compute_task\n",
    "/* 784 tasks: tiles of the output. Any number of work-groups of 128 items share them. */\n",
    "__kernel __attribute__((reqd_work_group_size(128, 1, 1)))\n",
    "void conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_0(__global const half *restrict input, __global const float *restrict packed, __global half *restrict output, __global float *restrict workspace)\n",
    "{\n",
    "    __local float shared[8192 + EMULATED * 2048] __attribute__((aligned(16)));\n",
    "    (void)workspace;\n",
    "    for (size_t task = get_group_id(0); task < 784; task += get_num_groups(0)) {\n",
    "        conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_compute_task_(task, input, packed, output, shared);\n",
    "    }\n",
    "}\n",
};

/* The kernels of the phases, in order. */
static const struct {
    const char *kernel;
    size_t tasks;
    size_t items; /* work-items that do a task together */
} phase_table[conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl_PHASES] = {
    {"conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_0", 784, 128},
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
static cl_int choose_workers(conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl *layer)
{
    const size_t most = 784;
    const size_t cached = 784;
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
static cl_int fit_groups(conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl *layer)
{
    size_t group = 0;
    cl_int error = clGetKernelWorkGroupInfo(layer->pack, layer->device, CL_KERNEL_WORK_GROUP_SIZE, sizeof group, &group, NULL);
    layer->group = least(layer->group, group);
    for (size_t phase = 0; phase < conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl_PHASES && error == CL_SUCCESS; ++phase) {
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

static cl_int create_kernels(conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl *layer)
{
    cl_int error;
    layer->pack = clCreateKernel(layer->program, "conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_pack", &error);
    for (size_t phase = 0; phase < conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl_PHASES && error == CL_SUCCESS; ++phase) {
        layer->phases[phase] = clCreateKernel(layer->program, phase_table[phase].kernel, &error);
    }
    return error;
}

static cl_int create_buffers(conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl *layer)
{
    const size_t bytes = conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl_WORKSPACE_BYTES(layer->workers);
    cl_int error;
    layer->packed = clCreateBuffer(layer->context, CL_MEM_READ_WRITE, conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl_PACKED_BYTES, NULL, &error);
    if (error == CL_SUCCESS) {
        layer->workspace = clCreateBuffer(layer->context, CL_MEM_READ_WRITE, bytes, NULL, &error);
    }
    return error;
}

cl_int conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl_create(conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl *layer, cl_context context, cl_device_id device)
{
    static const conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl none = {NULL, NULL, NULL, NULL, {NULL}, NULL, NULL, 0, 0, 0};
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

cl_int conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl_release(conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl *layer)
{
    static const conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl none = {NULL, NULL, NULL, NULL, {NULL}, NULL, NULL, 0, 0, 0};
    cl_int error = CL_SUCCESS;

    for (size_t phase = 0; phase < conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl_PHASES; ++phase) {
        if (layer->phases[phase] != NULL) {
            error = first(error, clReleaseKernel(layer->phases[phase]));
        }
    }
    if (layer->pack != NULL) {
        error = first(error, clReleaseKernel(layer->pack));
    }
    if (layer->program != NULL) {
        error = first(error, clReleaseProgram(layer->program));
    }
    if (layer->packed != NULL) {
        error = first(error, clReleaseMemObject(layer->packed));
    }
    if (layer->workspace != NULL) {
        error = first(error, clReleaseMemObject(layer->workspace));
    }
    *layer = none;
    return error;
}

cl_int conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl_log(const conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl *layer, size_t size, char *log, size_t *needed)
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
static cl_int launch(const conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl *layer, cl_command_queue queue, cl_kernel kernel, size_t workers, size_t items,
    cl_uint waits, const cl_event *wait_list, cl_event *event)
{
    const size_t group = items > 1 ? items : layer->group;
    const size_t groups = items > 1 ? workers : (workers + group - 1) / group;
    const size_t all_items = groups * group;
    return clEnqueueNDRangeKernel(queue, kernel, 1, NULL, &all_items, &group, waits, wait_list, event);
}

cl_int conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl_pack(conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl *layer, cl_command_queue queue, cl_mem weights, cl_mem bias,
    cl_uint waits, const cl_event *wait_list, cl_event *event)
{
    const cl_mem buffers[] = {weights, bias, layer->packed};
    cl_int error = holds(weights, conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl_WEIGHTS_BYTES);
    error = first(error, holds(bias, conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl_BIAS_BYTES));
    if (error == CL_SUCCESS) {
        error = set_arguments(layer->pack, 3, buffers);
    }
    if (error == CL_SUCCESS) {
        error = launch(layer, queue, layer->pack, 4608, 1, waits, wait_list, event);
    }
    if (error == CL_SUCCESS) {
        layer->ready = 1;
    }
    return error;
}

/* A new buffer with a copy of an array, which the caller releases; NULL when there is none. */
static cl_int upload(conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl *layer, cl_command_queue queue, size_t bytes, const void *array, cl_mem *buffer)
{
    cl_int error;
    *buffer = clCreateBuffer(layer->context, CL_MEM_READ_ONLY, bytes, NULL, &error);
    if (error == CL_SUCCESS) {
        error = clEnqueueWriteBuffer(queue, *buffer, CL_TRUE, 0, bytes, array, 0, NULL, NULL);
    }
    return error;
}

cl_int conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl_pack_host(conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl *layer, cl_command_queue queue, const cl_half *weights,
    const cl_half *bias)
{
    cl_mem buffers[2] = {NULL, NULL};
    cl_event packed = NULL;
    cl_int error = upload(layer, queue, conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl_WEIGHTS_BYTES, weights, &buffers[0]);
    if (error == CL_SUCCESS) {
        error = upload(layer, queue, conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl_BIAS_BYTES, bias, &buffers[1]);
    }
    if (error == CL_SUCCESS) {
        error = conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl_pack(layer, queue, buffers[0], buffers[1], 0, NULL, &packed);
    }
    if (packed != NULL) {
        error = first(error, clWaitForEvents(1, &packed));
        error = first(error, clReleaseEvent(packed));
    }
    for (size_t index = 0; index < 2; ++index) {
        if (buffers[index] != NULL) {
            error = first(error, clReleaseMemObject(buffers[index]));
        }
    }
    return error;
}

/* One phase: it waits for the event *last, or for the caller's when that is NULL, and replaces it by its own. */
static cl_int enqueue_phase(const conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl *layer, cl_command_queue queue, size_t phase,
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

cl_int conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl_enqueue(conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl *layer, cl_command_queue queue, cl_mem input, cl_mem output,
    cl_uint waits, const cl_event *wait_list, cl_event *event)
{
    const cl_mem packed = layer->packed;
    const cl_mem workspace = layer->workspace;
    const cl_mem given[] = {input, packed, output, workspace};
    cl_event last = NULL;
    cl_int error = layer->ready ? CL_SUCCESS : CL_INVALID_OPERATION;

    error = first(error, holds(input, conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl_INPUT_BYTES));
    error = first(error, holds(output, conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl_OUTPUT_BYTES));
    for (size_t phase = 0; phase < conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl_PHASES && error == CL_SUCCESS; ++phase) {
        error = set_arguments(layer->phases[phase], 4, given);
    }
    for (size_t phase = 0; phase < conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_opencl_PHASES && error == CL_SUCCESS; ++phase) {
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
#undef upload
