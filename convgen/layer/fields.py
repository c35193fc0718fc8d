"""The fields of a layer as somebody gives them, what those say that are left out, and what is wrong with them."""

from __future__ import annotations

import operator
from typing import Any

import msgspec

from ..errors import InputError
from . import descriptor
from .activation import Activation
from .causal import causal_pads, check_causal
from .descriptor import LIMIT
from .element import ARITHMETICS, ELEMENTS, Arithmetic
from .extents import Axis, Padding, named_pads, read_padding, scattered, windows
from .magnitudes import check_range
from .names import show
from .quantisation import Quantisation, check_quantisation
from .rounding import RULES

# A field left at this value is computed from the others. The type is Any so that the field itself
# can keep the type it has in every finished spec.
DERIVED: Any = None

LAYOUTS = ("ncw", "nchw", "ncdhw", "nwc", "nhwc", "ndhwc")
WEIGHTS_LAYOUTS = ("oihw", "hwio", "ohwi", "iohw", "hwoi", "ihwo")
POOLS = ("max-pool", "average-pool")  # which only chains have, at their end
OPS = ("forward", "transposed", "backward-data", "backward-weights", *POOLS)

OUTPUTS = ("od", "oh", "ow")
PADS = tuple(field for pair in descriptor.PADS.values() for field in pair)
COUNTS = ("n", "g", "ic", "oc", "id", "ih", "iw", "kd", "kh", "kw", "sd", "sh", "sw", "dd", "dh", "dw")
# fields that are unset where they are 0, as Quantisation ends with them
_UNSET = ("weights_zero", "residual_zero", "residual_scale", "sum_zero", "sum_scale")
_DTYPES = f"{', '.join(ELEMENTS)}, or types of input, weights and output such as u8:s8:u8 (see convgen schema)"


