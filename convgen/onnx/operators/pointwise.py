"""Operators that compute each number of the numbers that meet it, of any arity; axes meet as NumPy's do."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ...errors import InputError, UnsupportedError
from ...layer.building import met
from ...layer.element import U8, Element
from ...layer.names import brief
from ...layer.steps import Operand, spread
from ...layer.terms import Argument, Term, term
from ..fold import activation_name
from ..graph import Node
from .builder import BOOL, Builder, Operator, unused_outputs

Build = Callable[..., Argument]  # of the node, whether its numbers are whole, and the operands


class Row(NamedTuple):
    """build: the expression. truths: whether it makes truths; else what its operand `like` is made of."""

    build: Build
    truths: bool = False
    like: int = 0


def _plain(function: str, *, truths: bool = False) -> Row:
    return Row(lambda node, whole, *x: term(function, *x), truths)


def _chain(function: str) -> Build:
    """Of two operands after the other."""
    def build(node: Node, whole: bool, *x: Argument) -> Argument:
        made = x[0]
        for one in x[1:]:
            made = term(function, made, one)
        return made
    return build


def _mean(node: Node, whole: bool, *x: Argument) -> Argument:
    return term("div", _chain("add")(node, whole, *x), float(len(x)))


def _clip(node: Node, whole: bool, x: Argument, low: Argument | None = None, high: Argument | None = None) -> Argument:
    low = node.get("min", float, None) if low is None else low
    high = node.get("max", float, None) if high is None else high
    x = x if low is None else term("max", x, low)
    return x if high is None else term("min", x, high)


def _power(node: Node, whole: bool, x: Argument, exponent: Argument) -> Argument:
    if exponent == 2:
        return term("mul", x, x)
    if exponent == 3:
        return term("mul", term("mul", x, x), x)
    if exponent == 0.5 and not whole:
        return term("sqrt", x)
    if whole and exponent != 1:
        raise UnsupportedError("its exponent must be 1, 2 or 3 where numbers are integers")
    return x if exponent == 1 else term("pow", x, exponent)


def _mod(node: Node, whole: bool, x: Argument, y: Argument) -> Argument:
    return term("fmod" if node.get("fmod", int, 0) else "mod", x, y)


def _relu(node: Node, whole: bool, x: Argument) -> Argument:
    return term("max", x, 0.0) if whole else term("relu", x)


def _prelu(node: Node, whole: bool, x: Argument, slope: Argument) -> Argument:
    return term("choose", term("less", x, 0.0), term("mul", x, slope), x)


def _elu(scale: float, alpha: Argument, x: Argument) -> Argument:
    """scale·x above 0, scale·alpha·(e^x − 1) below."""
    return term("mul", term("choose", term("less", 0.0, x), x, term("mul", term("elu(1)", x), alpha)), scale)


def _selu(node: Node, whole: bool, x: Argument) -> Argument:
    alpha = node.get("alpha", float, 1.67326319217681884765625)
    return _elu(node.get("gamma", float, 1.05070102214813232421875), alpha, x)


def _celu(node: Node, whole: bool, x: Argument) -> Argument:
    alpha = node.get("alpha", float, 1.0)
    return term("choose", term("less", 0.0, x), x, term("mul", term("elu(1)", term("div", x, alpha)), alpha))


def _thresholded(node: Node, whole: bool, x: Argument) -> Argument:
    return term("choose", term("less", node.get("alpha", float, 1.0), x), x, 0.0)


def _shrink(node: Node, whole: bool, x: Argument) -> Argument:
    bound, bias = node.get("lambd", float, 0.5), node.get("bias", float, 0.0)
    below = term("choose", term("less", x, -bound), term("add", x, bias), 0.0)
    return term("choose", term("less", bound, x), term("sub", x, bias), below)


def _swish(node: Node, whole: bool, x: Argument) -> Argument:
    alpha = node.get("alpha", float, 1.0)
    return term("silu", x) if alpha == 1 else term("mul", x, term("sigmoid", term("mul", x, alpha)))


def _activation(node: Node, whole: bool, x: Argument) -> Argument:
    name = activation_name(node)
    if not name:
        raise UnsupportedError("its attributes must be those of an activation")
    return term(name, x)


def _where(node: Node, whole: bool, condition: Argument, x: Argument, y: Argument) -> Argument:
    return term("choose", condition, x, y)


def _affine(node: Node, whole: bool, x: Argument) -> Argument:
    return term("add", term("mul", x, node.get("alpha", float, 1.0)), node.get("beta", float, 0.0))


ROWS: dict[str, Row] = {
    **{op: _plain(function) for op, function in {
        "Abs": "abs", "Neg": "neg", "Sqrt": "sqrt", "Exp": "exp", "Log": "log", "Erf": "erf", "Floor": "floor",
        "Ceil": "ceil", "Round": "round", "Sign": "sign", "Sin": "sin", "Cos": "cos", "Tan": "tan", "Asin": "asin",
        "Acos": "acos", "Atan": "atan", "Sinh": "sinh", "Cosh": "cosh", "Asinh": "asinh", "Acosh": "acosh",
        "Atanh": "atanh", "Add": "add", "Sub": "sub", "Mul": "mul", "Div": "div"}.items()},
    **{op: _plain(function, truths=True) for op, function in {
        "Equal": "equal", "Less": "less", "LessOrEqual": "less-equal", "And": "and", "Or": "or", "Xor": "xor",
        "Not": "not"}.items()},
    "Greater": Row(lambda node, whole, x, y: term("less", y, x), truths=True),
    "GreaterOrEqual": Row(lambda node, whole, x, y: term("less-equal", y, x), truths=True),
    "Max": Row(_chain("max")), "Min": Row(_chain("min")), "Sum": Row(_chain("add")), "Mean": Row(_mean),
    "Reciprocal": Row(lambda node, whole, x: term("div", 1.0, x)),
    "Pow": Row(_power), "Mod": Row(_mod), "Clip": Row(_clip), "Where": Row(_where, like=1),
    "Relu": Row(_relu), "PRelu": Row(_prelu), "Selu": Row(_selu), "Celu": Row(_celu), "Swish": Row(_swish),
    "ThresholdedRelu": Row(_thresholded), "Shrink": Row(_shrink), "Affine": Row(_affine),
    "Softsign": Row(lambda node, whole, x: term("div", x, term("add", term("abs", x), 1.0))),
    **dict.fromkeys(("LeakyRelu", "Elu", "Softplus", "Sigmoid", "HardSigmoid", "Tanh", "HardSwish", "Mish", "Gelu"),
                    Row(_activation)),
}  # fmt: skip


def _pointwise(net: Builder, node: Node) -> None:
    """Of a row."""
    row = ROWS[node.op]
    unused_outputs(net, node)
    names = [name for name in node.inputs if name]
    behind = [_behind(net, node, place) if name else 0 for place, name in enumerate(node.inputs)]
    placed = [*zip(node.inputs, behind, strict=True)]
    shape = met({name: (*net.shape(name), *[1] * more) for name, more in placed if name})
    given: list[Argument | None] = [net.last(name, len(shape) - more) if name else None for name, more in placed]
    if not any(isinstance(one, Operand) for one in given[row.like :]):  # literals say nothing of their type
        name = node.input(row.like)
        given[row.like] = spread(name, net.shape(name), len(shape) - len(net.shape(name)))
    like = net.element(node.input(row.like))
    for name in names[row.like :]:
        if net.element(name) is not like and node.op != "Pow":
            raise InputError(f"operands must be of one type ({brief(node.input(row.like))} is {like.name},"
                             f" {brief(name)} is {net.element(name).name})")
    if node.op == "Pow":
        given[1] = converted(given[1], net.element(node.input(1)), like)
    root = row.build(node, like.whole, *given)
    assert isinstance(root, Operand | Term)
    net.nest(node.output, U8 if row.truths else like, shape, root)


def _behind(net: Builder, node: Node, place: int) -> int:
    """How many axes of the output come after the last of an operand, as old opsets have it."""
    own, first = len(net.shape(node.inputs[place])), len(net.shape(node.inputs[0]))
    if place == 0 or net.graph.opset > 6 or own >= first:
        return 0
    if node.op == "PRelu":
        return first - 1 - own
    return first - node.get("axis", int, 0) % first - own if "axis" in node.attributes else 0


def converted(x: Argument | None, own: Element, to: Element) -> Argument:
    """A number of one type as one of another."""
    assert x is not None
    if own.whole == to.whole or isinstance(x, float):
        return x
    return term("to-whole" if to.whole else "to-float", x)


def _cast(net: Builder, node: Node) -> None:
    """Cast, CastLike"""
    name = node.input(0)
    kind = net.graph.kind(node.input(1)) if node.op == "CastLike" else node.get("to", int, 0)
    own, to = net.element(name), net.element_of(kind, "to")
    x = spread(name, net.shape(name))
    root = term("not", term("equal", x, 0.0)) if kind == BOOL else converted(x, own, to)
    assert isinstance(root, Operand | Term)
    net.nest(node.output, to, net.shape(name), root)


OPERATORS: dict[str, Operator] = {**dict.fromkeys(ROWS, _pointwise), "Cast": _cast, "CastLike": _cast}
