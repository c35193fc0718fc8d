/* conv_f32_nchw_31x31s1p15_g96_96x56x56_96: a convolution layer, written by convgen 0.1.0.
 *
 * Layer     f32, input nchw 1 x 96 x 56 x 56, output 1 x 96 x 56 x 56, weights oihw 96 x 1 x 31 x 31
 *           kernel 31x31, stride 1x1, padding 15+15 15+15, 96 groups, bias
 * Command   convgen generate g96ic96ih56oc96oh56kh31ph15 --layout nchw --target opencl-gpu -o .
 * Plan      fourier on cl4, lanes over ow, reading the input as it is
 *           for oh by 34: 2 times
 *             for g: 96 times
 *               for ow by 16: 256 times
 *                 tile of 1 pair x 1 channel, 64x64 points for 34x34 outputs, by 256 items: 40 registers
 * Tasks     192 (pairs of blocks: their products and transforms)
 * Cost      289314816 multiply-adds; at least 2777856 bytes moved; 3147008 bytes packed, 0 of workspace
 * Bound     |error| <= g S, S = sum ||x|| ||w|| + |bias|, g = 115 u / (1 - 115 u) = 6.85e-06, u =
 *           2^-24; over input channels and parts of the kernel; || || is the root of the sum of
 *           squares, of blocks of the input that are transformed together, so S counts all pixels of
 *           these, also those that it does not read (--max-error 0 for sentinels and hot pixels);
 *           where |x| <= X and |w| <= W, S is at most 2806 X W + |bias|, 2.92 times that of a direct
 *           sum
 * Range     nothing overflows where |x| <= X and |w| <= W, X <= 4.15e+34, X W <= 4.28e+34, |bias| <=
 *           1.7e+38
 * Launch    In one dimension, in this order, each when the one before has ended. Work-items share the
 *           tasks: any global size gives the same bits. The local size is free where none is said.
 *           conv_f32_nchw_31x31s1p15_g96_96x56x56_96_pack(weights, bias, packed), once:
 *             global size 96
 *           conv_f32_nchw_31x31s1p15_g96_96x56x56_96_0(input, packed, output, workspace):
 *             global size 192 x 256, local size 256
 * Bytes     weights 369024, bias 384, input 1204224, output 1204224, packed 3147008, workspace 4
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this file for any purpose with or without fee is
 * hereby granted. It comes as is, without warranty of any kind.
 */
/* Functions of this file alone, by names that no other file has. */
#define forward_8_turned conv_f32_nchw_31x31s1p15_g96_96x56x56_96_forward_8_turned_
#define inverse_8_turned conv_f32_nchw_31x31s1p15_g96_96x56x56_96_inverse_8_turned_
#define forward_8 conv_f32_nchw_31x31s1p15_g96_96x56x56_96_forward_8_
#define inverse_8 conv_f32_nchw_31x31s1p15_g96_96x56x56_96_inverse_8_
#define transform conv_f32_nchw_31x31s1p15_g96_96x56x56_96_transform_
#define transform_back conv_f32_nchw_31x31s1p15_g96_96x56x56_96_transform_back_
#define load_pair conv_f32_nchw_31x31s1p15_g96_96x56x56_96_load_pair_
#define store_pair conv_f32_nchw_31x31s1p15_g96_96x56x56_96_store_pair_
#define multiply conv_f32_nchw_31x31s1p15_g96_96x56x56_96_multiply_
#define powers conv_f32_nchw_31x31s1p15_g96_96x56x56_96_powers_
#define two_products conv_f32_nchw_31x31s1p15_g96_96x56x56_96_two_products_
#define power conv_f32_nchw_31x31s1p15_g96_96x56x56_96_power_
#define place_of conv_f32_nchw_31x31s1p15_g96_96x56x56_96_place_of_
#define transform_weights conv_f32_nchw_31x31s1p15_g96_96x56x56_96_transform_weights_
#define put_root conv_f32_nchw_31x31s1p15_g96_96x56x56_96_put_root_
#define multiply_task conv_f32_nchw_31x31s1p15_g96_96x56x56_96_multiply_task_

/* Transforms of 8 points, apart apart, in place; their indices have their bits reversed then.
   roots: what follows of the transform that this is a part of, all but the first, which are 1.
   z: the first point. apart: floats between two points. */
