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
 * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is
 * hereby granted. It comes as is, without warranty of any kind.
 */
#include "conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl.h"

/* What is of this file alone, by names that no other file has. */
#define source conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_source
#define phase_table conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_phase_table
#define first conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_first
#define least conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_least
#define create_kernels conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_create_kernels
#define create_buffers conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_create_buffers
#define choose_workers conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_choose_workers
#define fit_groups conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_fit_groups
#define holds conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_holds
#define set_arguments conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_set_arguments
#define launch conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_launch
#define enqueue_phase conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_enqueue_phase
#define upload conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_upload

/* conv_f32_nchw_31x31s1p15_g96_96x56x56_96.cl, line by line: C99 promises no more than 4095 characters for a string. */
static const char *const source[] = {
    "/* conv_f32_nchw_31x31s1p15_g96_96x56x56_96: a convolution layer, written by convgen 0.1.0.\n",
    " *\n",
    " * Layer     f32, input nchw 1 x 96 x 56 x 56, output 1 x 96 x 56 x 56, weights oihw 96 x 1 x 31 x 31\n",
    " *           kernel 31x31, stride 1x1, padding 15+15 15+15, 96 groups, bias\n",
    " * Command   convgen generate g96ic96ih56oc96oh56kh31ph15 --layout nchw --target opencl-gpu -o .\n",
    " * Plan      fourier on cl4, lanes over ow, reading the input as it is\n",
    " *           for oh by 34: 2 times\n",
    " *             for g: 96 times\n",
    " *               for ow by 16: 256 times\n",
    " *                 tile of 1 pair x 1 channel, 64x64 points for 34x34 outputs, by 256 items: 40 registers\n",
    " * Tasks     192 (pairs of blocks: their products and transforms)\n",
    " * Cost      289314816 multiply-adds; at least 2777856 bytes moved; 3147008 bytes packed, 0 of workspace\n",
    " * Bound     |error| <= g S, S = sum ||x|| ||w|| + |bias|, g = 115 u / (1 - 115 u) = 6.85e-06, u =\n",
    " *           2^-24; over input channels and parts of the kernel; || || is the root of the sum of\n",
    " *           squares, of blocks of the input that are transformed together, so S counts all pixels of\n",
    " *           these, also those that it does not read (--max-error 0 for sentinels and hot pixels);\n",
    " *           where |x| <= X and |w| <= W, S is at most 2806 X W + |bias|, 2.92 times that of a direct\n",
    " *           sum\n",
    " * Range     nothing overflows where |x| <= X and |w| <= W, X <= 4.15e+34, X W <= 4.28e+34, |bias| <=\n",
    " *           1.7e+38\n",
    " * Launch    In one dimension, in this order, each when the one before has ended. Work-items share the\n",
    " *           tasks: any global size gives the same bits. The local size is free where none is said.\n",
    " *           conv_f32_nchw_31x31s1p15_g96_96x56x56_96_pack(weights, bias, packed), once:\n",
    " *             global size 96\n",
    " *           conv_f32_nchw_31x31s1p15_g96_96x56x56_96_0(input, packed, output, workspace):\n",
    " *             global size 192 x 256, local size 256\n",
    " * Bytes     weights 369024, bias 384, input 1204224, output 1204224, packed 3147008, workspace 4\n",
    " *\n",
    " * SPDX-License-Identifier: 0BSD\n",
    " * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is\n",
    " * hereby granted. It comes as is, without warranty of any kind.\n",
    " */\n",
    "/* Functions of this file alone, by names that no other file has. */\n",
    "#define forward_8_turned conv_f32_nchw_31x31s1p15_g96_96x56x56_96_forward_8_turned_\n",
    "#define inverse_8_turned conv_f32_nchw_31x31s1p15_g96_96x56x56_96_inverse_8_turned_\n",
    "#define forward_8 conv_f32_nchw_31x31s1p15_g96_96x56x56_96_forward_8_\n",
    "#define inverse_8 conv_f32_nchw_31x31s1p15_g96_96x56x56_96_inverse_8_\n",
    "#define transform conv_f32_nchw_31x31s1p15_g96_96x56x56_96_transform_\n",
    "#define transform_back conv_f32_nchw_31x31s1p15_g96_96x56x56_96_transform_back_\n",
    "#define load_pair conv_f32_nchw_31x31s1p15_g96_96x56x56_96_load_pair_\n",
    "#define store_pair conv_f32_nchw_31x31s1p15_g96_96x56x56_96_store_pair_\n",
    "#define multiply conv_f32_nchw_31x31s1p15_g96_96x56x56_96_multiply_\n",
    "#define powers conv_f32_nchw_31x31s1p15_g96_96x56x56_96_powers_\n",
    "#define two_products conv_f32_nchw_31x31s1p15_g96_96x56x56_96_two_products_\n",
    "#define power conv_f32_nchw_31x31s1p15_g96_96x56x56_96_power_\n",
    "#define place_of conv_f32_nchw_31x31s1p15_g96_96x56x56_96_place_of_\n",
    "#define transform_weights conv_f32_nchw_31x31s1p15_g96_96x56x56_96_transform_weights_\n",
    "#define put_root conv_f32_nchw_31x31s1p15_g96_96x56x56_96_put_root_\n",
    "#define multiply_task conv_f32_nchw_31x31s1p15_g96_96x56x56_96_multiply_task_\n",
    "\n",
    "/* Transforms of 8 points, apart apart, in place; their indices have their bits reversed then.\n",
    "   roots: what follows of the transform that this is a part of, all but the first, which are 1.\n",
    "   z: the first point. apart: floats between two points. */\n",
    "static inline __attribute__((always_inline)) void forward_8_turned(__local float *z, ptrdiff_t apart, const __global float *roots)\n",
    "{\n",
    "    const float x0 = *(z);\n",
    "    const float x1 = *(z + 1);\n",
    "    const float x2 = *(z + apart);\n",
    "    const float x3 = *(z + apart + 1);\n",
    "    const float x4 = *(z + apart * 2);\n",
    "    const float x5 = *(z + apart * 2 + 1);\n",
    "    const float x6 = *(z + apart * 3);\n",
    "    const float x7 = *(z + apart * 3 + 1);\n",
    "    const float x8 = *(z + apart * 4);\n",
    "    const float x9 = *(z + apart * 4 + 1);\n",
    "    const float x10 = *(z + apart * 5);\n",
    "    const float x11 = *(z + apart * 5 + 1);\n",
    "    const float x12 = *(z + apart * 6);\n",
    "    const float x13 = *(z + apart * 6 + 1);\n",
    "    const float x14 = *(z + apart * 7);\n",
    "    const float x15 = *(z + apart * 7 + 1);\n",
    "    const float t0 = x0 + x8;\n",
    "    const float t1 = x1 + x9;\n",
    "    const float t2 = x2 + x10;\n",
    "    const float t3 = x3 + x11;\n",
    "    const float t4 = x4 + x12;\n",
    "    const float t5 = x5 + x13;\n",
    "    const float t6 = x6 + x14;\n",
    "    const float t7 = x7 + x15;\n",
    "    const float t8 = x0 - x8;\n",
    "    const float t9 = x1 - x9;\n",
    "    const float t10 = x2 - x10;\n",
    "    const float t11 = x3 - x11;\n",
    "    const float t12 = x4 - x12;\n",
    "    const float t13 = x5 - x13;\n",
    "    const float t14 = x6 - x14;\n",
    "    const float t15 = x7 - x15;\n",
    "    const float t16 = t0 + t4;\n",
    "    const float t17 = t1 + t5;\n",
    "    const float t18 = t2 + t6;\n",
    "    const float t19 = t3 + t7;\n",
    "    const float t20 = t0 - t4;\n",
    "    const float t21 = t1 - t5;\n",
    "    const float t22 = t2 - t6;\n",
    "    const float t23 = t3 - t7;\n",
    "    const float t24 = t16 + t18;\n",
    "    const float t25 = t17 + t19;\n",
    "    const float t26 = t16 - t18;\n",
    "    const float t27 = t17 - t19;\n",
    "    const float t28 = t20 + t23;\n",
    "    const float t29 = t21 - t22;\n",
    "    const float t30 = t20 - t23;\n",
    "    const float t31 = t21 + t22;\n",
    "    const float t32 = t10 + t11;\n",
    "    const float t33 = t11 - t10;\n",
    "    const float t34 = t32 * 0.707106769f;\n",
    "    const float t35 = t33 * 0.707106769f;\n",
    "    const float t36 = t15 - t14;\n",
    "    const float t37 = t14 + t15;\n",
    "    const float t38 = t36 * 0.707106769f;\n",
    "    const float t39 = t37 * 0.707106769f;\n",
    "    const float t40 = t8 + t13;\n",
    "    const float t41 = t9 - t12;\n",
    "    const float t42 = t34 + t38;\n",
    "    const float t43 = t35 - t39;\n",
    "    const float t44 = t8 - t13;\n",
    "    const float t45 = t9 + t12;\n",
    "    const float t46 = t34 - t38;\n",
    "    const float t47 = t35 + t39;\n",
    "    const float t48 = t40 + t42;\n",
    "    const float t49 = t41 + t43;\n",
    "    const float t50 = t40 - t42;\n",
    "    const float t51 = t41 - t43;\n",
    "    const float t52 = t44 + t47;\n",
    "    const float t53 = t45 - t46;\n",
    "    const float t54 = t44 - t47;\n",
    "    const float t55 = t45 + t46;\n",
    "    *(z) = t24;\n",
    "    *(z + 1) = t25;\n",
    "    const float re1 = *(roots);\n",
    "    const float im1 = *(roots + 1);\n",
    "    *(z + apart) = t26 * re1 - t27 * im1;\n",
    "    *(z + apart + 1) = t27 * re1 + t26 * im1;\n",
    "    const float re2 = *(roots + 2);\n",
    "    const float im2 = *(roots + 3);\n",
    "    *(z + apart * 2) = t28 * re2 - t29 * im2;\n",
    "    *(z + apart * 2 + 1) = t29 * re2 + t28 * im2;\n",
    "    const float re3 = *(roots + 4);\n",
    "    const float im3 = *(roots + 5);\n",
    "    *(z + apart * 3) = t30 * re3 - t31 * im3;\n",
    "    *(z + apart * 3 + 1) = t31 * re3 + t30 * im3;\n",
    "    const float re4 = *(roots + 6);\n",
    "    const float im4 = *(roots + 7);\n",
    "    *(z + apart * 4) = t48 * re4 - t49 * im4;\n",
    "    *(z + apart * 4 + 1) = t49 * re4 + t48 * im4;\n",
    "    const float re5 = *(roots + 8);\n",
    "    const float im5 = *(roots + 9);\n",
    "    *(z + apart * 5) = t50 * re5 - t51 * im5;\n",
    "    *(z + apart * 5 + 1) = t51 * re5 + t50 * im5;\n",
    "    const float re6 = *(roots + 10);\n",
    "    const float im6 = *(roots + 11);\n",
    "    *(z + apart * 6) = t52 * re6 - t53 * im6;\n",
    "    *(z + apart * 6 + 1) = t53 * re6 + t52 * im6;\n",
    "    const float re7 = *(roots + 12);\n",
    "    const float im7 = *(roots + 13);\n",
    "    *(z + apart * 7) = t54 * re7 - t55 * im7;\n",
    "    *(z + apart * 7 + 1) = t55 * re7 + t54 * im7;\n",
    "}\n",
    "\n",
    "/* The way back: the same of numbers whose parts have changed places. */\n",
    "static inline __attribute__((always_inline)) void inverse_8_turned(__local float *z, ptrdiff_t apart, const __global float *roots)\n",
    "{\n",
    "    const float x1 = *(z);\n",
    "    const float x0 = *(z + 1);\n",
    "    const float a1 = *(z + apart);\n",
    "    const float b1 = *(z + apart + 1);\n",
    "    const float re1 = *(roots);\n",
    "    const float im1 = *(roots + 1);\n",
    "    const float x9 = b1 * im1 + a1 * re1;\n",
    "    const float x8 = b1 * re1 - a1 * im1;\n",
    "    const float a2 = *(z + apart * 2);\n",
    "    const float b2 = *(z + apart * 2 + 1);\n",
    "    const float re2 = *(roots + 2);\n",
    "    const float im2 = *(roots + 3);\n",
    "    const float x5 = b2 * im2 + a2 * re2;\n",
    "    const float x4 = b2 * re2 - a2 * im2;\n",
    "    const float a3 = *(z + apart * 3);\n",
    "    const float b3 = *(z + apart * 3 + 1);\n",
    "    const float re3 = *(roots + 4);\n",
    "    const float im3 = *(roots + 5);\n",
    "    const float x13 = b3 * im3 + a3 * re3;\n",
    "    const float x12 = b3 * re3 - a3 * im3;\n",
    "    const float a4 = *(z + apart * 4);\n",
    "    const float b4 = *(z + apart * 4 + 1);\n",
    "    const float re4 = *(roots + 6);\n",
    "    const float im4 = *(roots + 7);\n",
    "    const float x3 = b4 * im4 + a4 * re4;\n",
    "    const float x2 = b4 * re4 - a4 * im4;\n",
    "    const float a5 = *(z + apart * 5);\n",
    "    const float b5 = *(z + apart * 5 + 1);\n",
    "    const float re5 = *(roots + 8);\n",
    "    const float im5 = *(roots + 9);\n",
    "    const float x11 = b5 * im5 + a5 * re5;\n",
    "    const float x10 = b5 * re5 - a5 * im5;\n",
    "    const float a6 = *(z + apart * 6);\n",
    "    const float b6 = *(z + apart * 6 + 1);\n",
    "    const float re6 = *(roots + 10);\n",
    "    const float im6 = *(roots + 11);\n",
    "    const float x7 = b6 * im6 + a6 * re6;\n",
    "    const float x6 = b6 * re6 - a6 * im6;\n",
    "    const float a7 = *(z + apart * 7);\n",
    "    const float b7 = *(z + apart * 7 + 1);\n",
    "    const float re7 = *(roots + 12);\n",
    "    const float im7 = *(roots + 13);\n",
    "    const float x15 = b7 * im7 + a7 * re7;\n",
    "    const float x14 = b7 * re7 - a7 * im7;\n",
    "    const float t0 = x0 + x8;\n",
    "    const float t1 = x1 + x9;\n",
    "    const float t2 = x2 + x10;\n",
    "    const float t3 = x3 + x11;\n",
    "    const float t4 = x4 + x12;\n",
    "    const float t5 = x5 + x13;\n",
    "    const float t6 = x6 + x14;\n",
    "    const float t7 = x7 + x15;\n",
    "    const float t8 = x0 - x8;\n",
    "    const float t9 = x1 - x9;\n",
    "    const float t10 = x2 - x10;\n",
    "    const float t11 = x3 - x11;\n",
    "    const float t12 = x4 - x12;\n",
    "    const float t13 = x5 - x13;\n",
    "    const float t14 = x6 - x14;\n",
    "    const float t15 = x7 - x15;\n",
    "    const float t16 = t0 + t4;\n",
    "    const float t17 = t1 + t5;\n",
    "    const float t18 = t2 + t6;\n",
    "    const float t19 = t3 + t7;\n",
    "    const float t20 = t0 - t4;\n",
    "    const float t21 = t1 - t5;\n",
    "    const float t22 = t2 - t6;\n",
    "    const float t23 = t3 - t7;\n",
    "    const float t24 = t16 + t18;\n",
    "    const float t25 = t17 + t19;\n",
    "    const float t26 = t16 - t18;\n",
    "    const float t27 = t17 - t19;\n",
    "    const float t28 = t20 + t23;\n",
    "    const float t29 = t21 - t22;\n",
    "    const float t30 = t20 - t23;\n",
    "    const float t31 = t21 + t22;\n",
    "    const float t32 = t10 + t11;\n",
    "    const float t33 = t11 - t10;\n",
    "    const float t34 = t32 * 0.707106769f;\n",
    "    const float t35 = t33 * 0.707106769f;\n",
    "    const float t36 = t15 - t14;\n",
    "    const float t37 = t14 + t15;\n",
    "    const float t38 = t36 * 0.707106769f;\n",
    "    const float t39 = t37 * 0.707106769f;\n",
    "    const float t40 = t8 + t13;\n",
    "    const float t41 = t9 - t12;\n",
    "    const float t42 = t34 + t38;\n",
    "    const float t43 = t35 - t39;\n",
    "    const float t44 = t8 - t13;\n",
    "    const float t45 = t9 + t12;\n",
    "    const float t46 = t34 - t38;\n",
    "    const float t47 = t35 + t39;\n",
    "    const float t48 = t40 + t42;\n",
    "    const float t49 = t41 + t43;\n",
    "    const float t50 = t40 - t42;\n",
    "    const float t51 = t41 - t43;\n",
    "    const float t52 = t44 + t47;\n",
    "    const float t53 = t45 - t46;\n",
    "    const float t54 = t44 - t47;\n",
    "    const float t55 = t45 + t46;\n",
    "    *(z) = t25;\n",
    "    *(z + 1) = t24;\n",
    "    *(z + apart * 4) = t27;\n",
    "    *(z + apart * 4 + 1) = t26;\n",
    "    *(z + apart * 2) = t29;\n",
    "    *(z + apart * 2 + 1) = t28;\n",
    "    *(z + apart * 6) = t31;\n",
    "    *(z + apart * 6 + 1) = t30;\n",
    "    *(z + apart) = t49;\n",
    "    *(z + apart + 1) = t48;\n",
    "    *(z + apart * 5) = t51;\n",
    "    *(z + apart * 5 + 1) = t50;\n",
    "    *(z + apart * 3) = t53;\n",
    "    *(z + apart * 3 + 1) = t52;\n",
    "    *(z + apart * 7) = t55;\n",
    "    *(z + apart * 7 + 1) = t54;\n",
    "}\n",
    "\n",
    "/* Transforms of 8 points, apart apart, in place; their indices have their bits reversed then.\n",
    "   z: the first point. apart: floats between two points. */\n",
    "static inline __attribute__((always_inline)) void forward_8(__local float *z, ptrdiff_t apart)\n",
    "{\n",
    "    const float x0 = *(z);\n",
    "    const float x1 = *(z + 1);\n",
    "    const float x2 = *(z + apart);\n",
    "    const float x3 = *(z + apart + 1);\n",
    "    const float x4 = *(z + apart * 2);\n",
    "    const float x5 = *(z + apart * 2 + 1);\n",
    "    const float x6 = *(z + apart * 3);\n",
    "    const float x7 = *(z + apart * 3 + 1);\n",
    "    const float x8 = *(z + apart * 4);\n",
    "    const float x9 = *(z + apart * 4 + 1);\n",
    "    const float x10 = *(z + apart * 5);\n",
    "    const float x11 = *(z + apart * 5 + 1);\n",
    "    const float x12 = *(z + apart * 6);\n",
    "    const float x13 = *(z + apart * 6 + 1);\n",
    "    const float x14 = *(z + apart * 7);\n",
    "    const float x15 = *(z + apart * 7 + 1);\n",
    "    const float t0 = x0 + x8;\n",
    "    const float t1 = x1 + x9;\n",
    "    const float t2 = x2 + x10;\n",
    "    const float t3 = x3 + x11;\n",
    "    const float t4 = x4 + x12;\n",
    "    const float t5 = x5 + x13;\n",
    "    const float t6 = x6 + x14;\n",
    "    const float t7 = x7 + x15;\n",
    "    const float t8 = x0 - x8;\n",
    "    const float t9 = x1 - x9;\n",
    "    const float t10 = x2 - x10;\n",
    "    const float t11 = x3 - x11;\n",
    "    const float t12 = x4 - x12;\n",
    "    const float t13 = x5 - x13;\n",
    "    const float t14 = x6 - x14;\n",
    "    const float t15 = x7 - x15;\n",
    "    const float t16 = t0 + t4;\n",
    "    const float t17 = t1 + t5;\n",
    "    const float t18 = t2 + t6;\n",
    "    const float t19 = t3 + t7;\n",
    "    const float t20 = t0 - t4;\n",
    "    const float t21 = t1 - t5;\n",
    "    const float t22 = t2 - t6;\n",
    "    const float t23 = t3 - t7;\n",
    "    const float t24 = t16 + t18;\n",
    "    const float t25 = t17 + t19;\n",
    "    const float t26 = t16 - t18;\n",
    "    const float t27 = t17 - t19;\n",
    "    const float t28 = t20 + t23;\n",
    "    const float t29 = t21 - t22;\n",
    "    const float t30 = t20 - t23;\n",
    "    const float t31 = t21 + t22;\n",
    "    const float t32 = t10 + t11;\n",
    "    const float t33 = t11 - t10;\n",
    "    const float t34 = t32 * 0.707106769f;\n",
    "    const float t35 = t33 * 0.707106769f;\n",
    "    const float t36 = t15 - t14;\n",
    "    const float t37 = t14 + t15;\n",
    "    const float t38 = t36 * 0.707106769f;\n",
    "    const float t39 = t37 * 0.707106769f;\n",
    "    const float t40 = t8 + t13;\n",
    "    const float t41 = t9 - t12;\n",
    "    const float t42 = t34 + t38;\n",
    "    const float t43 = t35 - t39;\n",
    "    const float t44 = t8 - t13;\n",
    "    const float t45 = t9 + t12;\n",
    "    const float t46 = t34 - t38;\n",
    "    const float t47 = t35 + t39;\n",
    "    const float t48 = t40 + t42;\n",
    "    const float t49 = t41 + t43;\n",
    "    const float t50 = t40 - t42;\n",
    "    const float t51 = t41 - t43;\n",
    "    const float t52 = t44 + t47;\n",
    "    const float t53 = t45 - t46;\n",
    "    const float t54 = t44 - t47;\n",
    "    const float t55 = t45 + t46;\n",
    "    *(z) = t24;\n",
    "    *(z + 1) = t25;\n",
    "    *(z + apart) = t26;\n",
    "    *(z + apart + 1) = t27;\n",
    "    *(z + apart * 2) = t28;\n",
    "    *(z + apart * 2 + 1) = t29;\n",
    "    *(z + apart * 3) = t30;\n",
    "    *(z + apart * 3 + 1) = t31;\n",
    "    *(z + apart * 4) = t48;\n",
    "    *(z + apart * 4 + 1) = t49;\n",
    "    *(z + apart * 5) = t50;\n",
    "    *(z + apart * 5 + 1) = t51;\n",
    "    *(z + apart * 6) = t52;\n",
    "    *(z + apart * 6 + 1) = t53;\n",
    "    *(z + apart * 7) = t54;\n",
    "    *(z + apart * 7 + 1) = t55;\n",
    "}\n",
    "\n",
    "/* The way back: the same of numbers whose parts have changed places. */\n",
    "static inline __attribute__((always_inline)) void inverse_8(__local float *z, ptrdiff_t apart)\n",
    "{\n",
    "    const float x1 = *(z);\n",
    "    const float x0 = *(z + 1);\n",
    "    const float x9 = *(z + apart);\n",
    "    const float x8 = *(z + apart + 1);\n",
    "    const float x5 = *(z + apart * 2);\n",
    "    const float x4 = *(z + apart * 2 + 1);\n",
    "    const float x13 = *(z + apart * 3);\n",
    "    const float x12 = *(z + apart * 3 + 1);\n",
    "    const float x3 = *(z + apart * 4);\n",
    "    const float x2 = *(z + apart * 4 + 1);\n",
    "    const float x11 = *(z + apart * 5);\n",
    "    const float x10 = *(z + apart * 5 + 1);\n",
    "    const float x7 = *(z + apart * 6);\n",
    "    const float x6 = *(z + apart * 6 + 1);\n",
    "    const float x15 = *(z + apart * 7);\n",
    "    const float x14 = *(z + apart * 7 + 1);\n",
    "    const float t0 = x0 + x8;\n",
    "    const float t1 = x1 + x9;\n",
    "    const float t2 = x2 + x10;\n",
    "    const float t3 = x3 + x11;\n",
    "    const float t4 = x4 + x12;\n",
    "    const float t5 = x5 + x13;\n",
    "    const float t6 = x6 + x14;\n",
    "    const float t7 = x7 + x15;\n",
    "    const float t8 = x0 - x8;\n",
    "    const float t9 = x1 - x9;\n",
    "    const float t10 = x2 - x10;\n",
    "    const float t11 = x3 - x11;\n",
    "    const float t12 = x4 - x12;\n",
    "    const float t13 = x5 - x13;\n",
    "    const float t14 = x6 - x14;\n",
    "    const float t15 = x7 - x15;\n",
    "    const float t16 = t0 + t4;\n",
    "    const float t17 = t1 + t5;\n",
    "    const float t18 = t2 + t6;\n",
    "    const float t19 = t3 + t7;\n",
    "    const float t20 = t0 - t4;\n",
    "    const float t21 = t1 - t5;\n",
    "    const float t22 = t2 - t6;\n",
    "    const float t23 = t3 - t7;\n",
    "    const float t24 = t16 + t18;\n",
    "    const float t25 = t17 + t19;\n",
    "    const float t26 = t16 - t18;\n",
    "    const float t27 = t17 - t19;\n",
    "    const float t28 = t20 + t23;\n",
    "    const float t29 = t21 - t22;\n",
    "    const float t30 = t20 - t23;\n",
    "    const float t31 = t21 + t22;\n",
    "    const float t32 = t10 + t11;\n",
    "    const float t33 = t11 - t10;\n",
    "    const float t34 = t32 * 0.707106769f;\n",
    "    const float t35 = t33 * 0.707106769f;\n",
    "    const float t36 = t15 - t14;\n",
    "    const float t37 = t14 + t15;\n",
    "    const float t38 = t36 * 0.707106769f;\n",
    "    const float t39 = t37 * 0.707106769f;\n",
    "    const float t40 = t8 + t13;\n",
    "    const float t41 = t9 - t12;\n",
    "    const float t42 = t34 + t38;\n",
    "    const float t43 = t35 - t39;\n",
    "    const float t44 = t8 - t13;\n",
    "    const float t45 = t9 + t12;\n",
    "    const float t46 = t34 - t38;\n",
    "    const float t47 = t35 + t39;\n",
    "    const float t48 = t40 + t42;\n",
    "    const float t49 = t41 + t43;\n",
    "    const float t50 = t40 - t42;\n",
    "    const float t51 = t41 - t43;\n",
    "    const float t52 = t44 + t47;\n",
    "    const float t53 = t45 - t46;\n",
    "    const float t54 = t44 - t47;\n",
    "    const float t55 = t45 + t46;\n",
    "    *(z) = t25;\n",
    "    *(z + 1) = t24;\n",
    "    *(z + apart * 4) = t27;\n",
    "    *(z + apart * 4 + 1) = t26;\n",
    "    *(z + apart * 2) = t29;\n",
    "    *(z + apart * 2 + 1) = t28;\n",
    "    *(z + apart * 6) = t31;\n",
    "    *(z + apart * 6 + 1) = t30;\n",
    "    *(z + apart) = t49;\n",
    "    *(z + apart + 1) = t48;\n",
    "    *(z + apart * 5) = t51;\n",
    "    *(z + apart * 5 + 1) = t50;\n",
    "    *(z + apart * 3) = t53;\n",
    "    *(z + apart * 3 + 1) = t52;\n",
    "    *(z + apart * 7) = t55;\n",
    "    *(z + apart * 7 + 1) = t54;\n",
    "}\n",
    "\n",
    "/* Transforms pairs of blocks in local memory, z, point after point: columns, then rows. The items of a group do it\n",
    "   together, and all must come here.\n",
    "   Inlined: what another function than the kernel knows of local memory, PoCL 3.1 has all work-groups share. */\n",
    "static inline __attribute__((always_inline)) void transform(__local float *z, const __global float *packed, int item)\n",
    "{\n",
    "    for (int turn = item; turn < 512; turn += 256) {\n",
    "        forward_8_turned(z + turn * 2, 1024, packed + turn / 64 * 14 + 786432);\n",
    "    }\n",
    "    barrier(CLK_LOCAL_MEM_FENCE);\n",
    "    for (int turn = item; turn < 512; turn += 256) {\n",
    "        forward_8(z + turn / 64 * 1024 + turn % 64 * 2, 128);\n",
    "    }\n",
    "    barrier(CLK_LOCAL_MEM_FENCE);\n",
    "    for (int turn = item; turn < 512; turn += 256) {\n",
    "        forward_8_turned(z + turn / 8 * 128 + turn % 8 * 2, 16, packed + turn % 8 * 14 + 786544);\n",
    "    }\n",
    "    barrier(CLK_LOCAL_MEM_FENCE);\n",
    "    for (int turn = item; turn < 512; turn += 256) {\n",
    "        forward_8(z + turn * 16, 2);\n",
    "    }\n",
    "    barrier(CLK_LOCAL_MEM_FENCE);\n",
    "}\n",
    "\n",
    "/* The way back, times 4096. */\n",
    "static inline __attribute__((always_inline)) void transform_back(__local float *z, const __global float *packed, int item)\n",
    "{\n",
    "    for (int turn = item; turn < 512; turn += 256) {\n",
    "        inverse_8(z + turn * 16, 2);\n",
    "    }\n",
    "    barrier(CLK_LOCAL_MEM_FENCE);\n",
    "    for (int turn = item; turn < 512; turn += 256) {\n",
    "        inverse_8_turned(z + turn / 8 * 128 + turn % 8 * 2, 16, packed + turn % 8 * 14 + 786544);\n",
    "    }\n",
    "    barrier(CLK_LOCAL_MEM_FENCE);\n",
    "    for (int turn = item; turn < 512; turn += 256) {\n",
    "        inverse_8(z + turn / 64 * 1024 + turn % 64 * 2, 128);\n",
    "    }\n",
    "    barrier(CLK_LOCAL_MEM_FENCE);\n",
    "    for (int turn = item; turn < 512; turn += 256) {\n",
    "        inverse_8_turned(z + turn * 2, 1024, packed + turn / 64 * 14 + 786432);\n",
    "    }\n",
    "    barrier(CLK_LOCAL_MEM_FENCE);\n",
    "}\n",
    "\n",
    "/* The points of a pair of blocks of an input channel, zero where there is padding. */\n",
    "static inline __attribute__((always_inline)) void load_pair(const __global float *input, int c, int bh, __local float *z, int item)\n",
    "{\n",
    "    for (int point = item; point < 4096; point += 256) {\n",
    "        const int i = point / 64;\n",
    "        const int j = point % 64;\n",
    "        const int row0 = bh * 34 + i - 15;\n",
    "        const int column0 = j - 15;\n",
    "        z[i * 128 + j * 2] = (uint)row0 < 56 && (uint)column0 < 56 \? input[c * 3136 + row0 * 56 + column0] : 0.0f;\n",
    "        const int row1 = bh * 34 + i - 15;\n",
    "        const int column1 = j + 19;\n",
    "        z[i * 128 + j * 2 + 1] = (uint)row1 < 56 && (uint)column1 < 56 \? input[c * 3136 + row1 * 56 + column1] : 0.0f;\n",
    "    }\n",
    "    barrier(CLK_LOCAL_MEM_FENCE);\n",
    "}\n",
    "\n",
    "/* The outputs of a pair of blocks of an output channel. */\n",
    "static inline __attribute__((always_inline)) void store_pair(__local float *z, const __global float *packed, __global float *output, int c, int bh, int item)\n",
    "{\n",
    "    const float bias = packed[c + 786656];\n",
    "    for (int point = item; point < 1156; point += 256) {\n",
    "        const int i = point / 34;\n",
    "        const int j = point % 34;\n",
    "        const int row0 = bh * 34 + i;\n",
    "        const int column0 = j;\n",
    "        if (row0 < 56 && column0 < 56) {\n",
    "            const int at = c * 3136 + row0 * 56 + column0;\n",
    "            const float value = z[i * 128 + j * 2];\n",
    "            output[at] = value + bias;\n",
    "        }\n",
    "        const int row1 = bh * 34 + i;\n",
    "        const int column1 = j + 34;\n",
    "        if (row1 < 56 && column1 < 56) {\n",
    "            const int at = c * 3136 + row1 * 56 + column1;\n",
    "            const float value = z[i * 128 + j * 2 + 1];\n",
    "            output[at] = value + bias;\n",
    "        }\n",
    "    }\n",
    "}\n",
    "\n",
    "/* Spectra of pairs, in local memory, times that of the weights. */\n",
    "static inline __attribute__((always_inline)) void multiply(const __global float *weights, __local float *z, int item)\n",
    "{\n",
    "    for (ptrdiff_t f = item; f < 4096; f += 256) {\n",
    "        const float2 w = *(const __global float2 *)(weights + f * 2);\n",
    "        const float a0 = z[f * 2];\n",
    "        const float b0 = z[f * 2 + 1];\n",
    "        z[f * 2] = a0 * w.s0 - b0 * w.s1;\n",
    "        z[f * 2 + 1] = b0 * w.s0 + a0 * w.s1;\n",
    "    }\n",
    "    barrier(CLK_LOCAL_MEM_FENCE);\n",
    "}\n",
    "\n",
    "/* exp(2 pi i k / 64) for each power of two: of its parts the nearest float, and what that leaves. */\n",
    "__constant float powers[6][4] = {\n",
    "    {0.99518472f, 7.10966663e-09f, 0.0980171412f, -8.93393193e-10f},\n",
    "    {0.980785251f, 2.97394731e-08f, 0.195090324f, -1.67047154e-09f},\n",
    "    {0.923879504f, 2.83074897e-08f, 0.382683426f, 6.22335072e-09f},\n",
    "    {0.707106769f, 1.21016175e-08f, 0.707106769f, 1.21016175e-08f},\n",
    "    {0.0f, 0.0f, 1.0f, 0.0f},\n",
    "    {-1.0f, 0.0f, 0.0f, 0.0f},\n",
    "};\n",
    "\n",
    "/* a * b + c * d, of two floats each, high and low: what products and the sum lose is known exactly. */\n",
    "static void two_products(const float *a, const float *b, const float *c, const float *d, float *to)\n",
    "{\n",
    "#pragma OPENCL FP_CONTRACT OFF\n",
    "    const float first = a[0] * b[0];\n",
    "    const float second = c[0] * d[0];\n",
    "    const float sum = first + second;\n",
    "    const float taken = sum - first; /* of the second product, by the sum */\n",
    "    float low = (first - (sum - taken)) + (second - taken);\n",
    "    low += fma(a[0], b[0], -first) + fma(c[0], d[0], -second);\n",
    "    low += (a[0] * b[1] + a[1] * b[0]) + (c[0] * d[1] + c[1] * d[0]);\n",
    "    to[0] = sum + low;\n",
    "    to[1] = low - (to[0] - sum);\n",
    "}\n",
    "\n",
    "/* exp(2 pi i k / 64), rounded once: the product of what each bit of k stands for. */\n",
    "static void power(ptrdiff_t k, float *re, float *im)\n",
    "{\n",
    "    float x[2][2]; /* parts of the product so far, and of the next one */\n",
    "    float y[2][2];\n",
    "    x[0][0] = 1.0f;\n",
    "    x[0][1] = 0.0f;\n",
    "    y[0][0] = 0.0f;\n",
    "    y[0][1] = 0.0f;\n",
    "    int at = 0;\n",
    "    for (ptrdiff_t bit = 0; bit < 6; ++bit) {\n",
    "        if (k >> bit & 1) {\n",
    "            const float c[2] = {powers[bit][0], powers[bit][1]};\n",
    "            const float s[2] = {powers[bit][2], powers[bit][3]};\n",
    "            const float minus[2] = {-s[0], -s[1]};\n",
    "            two_products(x[at], c, y[at], minus, x[1 - at]);\n",
    "            two_products(x[at], s, y[at], c, y[1 - at]);\n",
    "            at = 1 - at;\n",
    "        }\n",
    "    }\n",
    "    *re = x[at][0];\n",
    "    *im = y[at][0];\n",
    "}\n",
    "\n",
    "/* Where a point of a block of weights lies: where that of its spectrum will. Spectra that are read together lie so. */\n",
    "static ptrdiff_t place_of(ptrdiff_t point)\n",
    "{\n",
    "    return point * 2;\n",
    "}\n",
    "\n",
    "/* The conjugate of the spectrum of real numbers, for a correlation, indices with their bits reversed: what halves of ever\n",
    "   shorter lines have in common, and what not, times its root, in float.\n",
    "   z: a block. step, apart: of its lines, and of the points of each.\n",
    "*/\n",
    "static void transform_weights(__global float *z, ptrdiff_t step, ptrdiff_t apart)\n",
    "{\n",
    "    for (ptrdiff_t middle = 32; middle > 0; middle /= 2) {\n",
    "        for (ptrdiff_t j = 0; j < middle; ++j) {\n",
    "            float re, im;\n",
    "            power(j * (32 / middle), &re, &im);\n",
    "            for (ptrdiff_t line = 0; line < 64; ++line) {\n",
    "                for (ptrdiff_t i = j; i < 64; i += 2 * middle) {\n",
    "                    __global float *a = z + place_of(line * apart + i * step);\n",
    "                    __global float *b = z + place_of(line * apart + (i + middle) * step);\n",
    "                    const float a_re = a[0];\n",
    "                    const float a_im = a[1];\n",
    "                    const float less_re = a_re - b[0];\n",
    "                    const float less_im = a_im - b[1];\n",
    "                    a[0] = (float)(a_re + b[0]);\n",
    "                    a[1] = (float)(a_im + b[1]);\n",
    "                    b[0] = (float)(less_re * re - less_im * im);\n",
    "                    b[1] = (float)(less_re * im + less_im * re);\n",
    "                }\n",
    "            }\n",
    "        }\n",
    "    }\n",
    "}\n",
    "\n",
    "/* exp(-2 pi i k / 64): its parts, 1 apart. */\n",
    "static void put_root(ptrdiff_t k, __global float *to)\n",
    "{\n",
    "    float re, im;\n",
    "    power(k, &re, &im);\n",
    "    to[0] = (float)re;\n",
    "    to[1] = (float)(-im);\n",
    "}\n",
    "\n",
    "__kernel void conv_f32_nchw_31x31s1p15_g96_96x56x56_96_pack(const __global float *weights, const __global float *bias, __global void *packed)\n",
    "{\n",
    "    __global float *out = (__global float *)packed;\n",
    "    size_t turn = 0;\n",
    "    for (ptrdiff_t oc = 0; oc < 96; ++oc) {\n",
    "        if (turn++ % get_global_size(0) == get_global_id(0)) {\n",
    "            __global float *z = out + oc * 8192;\n",
    "            for (ptrdiff_t point = 0; point < 4096; ++point) {\n",
    "                z[place_of(point)] = 0.0f;\n",
    "                z[place_of(point) + 1] = 0.0f;\n",
    "            }\n",
    "            for (ptrdiff_t kh = 0; kh < 31; ++kh) {\n",
    "                for (ptrdiff_t kw = 0; kw < 31; ++kw) {\n",
    "                    z[place_of(kh * 64 + kw)] = 0.000244140625f * weights[oc * 961 + kh * 31 + kw];\n",
    "                }\n",
    "            }\n",
    "            transform_weights(z, 64, 1);\n",
    "            transform_weights(z, 1, 64);\n",
    "        }\n",
    "    }\n",
    "    for (ptrdiff_t j = 0; j < 8; ++j) {\n",
    "        if (turn++ % get_global_size(0) == get_global_id(0)) {\n",
    "            put_root(j * 4, out + j * 14 + 786432);\n",
    "            put_root(j * 2, out + j * 14 + 786434);\n",
    "            put_root(j * 6, out + j * 14 + 786436);\n",
    "            put_root(j, out + j * 14 + 786438);\n",
    "            put_root(j * 5, out + j * 14 + 786440);\n",
    "            put_root(j * 3, out + j * 14 + 786442);\n",
    "            put_root(j * 7, out + j * 14 + 786444);\n",
    "        }\n",
    "    }\n",
    "    for (ptrdiff_t j = 0; j < 8; ++j) {\n",
    "        if (turn++ % get_global_size(0) == get_global_id(0)) {\n",
    "            put_root(j * 4, out + j * 14 + 786544);\n",
    "            put_root(j * 2, out + j * 14 + 786546);\n",
    "            put_root(j * 6, out + j * 14 + 786548);\n",
    "            put_root(j, out + j * 14 + 786550);\n",
    "            put_root(j * 5, out + j * 14 + 786552);\n",
    "            put_root(j * 3, out + j * 14 + 786554);\n",
    "            put_root(j * 7, out + j * 14 + 786556);\n",
    "        }\n",
    "    }\n",
    "    if (turn++ % get_global_size(0) == get_global_id(0)) {\n",
    "        for (ptrdiff_t oc = 0; oc < 96; ++oc) {\n",
    "            out[oc + 786656] = bias[oc];\n",
    "        }\n",
    "    }\n",
    "}\n",
    "\n",
    "/* A task: pairs of blocks: their products and transforms. */\n",
    "static inline __attribute__((always_inline)) void multiply_task(size_t task, const __global float *input, const __global float *packed, __global float *output, __local float *shared)\n",
    "{\n",
    "    const int item = (int)get_local_id(0);\n",
    "    const int line = (int)task / 96;\n",
    "    const int g = (int)task % 96;\n",
    "    const int bh = line;\n",
    "    const int c = g;\n",
    "    load_pair(input, c, bh, shared, item);\n",
    "    transform(shared, packed, item);\n",
    "    multiply(packed + c * 8192, shared, item);\n",
    "    transform_back(shared, packed, item);\n",
    "    store_pair(shared, packed, output, c, bh, item);\n",
    "    barrier(CLK_LOCAL_MEM_FENCE);\n",
    "}\n",
    "\n",
    "#undef forward_8_turned\n",
    "#undef inverse_8_turned\n",
    "#undef forward_8\n",
    "#undef inverse_8\n",
    "#undef transform\n",
    "#undef transform_back\n",
    "#undef load_pair\n",
    "#undef store_pair\n",
    "#undef multiply\n",
    "#undef powers\n",
    "#undef two_products\n",
    "#undef power\n",
    "#undef place_of\n",
    "#undef transform_weights\n",
    "#undef put_root\n",
    "#undef multiply_task\n",
    "/* 192 tasks: pairs of blocks: their products and transforms. Any number of work-groups of 256 items share them. */\n",
    "__kernel __attribute__((reqd_work_group_size(256, 1, 1)))\n",
    "void conv_f32_nchw_31x31s1p15_g96_96x56x56_96_0(__global const float *restrict input, __global const float *restrict packed, __global float *restrict output, __global float *restrict workspace)\n",
    "{\n",
    "    __local float shared[8192] __attribute__((aligned(16)));\n",
    "    (void)workspace;\n",
    "    for (size_t task = get_group_id(0); task < 192; task += get_num_groups(0)) {\n",
    "        conv_f32_nchw_31x31s1p15_g96_96x56x56_96_multiply_task_(task, input, packed, output, shared);\n",
    "    }\n",
    "}\n",
};

