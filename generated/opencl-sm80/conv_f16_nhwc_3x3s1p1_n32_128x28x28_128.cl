/* conv_f16_nhwc_3x3s1p1_n32_128x28x28_128: a convolution layer, written by convgen 0.1.0.
 *
 * Layer     f16, input nhwc 32 x 28 x 28 x 128, output 32 x 28 x 28 x 128, weights hwio 3 x 3 x 128 x 128
 *           kernel 3x3, stride 1x1, padding 1+1 1+1, bias
 * Command   convgen generate mb32ic128ih28oc128oh28kh3ph1 --layout nhwc --dtype f16 --target opencl-sm80 --max-error 0 -o .
 * Plan      tensor on cl4, lanes over oc, reading the input as it is
 *           for oc by 64: 2 times
 *             for ow by 64: 392 times
 *               for ic by 32: 36 times
 *                 tile of 64 pixels x 64 channels by 4 warps, 32 terms at a time, 4 buffers; a warp has 32 x 32: 12 registers
 * Tasks     784 (tiles of the output)
 * Cost      3699376128 multiply-adds; at least 13140224 bytes moved; 295424 bytes packed, 0 of workspace
 * Bound     |error| <= g S, S = sum |x||w| + |bias|, g = 3457 u / (1 - 3457 u) = 0.000206, u = 2^-24;
 *           rounding an output e off to f16 adds 2^-11 (|y| + e) + 2^-25
 * Launch    In one dimension, in this order, each when the one before has ended. Work-items share the
 *           tasks: any global size gives the same bits. The local size is free where none is said.
 *           conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_pack(weights, bias, packed), once:
 *             global size 4608
 *           conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_0(input, packed, output, workspace):
 *             global size 784 x 128, local size 128
 * Bytes     weights 294912, bias 256, input 6422528, output 6422528, packed 295424, workspace 4
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is
 * hereby granted. It comes as is, without warranty of any kind.
 */
/* Functions of this file alone, by names that no other file has. */
#define meet conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_meet_
#define share conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_share_
#define copy conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_copy_
#define end_copies conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_end_copies_
#define wait_for_copies_2 conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_wait_for_copies_2_
#define fragment_of_rows conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_fragment_of_rows_
#define fragment_of_columns conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_fragment_of_columns_
#define add_products conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_add_products_
#define multiply conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_multiply_
#define compute_task conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_compute_task_

/* Matrix instructions are NVIDIA's. Other compilers get the same in plain OpenCL C, for tests: slow, but right. */
#ifdef __NV_CL_C_VERSION
#define EMULATED 0
#else
#define EMULATED 1
#endif

/* The items of a warp hold operands together: where instructions are emulated, they must exchange them. */
static void meet(void)
{
#if EMULATED
    barrier(CLK_LOCAL_MEM_FENCE);
#endif
}

static void share(__local uint *all, int lane, uint4 own)
{
#if EMULATED
    ((__local uint4 *)all)[lane] = own;
#endif
}

/* 16 bytes from global to local memory, on their way until wait_for_copies; zeros unless `inside`. */
static void copy(__local uint *to, const __global void *from, bool inside)
{
#if EMULATED
    *(__local uint4 *)to = inside ? *(const __global uint4 *)from : (uint4)(0);
#else
    __asm__ volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;"
                     : : "r"((uint)(size_t)to), "l"((ulong)from), "r"(inside ? 16 : 0) : "memory");
#endif
}

/* Copies since the last end are a group. */
static void end_copies(void)
{
#if !EMULATED
    __asm__ volatile("cp.async.commit_group;" : : : "memory");
#endif
}

/* Until all but the last 2 groups of an item's copies are there. */
static void wait_for_copies_2(void)
{
#if !EMULATED
    __asm__ volatile("cp.async.wait_group 2;" : : : "memory");
#endif
}

/* Of 16 rows of 16 words, whose quarter s lies at s ^ (row / 2 % 4): words 8 `step` to 8 `step` + 7, as the 32 items of
 * a warp hold them for rows. Item l has words l % 4 and 4 + l % 4 of rows l / 4 and 8 + l / 4: the rows of the first, then of the second. */
static uint4 fragment_of_rows(const __local uint *tile, int step, int lane)
{
#if EMULATED
    const __local uint *upper = tile + lane / 4 * 16 + lane % 4;
    const __local uint *lower = upper + 128;
    const int left = ((2 * step) ^ (lane / 8 % 4)) * 4;
    const int right = ((2 * step + 1) ^ (lane / 8 % 4)) * 4;
    return (uint4)(upper[left], lower[left], upper[right], lower[right]);
#else
    const int row = lane % 16;
    const __local uint *quarter = tile + row * 16 + ((2 * step + lane / 16) ^ (row / 2 % 4)) * 4;
    uint a;
    uint b;
    uint c;
    uint d;
    __asm__ volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                     : "=r"(a), "=r"(b), "=r"(c), "=r"(d) : "r"((uint)(size_t)quarter) : "memory");
    return (uint4)(a, b, c, d);