static inline __attribute__((always_inline)) void forward_8_turned(__local float *z, ptrdiff_t apart, const __global float *roots)
{
    const float x0 = *(z);
    const float x1 = *(z + 1);
    const float x2 = *(z + apart);
    const float x3 = *(z + apart + 1);
    const float x4 = *(z + apart * 2);
    const float x5 = *(z + apart * 2 + 1);
    const float x6 = *(z + apart * 3);
    const float x7 = *(z + apart * 3 + 1);
    const float x8 = *(z + apart * 4);
    const float x9 = *(z + apart * 4 + 1);
    const float x10 = *(z + apart * 5);
    const float x11 = *(z + apart * 5 + 1);
    const float x12 = *(z + apart * 6);
    const float x13 = *(z + apart * 6 + 1);
    const float x14 = *(z + apart * 7);
    const float x15 = *(z + apart * 7 + 1);
    const float t0 = x0 + x8;
    const float t1 = x1 + x9;
    const float t2 = x2 + x10;
    const float t3 = x3 + x11;
    const float t4 = x4 + x12;
    const float t5 = x5 + x13;
    const float t6 = x6 + x14;
    const float t7 = x7 + x15;
    const float t8 = x0 - x8;
    const float t9 = x1 - x9;
    const float t10 = x2 - x10;
    const float t11 = x3 - x11;
    const float t12 = x4 - x12;
    const float t13 = x5 - x13;
    const float t14 = x6 - x14;
    const float t15 = x7 - x15;
    const float t16 = t0 + t4;
    const float t17 = t1 + t5;
    const float t18 = t2 + t6;
    const float t19 = t3 + t7;
    const float t20 = t0 - t4;
    const float t21 = t1 - t5;
    const float t22 = t2 - t6;
    const float t23 = t3 - t7;
    const float t24 = t16 + t18;
    const float t25 = t17 + t19;
    const float t26 = t16 - t18;
    const float t27 = t17 - t19;
    const float t28 = t20 + t23;
    const float t29 = t21 - t22;
    const float t30 = t20 - t23;
    const float t31 = t21 + t22;
    const float t32 = t10 + t11;
    const float t33 = t11 - t10;
    const float t34 = t32 * 0.707106769f;
    const float t35 = t33 * 0.707106769f;
    const float t36 = t15 - t14;
    const float t37 = t14 + t15;
    const float t38 = t36 * 0.707106769f;
    const float t39 = t37 * 0.707106769f;
    const float t40 = t8 + t13;
    const float t41 = t9 - t12;
    const float t42 = t34 + t38;
    const float t43 = t35 - t39;
    const float t44 = t8 - t13;
    const float t45 = t9 + t12;
    const float t46 = t34 - t38;
    const float t47 = t35 + t39;
    const float t48 = t40 + t42;
    const float t49 = t41 + t43;
    const float t50 = t40 - t42;
    const float t51 = t41 - t43;
    const float t52 = t44 + t47;
    const float t53 = t45 - t46;
    const float t54 = t44 - t47;
    const float t55 = t45 + t46;
    *(z) = t24;
    *(z + 1) = t25;
    const float re1 = *(roots);
    const float im1 = *(roots + 1);
    *(z + apart) = t26 * re1 - t27 * im1;
    *(z + apart + 1) = t27 * re1 + t26 * im1;
    const float re2 = *(roots + 2);
    const float im2 = *(roots + 3);
    *(z + apart * 2) = t28 * re2 - t29 * im2;
    *(z + apart * 2 + 1) = t29 * re2 + t28 * im2;
    const float re3 = *(roots + 4);
    const float im3 = *(roots + 5);
    *(z + apart * 3) = t30 * re3 - t31 * im3;
    *(z + apart * 3 + 1) = t31 * re3 + t30 * im3;
    const float re4 = *(roots + 6);
    const float im4 = *(roots + 7);
    *(z + apart * 4) = t48 * re4 - t49 * im4;
    *(z + apart * 4 + 1) = t49 * re4 + t48 * im4;
    const float re5 = *(roots + 8);
    const float im5 = *(roots + 9);
    *(z + apart * 5) = t50 * re5 - t51 * im5;
    *(z + apart * 5 + 1) = t51 * re5 + t50 * im5;
    const float re6 = *(roots + 10);
    const float im6 = *(roots + 11);
    *(z + apart * 6) = t52 * re6 - t53 * im6;
    *(z + apart * 6 + 1) = t53 * re6 + t52 * im6;
    const float re7 = *(roots + 12);
    const float im7 = *(roots + 13);
    *(z + apart * 7) = t54 * re7 - t55 * im7;
    *(z + apart * 7 + 1) = t55 * re7 + t54 * im7;
}

