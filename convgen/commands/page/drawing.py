"""The layer drawn: input, kernel, output as blocks, an output, and the window of the input that it reads.

The face of a block is height and width, its depth the channels (of a 3-D layer: the planes). Sizes are to the
power 0.4 of extents: 3 and 2048 fit into one picture, and what is larger still looks larger.
"""

from __future__ import annotations

from typing import NamedTuple

from ...benchmark.pictures import text_width
from ...layer.spec import ConvSpec
from .chart import SIZE, WIDTH, Chart, Mark, Shape, Text, box, chart, line

POWER = 0.4
FACE, DEEP = 94.0, 42.0  # pixels of the largest face and depth
SLANT = (0.7, -0.55)  # where depth goes, a pixel of it
LEAST = 5.0  # pixels of a face or a depth
TOP, LINE = 14.0, 16.0
CELLS = 400  # of a kernel, at most, that are drawn one by one


class Block(NamedTuple):
    """x, y: the upper left corner of the face."""

    x: float
    y: float
    width: float
    height: float
    depth: float

    @property
    def right(self) -> float:
        return self.x + self.width + self.depth * SLANT[0]

    def marks(self, style: str, title: str) -> list[Mark]:
        dx, dy = self.depth * SLANT[0], self.depth * SLANT[1]
        x, y, end, bottom = self.x, self.y, self.x + self.width, self.y + self.height
        return [Shape(line((x, y), (x + dx, y + dy), (end + dx, y + dy), (end, y), closed=True), f"{style} lid", title),
                Shape(line((end, y), (end + dx, y + dy), (end + dx, bottom + dy), (end, bottom), closed=True),
                      f"{style} side", title),
                Shape(box(x, y, self.width, self.height), f"{style} face", title)]


def drawing(spec: ConvSpec) -> Chart:
    """Input, kernel, output from left to right, each with its extents below it."""
    d, h, w = spec.axes
    solid = spec.rank == 3
    tall = max(a.padded for a in (h, w)), max(d.padded, d.o) if solid else max(spec.ic, spec.oc)
    face, deep = FACE / max(tall[0], h.o, w.o) ** POWER, DEEP / tall[1] ** POWER

    def size(width: int, height: int, depth: int) -> tuple[float, float, float]:
        return max(LEAST, face * width**POWER), max(LEAST, face * height**POWER), max(LEAST, deep * depth**POWER)

    whole = size(w.padded, h.padded, d.padded if solid else spec.ic)
    pixel = whole[0] / w.padded, whole[1] / h.padded
    kernel = size(w.k, h.k, d.k if solid else spec.icg)
    result = size(w.o, h.o, d.o if solid else spec.oc)
    texts = _texts(spec)
    gaps = [max(shape[0] + shape[2] * SLANT[0], *(text_width(text, SIZE) for text in lines)) for shape, lines in
            zip((whole, kernel, result), texts, strict=True)]
    space = max(10.0, (WIDTH - sum(gaps)) / 3)
    high = max(shape[1] + shape[2] * -SLANT[1] for shape in (whole, kernel, result))
    middle = TOP + high / 2
    marks: list[Mark] = []
    blocks, x = [], space / 2
    for shape, gap in zip((whole, kernel, result), gaps, strict=True):
        wide = shape[0] + shape[2] * SLANT[0]
        blocks.append(Block(x + (gap - wide) / 2, middle - (shape[1] + shape[2] * SLANT[1]) / 2, *shape))
        x += gap + space
    given, taps, made = blocks
    inner = Block(given.x + w.before * pixel[0], given.y + h.before * pixel[1], w.i * pixel[0], h.i * pixel[1],
                  given.depth)
    marks += inner.marks("input", f"input {_extents(spec.ic, d.i, h.i, w.i, spec.rank)}")
    if spec.padded:
        marks.append(Shape(box(given.x, given.y, given.width, given.height), "padding", "zero padding around it"))
    window = [(given.x + kw * w.d * pixel[0], given.y + kh * h.d * pixel[1]) for kh in range(h.k) for kw in range(w.k)]
    if len(window) <= CELLS and (w.d > 1 or h.d > 1):
        marks += [Shape(box(x, y, *pixel), "window", "a tap of the kernel") for x, y in window]
    else:
        reach = (w.k - 1) * w.d + 1, (h.k - 1) * h.d + 1
        marks.append(Shape(box(given.x, given.y, max(LEAST, reach[0] * pixel[0]), max(LEAST, reach[1] * pixel[1])),
                           "window",
                           "what the first output reads"))
    marks += taps.marks("weights", f"kernel {_extents(spec.icg, d.k, h.k, w.k, spec.rank)}, {spec.oc} of them")
    marks += made.marks("output", f"output {_extents(spec.oc, d.o, h.o, w.o, spec.rank)}")
    one = max(LEAST, made.width / w.o), max(LEAST, made.height / h.o)
    marks.append(Shape(box(made.x, made.y, *one), "window", "the first output"))
    y = max(block.y + block.height for block in blocks) + LINE + 4
    for left, right in ((given, taps), (taps, made)):
        marks += _arrow(left.right + 4, right.x - 4, middle)
    for block, lines in zip(blocks, texts, strict=True):
        centre = (block.x + block.right) / 2
        marks += [Text(centre, y + LINE * i, text, "middle", "label" if i else "name") for i, text in enumerate(lines)]
    return chart(f"The layer drawn: {'; '.join(' '.join(lines) for lines in texts)}", y + LINE * 2.5, marks,
                 width=max(WIDTH, *(block.right + 2 for block in blocks)))


def _texts(spec: ConvSpec) -> list[list[str]]:
    """What stands below each block."""
    d, h, w = spec.axes
    images = f"{spec.n} x " if spec.n > 1 else ""
    return [["input", images + _extents(spec.ic, d.i, h.i, w.i, spec.rank)],
            [f"{spec.oc} kernels", _extents(spec.icg, d.k, h.k, w.k, spec.rank), *[f"{spec.g} groups"] * (spec.g > 1)],
            ["output", images + _extents(spec.oc, d.o, h.o, w.o, spec.rank)]]


def _extents(channels: int, d: int, h: int, w: int, rank: int) -> str:
    return " x ".join(map(str, (channels, d, h, w)[: 1] + (d, h, w)[3 - rank :]))


def _arrow(start: float, end: float, y: float) -> list[Mark]:
    if end - start < 8:
        return []
    return [Shape(line((start, y), (end, y)), "axis"),
            Shape(line((end - 5, y - 3), (end, y), (end - 5, y + 3)), "axis")]