#endif
}

/* Of 16 rows of 16 words, whose quarter s lies at s ^ (row / 2 % 4): words 8 `step` to 8 `step` + 7, as the 32 items of
 * a warp hold them for columns. Item l has words l % 4 and 4 + l % 4 of rows l / 4 and 8 + l / 4: the words of the first, then of the second. */
static uint4 fragment_of_columns(const __local uint *tile, int step, int lane)
{
#if EMULATED
    const __local uint *upper = tile + lane / 4 * 16 + lane % 4;
    const __local uint *lower = upper + 128;
    const int left = ((2 * step) ^ (lane / 8 % 4)) * 4;
    const int right = ((2 * step + 1) ^ (lane / 8 % 4)) * 4;
    return (uint4)(upper[left], upper[right], lower[left], lower[right]);
#else
    const int row = lane / 16 * 8 + lane % 8;
    const __local uint *quarter = tile + row * 16 + ((2 * step + lane / 8 % 2) ^ (row / 2 % 4)) * 4;
    uint a;
    uint b;
    uint c;
    uint d;
    __asm__ volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                     : "=r"(a), "=r"(b), "=r"(c), "=r"(d) : "r"((uint)(size_t)quarter) : "memory");
    return (uint4)(a, b, c, d);
#endif
}

#if EMULATED
static float4 add_products(float4 sum, uint a, uint4 b)
{
    const ushort2 x = as_ushort2(a);
    const ushort8 y = as_ushort8(b);
    const float low = vload_half(0, (const __private half *)&x);
    const float high = vload_half(1, (const __private half *)&x);
    const float8 columns = vload_half8(0, (const __private half *)&y);
    return sum + low * columns.even + high * columns.odd;
}
#endif

/* 16 rows of A, two times 8 columns of B, 8 words of either; item l of a warp has columns 4 (l % 4) to 4 (l % 4) + 3 of
 * row l / 4, then of the row 8 below. all_a, all_b: what the whole warp shares, where that is needed. */
static float8 multiply(float8 sum, uint4 a, uint4 b, const __local uint *all_a, const __local uint *all_b,
                              int lane)
{
#if EMULATED
    for (int word = 0; word < 8; ++word) {
        const __local uint *row = all_a + lane / 4 * 16 + word % 4 * 4 + word / 4 * 2;
        const __local uint *column = all_b + lane % 4 * 32 + word % 4 * 4 + word / 4;
        const uint4 columns = (uint4)(column[0], column[16], column[2], column[18]);
        sum.lo = add_products(sum.lo, row[0], columns);
        sum.hi = add_products(sum.hi, row[1], columns);
    }
    return sum;
#else
    float p0 = sum.s0, p1 = sum.s1, p2 = sum.s2, p3 = sum.s3;
    float q0 = sum.s4, q1 = sum.s5, q2 = sum.s6, q3 = sum.s7;
    __asm__ volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "
                     "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                     : "+f"(p0), "+f"(p1), "+f"(q0), "+f"(q1)
                     : "r"(a.s0), "r"(a.s1), "r"(a.s2), "r"(a.s3), "r"(b.s0), "r"(b.s1));
    __asm__ volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "
                     "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                     : "+f"(p2), "+f"(p3), "+f"(q2), "+f"(q3)
                     : "r"(a.s0), "r"(a.s1), "r"(a.s2), "r"(a.s3), "r"(b.s2), "r"(b.s3));
    return (float8)(p0, p1, p2, p3, q0, q1, q2, q3);
#endif
}

/* [panel][chunk][row][16 words], quarter s of row r at s ^ (r / 2 % 4), zero beyond the last channel and term; any number
 * of items share the rows. */