/* The way back: the same of numbers whose parts have changed places. */
static inline __attribute__((always_inline)) void inverse_8_turned(__local float *z, ptrdiff_t apart, const __global float *roots)
{
    const float x1 = *(z);
    const float x0 = *(z + 1);
    const float a1 = *(z + apart);
    const float b1 = *(z + apart + 1);
    const float re1 = *(roots);
    const float im1 = *(roots + 1);
    const float x9 = b1 * im1 + a1 * re1;
    const float x8 = b1 * re1 - a1 * im1;
    const float a2 = *(z + apart * 2);
    const float b2 = *(z + apart * 2 + 1);
    const float re2 = *(roots + 2);
    const float im2 = *(roots + 3);
    const float x5 = b2 * im2 + a2 * re2;
    const float x4 = b2 * re2 - a2 * im2;
    const float a3 = *(z + apart * 3);
    const float b3 = *(z + apart * 3 + 1);
    const float re3 = *(roots + 4);
    const float im3 = *(roots + 5);
    const float x13 = b3 * im3 + a3 * re3;
    const float x12 = b3 * re3 - a3 * im3;
    const float a4 = *(z + apart * 4);
    const float b4 = *(z + apart * 4 + 1);
    const float re4 = *(roots + 6);
    const float im4 = *(roots + 7);
    const float x3 = b4 * im4 + a4 * re4;
    const float x2 = b4 * re4 - a4 * im4;
    const float a5 = *(z + apart * 5);
    const float b5 = *(z + apart * 5 + 1);
    const float re5 = *(roots + 8);
    const float im5 = *(roots + 9);
    const float x11 = b5 * im5 + a5 * re5;
    const float x10 = b5 * re5 - a5 * im5;
    const float a6 = *(z + apart * 6);
    const float b6 = *(z + apart * 6 + 1);
    const float re6 = *(roots + 10);
    const float im6 = *(roots + 11);
    const float x7 = b6 * im6 + a6 * re6;
    const float x6 = b6 * re6 - a6 * im6;
    const float a7 = *(z + apart * 7);
    const float b7 = *(z + apart * 7 + 1);
    const float re7 = *(roots + 12);
    const float im7 = *(roots + 13);
    const float x15 = b7 * im7 + a7 * re7;
    const float x14 = b7 * re7 - a7 * im7;
    const float t0 = x0 + x8;
    const float t1 = x1 + x9;
    const float t2 = x2 + x10;
    const float t3 = x3 + x11;
    const float t4 = x4 + x12;
    const float t5 = x5 + x13;
    const float t6 = x6 + x14;
    const float t7 = x7 + x15;
    const float t8 = x0 - x8;
    const float t9 = x1 - x9;
    const float t10 = x2 - x10;
    const float t11 = x3 - x11;
    const float t12 = x4 - x12;
    const float t13 = x5 - x13;
    const float t14 = x6 - x14;
    const float t15 = x7 - x15;
    const float t16 = t0 + t4;
    const float t17 = t1 + t5;
    const float t18 = t2 + t6;
    const float t19 = t3 + t7;
    const float t20 = t0 - t4;
    const float t21 = t1 - t5;
    const float t22 = t2 - t6;
    const float t23 = t3 - t7;
    const float t24 = t16 + t18;
    const float t25 = t17 + t19;
    const float t26 = t16 - t18;
    const float t27 = t17 - t19;
    const float t28 = t20 + t23;
    const float t29 = t21 - t22;
    const float t30 = t20 - t23;
    const float t31 = t21 + t22;
    const float t32 = t10 + t11;
    const float t33 = t11 - t10;
    const float t34 = t32 * 0.707106769f;
    const float t35 = t33 * 0.707106769f;
    const float t36 = t15 - t14;
    const float t37 = t14 + t15;
    const float t38 = t36 * 0.707106769f;
    const float t39 = t37 * 0.707106769f;
    const float t40 = t8 + t13;
    const float t41 = t9 - t12;
    const float t42 = t34 + t38;
    const float t43 = t35 - t39;
    const float t44 = t8 - t13;
    const float t45 = t9 + t12;
    const float t46 = t34 - t38;
    const float t47 = t35 + t39;
    const float t48 = t40 + t42;
    const float t49 = t41 + t43;
    const float t50 = t40 - t42;
    const float t51 = t41 - t43;
    const float t52 = t44 + t47;
    const float t53 = t45 - t46;
    const float t54 = t44 - t47;
    const float t55 = t45 + t46;
    *(z) = t25;
    *(z + 1) = t24;
    *(z + apart * 4) = t27;
    *(z + apart * 4 + 1) = t26;
    *(z + apart * 2) = t29;
    *(z + apart * 2 + 1) = t28;
    *(z + apart * 6) = t31;
    *(z + apart * 6 + 1) = t30;
    *(z + apart) = t49;
    *(z + apart + 1) = t48;
    *(z + apart * 5) = t51;
    *(z + apart * 5 + 1) = t50;
    *(z + apart * 3) = t53;
    *(z + apart * 3 + 1) = t52;
    *(z + apart * 7) = t55;
    *(z + apart * 7 + 1) = t54;
}

