"""What is joined, made in its place: a piece lies inside of the array that it becomes a part of, and nothing is
copied.

Where pieces follow each other in memory, as channels of one image in nchw, a piece is an array of its own there,
whatever makes and reads it. In nhwc it is a slice of channels of each pixel; convolutions make and read such slices
(`out_stride`, `in_stride`), and so do nests. A join of some pieces of a larger one, as DenseNet's blocks have them, is
a slice of it.
"""

from __future__ import annotations

from ...errors import InputError, UnsupportedError
from ...layer.steps import Convolve, Join, Model, Nest, Reshape, Step
from .orders import Arranged, Lie, alike


def sliced(of: Arranged) -> Arranged:
    """The same, with pieces inside of what they are joined to where that can be."""
    return _Slices(of).arranged()


class _Slices:
    def __init__(self, of: Arranged) -> None:
        self.model, self.lies = of.model, dict(of.lies)
        self.steps = list(of.model.steps)
        self.makers = {step.makes: at for at, step in enumerate(self.steps)}
        self.readers: dict[str, list[int]] = {}
        for at, step in enumerate(self.steps):
            for name in step.values:
                self.readers.setdefault(name, []).append(at)
        self.fixed = {*of.model.inputs, *of.model.outputs, *of.model.constants}

    def arranged(self) -> Arranged:
        joins = [step for step in self.steps if isinstance(step, Join)]
        for join in sorted(joins, key=lambda step: -_numbers(self.model, step.makes)):
            self._place(join)
        return Arranged(self.model._replace(steps=tuple(self.steps)), self.lies)

    def _place(self, join: Join) -> None:
        whole, start = self.lies[join.makes], 0
        if join.makes not in self.fixed and (inside := self._together(join)) is not None:
            self._move(join.makes, inside)
            return
        for piece in join.pieces:
            lie = Lie(whole.order, whole.strides, join.makes, start * whole.strides[join.axis])
            if join.pieces.count(piece) == 1 and piece not in self.fixed and self.lies[piece].inside == piece \
                    and alike(self.model.values[piece], self.lies[piece].order, whole.order):
                self._move(piece, lie)
            start += self.model.values[piece].shape[join.axis]

    def _together(self, join: Join) -> Lie | None:
        """Where the join lies if its pieces lie side by side in a larger array already."""
        first = self.lies[join.pieces[0]]
        at = first.offset
        for piece in join.pieces:
            lie = self.lies[piece]
            if lie.inside == piece or lie[:3] != first[:3] or lie.offset != at:
                return None
            at += self.model.values[piece].shape[join.axis] * first.strides[join.axis]
        return first

    def _move(self, name: str, lie: Lie) -> None:
        """Let a value lie there, if all that make and read it can."""
        at = self.makers[name]
        changed: dict[int, Step] = {}
        apart = not _dense(self.model.values[name].shape, lie)
        for index in (at, *self.readers.get(name, ())):
            other = _adapted(changed.get(index, self.steps[index]), name, lie, apart)
            if other is None:
                return
            changed[index] = other
        for index, step in changed.items():
            self.steps[index] = step
        self.lies[name] = lie


def _adapted(step: Step, name: str, lie: Lie, apart: bool) -> Step | None:
    """The step if a value that it makes or reads lies there; None where it cannot. apart: whether its numbers do not
    follow each other."""
    if isinstance(step, Reshape):
        return None
    if isinstance(step, Nest | Join) or not apart:
        return step
    assert isinstance(step, Convolve)
    if step.adds or lie.strides[lie.order[-1]] != 1:
        return None
    pitch = lie.strides[lie.order[-2]]
    try:
        if step.makes == name:
            return step._replace(spec=step.spec.replace(out_stride=pitch))
        return step._replace(spec=step.spec.replace(in_stride=pitch))
    except (InputError, UnsupportedError):
        return None


def _dense(shape: tuple[int, ...], lie: Lie) -> bool:
    """Whether numbers of that shape follow each other there."""
    step = 1
    for axis in reversed(lie.order):
        if shape[axis] > 1 and lie.strides[axis] != step:
            return False
        step *= shape[axis]
    return True


def _numbers(model: Model, name: str) -> int:
    size = 1
    for extent in model.values[name].shape:
        size *= extent
    return size
