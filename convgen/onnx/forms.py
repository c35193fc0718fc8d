"""Activations in pieces: what the nodes behind a convolution compute of its output v, as an expression.

Exporters write hard-swish, GELU, Mish … as a few nodes, in orders and with constants of their own taste. Here they
become expressions in a normal form, where such differences are gone:

    c·f·g     products are flat and sorted; their number is multiplied into the first sum or clip among the factors
    c + t·u   sums are flat and sorted
    clip      ReLU, Min and Max with a number, HardSigmoid: x -> min(max(x, lower), upper)

The table FORMS, whose rows went through the same functions, says which expression is which activation. A new way of
writing one is a row there. Numbers may differ by 1e-6 of themselves: f32 constants, and those of seven digits; by two
roundings of a type that has fewer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from .graph import FLOAT, FLOATS, Graph, Node

MOST = 12  # nodes of one activation
TOLERANCE = 1e-6
UNBOUNDED = 3.4e38  # bounds of clip from there on are none
ANY = math.nan  # in a form: a number that its activation takes


class Expression(NamedTuple):
    """An operator's numbers, which no order depends on, and its operands."""

    op: str
    numbers: tuple[float, ...] = ()
    parts: tuple[Expression, ...] = ()

    def outline(self) -> tuple[Any, ...]:
        return (self.op, *(part.outline() for part in self.parts))


V = Expression("v")


def number(value: float) -> Expression:
    return Expression("number", (value,))


def product(*operands: Expression) -> Expression:
    value, factors = 1.0, list[Expression]()
    for one in operands:
        if one.op in ("number", "*"):
            value *= one.numbers[0]
            factors += one.parts
        else:
            factors.append(one)
    if not factors or value == 0:
        return number(value)
    factors.sort(key=Expression.outline)
    if value != 1:
        for place, factor in enumerate(factors):
            if factor.op in ("+", "clip"):
                factors[place], value = _scaled(factor, value), 1.0
                break
    return factors[0] if value == 1 and len(factors) == 1 else Expression("*", (value,), tuple(factors))


def _scaled(one: Expression, value: float) -> Expression:
    if one.op == "+":
        return total(number(value * one.numbers[0]), *(product(number(value), part) for part in one.parts))
    lower, upper = sorted(value * bound for bound in one.numbers)
    return clip(product(number(value), one.parts[0]), lower, upper)


def total(*operands: Expression) -> Expression:
    value, terms = 0.0, list[Expression]()
    for one in operands:
        if one.op in ("number", "+"):
            value += one.numbers[0]
            terms += one.parts
        else:
            terms.append(one)
    if not terms:
        return number(value)
    terms.sort(key=Expression.outline)
    return terms[0] if value == 0 and len(terms) == 1 else Expression("+", (value,), tuple(terms))


def clip(one: Expression, lower: float, upper: float) -> Expression:
    if one.op == "clip":
        lower, upper = (min(max(bound, lower), upper) for bound in one.numbers)
        one = one.parts[0]
    lower, upper = (math.copysign(math.inf, bound) if abs(bound) >= UNBOUNDED else bound for bound in (lower, upper))
    return one if (lower, upper) == (-math.inf, math.inf) else Expression("clip", (lower, upper), (one,))


def inverse(one: Expression) -> Expression:
    if one.op == "number" and one.numbers[0]:
        return number(1 / one.numbers[0])
    if (inner := _one_and_exp(one)) is not None:  # 1/(1 + e^−x)
        return call("Sigmoid", product(number(-1), inner))
    return Expression("1/", (), (one,))


def call(function: str, one: Expression) -> Expression:
    if function == "Log" and (inner := _one_and_exp(one)) is not None:  # ln(1 + e^x)
        return call("Softplus", inner)
    return Expression(function, (), (one,))


def _one_and_exp(one: Expression) -> Expression | None:
    """x of 1 + e^x."""
    sum_ = one.op == "+" and one.numbers == (1,) and [part.op for part in one.parts] == ["Exp"]
    return one.parts[0].parts[0] if sum_ else None


# --- the forms of each activation ---


def _bounded(lower: float, upper: float) -> str | None:
    """None where a layer has no such thing."""
    if not math.isfinite(upper):
        return "relu" if lower == 0 else None
    if not math.isfinite(lower):
        return None
    return "relu6" if (lower, upper) == (0, 6) else f"clip({lower:.9g},{upper:.9g})"