/* Transforms of 8 points, apart apart, in place; their indices have their bits reversed then.
   z: the first point. apart: floats between two points. */
static inline __attribute__((always_inline)) void forward_8(__local float *z, ptrdiff_t apart)
{
    const float x0 = *(z);
    const float x1 = *(z + 1);
    const float x2 = *(z + apart);
    const float x3 = *(z + apart + 1);
    const float x4 = *(z + apart * 2);
    const float x5 = *(z + apart * 2 + 1);
    const float x6 = *(z + apart * 3);
    const float x7 = *(z + apart * 3 + 1);
    const float x8 = *(z + apart * 4);
    const float x9 = *(z + apart * 4 + 1);
    const float x10 = *(z + apart * 5);
    const float x11 = *(z + apart * 5 + 1);
    const float x12 = *(z + apart * 6);
    const float x13 = *(z + apart * 6 + 1);
    const float x14 = *(z + apart * 7);
    const float x15 = *(z + apart * 7 + 1);
    const float t0 = x0 + x8;
    const float t1 = x1 + x9;
    const float t2 = x2 + x10;
    const float t3 = x3 + x11;
    const float t4 = x4 + x12;
    const float t5 = x5 + x13;
    const float t6 = x6 + x14;
    const float t7 = x7 + x15;
    const float t8 = x0 - x8;
    const float t9 = x1 - x9;
    const float t10 = x2 - x10;
    const float t11 = x3 - x11;
    const float t12 = x4 - x12;
    const float t13 = x5 - x13;
    const float t14 = x6 - x14;
    const float t15 = x7 - x15;
    const float t16 = t0 + t4;
    const float t17 = t1 + t5;
    const float t18 = t2 + t6;
    const float t19 = t3 + t7;
    const float t20 = t0 - t4;
    const float t21 = t1 - t5;
    const float t22 = t2 - t6;
    const float t23 = t3 - t7;
    const float t24 = t16 + t18;
    const float t25 = t17 + t19;
    const float t26 = t16 - t18;
    const float t27 = t17 - t19;
    const float t28 = t20 + t23;
    const float t29 = t21 - t22;
    const float t30 = t20 - t23;
    const float t31 = t21 + t22;
    const float t32 = t10 + t11;
    const float t33 = t11 - t10;
    const float t34 = t32 * 0.707106769f;
    const float t35 = t33 * 0.707106769f;
    const float t36 = t15 - t14;
    const float t37 = t14 + t15;
    const float t38 = t36 * 0.707106769f;
    const float t39 = t37 * 0.707106769f;
    const float t40 = t8 + t13;
    const float t41 = t9 - t12;
    const float t42 = t34 + t38;
    const float t43 = t35 - t39;
    const float t44 = t8 - t13;
    const float t45 = t9 + t12;
    const float t46 = t34 - t38;
    const float t47 = t35 + t39;
    const float t48 = t40 + t42;
    const float t49 = t41 + t43;
    const float t50 = t40 - t42;
    const float t51 = t41 - t43;
    const float t52 = t44 + t47;
    const float t53 = t45 - t46;
    const float t54 = t44 - t47;
    const float t55 = t45 + t46;
    *(z) = t24;
    *(z + 1) = t25;
    *(z + apart) = t26;
    *(z + apart + 1) = t27;
    *(z + apart * 2) = t28;
    *(z + apart * 2 + 1) = t29;
    *(z + apart * 3) = t30;
    *(z + apart * 3 + 1) = t31;
    *(z + apart * 4) = t48;
    *(z + apart * 4 + 1) = t49;
    *(z + apart * 5) = t50;
    *(z + apart * 5 + 1) = t51;
    *(z + apart * 6) = t52;
    *(z + apart * 6 + 1) = t53;
    *(z + apart * 7) = t54;
    *(z + apart * 7 + 1) = t55;
}