__kernel void conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_pack(const __global half *weights, const __global half *bias, __global float *packed)
{
    const __global ushort *given = (const __global ushort *)weights;
    __global ushort *kept = (__global ushort *)packed;
    for (size_t row = get_global_id(0); row < 4608; row += get_global_size(0)) {
        const int j = (int)(row % 64);
        const int chunk = (int)(row / 64 % 36);
        const int panel = (int)(row / 2304);
        const int in_group = panel % 2 * 64 + (j / 16 * 16 + j % 8 / 2 * 4 + j % 16 / 8 * 2 + j % 2);
        const int oc = panel / 2 * 128 + in_group;
        for (int i = 0; i < 32; ++i) {
            const int term = chunk * 32 + i;
            const int tap = term / 128;
            const int ic = term % 128;
            const int kh = tap / 3;
            const int kw = tap % 3;
            const size_t at = row * 32 + ((i / 8) ^ (j / 2 % 4)) * 8 + i % 8;
            kept[at] = in_group < 128 && term < 1152 ? given[oc + ic * 128 + kh * 49152 + kw * 16384] : 0;
        }
    }
    for (size_t at = get_global_id(0); at < 128; at += get_global_size(0)) {
        const int in_group = (int)(at % 128);
        packed[73728 + at] = in_group < 128 ? vload_half(at / 128 * 128 + in_group, bias) : 0.0f;
    }
}

/* A tile of 64 pixels x 64 channels by 4 warps of 32 items.
   Inlined: what another function than the kernel knows of `shared`, PoCL 3.1 has all work-groups share. */
