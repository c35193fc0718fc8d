"""Indices: names in C, or numbers where they are the same in every turn.

What would run once is no loop, and what is known of an index is folded into the addresses that it leads to.
"""

from __future__ import annotations

from collections.abc import Callable

from ...plan.program import Block, For, Let, Node, affine

Index = str | int
Term = tuple[str, int] | int


def term(index: Index, stride: int = 1) -> Term:
    """An index times its stride, for `affine`."""
    return index * stride if isinstance(index, int) else (index, stride)


def together(first: Index, second: Index, stride: int) -> Term:
    """The sum of two indices, times a stride."""
    if isinstance(first, int) and isinstance(second, int):
        return (first + second) * stride
    name, other = (first, second) if isinstance(first, str) else (str(second), first)
    both = affine(name, term(other))
    return f"({both})" if other and stride != 1 else both, stride


def product(a: Index, b: Index) -> Index:
    if isinstance(a, int):
        a, b = b, a
    if isinstance(a, int) and isinstance(b, int):
        return a * b
    return f"{a} * {b}" if isinstance(b, str) else known(affine("", term(a, b)))


def known(expression: str) -> Index:
    """A number where an expression is one."""
    return int(expression) if expression.lstrip("-").isdigit() else expression


def over(var: str, span: tuple[int, Index, int], body: Callable[[Index], list[Node]]) -> list[Node]:
    """The body for each index of (begin, end, step)."""
    begin, end, step = span
    if isinstance(end, int) and end - begin <= step:
        return scoped(body(begin))
    return [For(var, str(begin), str(end), step, "", body(var))]


def scoped(nodes: list[Node]) -> list[Node]:
    """In a block of their own where they declare something."""
    return [Block(nodes)] if any(isinstance(node, Let) for node in nodes) else nodes


def parts(extent: int, size: int) -> list[tuple[int, int, int]]:
    """(begin, end, size) of whole parts of an extent, and of what is left."""
    whole = extent - extent % size
    return [part for part in ((0, whole, size), (whole, extent, extent - whole)) if part[0] < part[1]]