/* The way back: the same of numbers whose parts have changed places. */
static inline __attribute__((always_inline)) void inverse_8(__local float *z, ptrdiff_t apart)
{
    const float x1 = *(z);
    const float x0 = *(z + 1);
    const float x9 = *(z + apart);
    const float x8 = *(z + apart + 1);
    const float x5 = *(z + apart * 2);
    const float x4 = *(z + apart * 2 + 1);
    const float x13 = *(z + apart * 3);
    const float x12 = *(z + apart * 3 + 1);
    const float x3 = *(z + apart * 4);
    const float x2 = *(z + apart * 4 + 1);
    const float x11 = *(z + apart * 5);
    const float x10 = *(z + apart * 5 + 1);
    const float x7 = *(z + apart * 6);
    const float x6 = *(z + apart * 6 + 1);
    const float x15 = *(z + apart * 7);
    const float x14 = *(z + apart * 7 + 1);
    const float t0 = x0 + x8;
    const float t1 = x1 + x9;
    const float t2 = x2 + x10;
    const float t3 = x3 + x11;
    const float t4 = x4 + x12;
    const float t5 = x5 + x13;
    const float t6 = x6 + x14;
    const float t7 = x7 + x15;
    const float t8 = x0 - x8;
    const float t9 = x1 - x9;
    const float t10 = x2 - x10;
    const float t11 = x3 - x11;
    const float t12 = x4 - x12;
    const float t13 = x5 - x13;
    const float t14 = x6 - x14;
    const float t15 = x7 - x15;
    const float t16 = t0 + t4;
    const float t17 = t1 + t5;
    const float t18 = t2 + t6;
    const float t19 = t3 + t7;
    const float t20 = t0 - t4;
    const float t21 = t1 - t5;
    const float t22 = t2 - t6;
    const float t23 = t3 - t7;
    const float t24 = t16 + t18;
    const float t25 = t17 + t19;
    const float t26 = t16 - t18;
    const float t27 = t17 - t19;
    const float t28 = t20 + t23;
    const float t29 = t21 - t22;
    const float t30 = t20 - t23;
    const float t31 = t21 + t22;
    const float t32 = t10 + t11;
    const float t33 = t11 - t10;
    const float t34 = t32 * 0.707106769f;
    const float t35 = t33 * 0.707106769f;
    const float t36 = t15 - t14;
    const float t37 = t14 + t15;
    const float t38 = t36 * 0.707106769f;
    const float t39 = t37 * 0.707106769f;
    const float t40 = t8 + t13;
    const float t41 = t9 - t12;
    const float t42 = t34 + t38;
    const float t43 = t35 - t39;
    const float t44 = t8 - t13;
    const float t45 = t9 + t12;
    const float t46 = t34 - t38;
    const float t47 = t35 + t39;
    const float t48 = t40 + t42;
    const float t49 = t41 + t43;
    const float t50 = t40 - t42;
    const float t51 = t41 - t43;
    const float t52 = t44 + t47;
    const float t53 = t45 - t46;
    const float t54 = t44 - t47;
    const float t55 = t45 + t46;
    *(z) = t25;
    *(z + 1) = t24;
    *(z + apart * 4) = t27;
    *(z + apart * 4 + 1) = t26;
    *(z + apart * 2) = t29;
    *(z + apart * 2 + 1) = t28;
    *(z + apart * 6) = t31;
    *(z + apart * 6 + 1) = t30;
    *(z + apart) = t49;
    *(z + apart + 1) = t48;
    *(z + apart * 5) = t51;
    *(z + apart * 5 + 1) = t50;
    *(z + apart * 3) = t53;
    *(z + apart * 3 + 1) = t52;
    *(z + apart * 7) = t55;
    *(z + apart * 7 + 1) = t54;
}

