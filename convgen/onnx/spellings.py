"""Operators of ONNX Runtime in ONNX's own.

ONNX Runtime saves an optimised model with operators of its own domain. Those here mean a few of ONNX's, one after the
other, which is how they are read:

    FusedConv (x, w, b, z)    act(Conv(x, w, b) + z)
    QuickGelu (x)             x·σ(αx)
    Gelu (x)                  x/2·(1 + erf(x/√2))
    FastGelu, BiasGelu (x, b) the same of x + b, by tanh or erf
    QuantizeLinear, DequantizeLinear, QLinearConv    ONNX's, the last perhaps of channels last
    QGemm (a, b, c)           Gemm(a, b, c) of DequantizeLinear of each, that of c by alpha·s_a·s_b, and QuantizeLinear
                              behind it where there is an output's scale (ONNX Runtime's quant_gemm.cc)
    QLinearAdd, …             Add of DequantizeLinear of each, and QuantizeLinear behind it
    QLinearAveragePool        rint(AveragePool/scale + zero), cut to the type: the zero point is added before the
                              rounding, unlike QuantizeLinear's, so ties are even with it (quantize_value in ONNX
                              Runtime's qlinear_pool.cc)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from ..layer.names import unused
from .proto import attribute, library, text

RUNTIME = "com.microsoft"  # its domain

# activation of a FusedConv, besides Clip -> the attributes that its activation_params are
_FUSED: dict[str, tuple[str, ...]] = {
    "Relu": (), "Sigmoid": (), "Tanh": (), "LeakyRelu": ("alpha",), "HardSigmoid": ("alpha", "beta"),
}  # fmt: skip


class Writer:
    """Makes the nodes of one spelling; its values are called after the node's output. taken: names that others have."""

    def __init__(self, node: Any, taken: set[str]) -> None:
        self.node, self.helper, self.taken = node, library().helper, taken
        self.end = text(node.output[0])

    def __call__(self, op: str, *inputs: str, last: bool = False, **attributes: Any) -> Any:
        made = self.helper.make_node(op, inputs, [self.end if last else unused(self.end, self.taken)], **attributes)
        made.name = text(self.node.name) or self.end
        return made

    def number(self, value: float) -> Any:
        tensor = self.helper.make_tensor("", 1, (), [value])
        return self("Constant", value=tensor)

    def integers(self, *values: int) -> Any:
        return self("Constant", value=self.helper.make_tensor("", 7, (len(values),), values))


def _fused_conv(write: Writer, given: dict[str, Any]) -> Iterator[Any]:
    node = write.node
    own = {name: value for name, value in given.items() if not name.startswith("activation")}
    steps: list[tuple[str, tuple[str, ...], dict[str, Any]]] = []
    if len(node.input) > 3 and node.input[3]:
        steps.append(("Add", (text(node.input[3]),), {}))
    if given.get("activation"):
        params = given.get("activation_params", ())
        if given["activation"] == "Clip":
            for op, bound in zip(("Max", "Min"), map(write.number, params), strict=True):
                yield bound
                steps.append((op, (bound.output[0],), {}))
        else:
            names = _FUSED[given["activation"]]
            steps.append((given["activation"], (), dict(zip(names, params, strict=True))))
    made = write("Conv", *map(text, node.input[:3]), last=not steps, **own)
    yield made
    for number, (op, more, attributes) in enumerate(steps, 1):
        made = write(op, made.output[0], *more, last=number == len(steps), **attributes)
        yield made


def _quick_gelu(write: Writer, given: dict[str, Any]) -> Iterator[Any]:
    x = inner = text(write.node.input[0])
    alpha = given.get("alpha", 1.702)
    if alpha != 1.0:
        number = write.number(alpha)
        scaled = write("Mul", x, number.output[0])
        yield from (number, scaled)
        inner = scaled.output[0]
    gate = write("Sigmoid", inner)
    yield from (gate, write("Mul", x, gate.output[0], last=True))


def _gelu(write: Writer, given: dict[str, Any]) -> Iterator[Any]:
    """x/2·(1 + f(c·x)), where f is erf and c is 1/√2, or f is tanh and x + 0.044715 x³ is in place of x."""
    del given
    x = text(write.node.input[0])
    if len(write.node.input) > 1 and write.node.input[1]:
        sum_ = write("Add", x, text(write.node.input[1]))
        yield sum_
        x = sum_.output[0]
    one, half = write.number(1.0), write.number(0.5)
    yield from (one, half)
    inner, scale, function = x, math.sqrt(0.5), "Erf"
    if text(write.node.op_type) == "FastGelu":
        scale, function = math.sqrt(2 / math.pi), "Tanh"
        little = write.number(0.044715)
        square = write("Mul", x, x)
        cube = write("Mul", square.output[0], x)
        part = write("Mul", cube.output[0], little.output[0])
        bent = write("Add", x, part.output[0])
        yield from (little, square, cube, part, bent)
        inner = bent.output[0]
    factor = write.number(scale)
    scaled = write("Mul", inner, factor.output[0])
    bounded = write(function, scaled.output[0])
    raised = write("Add", bounded.output[0], one.output[0])
    gate = write("Mul", raised.output[0], half.output[0])
    yield from (factor, scaled, bounded, raised, gate, write("Mul", x, gate.output[0], last=True))


