"""What all compiled kernels have in common, whatever runs them: C here, C under a runner, an OpenCL device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ..plan.kernel import Kernel

Array = NDArray[Any]  # of the type that the spec says
Each = Array | Sequence[Any]  # one; or, of a chain, one for every layer, None for those that have none


class Conv:
    """A compiled kernel: pack() the weights once, then call it with an input. Kernel.compile() makes one."""

    kernel: Kernel

    @property
    def where(self) -> str:
        """What Kernel.load() needs to find it again, in another process."""
        raise NotImplementedError

    def pack(self, weights: Each, bias: Each | None = None, scale: Each | float | None = None, *,
             slopes: Each | None = None, copy: bool = False) -> None:
        """Bring weights (spec.weights_shape), bias, scales and slopes (oc) into the kernel's own order, once. scale: of
        sums of integers, or of weights that alone are integers, a real number for each output channel, or one for all.
        copy: arrays of another type, or with other strides, are converted first. Of a chain, each is a list, an item
        for every layer."""
        raise NotImplementedError

    def __call__(self, x: Array, residual: Array | None = None, out: Array | None = None, threads: int | None = None,
                 *, copy: bool = False) -> NDArray[np.floating[Any]]:
        """y of spec.output_shape, written to `out` when given; same bits for any `threads`. copy: arrays of another
        type, or with other strides, are converted."""
        raise NotImplementedError

    def time(self, x: Array, residual: Array | None = None, out: Array | None = None, threads: int | None = None,
             calls: int = 1) -> float:
        """Seconds that `calls` runs take back to back."""
        raise NotImplementedError
