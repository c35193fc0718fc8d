"""Where the input lies under the taps of a kernel, in C: variables of an item, named after a pixel or a term."""

from __future__ import annotations

from ...layer.spec import ConvSpec
from ...plan.program import affine
from ..tiled.geometry import input_strides


class Window:
    """The windows of one layer. axes: those that it has. deep: input channels of a term."""

    def __init__(self, spec: ConvSpec, deep: int = 1) -> None:
        self.spec, self.deep, self.words = spec, deep, -(-spec.icg // deep)
        self.strides = input_strides(spec)
        self.along = {"d": self.strides.d, "h": self.strides.h, "w": self.strides.w}
        self.axes = [axis for axis in spec.axes if axis.i > 1 or axis.o > 1 or axis.k > 1 or axis.before or axis.after]

    def of_pixel(self, pixel: int, number: str, given: dict[str, str]) -> list[tuple[str, str]]:
        """(name, value): the number of a pixel among those of all images; where its window begins along each axis, and
        in the input. given: digits of axes of one output, which have none else."""
        s, p = self.spec, f"p{pixel}"
        digits = given | dict(digits_of({"n": s.n, "d": s.od, "h": s.oh, "w": s.ow}, p))
        found = [(p, number)]
        for axis in self.axes:
            digit = f"({digits[axis.name]})" if axis.name in digits else ""
            found.append((f"i{axis.name}{pixel}", affine("", (digit, axis.s), -axis.before)))
        begin = affine("", (f"({digits.get('n', '0')})", self.strides.n if s.n > 1 else 0),
                       ("g", s.icg * self.strides.c if s.g > 1 else 0),
                       *((f"i{axis.name}{pixel}", self.along[axis.name]) for axis in self.axes))
        return [*found, (f"at{pixel}", begin)]

    def of_term(self, q: str) -> list[tuple[str, str]]:
        """(name, value): the tap of term number `all`q, and how far its input is from where a window begins."""
        step = affine("", *((f"k{axis.name}{q}", axis.d * self.along[axis.name]) for axis in self.axes if axis.k > 1),
                      (f"all{q} % {self.words}", self.deep * self.strides.c))
        return [(f"tap{q}", f"all{q} / {self.words}"), *self._tap(q), (f"step{q}", step)]

    def _tap(self, q: str) -> list[tuple[str, str]]:
        digits = digits_of({axis.name: axis.k for axis in self.axes}, f"tap{q}")
        return [(f"k{axis}{q}", text) for axis, text in digits]

    @property
    def tap(self) -> list[tuple[str, str]]:
        """(name, value) of the indices of all axes, those of `tap`."""
        return self._tap("") + [(f"k{axis.name}", "0") for axis in self.axes if axis.k == 1]

    @property
    def taps(self) -> list[str]:
        """The names of these."""
        return [f"k{axis.name}" for axis in self.axes]

    def inside(self, pixel: int, q: str) -> list[str]:
        """Conditions for a term of a pixel's sum to lie inside the input, where it does not always."""
        return [f"(uint)({affine(f'i{axis.name}{pixel}', (f'k{axis.name}{q}', axis.d if axis.k > 1 else 0))})"
                f" < {axis.i}" for axis in self.axes if axis.before or axis.after]


def digits_of(extents: dict[str, int], number: str) -> list[tuple[str, str]]:
    """(axis, C expression) of a number of mixed radix, the last axis running fastest; axes of one need none."""
    found: list[tuple[str, str]] = []
    below = 1
    left = [(name, extent) for name, extent in extents.items() if extent > 1]
    for index in reversed(range(len(left))):
        name, extent = left[index]
        text = number + (f" / {below}" if below > 1 else "") + (f" % {extent}" if index else "")
        found.insert(0, (name, text))
        below *= extent
    return found


def numbered(pairs: list[tuple[str, str]]) -> tuple[list[str], list[str], list[tuple[int, int]]]:
    """What comes first in pairs, and what comes second, each once; and the pairs as numbers of these."""
    firsts, seconds = (list(dict.fromkeys(side)) for side in zip(*pairs, strict=True))
    return firsts, seconds, [(firsts.index(first), seconds.index(second)) for first, second in pairs]