/* The kernels of the phases, in order. */
static const struct {
    const char *kernel;
    size_t tasks;
    size_t items; /* work-items that do a task together */
} phase_table[conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_PHASES] = {
    {"conv_f32_nchw_31x31s1p15_g96_96x56x56_96_0", 192, 256},
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
static cl_int choose_workers(conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl *layer)
{
    const size_t most = 192;
    const size_t cached = 192;
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
static cl_int fit_groups(conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl *layer)
{
    size_t group = 0;
    cl_int error = clGetKernelWorkGroupInfo(layer->pack, layer->device, CL_KERNEL_WORK_GROUP_SIZE, sizeof group, &group, NULL);
    layer->group = least(layer->group, group);
    for (size_t phase = 0; phase < conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_PHASES && error == CL_SUCCESS; ++phase) {
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

static cl_int create_kernels(conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl *layer)
{
    cl_int error;
    layer->pack = clCreateKernel(layer->program, "conv_f32_nchw_31x31s1p15_g96_96x56x56_96_pack", &error);
    for (size_t phase = 0; phase < conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_PHASES && error == CL_SUCCESS; ++phase) {
        layer->phases[phase] = clCreateKernel(layer->program, phase_table[phase].kernel, &error);
    }
    return error;
}

static cl_int create_buffers(conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl *layer)
{
    const size_t bytes = conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_WORKSPACE_BYTES(layer->workers);
    cl_int error;
    layer->packed = clCreateBuffer(layer->context, CL_MEM_READ_WRITE, conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_PACKED_BYTES, NULL, &error);
    if (error == CL_SUCCESS) {
        layer->workspace = clCreateBuffer(layer->context, CL_MEM_READ_WRITE, bytes, NULL, &error);
    }
    return error;
}

cl_int conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_create(conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl *layer, cl_context context, cl_device_id device)
{
    static const conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl none = {NULL, NULL, NULL, NULL, {NULL}, NULL, NULL, 0, 0, 0};
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

cl_int conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_release(conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl *layer)
{
    static const conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl none = {NULL, NULL, NULL, NULL, {NULL}, NULL, NULL, 0, 0, 0};
    cl_int error = CL_SUCCESS;

    for (size_t phase = 0; phase < conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_PHASES; ++phase) {
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

cl_int conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_log(const conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl *layer, size_t size, char *log, size_t *needed)
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
static cl_int launch(const conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl *layer, cl_command_queue queue, cl_kernel kernel, size_t workers, size_t items,
    cl_uint waits, const cl_event *wait_list, cl_event *event)
{
    const size_t group = items > 1 ? items : layer->group;
    const size_t groups = items > 1 ? workers : (workers + group - 1) / group;
    const size_t all_items = groups * group;
    return clEnqueueNDRangeKernel(queue, kernel, 1, NULL, &all_items, &group, waits, wait_list, event);
}

cl_int conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_pack(conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl *layer, cl_command_queue queue, cl_mem weights, cl_mem bias,
    cl_uint waits, const cl_event *wait_list, cl_event *event)
{
    const cl_mem buffers[] = {weights, bias, layer->packed};
    cl_int error = holds(weights, conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_WEIGHTS_BYTES);
    error = first(error, holds(bias, conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_BIAS_BYTES));
    if (error == CL_SUCCESS) {
        error = set_arguments(layer->pack, 3, buffers);
    }
    if (error == CL_SUCCESS) {
        error = launch(layer, queue, layer->pack, 96, 1, waits, wait_list, event);
    }
    if (error == CL_SUCCESS) {
        layer->ready = 1;
    }
    return error;
}

/* A new buffer with a copy of an array, which the caller releases; NULL when there is none. */
static cl_int upload(conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl *layer, cl_command_queue queue, size_t bytes, const void *array, cl_mem *buffer)
{
    cl_int error;
    *buffer = clCreateBuffer(layer->context, CL_MEM_READ_ONLY, bytes, NULL, &error);
    if (error == CL_SUCCESS) {
        error = clEnqueueWriteBuffer(queue, *buffer, CL_TRUE, 0, bytes, array, 0, NULL, NULL);
    }
    return error;
}

cl_int conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_pack_host(conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl *layer, cl_command_queue queue, const float *weights,
    const float *bias)
{
    cl_mem buffers[2] = {NULL, NULL};
    cl_event packed = NULL;
    cl_int error = upload(layer, queue, conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_WEIGHTS_BYTES, weights, &buffers[0]);
    if (error == CL_SUCCESS) {
        error = upload(layer, queue, conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_BIAS_BYTES, bias, &buffers[1]);
    }
    if (error == CL_SUCCESS) {
        error = conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_pack(layer, queue, buffers[0], buffers[1], 0, NULL, &packed);
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
static cl_int enqueue_phase(const conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl *layer, cl_command_queue queue, size_t phase,
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

cl_int conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_enqueue(conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl *layer, cl_command_queue queue, cl_mem input, cl_mem output,
    cl_uint waits, const cl_event *wait_list, cl_event *event)
{
    const cl_mem packed = layer->packed;
    const cl_mem workspace = layer->workspace;
    const cl_mem given[] = {input, packed, output, workspace};
    cl_event last = NULL;
    cl_int error = layer->ready ? CL_SUCCESS : CL_INVALID_OPERATION;

    error = first(error, holds(input, conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_INPUT_BYTES));
    error = first(error, holds(output, conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_OUTPUT_BYTES));
    for (size_t phase = 0; phase < conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_PHASES && error == CL_SUCCESS; ++phase) {
        error = set_arguments(layer->phases[phase], 4, given);
    }
    for (size_t phase = 0; phase < conv_f32_nchw_31x31s1p15_g96_96x56x56_96_opencl_PHASES && error == CL_SUCCESS; ++phase) {
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