class Fields(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All fields of a ConvSpec but its layers; ConvSpec says what they mean. One that is made is finished, which fills
    in what is left out, or refused: InputError names field, rule and value."""

    n: int = 1
    g: int = 1
    ic: int
    oc: int
    id: int = DERIVED
    ih: int = DERIVED
    iw: int = DERIVED
    od: int = DERIVED
    oh: int = DERIVED
    ow: int = DERIVED
    kd: int = DERIVED
    kh: int = DERIVED
    kw: int = DERIVED
    sd: int = DERIVED
    sh: int = DERIVED
    sw: int = DERIVED
    dd: int = DERIVED
    dh: int = DERIVED
    dw: int = DERIVED
    front: int = DERIVED
    back: int = DERIVED
    top: int = DERIVED
    bottom: int = DERIVED
    left: int = DERIVED
    right: int = DERIVED
    padding: Padding | None = None  # resolved into the six pads, then None
    layout: str = DERIVED
    weights_layout: str = DERIVED
    dtype: str = "f32"
    bias: bool = True
    residual: bool = False
    activation: str = "none"
    flip: bool = False
    input_zero: int = 0
    output_zero: int = 0
    output_scale: float = 0.0  # 0: nobody need know it
    rounding: str = "half-even"
    largest_sum: int | msgspec.UnsetType = msgspec.UNSET  # unset where nothing is promised
    weights_zero: int | msgspec.UnsetType = msgspec.UNSET  # unset where it is 0
    residual_zero: int | msgspec.UnsetType = msgspec.UNSET  # likewise
    residual_scale: float | msgspec.UnsetType = msgspec.UNSET  # unset where there is none
    sum_zero: int | msgspec.UnsetType = msgspec.UNSET  # likewise
    sum_scale: float | msgspec.UnsetType = msgspec.UNSET
    in_stride: int | msgspec.UnsetType = msgspec.UNSET  # of a finished spec: unset where it would be ic
    out_stride: int | msgspec.UnsetType = msgspec.UNSET  # the same of oc
    op: str | msgspec.UnsetType = msgspec.UNSET  # unset where it is forward
    range: tuple[float, float] | msgspec.UnsetType = msgspec.UNSET  # unset where nobody knows it
    causal: bool | msgspec.UnsetType = msgspec.UNSET  # resolved into the pads, then unset
    stream: int | msgspec.UnsetType = msgspec.UNSET  # unset where it is no stream

    def __post_init__(self) -> None:
        put = self._put
        rank = self._rank()
        if self.op is not msgspec.UNSET:
            op = check_op(self.op)
            put("op", msgspec.UNSET if op == "forward" else op)
        self._infer_block(put)
        self._infer_width(put)
        for field in ("id", "ih", "kd", "kh", "sd", "sh", "sw", "dd", "dh", "dw"):
            if getattr(self, field) is None:
                put(field, 1)
        for field in COUNTS:
            put(field, _integer(field, getattr(self, field), least=1))
        for field in ("od", "oh", "ow", *PADS):
            if getattr(self, field) is not None:
                put(field, _integer(field, getattr(self, field), least=self._least(field)))
        for field in ("bias", "residual", "flip"):
            if not isinstance(getattr(self, field), bool):
                value = show(getattr(self, field))
                raise InputError(f"{field} must be true or false ({field}={value})")

        put("layout", _choice("layout", self.layout or LAYOUTS[rank - 1], LAYOUTS))
        given = self.default_weights_layout if self.weights_layout is None else self.weights_layout
        put("weights_layout", _choice("weights_layout", given, WEIGHTS_LAYOUTS))
        put("dtype", _choice("dtype", self.dtype, tuple(ARITHMETICS), _DTYPES))
        put("activation", str(Activation.parse(self.activation)))
        for index, axis in enumerate("dhw"[: 3 - self.rank]):  # axes that the layout does not show
            ones = {f"{kind}{axis}": 1 for kind in "ioksd"}
            for field, only in (ones | dict.fromkeys(PADS[2 * index : 2 * index + 2], 0)).items():
                value = getattr(self, field)
                if value not in (only, None):
                    raise InputError(f"{field} must be {only} in layout {self.layout} ({field}={value})")

        if self.ic % self.g:
            raise InputError(f"groups must divide ic (g={self.g}, ic={self.ic})")
        if self.oc % self.g:
            raise InputError(f"groups must divide oc (g={self.g}, oc={self.oc})")
        for field, channels in (("in_stride", "ic"), ("out_stride", "oc")):
            put(field, self._stride(field, channels))
        put("rounding", _choice("rounding", self.rounding, tuple(RULES)))
        put("largest_sum", self._promised())
        put("range", check_range(self.range, self._types.exact))
        for field in _UNSET:
            if getattr(self, field) in (None, 0):  # as if it were not given
                put(field, msgspec.UNSET)
        check_quantisation(self.quantisation, self._types, self.act, self.residual)
        self._check_gradient(put)
        self._check_pool(put)
        self._resolve_padding(put)
        self._resolve_output(put)

    def _put(self, field: str, value: object) -> None:
        """Finish a field of a spec that is being made."""
        msgspec.structs.force_setattr(self, field, value)

    def _check_gradient(self, put: Any) -> None:
        """InputError for what gradients are not given of."""
        if not self.backward:
            return
        if self.dtype not in ELEMENTS or ELEMENTS[self.dtype].whole:
            raise InputError(f"gradients must be of layers of floats, all of one type (op={self.op},"
                             f" dtype={self.dtype})")
        if self.activation != "none":
            raise InputError("activation must be none for gradients, which begin at the sums before it"
                             f" (op={self.op}, activation={self.activation})")
        if self.residual:
            raise InputError(f"residual must be false for gradients: its own is the output's (op={self.op})")
        if self.op == "backward-data":
            put("bias", False)

    def _check_pool(self, put: Any) -> None:
        """InputError for what a pooling has not. It has no weights, and a channel of input for each of output."""
        if not self.pooled:
            return
        put("bias", False)
        if not self.g == self.ic == self.oc:
            raise InputError(f"g, ic and oc must be the same for pooling (op={self.op}, g={self.g}, ic={self.ic},"
                             f" oc={self.oc})")
        for field, only in (("activation", "none"), ("residual", False), ("flip", False)):
            if (value := getattr(self, field)) != only:
                raise InputError(f"{field} must be {show(only)} for pooling (op={self.op}, {field}={show(value)})")
        of, given = self._types, self.quantisation
        if of.exact and (of.input, given.input_zero) != (of.output, given.output_zero):
            raise InputError("output must be as the input is for pooling"
                             f" (op={self.op}, dtype={self.dtype}, input_zero={given.input_zero},"
                             f" output_zero={given.output_zero})")

    def _infer_block(self, put: Any) -> None:
        """A stream is as long as its largest block."""
        if self.causal not in (None, True, False, msgspec.UNSET):
            raise InputError(f"causal must be true or false (causal={show(self.causal)})")
        if self.stream in (None, msgspec.UNSET):
            put("stream", msgspec.UNSET)
            return
        put("stream", _integer("stream", self.stream, least=1))
        if self.causal is False:
            raise InputError(f"stream must be of a causal layer (causal=false, stream={self.stream})")
        if self.iw is None:
            put("iw", self.stream)

    def _rank(self) -> int:
        if self.layout is not None:
            return len(_choice("layout", self.layout, LAYOUTS)) - 2
        if self.id is not None or self.kd is not None:
            return 3
        return 2 if self.ih is not None or self.kh is not None else 1

    def _infer_width(self, put: Any) -> None:
        """Without extents of its own the width takes all of the next higher axis."""
        names = {axis: [*(kind + axis for kind in "iksdo"), *pads] for axis, pads in descriptor.PADS.items()}
        above = next((axis for axis in "hd" if getattr(self, f"i{axis}") is not None), None)
        if above is not None and self.iw is None and self.kw is None and self.ow is None:
            if above == "d" and self.kh is not None:
                raise InputError(f"ih must be given with kh (kh={show(self.kh)})")
            for name, other in zip(names["w"], names[above], strict=True):
                own, value = getattr(self, name), getattr(self, other)
                if own is not None and own != value:
                    raise InputError(f"iw must be given with {name} ({name}={show(own)})")
                put(name, value)
                if above == "d":
                    put(name.replace("w", "h"), value)
        for field in ("iw", "kw"):
            if getattr(self, field) is None:
                raise InputError(f"{field} must be given" + " (or ih and kh)" * (above is None))

    def _least(self, field: str) -> int:
        """The least number that an output's extent or a pad may be."""
        if field not in PADS:
            return 1
        axis = next((axis for axis, pads in descriptor.PADS.items() if field == pads[1]), None)
        if axis is None or not self.transposed:
            return 0
        s, d = (getattr(self, f"{kind}{axis}") for kind in "sd")
        return 1 - max(int(s), int(d))

    def _stride(self, field: str, channels: str) -> int | msgspec.UnsetType:
        """The stride as the finished spec has it."""
        own, given = getattr(self, channels), getattr(self, field)
        if given is None or given is msgspec.UNSET:
            return msgspec.UNSET
        stride = _integer(field, given, least=1)
        if stride < own:
            raise InputError(f"{field} must be at least {channels} ({field}={stride}, {channels}={own})")
        return stride if stride > own else msgspec.UNSET

    def _promised(self) -> int | msgspec.UnsetType:
        """The largest sum as the finished spec has it."""
        if self.largest_sum is msgspec.UNSET or self.largest_sum in (None, 0):
            return msgspec.UNSET
        promised = _integer("largest_sum", self.largest_sum, least=1)
        if not self._types.exact:
            raise InputError(f"largest_sum must not be given unless sums are integers (largest_sum={promised})")
        return promised

    def _resolve_padding(self, put: Any) -> None:
        if self.streamed or self.causal is True:
            stream = None if self.stream is msgspec.UNSET else self.stream
            check_causal(self.layout, op=self.operation, stream=stream, n=self.n, iw=self.iw)
            left, right = causal_pads(self.kw, self.dw, padding=self.padding, left=self.left, right=self.right)
            put("left", left)
            put("right", right)
        put("causal", msgspec.UNSET)
        given = [field for field in PADS if getattr(self, field) is not None]
        if self.padding is None:
            for field in PADS:
                put(field, getattr(self, field) or 0)
            return
        if given:
            raise InputError(
                f"padding and {given[0]} must not both be given"
                f" (padding={show(self.padding)}, {given[0]}={getattr(self, given[0])})"
            )
        lowest = [[self._least(pad) for pad in pads] for pads in [*descriptor.PADS.values()][3 - self.rank :]]
        read = read_padding(self.padding, lowest)
        pairs = [] if isinstance(read, str) else [(0, 0)] * (3 - self.rank) + read
        for index, (axis, (first, last)) in enumerate(descriptor.PADS.items()):
            i, k, s, d = (getattr(self, f"{field}{axis}") for field in "iksd")
            before, after = named_pads(read, i, k, s, d, transposed=self.transposed) if isinstance(read, str) \
                else pairs[index]
            put(first, before)
            put(last, after)
        put("padding", None)

    def _resolve_output(self, put: Any) -> None:
        for axis, (first, last) in descriptor.PADS.items():
            i, k, s, d, before, after = (getattr(self, field) for field in
                                         (f"i{axis}", f"k{axis}", f"s{axis}", f"d{axis}", first, last))
            extent = (scattered if self.transposed else windows)(axis, i, k, s, d, before, after)
            told = getattr(self, f"o{axis}")
            if told is not None and told != extent:
                raise InputError(
                    f"o{axis} must be what the other fields give (o{axis}={told}, derived {extent})"
                )
            put(f"o{axis}", extent)

    # --- what they say ---

    @property
    def transposed(self) -> bool:
        """Whether it is a transposed layer."""
        return self.op == "transposed"

    @property
    def operation(self) -> str:
        """Its op by name."""
        return OPS[0] if isinstance(self.op, msgspec.UnsetType) else self.op

    @property
    def backward(self) -> bool:
        """Whether it is a gradient."""
        return self.operation.startswith("backward")

    @property
    def pooled(self) -> bool:
        """Whether it takes of each window the largest number, or the average."""
        return self.operation in POOLS

    @property
    def streamed(self) -> bool:
        """Whether it is called block by block."""
        return self.stream is not msgspec.UNSET

    @property
    def default_weights_layout(self) -> str:
        """Of a layer of this operation and layout: as PyTorch and ONNX have it; channels last, as TensorFlow has."""
        return "iohw" if self.transposed else "hwio" if self.channels_last else "oihw"

    @property
    def channels_last(self) -> bool:
        return self.layout.endswith("c")

    @property
    def rank(self) -> int:
        """Number of spatial axes the layout shows: 1, 2 or 3."""
        return len(self.layout) - 2

    @property
    def axes(self) -> tuple[Axis, Axis, Axis]:
        """Depth, height, width."""
        return (
            Axis("d", self.id, self.od, self.kd, self.sd, self.dd, self.front, self.back),
            Axis("h", self.ih, self.oh, self.kh, self.sh, self.dh, self.top, self.bottom),
            Axis("w", self.iw, self.ow, self.kw, self.sw, self.dw, self.left, self.right),
        )

    @property
    def act(self) -> Activation:
        return Activation.parse(self.activation)

    @property
    def _types(self) -> Arithmetic:
        """Those that dtype names."""
        return ARITHMETICS[self.dtype]

    @property
    def promise(self) -> int:
        """What no sum of integers exceeds in magnitude; 0 where nothing is promised."""
        return 0 if self.largest_sum is msgspec.UNSET else self.largest_sum

    @property
    def quantisation(self) -> Quantisation:
        """What only quantised layers have."""
        more = (getattr(self, field) for field in _UNSET)
        return Quantisation(self.input_zero, self.output_zero, self.output_scale, self.rounding, self.promise,
                            *(0 if value is msgspec.UNSET else value for value in more))


def check_op(op: Any) -> str:
    """The operation of that name, forward if not told; InputError for none."""
    return _choice("op", OPS[0] if op is None else op, OPS)


def _integer(field: str, value: Any, least: int) -> int:
    try:
        if isinstance(value, bool):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        raise InputError(f"{field} must be an integer ({field}={show(value)})") from None
    if not least <= number < LIMIT:
        raise InputError(f"{field} must be at least {least} and below 2^31 ({field}={show(number)})")
    return number


def _choice(field: str, value: Any, choices: tuple[str, ...], said: str = "") -> str:
    """said: the choices in words, where they are many."""
    text = value.lower() if isinstance(value, str) else value
    if not isinstance(text, str) or text not in choices:
        raise InputError(f"{field} must be one of {said or ', '.join(choices)} ({field}={show(value)})")
    return text
