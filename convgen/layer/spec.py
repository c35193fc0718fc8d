"""One convolution layer, validated.

The operation is the cross-correlation of every deep-learning library,

    y[n, o, p] = act( b[o] + Σ_{c, k} w[o, c, k] · x[n, c, p·s + k·d − pad] + r[n, o, p] )

with x read as zero outside its extents, and act perhaps with a slope for each o; where weights alone are integers,
w[o, c, k] stands for w[o, c, k]·scale[o]; ``flip=True`` gives the textbook
convolution h[n] = Σ_m f[m]·g[n − m] by reversing the weights along every kernel axis. Of a quantised layer, which sums
integers, quantisation.py says the rest. ``op="transposed"`` is what PyTorch and ONNX call ConvTranspose,

    y[n, o, p] = act( b[o] + Σ_{c, k, q : p = q·s + k·d − pad} w[c, o, k] · x[n, c, q] + r[n, o, p] )

with stride, dilation and pads of the forward layer whose transpose it is: pads are outputs left out. Those at the end
may be negative, which other libraries call output padding.

``op="backward-data"`` and ``op="backward-weights"`` are gradients of the forward layer that all fields still say: given
dy, that of its output before the activation, what dx, or dw and db, is

    dx[n, c, q] = Σ_{o, k, p : p·s + k·d − pad = q} w[o, c, k] · dy[n, o, p]
    dw[o, c, k] = Σ_{n, p} dy[n, o, p] · x[n, c, p·s + k·d − pad]        db[o] = Σ_{n, p} dy[n, o, p]

The first is a transposed layer, which `computed` says; it has no bias, whether or not the layer has.

A 1-D or 2-D layer is a 3-D layer whose missing extents are 1: one code path.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import msgspec

from ..errors import InputError
from . import descriptor
from .array import Array, Role
from .descriptor import LIMIT
from .element import F32, F64, Arithmetic, Element
from .extents import Axis as Axis
from .fields import COUNTS, LAYOUTS, OPS, OUTPUTS, PADS, Fields, check_op
from .names import show
from .outline import arrays as outlined
from .outline import changes_of, outline
from .quantisation import limits, table, tabled, unruled
from .rounding import Rule, rule

# The same array of weights, of the layer in which input and output have changed places.
SWAPPED = {"oihw": "iohw", "iohw": "oihw", "hwio": "hwoi", "hwoi": "hwio", "ohwi": "ihwo", "ihwo": "ohwi"}
BY_INPUT = ("iohw", "hwoi", "ihwo")  # which list the input channels of all groups, and output channels of one

_EXTENTS = (*COUNTS, *OUTPUTS, *PADS)  # what a descriptor says


class ConvSpec(Fields, frozen=True, kw_only=True, forbid_unknown_fields=True, cache_hash=True):
    """One layer. Field names are oneDNN's.

    n batch, g groups, ic/oc channels over all groups, {i,o,k,s,d}{d,h,w} extents, strides and
    dilations (1 is none) of depth, height and width, six pads. Without iw and kw the width is as the height, or the
    depth. Output extents follow from the rest; given ones must agree. Raises InputError naming field, rule and value.
    Of a transposed layer, a pad at the end may be as low as 1 - max(stride, dilation).

    padding may stand for the six pads: a number, one for each axis that the layer has, (before, after) for each; or
    "valid" (none), "half" (⌊reach / 2⌋ on both sides, reach being what a kernel with its dilation spans beyond one
    input), "same" (as many outputs as inputs, divided by the stride and rounded up; what is odd goes to the end, as in
    "same-upper", in "same-lower" to the beginning), "full" (the reach on both sides: every output that reads an input).
    Of a transposed layer, "same" is as many outputs as inputs times the stride.

    in_stride, out_stride: where input or output is a slice of channels of a larger tensor, as in a
    concatenation, the channels of that tensor, in place of ic or oc. Channels last, that is the
    numbers from one pixel to the next; channels first, the channels from one image to the next.
    The caller passes the address of the slice's first channel. Channels beside the slice are neither
    read nor written. The residual lies as the output does: out_stride is its own too.

    range: the largest |input| and the largest |weight| (times its scale, where weights alone are integers) that a layer
    of floats will meet: its kernels then overflow for none of them.
    causal, stream: see causal.py and stream.py. A stream is causal, and iw follows from it.
    layers: of a chain, whose other fields follow from them; see chain.py.
    """

    layers: tuple[ConvSpec, ...] | msgspec.UnsetType = msgspec.UNSET  # unset where it is no chain

    def __post_init__(self) -> None:
        if self.chained:
            for field, value in outline(self.layers).items():
                self._put(field, value)
        super().__post_init__()
        for what, count in (("input", math.prod(self._shape(self.input_channels, self.input_extents))),
                            ("output", math.prod(self._shape(self.output_channels, self.output_extents))),
                            ("weights", math.prod(self.weights_shape)),
                            ("padded input", 0 if self.transposed else
                             self.n * self.ic * math.prod(a.padded for a in self.axes))):
            if count >= LIMIT:
                raise InputError(f"{what} must have fewer than 2^31 elements (got {count})")

    @classmethod
    def parse(cls, text: str, **fields: Any) -> ConvSpec:
        """The layer of a descriptor in oneDNN's notation, ``ic64ih56oc64oh56kh3ph1``, with other fields as given, such
        as layout="nhwc". InputError names the field, or the character where reading stopped."""
        if not isinstance(text, str):
            raise InputError(f"descriptor must be text (got {show(text)})")
        op = check_op(fields.pop("op", None))
        causal, stream = (fields.pop(field, None) for field in ("causal", "stream"))
        read, _ = descriptor.read(text, transposed=op == "transposed", causal=causal, stream=stream)
        spec = cls(**read, op=op, causal=causal, stream=stream)
        return spec.replace(**fields) if fields else spec

    def __repr__(self) -> str:
        """The call that makes it again: as a descriptor, where that can say its pads, and what is not the default."""
        if self.chained:
            return f"Chain([{', '.join(map(repr, self.parts))}])"
        plain, text = ConvSpec(ic=1, oc=1, iw=1, kw=1, layout=self.layout, op=self.op), self.descriptor
        always = {"ic", "oc", "iw", "kw"} | ({"layout"} if self.layout != LAYOUTS[self.rank - 1] else set())
        always |= {"op"} if self.operation != OPS[0] else set()
        said = OUTPUTS if text is None else _EXTENTS  # by what follows from others, or by the descriptor
        rest = [f"{name}={getattr(self, name)!r}" for name in self.__struct_fields__ if name not in said
                and (name in always or getattr(self, name) != getattr(plain, name))]
        return f"ConvSpec({', '.join(rest)})" if text is None else f"ConvSpec.parse({', '.join([repr(text), *rest])})"

    # --- what follows from the fields ---

    @property
    def descriptor(self) -> str | None:
        """Its extents in oneDNN's notation, which `parse` reads; layout, bias, activation and such have no place in it.
        None when no descriptor has these pads: uneven ones with more after the input than the last output reads; and of
        a chain."""
        if self.chained:
            return None
        axes = [(axis.name, {"i": axis.i, "o": axis.o, "k": axis.k, "s": axis.s, "d": axis.d, "p": axis.before,
                             "after": axis.after}) for axis in self.axes[3 - self.rank :]]
        head = {"g": self.g, "n": self.n, "ic": self.ic, "oc": self.oc}
        return descriptor.write(head, axes, transposed=self.transposed)

    @property
    def chained(self) -> bool:
        """Whether it is a chain of layers."""
        return self.layers is not msgspec.UNSET

    @property
    def parts(self) -> tuple[ConvSpec, ...]:
        """The layers of a chain; of a layer, itself."""
        return (self,) if isinstance(self.layers, msgspec.UnsetType) else self.layers

    @property
    def computed(self) -> ConvSpec:
        """The layer that a kernel computes: of backward-data, the transposed one from the output's gradient to the
        input's; of all others, the layer itself."""
        return _transposed(self) if self.op == "backward-data" else self

    @property
    def padded(self) -> bool:
        """Whether any window reaches beyond the input."""
        return any(axis.before or axis.after for axis in self.axes)

    @property
    def planar(self) -> bool:
        """Whether inputs, kernel and outputs are one plane each, and no padding lies before that."""
        return self.id == self.kd == self.od == 1 and not self.front

    @property
    def icg(self) -> int:
        """Input channels of one group."""
        return self.ic // self.g

    @property
    def ocg(self) -> int:
        """Output channels of one group."""
        return self.oc // self.g

    @property
    def slopes(self) -> bool:
        """Whether the activation takes a number for each output channel."""
        return self.act.slopes

    @property
    def input_channels(self) -> int:
        """Channels of the tensor that the input is a slice of."""
        one = self.computed
        return one.ic if isinstance(one.in_stride, msgspec.UnsetType) else one.in_stride

    @property
    def output_channels(self) -> int:
        """Channels of the tensor that the output is a slice of."""
        one = self.computed
        return one.oc if isinstance(one.out_stride, msgspec.UnsetType) else one.out_stride

    @property
    def sliced(self) -> bool:
        """Whether input or output is a slice of channels of a larger tensor."""
        one = self.computed
        return (one.input_channels, one.output_channels) != (one.ic, one.oc)

    @property
    def input_extents(self) -> tuple[int, int, int]:
        """Depth, height and width of what the kernel takes: x, or dy for backward-data."""
        one = self.computed
        return one.id, one.ih, one.iw

    @property
    def output_extents(self) -> tuple[int, int, int]:
        """The same of what it gives: y, or dx."""
        one = self.computed
        return one.od, one.oh, one.ow

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of x in `layout`, with as many axes as the layout has letters."""
        return self._shape(self.computed.ic, self.input_extents)

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Shape of y (and of the residual) in `layout`."""
        return self._shape(self.computed.oc, self.output_extents)

    @property
    def weights_shape(self) -> tuple[int, ...]:
        """Shape of w in `weights_layout`: o = oc, i = ic / g, but o = oc / g, i = ic in iohw, hwoi and ihwo; spatial
        axes as in `layout`."""
        kernel = (self.kd, self.kh, self.kw)[3 - self.rank :]
        o, i = self.oc, self.icg
        return {"oihw": (o, i, *kernel), "hwio": (*kernel, i, o), "ohwi": (o, *kernel, i),
                "iohw": (self.ic, self.ocg, *kernel), "hwoi": (*kernel, self.ocg, self.ic),
                "ihwo": (self.ic, *kernel, self.ocg)}[self.weights_layout]

    def _shape(self, channels: int, extents: tuple[int, int, int]) -> tuple[int, ...]:
        spatial = extents[3 - self.rank :]
        return (self.n, *spatial, channels) if self.channels_last else (self.n, channels, *spatial)

    @property
    def arithmetic(self) -> Arithmetic:
        """The elements of its arrays and sums; of weights, what holds them less their zero point."""
        return self._types.less(self.weight_zero)

    @property
    def weights_element(self) -> Element:
        """Of the weights as the caller has them."""
        return self._types.weights

    @property
    def weight_zero(self) -> int:
        """The weight that stands for 0."""
        return 0 if self.weights_zero is msgspec.UNSET else self.weights_zero

    @property
    def arrays(self) -> tuple[Array, ...]:
        """What a caller hands over, in the order of the calls' parameters: to packing, then to each run."""
        if self.chained:
            return outlined(self.parts)
        of, weights, numbers, layout = self.arithmetic, self.weights_shape, (self.oc,), self.layout
        x, y = self.input_shape, self.output_shape
        around_x = self._shape(self.input_channels, self.input_extents)
        around_y = self._shape(self.output_channels, self.output_extents)
        if self.pooled:
            return (Array("input", of.input, x, layout, "run", around_x),
                    Array("output", of.output, y, layout, "run", around_y))
        if self.op == "backward-weights":
            return (
                Array("input", of.input, x, layout, "run", around_x),
                Array("output_gradient", of.output, y, layout, "run", around_y),
                Array("weights_gradient", of.weights, weights, self.weights_layout, "run", weights),
                *[Array("bias_gradient", of.bias, numbers, "o", "run", numbers)] * self.bias,
            )
        return (
            Array("weights", self.weights_element, weights, self.weights_layout, "pack", weights),
            *[Array("bias", of.bias, numbers, "o", "pack", numbers)] * self.bias,
            *[Array("scale", self.scale, numbers, "o", "pack", numbers)] * of.has_scale,
            *[Array("slopes", of.bias, numbers, "o", "pack", numbers)] * self.slopes,
            Array("input", of.input, x, layout, "run", around_x),
            *[Array("residual", of.output, y, layout, "run", around_y)] * self.residual,
            Array("output", of.output, y, layout, "run", around_y),
        )

    @property
    def scale(self) -> Element:
        """Of the real scales: of weights, or of sums, where it is what the rule rounds them from."""
        return F64 if self.arithmetic.quantised and self.rule.integers else F32

    @property
    def rule(self) -> Rule:
        """By which its sums become outputs, where these are quantised."""
        return rule(self.rounding, self.arithmetic.sum)

    @property
    def tabled(self) -> bool:
        """Whether quantised outputs come from a table, by sums."""
        return tabled(self.arithmetic, self.act)

    @property
    def table(self) -> list[int]:
        """It."""
        return table(self.quantisation, self.arithmetic.output, self.act)

    @property
    def moved(self) -> int:
        """What stands for 0 among what the rule gives."""
        return self.quantisation.sum_zero if self.tabled else self.output_zero

    @property
    def unruled(self) -> str | None:
        """Why nothing says what its outputs are, where it sums integers; or None."""
        of = self.arithmetic
        return unruled(self.rounding, of, self.act, self.residual) if of.exact else None

    @property
    def limits(self) -> tuple[int, int]:
        """The least and the largest output, where these are quantised."""
        return limits(self.quantisation, self.arithmetic.output, self.act)

    def array(self, role: Role) -> Array | None:
        """Its array of that role, if it has one."""
        return next((array for array in self.arrays if array.role == role), None)

    @property
    def per_channel(self) -> tuple[Role, ...]:
        """Its arrays of a number for each output channel that follow the packed weights, in this order: all but a scale
        of weights, by which these are multiplied when they are packed."""
        return tuple(array.role for array in self.arrays if array.layout == "o"
                     and not (array.role == "scale" and self.arithmetic.weights_only))

    @property
    def terms(self) -> int:
        """Products summed in one output element away from the padding; of a transposed layer, in one with the most; of
        the gradient of weights, in each of these."""
        if self.op == "backward-weights":
            return self.n * self.od * self.oh * self.ow
        if self.computed is not self:
            return self.computed.terms
        if self.transposed:  # of the taps, those that are a multiple of s / gcd(s, d) apart meet in an output
            return self.icg * math.prod(-(-a.k * math.gcd(a.s, a.d) // a.s) for a in self.axes)
        return self.icg * self.kd * self.kh * self.kw

    @property
    def macs(self) -> int:
        """Multiply-adds of the direct algorithm, padding taps counted (the field's convention): every output with all
        taps; of a transposed layer, every input with all taps; of a chain, those of its layers."""
        if self.chained:
            return sum(layer.macs for layer in self.parts)
        if self.pooled:  # which multiplies nothing
            return 0
        extents = (self.id, self.ih, self.iw) if self.transposed else (self.od, self.oh, self.ow)
        return self.n * self.oc * self.icg * self.kd * self.kh * self.kw * math.prod(extents)

    @property
    def itemsize(self) -> int:
        """Bytes of one element of its arrays."""
        return self.arithmetic.input.bytes

    @property
    def bytes(self) -> int:
        """Bytes that must move at least once: x, w, bias, scales, slopes, residual, y."""
        return sum(array.element.bytes * array.count for array in self.arrays)

    @property
    def map_bytes(self) -> int:
        """Of these, those of x and y."""
        return sum(array.element.bytes * array.count for array in self.arrays if array.role in ("input", "output"))

    def replace(self, **changes: Any) -> ConvSpec:
        """A copy with some input fields changed and everything derived computed again; of a chain, with those of all
        its layers changed."""
        if self.chained:
            return ConvSpec(ic=self.ic, oc=self.oc, layers=tuple(
                layer.replace(**changes_of(at, len(self.parts), changes)) for at, layer in enumerate(self.parts)))
        fields = {name: getattr(self, name) for name in self.__struct_fields__}
        for name in ("od", "oh", "ow"):
            fields[name] = None
        if self.weights_layout == self.default_weights_layout:
            fields["weights_layout"] = None  # the default of whatever layout it becomes
        stream = changes.get("stream", self.stream)
        streamed = stream not in (None, msgspec.UNSET)
        if streamed or {"padding", "causal"} & changes.keys():
            fields.update(dict.fromkeys(PADS))
        if streamed and "stream" in changes:
            fields["iw"] = None
        return ConvSpec(**{**fields, **changes})


@functools.lru_cache(maxsize=1024)
def _transposed(spec: ConvSpec) -> ConvSpec:
    """The transposed layer that is the gradient of a forward one's input, with the same array of weights."""
    fields: dict[str, Any] = {"op": "transposed", "ic": spec.oc, "oc": spec.ic, "in_stride": spec.out_stride,
                              "out_stride": spec.in_stride, "weights_layout": SWAPPED[spec.weights_layout]}
    for axis in spec.axes:
        first, last = descriptor.PADS[axis.name]
        whole = (axis.o - 1) * axis.s + (axis.k - 1) * axis.d + 1
        fields |= {f"i{axis.name}": axis.o, first: axis.before, last: whole - axis.before - axis.i}
    return spec.replace(**fields)
