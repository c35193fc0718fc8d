"""What each field of a layer says, for people who write one."""

from __future__ import annotations

from . import descriptor

_ALONG = {"d": "depth", "h": "height", "w": "width"}

DESCRIPTIONS = {
    "op": "forward; transposed: every input adds a kernel of outputs, stride apart; or, of the forward layer that the"
          " other fields say, the gradient of its input (backward-data) or of its weights and bias (backward-weights),"
          " given that of its output",
    "n": "images in a batch",
    "g": "groups that the channels are divided into; as many as ic for a depthwise layer",
    "ic": "channels of the input, of all groups together",
    "oc": "channels of the output, of all groups together",
    **{f"i{axis}": f"{extent} of the input" for axis, extent in _ALONG.items()},
    **{f"o{axis}": f"{extent} of the output; follows from the rest, and must agree" for axis, extent in _ALONG.items()},
    **{f"k{axis}": f"{extent} of the kernel" for axis, extent in _ALONG.items()},
    **{f"s{axis}": f"stride along the {extent}" for axis, extent in _ALONG.items()},
    **{f"d{axis}": f"dilation along the {extent}: 1 is none, which in a descriptor is 0"
       for axis, extent in _ALONG.items()},
    **{pad: f"zeros {'before' if not at else 'behind'} the input along the {_ALONG[axis]}"
       for axis, pads in descriptor.PADS.items() for at, pad in enumerate(pads)},
    "padding": "in place of the six pads: valid is none, half is half of the kernel on both sides, same-upper and"
               " same-lower give ceil(input / stride) outputs, with the odd pad behind or before the input",
    "layout": "axes of input and output: channels first (nchw) or last (nhwc), and of 1-D and 3-D layers",
    "weights_layout": "axes of the weights: output channels, input channels of a group, kernel; in iohw and hwoi, input"
                      " channels, output channels of a group",
    "dtype": "type of all arrays, whose sums are in f32; or those of input, weights and output, as in u8:s8:u8, whose"
             " sums are in s32, s16:s8:s16, whose are in s64, or f32:s8:f32, whose are in f32",
    "input_zero": "of integers: the input that stands for 0, and that padding reads as",
    "weights_zero": "of integers: the weight that stands for 0, of all channels; subtracted when weights are packed",
    "output_zero": "of integers: the output that stands for 0",
    "output_scale": "of integers: what an output is multiplied by to be a real number; for activations other than relu",
    "rounding": "of integers: the rule by which a sum becomes an output",
    "largest_sum": "of integers: what no sum exceeds in magnitude, as whoever packs the weights promises; for layers so"
                   " long that sums of other weights would leave their type",
    "residual_zero": "of integers: the residual that stands for 0",
    "residual_scale": "of integers: what a residual is multiplied by to be added to an output; of f32, the scale of the"
                      " one over that of the other",
    "sum_zero": "of integers: the sum before an activation that is no clamp which stands for 0",
    "sum_scale": "of integers: what such a sum is multiplied by to be a real number",
    "bias": "whether a number is added for each output channel; of backward-weights, whether its gradient is given too",
    "residual": "whether an array like the output is added before the activation",
    "activation": "what is applied to the sums at the end: relu, clip(0,6), silu ...",
    "flip": "whether the kernel is reversed: the textbook's convolution",
    "causal": "in place of the pads, of 1-D layers: no output reads a later input; (kw - 1) dw in front, none behind",
    "stream": "of causal layers: the most samples of a block, where they are called block by block; iw follows from it",
    "in_stride": "channels of the tensor that the input is a slice of",
    "out_stride": "channels of the tensor that output and residual are slices of",
    "range": "the largest |input| and the largest |weight| that the layer will meet, for which no plan may overflow",
}