def _leaky(slope: float) -> str | None:
    return f"leaky-relu({slope:.9g})"


def _cubic(factor: float) -> Expression:
    """factor·√(2/π)·(v + 0.044715 v³)"""
    return product(number(factor * math.sqrt(2 / math.pi)), total(V, product(number(0.044715), V, V, V)))


def _factored(factor: float) -> Expression:
    """factor·√(2/π)·v·(1 + 0.044715 v²)"""
    return product(number(factor * math.sqrt(2 / math.pi)), V, total(number(1), product(number(0.044715), V, V)))


def _halved(gate: Expression) -> Expression:
    """v/2·(1 + gate)"""
    return product(number(0.5), V, total(number(1), gate))


# an expression, and the activation that it is, or what that is for the numbers that stand at ANY
FORMS: tuple[tuple[Expression, str | Callable[..., str | None]], ...] = (
    (V, "none"),
    (Expression("clip", (ANY, ANY), (V,)), _bounded),
    (call("Sigmoid", V), "sigmoid"),
    (call("Softplus", V), "softplus"),
    (product(V, call("Sigmoid", V)), "silu"),
    (product(V, clip(total(V, number(3)), 0, 6), number(1 / 6)), "hard-swish"),
    (clip(total(product(V, number(1 / 6)), number(0.5)), 0, 1), "hard-sigmoid(0.166666667,0.5)"),
    (product(V, call("Tanh", call("Softplus", V))), "mish"),
    (_halved(call("Erf", product(V, number(math.sqrt(0.5))))), "gelu"),
    (_halved(call("Tanh", _cubic(1))), "gelu-tanh"),
    (_halved(call("Tanh", _factored(1))), "gelu-tanh"),
    (product(V, call("Sigmoid", _cubic(2))), "gelu-tanh"),
    (product(V, call("Sigmoid", _factored(2))), "gelu-tanh"),
    # max(v, 0) + min(a·v, 0), which is how Keras has PReLU
    (total(clip(V, 0, math.inf), clip(product(number(ANY), V), -math.inf, 0)), _leaky),
)  # fmt: skip


def _activation(one: Expression, tolerance: float) -> str | None:
    for form, name in FORMS:
        found: list[float] = []
        if _matches(form, one, found, tolerance):
            return name if isinstance(name, str) else name(*found)
    return None


def _matches(form: Expression, one: Expression, found: list[float], tolerance: float) -> bool:
    if form.op != one.op or len(form.parts) != len(one.parts):
        return False
    for want, value in zip(form.numbers, one.numbers, strict=True):
        if math.isnan(want):
            found.append(value)
        elif want != value and not abs(want - value) <= tolerance * abs(want):  # infinities differ by NaN
            return False
    return all(_matches(inner, part, found, tolerance) for inner, part in zip(form.parts, one.parts, strict=True))


# --- nodes as expressions ---


def _clipped(node: Node, one: Expression, *bounds: Expression | None) -> Expression | None:
    limits = [-math.inf, math.inf]
    for place, field in enumerate(("min", "max")):
        bound = bounds[place] if place < len(bounds) else None
        if bound is not None and bound.op != "number":
            return None
        limits[place] = node.get(field, float, limits[place]) if bound is None else bound.numbers[0]
    return clip(one, *limits) if limits[0] <= limits[1] else None


def _chosen(node: Node, *operands: Expression) -> Expression | None:
    """Max, or Min, of an array and a number."""
    numbers = [one for one in operands if one.op == "number"]
    if len(operands) != 2 or len(numbers) != 1:
        return None
    (other,), bound = [one for one in operands if one.op != "number"], numbers[0].numbers[0]
    return clip(other, bound, math.inf) if node.op == "Max" else clip(other, -math.inf, bound)


def _power(_: Node, one: Expression, exponent: Expression) -> Expression | None:
    return product(*[one] * int(exponent.numbers[0])) if exponent in (number(2), number(3)) else None


def _line(node: Node, one: Expression) -> Expression:
    """HardSigmoid"""
    slope, middle = number(node.get("alpha", float, 0.2)), number(node.get("beta", float, 0.5))
    return clip(total(product(slope, one), middle), 0, 1)