/* Transforms pairs of blocks in local memory, z, point after point: columns, then rows. The items of a group do it
   together, and all must come here.
   Inlined: what another function than the kernel knows of local memory, PoCL 3.1 has all work-groups share. */
static inline __attribute__((always_inline)) void transform(__local float *z, const __global float *packed, int item)
{
    for (int turn = item; turn < 512; turn += 256) {
        forward_8_turned(z + turn * 2, 1024, packed + turn / 64 * 14 + 786432);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int turn = item; turn < 512; turn += 256) {
        forward_8(z + turn / 64 * 1024 + turn % 64 * 2, 128);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int turn = item; turn < 512; turn += 256) {
        forward_8_turned(z + turn / 8 * 128 + turn % 8 * 2, 16, packed + turn % 8 * 14 + 786544);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int turn = item; turn < 512; turn += 256) {
        forward_8(z + turn * 16, 2);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
}

/* The way back, times 4096. */
static inline __attribute__((always_inline)) void transform_back(__local float *z, const __global float *packed, int item)
{
    for (int turn = item; turn < 512; turn += 256) {
        inverse_8(z + turn * 16, 2);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int turn = item; turn < 512; turn += 256) {
        inverse_8_turned(z + turn / 8 * 128 + turn % 8 * 2, 16, packed + turn % 8 * 14 + 786544);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int turn = item; turn < 512; turn += 256) {
        inverse_8(z + turn / 64 * 1024 + turn % 64 * 2, 128);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int turn = item; turn < 512; turn += 256) {
        inverse_8_turned(z + turn * 2, 1024, packed + turn / 64 * 14 + 786432);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
}

/* The points of a pair of blocks of an input channel, zero where there is padding. */
static inline __attribute__((always_inline)) void load_pair(const __global float *input, int c, int bh, __local float *z, int item)
{
    for (int point = item; point < 4096; point += 256) {
        const int i = point / 64;
        const int j = point % 64;
        const int row0 = bh * 34 + i - 15;
        const int column0 = j - 15;
        z[i * 128 + j * 2] = (uint)row0 < 56 && (uint)column0 < 56 ? input[c * 3136 + row0 * 56 + column0] : 0.0f;
        const int row1 = bh * 34 + i - 15;
        const int column1 = j + 19;
        z[i * 128 + j * 2 + 1] = (uint)row1 < 56 && (uint)column1 < 56 ? input[c * 3136 + row1 * 56 + column1] : 0.0f;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
}

/* The outputs of a pair of blocks of an output channel. */
static inline __attribute__((always_inline)) void store_pair(__local float *z, const __global float *packed, __global float *output, int c, int bh, int item)
{
    const float bias = packed[c + 786656];
    for (int point = item; point < 1156; point += 256) {
        const int i = point / 34;
        const int j = point % 34;
        const int row0 = bh * 34 + i;
        const int column0 = j;
        if (row0 < 56 && column0 < 56) {
            const int at = c * 3136 + row0 * 56 + column0;
            const float value = z[i * 128 + j * 2];
            output[at] = value + bias;
        }
        const int row1 = bh * 34 + i;
        const int column1 = j + 34;
        if (row1 < 56 && column1 < 56) {
            const int at = c * 3136 + row1 * 56 + column1;
            const float value = z[i * 128 + j * 2 + 1];
            output[at] = value + bias;
        }
    }
}

/* Spectra of pairs, in local memory, times that of the weights. */
static inline __attribute__((always_inline)) void multiply(const __global float *weights, __local float *z, int item)
{
    for (ptrdiff_t f = item; f < 4096; f += 256) {
        const float2 w = *(const __global float2 *)(weights + f * 2);
        const float a0 = z[f * 2];
        const float b0 = z[f * 2 + 1];
        z[f * 2] = a0 * w.s0 - b0 * w.s1;
        z[f * 2 + 1] = b0 * w.s0 + a0 * w.s1;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
}

/* exp(2 pi i k / 64) for each power of two: of its parts the nearest float, and what that leaves. */
__constant float powers[6][4] = {
    {0.99518472f, 7.10966663e-09f, 0.0980171412f, -8.93393193e-10f},
    {0.980785251f, 2.97394731e-08f, 0.195090324f, -1.67047154e-09f},
    {0.923879504f, 2.83074897e-08f, 0.382683426f, 6.22335072e-09f},
    {0.707106769f, 1.21016175e-08f, 0.707106769f, 1.21016175e-08f},
    {0.0f, 0.0f, 1.0f, 0.0f},
    {-1.0f, 0.0f, 0.0f, 0.0f},
};

/* a * b + c * d, of two floats each, high and low: what products and the sum lose is known exactly. */
static void two_products(const float *a, const float *b, const float *c, const float *d, float *to)
{
#pragma OPENCL FP_CONTRACT OFF
    const float first = a[0] * b[0];
    const float second = c[0] * d[0];
    const float sum = first + second;
    const float taken = sum - first; /* of the second product, by the sum */
    float low = (first - (sum - taken)) + (second - taken);
    low += fma(a[0], b[0], -first) + fma(c[0], d[0], -second);
    low += (a[0] * b[1] + a[1] * b[0]) + (c[0] * d[1] + c[1] * d[0]);
    to[0] = sum + low;
    to[1] = low - (to[0] - sum);
}

/* exp(2 pi i k / 64), rounded once: the product of what each bit of k stands for. */
static void power(ptrdiff_t k, float *re, float *im)
{
    float x[2][2]; /* parts of the product so far, and of the next one */
    float y[2][2];
    x[0][0] = 1.0f;
    x[0][1] = 0.0f;
    y[0][0] = 0.0f;
    y[0][1] = 0.0f;
    int at = 0;
    for (ptrdiff_t bit = 0; bit < 6; ++bit) {
        if (k >> bit & 1) {
            const float c[2] = {powers[bit][0], powers[bit][1]};
            const float s[2] = {powers[bit][2], powers[bit][3]};
            const float minus[2] = {-s[0], -s[1]};
            two_products(x[at], c, y[at], minus, x[1 - at]);
            two_products(x[at], s, y[at], c, y[1 - at]);
            at = 1 - at;
        }
    }
    *re = x[at][0];
    *im = y[at][0];
}

/* Where a point of a block of weights lies: where that of its spectrum will. Spectra that are read together lie so. */
static ptrdiff_t place_of(ptrdiff_t point)
{
    return point * 2;
}

/* The conjugate of the spectrum of real numbers, for a correlation, indices with their bits reversed: what halves of ever
   shorter lines have in common, and what not, times its root, in float.
   z: a block. step, apart: of its lines, and of the points of each.
*/
static void transform_weights(__global float *z, ptrdiff_t step, ptrdiff_t apart)
{
    for (ptrdiff_t middle = 32; middle > 0; middle /= 2) {
        for (ptrdiff_t j = 0; j < middle; ++j) {
            float re, im;
            power(j * (32 / middle), &re, &im);
            for (ptrdiff_t line = 0; line < 64; ++line) {
                for (ptrdiff_t i = j; i < 64; i += 2 * middle) {
                    __global float *a = z + place_of(line * apart + i * step);
                    __global float *b = z + place_of(line * apart + (i + middle) * step);
                    const float a_re = a[0];
                    const float a_im = a[1];
                    const float less_re = a_re - b[0];
                    const float less_im = a_im - b[1];
                    a[0] = (float)(a_re + b[0]);
                    a[1] = (float)(a_im + b[1]);
                    b[0] = (float)(less_re * re - less_im * im);
                    b[1] = (float)(less_re * im + less_im * re);
                }
            }
        }
    }
}

/* exp(-2 pi i k / 64): its parts, 1 apart. */
static void put_root(ptrdiff_t k, __global float *to)
{
    float re, im;
    power(k, &re, &im);
    to[0] = (float)re;
    to[1] = (float)(-im);
}

__kernel void conv_f32_nchw_31x31s1p15_g96_96x56x56_96_pack(const __global float *weights, const __global float *bias, __global void *packed)
{
    __global float *out = (__global float *)packed;
    size_t turn = 0;
    for (ptrdiff_t oc = 0; oc < 96; ++oc) {
        if (turn++ % get_global_size(0) == get_global_id(0)) {
            __global float *z = out + oc * 8192;
            for (ptrdiff_t point = 0; point < 4096; ++point) {
                z[place_of(point)] = 0.0f;
                z[place_of(point) + 1] = 0.0f;
            }
            for (ptrdiff_t kh = 0; kh < 31; ++kh) {
                for (ptrdiff_t kw = 0; kw < 31; ++kw) {
                    z[place_of(kh * 64 + kw)] = 0.000244140625f * weights[oc * 961 + kh * 31 + kw];
                }
            }
            transform_weights(z, 64, 1);
            transform_weights(z, 1, 64);
        }
    }
    for (ptrdiff_t j = 0; j < 8; ++j) {
        if (turn++ % get_global_size(0) == get_global_id(0)) {
            put_root(j * 4, out + j * 14 + 786432);
            put_root(j * 2, out + j * 14 + 786434);
            put_root(j * 6, out + j * 14 + 786436);
            put_root(j, out + j * 14 + 786438);
            put_root(j * 5, out + j * 14 + 786440);
            put_root(j * 3, out + j * 14 + 786442);
            put_root(j * 7, out + j * 14 + 786444);
        }
    }
    for (ptrdiff_t j = 0; j < 8; ++j) {
        if (turn++ % get_global_size(0) == get_global_id(0)) {
            put_root(j * 4, out + j * 14 + 786544);
            put_root(j * 2, out + j * 14 + 786546);
            put_root(j * 6, out + j * 14 + 786548);
            put_root(j, out + j * 14 + 786550);
            put_root(j * 5, out + j * 14 + 786552);
            put_root(j * 3, out + j * 14 + 786554);
            put_root(j * 7, out + j * 14 + 786556);
        }
    }
    if (turn++ % get_global_size(0) == get_global_id(0)) {
        for (ptrdiff_t oc = 0; oc < 96; ++oc) {
            out[oc + 786656] = bias[oc];
        }
    }
}

/* A task: pairs of blocks: their products and transforms. */
static inline __attribute__((always_inline)) void multiply_task(size_t task, const __global float *input, const __global float *packed, __global float *output, __local float *shared)
{
    const int item = (int)get_local_id(0);
    const int line = (int)task / 96;
    const int g = (int)task % 96;
    const int bh = line;
    const int c = g;
    load_pair(input, c, bh, shared, item);
    transform(shared, packed, item);
    multiply(packed + c * 8192, shared, item);
    transform_back(shared, packed, item);
    store_pair(shared, packed, output, c, bh, item);
    barrier(CLK_LOCAL_MEM_FENCE);
}

#undef forward_8_turned
#undef inverse_8_turned
#undef forward_8
#undef inverse_8
#undef transform
#undef transform_back
#undef load_pair
#undef store_pair
#undef multiply
#undef powers
#undef two_products
#undef power
#undef place_of
#undef transform_weights
#undef put_root
#undef multiply_task
/* 192 tasks: pairs of blocks: their products and transforms. Any number of work-groups of 256 items share them. */
__kernel __attribute__((reqd_work_group_size(256, 1, 1)))
void conv_f32_nchw_31x31s1p15_g96_96x56x56_96_0(__global const float *restrict input, __global const float *restrict packed, __global float *restrict output, __global float *restrict workspace)
{
    __local float shared[8192] __attribute__((aligned(16)));
    (void)workspace;
    for (size_t task = get_group_id(0); task < 192; task += get_num_groups(0)) {
        conv_f32_nchw_31x31s1p15_g96_96x56x56_96_multiply_task_(task, input, packed, output, shared);
    }
}
