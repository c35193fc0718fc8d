"""Layers of integers that reach every field, and how a kernel of one is held against its rule."""

from __future__ import annotations

import numpy as np

from convgen.layer.spec import ConvSpec
from convgen.verification import exactness

SQUARE = {"kh": 3, "kw": 3}
PADDED = {**SQUARE, "top": 1, "left": 2, "right": 1}

# Tails of vectors, zero points at the ends of their range, every rule, every layout, weights of both sizes, and with
# zero points by which they are of 8 bits, and of 9.
LAYERS = {
    "half even": {"dtype": "u8:s8:u8", "ic": 5, "oc": 19, "ih": 7, "iw": 9, **PADDED, "input_zero": 131,
                  "output_zero": 255, "layout": "nhwc"},
    "tflite": {"dtype": "s8:s8:s8", "ic": 8, "oc": 6, "ih": 6, "iw": 7, **PADDED, "input_zero": -128,
               "output_zero": 127, "rounding": "tflite", "activation": "relu6", "output_scale": 0.05,
               "weights_layout": "ohwi"},
    "once": {"dtype": "u8:s16:s8", "ic": 4, "oc": 17, "ih": 5, "iw": 11, **PADDED, "input_zero": 7, "output_zero": -128,
             "rounding": "tflite-single", "activation": "relu", "layout": "nhwc"},
    "groups": {"dtype": "s8:s16:u8", "g": 2, "n": 2, "ic": 6, "oc": 10, "ih": 8, "iw": 6, **PADDED, "sh": 2, "dw": 2,
               "input_zero": 3, "rounding": "tflite", "bias": False, "weights_layout": "hwio"},
    "depthwise": {"dtype": "u8:s8:s8", "g": 18, "ic": 18, "oc": 18, "ih": 6, "iw": 6, **PADDED, "layout": "nhwc"},
    "s32": {"dtype": "u8:s8:s32", "n": 2, "ic": 20, "oc": 9, "ih": 4, "iw": 5, "kh": 1, "kw": 1, "input_zero": 200},
    "f32": {"dtype": "s8:s8:f32", "ic": 3, "oc": 21, "ih": 9, "iw": 9, **PADDED, "sw": 2, "layout": "nhwc",
            "activation": "relu", "flip": True, "bias": False},
    "3-D": {"dtype": "u8:s8:u8", "ic": 4, "oc": 5, "id": 3, "ih": 4, "iw": 5, "kd": 2, **SQUARE, "front": 1,
            "bottom": 1, "input_zero": 255, "output_zero": 1, "layout": "ndhwc"},
    "1-D": {"dtype": "s8:s8:u8", "ic": 7, "oc": 3, "iw": 13, "kw": 4, "input_zero": -5, "rounding": "tflite-single"},
    "slices": {"dtype": "u8:s8:u8", "ic": 4, "oc": 6, "ih": 5, "iw": 5, **PADDED, "in_stride": 9, "out_stride": 8,
               "layout": "nhwc", "input_zero": 128},
    "residual": {"dtype": "u8:s8:s8", "ic": 16, "oc": 21, "ih": 6, "iw": 9, **PADDED, "input_zero": 7, "residual": True,
                 "residual_zero": 127, "residual_scale": 0.7, "output_zero": 5, "layout": "nhwc"},
    "residual, channels first": {
        "dtype": "s8:s8:u8", "ic": 16, "oc": 19, "ih": 5, "iw": 11, **PADDED, "residual": True, "residual_scale": 0.013,
        "output_zero": 200, "activation": "relu6", "output_scale": 0.05},
    "table": {"dtype": "u8:s8:s8", "ic": 16, "oc": 21, "ih": 6, "iw": 9, **PADDED, "input_zero": 7, "layout": "nhwc",
              "activation": "silu", "sum_zero": -3, "sum_scale": 0.06, "output_scale": 0.03, "output_zero": -100},
    "table, channels first": {
        "dtype": "s8:s8:u8", "ic": 16, "oc": 19, "ih": 5, "iw": 11, **PADDED, "rounding": "tflite",
        "activation": "sigmoid", "sum_zero": 131, "sum_scale": 0.1, "output_scale": 1 / 256},
    "weights u8": {"dtype": "u8:u8:u8", "ic": 6, "oc": 18, "ih": 6, "iw": 9, **PADDED, "input_zero": 131,
                   "weights_zero": 128, "layout": "nhwc"},
    "weights u8, nine bits": {"dtype": "s8:u8:s8", "g": 2, "ic": 8, "oc": 10, "ih": 5, "iw": 11, **PADDED,
                              "input_zero": -128, "weights_zero": 255, "weights_layout": "hwio"},
    "weights s8, nine bits": {"dtype": "u8:s8:f32", "g": 18, "ic": 18, "oc": 18, "ih": 6, "iw": 6, **PADDED,
                              "input_zero": 200, "weights_zero": -128, "layout": "nhwc"},
    "long": {"dtype": "s16:s8:s16", "ic": 8, "oc": 19, "ih": 6, "iw": 7, **PADDED, "rounding": "tflite",
             "activation": "relu6", "output_scale": 0.0002, "layout": "nhwc", "weights_layout": "ohwi"},
    "long, zero points": {"dtype": "s16:s8:s16", "g": 2, "ic": 6, "oc": 10, "ih": 8, "iw": 6, **PADDED, "sh": 2,
                          "input_zero": -32768, "output_zero": 32767, "rounding": "tflite-single"},
    "long, residual": {"dtype": "s16:s8:s16", "ic": 5, "oc": 6, "ih": 5, "iw": 9, **PADDED, "residual": True,
                       "residual_zero": 32767, "residual_scale": 0.7, "output_zero": 5},
    "long, f32": {"dtype": "s16:s8:f32", "ic": 200, "oc": 3, "ih": 5, "iw": 9, **PADDED, "layout": "nhwc",
                  "bias": False},
    "residual, f32": {"dtype": "u8:s8:f32", "ic": 5, "oc": 18, "ih": 5, "iw": 9, **PADDED, "residual": True,
                      "activation": "relu"},
    "transposed": {"dtype": "u8:s8:u8", "g": 2, "ic": 6, "oc": 26, "ih": 5, "iw": 11, "kh": 2, "kw": 5, "sh": 3,
                   "sw": 2, "input_zero": 77, "output_zero": 3, "rounding": "tflite", "op": "transposed"},
    "transposed, long": {"dtype": "s16:s8:s16", "ic": 6, "oc": 17, "ih": 4, "iw": 5, **SQUARE, "sh": 2, "sw": 2,
                         "padding": "same", "layout": "nhwc", "residual": True, "residual_scale": 0.7,
                         "op": "transposed"},
}


def layer(name: str) -> ConvSpec:
    return ConvSpec(**LAYERS[name])


def check(conv, seed=0):
    """A built kernel gives the rule's bits."""
    spec, rng = conv.kernel.spec, np.random.default_rng(seed)
    arrays = exactness.drawn(spec, rng)
    conv.pack(arrays["weights"], arrays.get("bias"), arrays.get("scale"))
    x = arrays["input"]
    if spec.in_stride != spec.ic:
        tensor = exactness.whole(rng, spec.arithmetic.input, spec.array("input").tensor)
        x = tensor[tuple(map(slice, x.shape))]
        x[...] = arrays["input"]
    np.testing.assert_array_equal(conv(x, arrays.get("residual")), exactness.right(spec, arrays),
                                  f"{conv.kernel.title} {conv.kernel.name}")