def _function(node: Node, one: Expression) -> Expression:
    return call(node.op, one)


def _same(_: Node, one: Expression, *rest: Expression | None) -> Expression | None:
    """Identity, and a Cast to the type that v has."""
    return None if rest else one


# operator -> the expression of a node of it. Operands that are not given are None.
EXPRESSIONS: dict[str, Callable[..., Expression | None]] = {
    "Identity": _same, "Cast": _same,
    "Add": lambda _, *operands: total(*operands),
    "Sum": lambda _, *operands: total(*operands),
    "Sub": lambda _, one, other: total(one, product(number(-1), other)),
    "Neg": lambda _, one: product(number(-1), one),
    "Mul": lambda _, one, other: product(one, other),
    "Div": lambda _, one, other: product(one, inverse(other)),
    "Reciprocal": lambda _, one: inverse(one),
    "Pow": _power,
    "Relu": lambda _, one: clip(one, 0, math.inf),
    "Clip": _clipped,
    "Max": _chosen, "Min": _chosen,
    "HardSigmoid": _line,
    **dict.fromkeys(("Sigmoid", "Tanh", "Erf", "Softplus", "Exp", "Log"), _function),
}  # fmt: skip


def recognise(graph: Graph, v: str) -> tuple[list[int], str] | None:
    """The nodes that compute an activation of v, and nothing else does with v, and its name; those of the longest one.
    The last of them makes the result."""
    kind = graph.kind(v) or FLOAT
    tolerance = max(TOLERANCE, 2 * FLOATS[kind].roundoff) if kind in FLOATS else TOLERANCE
    known = {v: (V, frozenset[int]())}  # value -> its expression, and the nodes that compute it
    roots: list[tuple[int, Expression, frozenset[int]]] = []
    for index in sorted(_near(graph, v)):
        node = graph.nodes[index]
        operands = {name: known.get(name) or _number(graph, name, v) for name in node.inputs if name}
        if None in operands.values() or (node.op == "Cast" and node.attributes.get("to") != kind):
            continue
        one = _expression(node, [found[0] if (found := operands.get(name)) else None for name in node.inputs])
        if one is not None:
            inside = frozenset({index}).union(*(found[1] for found in operands.values() if found))
            known[node.output] = one, inside
            roots.append((index, one, inside))
    for root, one, inside in reversed(roots):
        name = _activation(one, tolerance) if _closed(graph, v, inside, root) else None
        if name is not None:
            return sorted(inside), name
    return None


def _near(graph: Graph, v: str) -> set[int]:
    """Nodes that follow from v, at most MOST."""
    found: set[int] = set()
    values = [v]
    for value in values:
        readers = set(graph.readers.get(value, ()))
        if len(readers) > MOST:
            continue
        for index in sorted(readers - found):
            node = graph.nodes[index]
            if len(found) < MOST and node.op in EXPRESSIONS and not node.domain and len(node.outputs) == 1:
                found.add(index)
                values.append(node.output)
    return found


def _number(graph: Graph, value: str, v: str) -> tuple[Expression, frozenset[int]] | None:
    """A constant of one element, which leaves v its axes."""
    shape = graph.shape(value) if value in graph.constant else None
    if shape is None or len(shape) > len(graph.shape(v) or ()) or any(extent != 1 for extent in shape):
        return None
    found = float(graph.array(value).item())
    return None if math.isnan(found) else (number(found), frozenset())


def _expression(node: Node, operands: Sequence[Expression | None]) -> Expression | None:
    """What a node makes of its operands; None where that cannot be said, or would be long."""
    if "broadcast" in node.attributes:
        return None
    try:
        found = EXPRESSIONS[node.op](node, *operands)
    except (TypeError, AttributeError):  # of a wrong number of operands, or none where one must be
        return None
    return found if found is None or _count(found) <= MOST else None


def _count(one: Expression) -> int:
    return 1 + sum(map(_count, one.parts))


def _closed(graph: Graph, v: str, inside: frozenset[int], root: int) -> bool:
    """Whether nobody but these nodes reads v, and what they make but for the last."""
    values = [v, *(graph.nodes[index].output for index in inside if index != root)]
    return all(value not in graph.kept and inside.issuperset(graph.readers.get(value, ())) for value in values)