static inline __attribute__((always_inline)) void compute_task(size_t task, const __global half *input, const __global float *packed, __global half *output, __local float *shared)
{
    const int item = (int)get_local_id(0);
    const int warp = item / 32;
    const int lane = item % 32;
    const int down = lane / 4 + warp % 2 * 32;
    const int across = lane % 4 + warp / 2 * 8;
    const int panel = (int)(task % 2); /* of all groups' channels */
    const int tile = (int)(task / 2) * 64; /* its first pixel */
    const int oc0 = panel * 64; /* the panel's first channel, in its group */
    const __global ushort *numbers = (const __global ushort *)input;
    const __global uint *weights = (const __global uint *)packed + panel * 36864;
    const __global float *bias = packed + (panel * 64 + across * 4 + 73728);
    __local uint *buffers = (__local uint *)shared;
    __local uint *held = buffers + EMULATED * (warp * 512 + 8192);
    const int slot0 = item % 4;
    const int row0 = item / 4;
    const int p0 = min(tile + row0, 25087);
    const int ih0 = (p0 / 28 % 28) - 1;
    const int iw0 = (p0 % 28) - 1;
    const int at0 = (p0 / 784) * 100352 + ih0 * 3584 + iw0 * 128;
    const int row1 = item / 4 + 32;
    const int p1 = min(tile + row1, 25087);
    const int ih1 = (p1 / 28 % 28) - 1;
    const int iw1 = (p1 % 28) - 1;
    const int at1 = (p1 / 784) * 100352 + ih1 * 3584 + iw1 * 128;
    float8 acc0_0 = (float8)(0.0f);
    float8 acc0_1 = (float8)(0.0f);
    float8 acc1_0 = (float8)(0.0f);
    float8 acc1_1 = (float8)(0.0f);
    int now = 0; /* where chunk c lies in the buffers */
    int next = 0;
    #pragma unroll
    for (int c = 0; c < 3; ++c) {
        if (c < 36) {
            copy(buffers + next + item * 4 + 1024, weights + c * 1024 + item * 4, true);
            copy(buffers + next + item * 4 + 1536, weights + c * 1024 + item * 4 + 512, true);
            const int all = c * 32;
            const int tap = all / 128;
            const int kh = tap / 3;
            const int kw = tap % 3;
            const int step = kh * 3584 + kw * 128 + all % 128;
            copy(buffers + next + row0 * 16 + (slot0 ^ row0 / 2 % 4) * 4, numbers + (at0 + step + slot0 * 8), (uint)(ih0 + kh) < 28 && (uint)(iw0 + kw) < 28);
            copy(buffers + next + row1 * 16 + (slot0 ^ row1 / 2 % 4) * 4, numbers + (at1 + step + slot0 * 8), (uint)(ih1 + kh) < 28 && (uint)(iw1 + kw) < 28);
        }
        end_copies();
        next += 2048;
    }
    /* 32 terms at a time: those of later chunks are on their way while these are multiplied */
    for (int c = 0; c < 36; ++c) {
        wait_for_copies_2();
        barrier(CLK_LOCAL_MEM_FENCE);
        if (c < 33) {
            copy(buffers + next + item * 4 + 1024, weights + (c + 3) * 1024 + item * 4, true);
            copy(buffers + next + item * 4 + 1536, weights + (c + 3) * 1024 + item * 4 + 512, true);
            const int all = (c + 3) * 32;
            const int tap = all / 128;
            const int kh = tap / 3;
            const int kw = tap % 3;
            const int step = kh * 3584 + kw * 128 + all % 128;
            copy(buffers + next + row0 * 16 + (slot0 ^ row0 / 2 % 4) * 4, numbers + (at0 + step + slot0 * 8), (uint)(ih0 + kh) < 28 && (uint)(iw0 + kw) < 28);
            copy(buffers + next + row1 * 16 + (slot0 ^ row1 / 2 % 4) * 4, numbers + (at1 + step + slot0 * 8), (uint)(ih1 + kh) < 28 && (uint)(iw1 + kw) < 28);
        }
        end_copies();
        const __local uint *row_tile = buffers + now + (warp % 2) * 512;
        const __local uint *column_tile = buffers + now + (warp / 2) * 512 + 1024;
        next = now;
        now = now == 6144 ? 0 : now + 2048;
        #pragma unroll
        for (int step = 0; step < 2; ++step) {
            const uint4 a0 = fragment_of_rows(row_tile, step, lane);
            const uint4 a1 = fragment_of_rows(row_tile + 256, step, lane);
            const uint4 b0 = fragment_of_columns(column_tile, step, lane);
            const uint4 b1 = fragment_of_columns(column_tile + 256, step, lane);
            share(held, lane, a0);
            share(held + 128, lane, a1);
            share(held + 256, lane, b0);
            share(held + 384, lane, b1);
            meet();
            acc0_0 = multiply(acc0_0, a0, b0, held, held + 256, lane);
            acc0_1 = multiply(acc0_1, a0, b1, held, held + 384, lane);
            acc1_0 = multiply(acc1_0, a1, b0, held + 128, held + 256, lane);
            acc1_1 = multiply(acc1_1, a1, b1, held + 128, held + 384, lane);
            meet();
        }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    const int oc = oc0 + across * 4;
    const float4 bias0 = *(const __global float4 *)(bias);
    const float4 bias1 = *(const __global float4 *)(bias + 16);
    {
        const int p = tile + down;
        if (p < 25088) {
            const size_t at = (size_t)p * 128 + oc;
            if (oc + 4 <= 128) {
                acc0_0.lo = acc0_0.lo + bias0;
                vstorea_half4_rte(acc0_0.lo, 0, output + at);
            }
            if (oc + 20 <= 128) {
                acc0_1.lo = acc0_1.lo + bias1;
                vstorea_half4_rte(acc0_1.lo, 0, output + at + 16);
            }
        }
    }
    {
        const int p = tile + down + 8;
        if (p < 25088) {
            const size_t at = (size_t)p * 128 + oc;
            if (oc + 4 <= 128) {
                acc0_0.hi = acc0_0.hi + bias0;
                vstorea_half4_rte(acc0_0.hi, 0, output + at);
            }
            if (oc + 20 <= 128) {
                acc0_1.hi = acc0_1.hi + bias1;
                vstorea_half4_rte(acc0_1.hi, 0, output + at + 16);
            }
        }
    }
    {
        const int p = tile + down + 16;
        if (p < 25088) {
            const size_t at = (size_t)p * 128 + oc;
            if (oc + 4 <= 128) {
                acc1_0.lo = acc1_0.lo + bias0;
                vstorea_half4_rte(acc1_0.lo, 0, output + at);
            }
            if (oc + 20 <= 128) {
                acc1_1.lo = acc1_1.lo + bias1;
                vstorea_half4_rte(acc1_1.lo, 0, output + at + 16);
            }
        }
    }
    {
        const int p = tile + down + 24;
        if (p < 25088) {
            const size_t at = (size_t)p * 128 + oc;
            if (oc + 4 <= 128) {
                acc1_0.hi = acc1_0.hi + bias0;
                vstorea_half4_rte(acc1_0.hi, 0, output + at);
            }
            if (oc + 20 <= 128) {
                acc1_1.hi = acc1_1.hi + bias1;
                vstorea_half4_rte(acc1_1.hi, 0, output + at + 16);
            }
        }
    }
}

#undef meet
#undef share
#undef copy
#undef end_copies
#undef wait_for_copies_2
#undef fragment_of_rows
#undef fragment_of_columns
#undef add_products
#undef multiply
#undef compute_task
/* 784 tasks: tiles of the output. Any number of work-groups of 128 items share them. */
__kernel __attribute__((reqd_work_group_size(128, 1, 1)))
void conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_0(__global const half *restrict input, __global const float *restrict packed, __global half *restrict output, __global float *restrict workspace)
{
    __local float shared[8192 + EMULATED * 2048] __attribute__((aligned(16)));
    (void)workspace;
    for (size_t task = get_group_id(0); task < 784; task += get_num_groups(0)) {
        conv_f16_nhwc_3x3s1p1_n32_128x28x28_128_compute_task_(task, input, packed, output, shared);
    }
}