def _same(write: Writer, given: dict[str, Any]) -> Iterator[Any]:
    yield write(text(write.node.op_type), *map(text, write.node.input), last=True, **given)


def _qlinear_conv(write: Writer, given: dict[str, Any]) -> Iterator[Any]:
    x, *rest = map(text, write.node.input)
    yield from _turned(write, given, x, "QLinearConv", *rest)


def _turned(write: Writer, given: dict[str, Any], x: str, op: str, *rest: str, last: bool = True) -> Iterator[Any]:
    """An operator of images, between two that bring their channels where ONNX has them, if they come last."""
    own = {name: value for name, value in given.items() if name != "channels_last"}
    if not given.get("channels_last", 0):
        yield write(op, x, *rest, last=last, **own)
        return
    first = write("Transpose", x, perm=(0, 3, 1, 2))
    made = write(op, first.output[0], *rest, **own)
    yield from (first, made, write("Transpose", made.output[0], last=last, perm=(0, 2, 3, 1)))


def _qlinear(write: Writer, given: dict[str, Any]) -> Iterator[Any]:
    """Of arrays with their scales and zero points; those of the output come last, of a Concat first."""
    op, names = text(write.node.op_type).removeprefix("QLinear"), list(map(text, write.node.input))
    count = (len(names) - 2) // 3 if op == "Concat" else 2 if op in ("Add", "Mul") else 1
    y, arrays = (names[:2], names[2:]) if op == "Concat" else (names[3 * count :], names[: 3 * count])
    operands = [write("DequantizeLinear", *arrays[3 * at : 3 * at + 3]) for at in range(count)]
    inner = list(_turned(write, given, operands[0].output[0], op, *(one.output[0] for one in operands[1:]), last=False))
    yield from (*operands, *inner)
    made = inner[-1].output[0]
    if op == "AveragePool" and len(y) > 1:
        whole = [*_rounded(write, made, *y)]
        yield from whole
        made, y = whole[-1].output[0], [whole[0].output[0], y[1]]
    yield write("QuantizeLinear", made, *y, last=True)


def _qgemm(write: Writer, given: dict[str, Any]) -> Iterator[Any]:
    """Of a, b (its scales one for each column of the product, or one for all), c in s32 or nothing, and y's numbers."""
    names = [text(name) for name in write.node.input]
    a, b, (c, *y) = names[:3], names[3:6], [*names[6:], ""]
    operands = [write("DequantizeLinear", *a),
                write("DequantizeLinear", *b, axis=0 if given.get("transB", 0) else 1)]
    yield from operands
    if c:
        unit = write("Mul", a[1], b[1])
        yield unit
        if (alpha := given.get("alpha", 1.0)) != 1.0:
            factor = write.number(alpha)
            unit = write("Mul", unit.output[0], factor.output[0])
            yield from (factor, unit)
        operands.append(write("DequantizeLinear", c, unit.output[0], axis=0))
        yield operands[-1]
    y = [name for name in y if name]
    made = write("Gemm", *(one.output[0] for one in operands), last=not y, **given)
    yield made
    if y:
        yield write("QuantizeLinear", made.output[0], *y, last=True)


def _rounded(write: Writer, x: str, scale: str, zero: str) -> Iterator[Any]:
    """1, by which the result is still to be quantised, and that result: rint(x/scale + zero) - zero."""
    one, real = write.number(1.0), write("Cast", zero, to=1)
    places = write("Div", x, scale)
    moved = write("Add", places.output[0], real.output[0])
    whole = write("Round", moved.output[0])
    yield from (one, real, places, moved, whole, write("Sub", whole.output[0], real.output[0]))


SPELLINGS: dict[str, Callable[[Writer, dict[str, Any]], Iterator[Any]]] = {
    "FusedConv": _fused_conv, "QuickGelu": _quick_gelu, "Gelu": _gelu, "FastGelu": _gelu, "BiasGelu": _gelu,
    "QuantizeLinear": _same, "DequantizeLinear": _same, "QLinearConv": _qlinear_conv,
    "QGemm": _qgemm,
    **dict.fromkeys(("QLinearAdd", "QLinearMul", "QLinearConcat", "QLinearSigmoid", "QLinearLeakyRelu",
                     "QLinearAveragePool", "QLinearGlobalAveragePool"), _qlinear),
}  # fmt: skip


# opset from which ONNX has what ONNX Runtime has in its own domain whatever the model's opset, 16 bits among it
SINCE = {"QuantizeLinear": 21, "DequantizeLinear": 21, "QLinearConv": 10}


def respelled(node: Any, taken: set[str]) -> list[Any] | None:
    """The nodes that a node (of onnx's type) means; None for one that is not among those above.
    taken: names of values, to which those of the new ones are added."""
    if node.domain != RUNTIME or node.op_type not in SPELLINGS or len(node.output) != 1 or not node.input:
        return None
    given = {text(one.name): attribute(one) for one in node.attribute}
    try:
        return list(SPELLINGS[node.op_type](Writer(node, taken), given))
    except (LookupError, TypeError, ValueError):  # attributes that ONNX Runtime does not write
        return None
