"""Makes the Layers of a model: plans a kernel for each distinct layer, and builds them side by side."""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import torch

from ..algorithms import ALGORITHMS
from ..emit.render import render
from ..errors import InputError, UnsupportedError
from ..layer.spec import ConvSpec
from ..machine.target import Target
from ..plan.kernel import Kernel
from ..planner import rank as planner
from ..run import compilers
from ..tuning.lock import Lock
from ..tuning.records import choice
from . import elements, fold
from .layer import Integers, Layer, Modules, Told
from .training import Trained, Trio, trio_of

Module = Any  # torch.nn.Module; mypy knows nothing of torch
Tensor = Any


class Factory:
    """Of one model; lock, then records: whether tuning's plans are taken from there. threads: 0 for as many as PyTorch
    uses."""

    def __init__(self, target: Target, max_error: float, lock: Lock | None, records: bool, threads: int) -> None:
        self._target, self._max_error, self._threads = target, max_error, threads
        self._tuned = [*([lock.choice] if lock else []), *([choice] if records else [])]
        self._kernels: dict[ConvSpec, Kernel] = {}
        self.begin(last=True)

    def begin(self, last: bool) -> None:
        """Anew, with activations that lie channels last or not."""
        self._last, self._told = last, Told()
        self._layers: list[Layer] = []
        self._trained: list[Trained] = []
        self.refused: dict[Module | str, str] = {}  # convolutions without a kernel, or their nodes' names, and why

    def layer(self, path: str, conv: Module, norm: Module, act: Module, shapes: Sequence[tuple[int, ...]],
              residual: bool) -> Layer | None:
        """For inputs of these shapes and the type of the weights; None where no kernel can be planned. It does nothing
        before `finish`."""
        name = "none" if act is None else fold.activation(act)
        bias = norm is not None or conv.bias is not None
        try:
            specs = {shape: fold.spec(conv, shape, self._last, bias, residual, name or "none") for shape in shapes}
            known = {shape: self._kernel(spec) for shape, spec in specs.items()}
        except (InputError, UnsupportedError) as error:  # PyTorch's own may do more
            self.refused[conv] = str(error)
            return None
        self._layers.append(Modules(path, conv, norm, act, known, self._threads, self._told))
        return self._layers[-1]

    def integers(self, name: str, eager: Module, given: dict[str, Tensor], shape: tuple[int, ...],
                 spec: ConvSpec) -> Layer:
        """Of a layer that sums integers, for inputs of this shape; UnsupportedError where no kernel can be planned.
        eager, given: as Integers has them."""
        of = spec.arithmetic
        self._layers.append(Integers(name, eager, given, {shape: self._kernel(spec)}, self._threads, self._told,
                                     elements.dtype(of.input), elements.dtype(of.output)))
        return self._layers[-1]

    def trained(self, path: str, conv: Module, shapes: Sequence[tuple[int, ...]]) -> Trained | None:
        """A convolution with its gradients, likewise. Its weights lie as PyTorch's do."""
        known: dict[tuple[int, ...], Trio] = {}
        try:
            for shape in shapes:
                spec = fold.spec(conv, shape, self._last, conv.bias is not None, False, "none")
                known[shape] = Trio(*map(self._kernel, trio_of(spec)))
        except (InputError, UnsupportedError) as error:
            self.refused[conv] = str(error)
            return None
        self._trained.append(Trained(path, conv, known, self._threads, self._told))
        return self._trained[-1]

    def finish(self) -> None:
        """Build what the layers need, and pack their weights."""
        wanted = {kernel.name: kernel for layer in self._layers for kernel in layer.known.values()}
        wanted |= {kernel.name: kernel for layer in self._trained for trio in layer.known.values() for kernel in trio}
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(compilers.build, wanted.values()))
        for layer in self._layers:
            layer.pack()
        for trained in self._trained:
            trained.load()

    def _kernel(self, spec: ConvSpec) -> Kernel:
        if not self._target.runs_here(spec.arithmetic):
            raise UnsupportedError(f"this CPU has no kernels of {spec.dtype}")
        if spec not in self._kernels:
            self._kernels[spec] = self._measured(spec) or \
                render(planner.best(spec, self._target, max_error=self._max_error))
        return self._kernels[spec]

    def _measured(self, spec: ConvSpec) -> Kernel | None:
        """By a plan that tuning found for the layer, or, of floats, for the layer without what was folded into it."""
        asks = [spec]
        if not spec.arithmetic.exact and spec.operation == "forward":
            asks.append(spec.replace(bias=True, residual=False, activation="none"))
        threads = self._threads or torch.get_num_threads()
        for tuned, asked in itertools.product(self._tuned, asks):
            found = tuned(asked, self._target, None, threads, self._max_error)
            if found is not None:
                plan = msgspec.structs.replace(found.plan, spec=spec)
                if ALGORITHMS[plan.algorithm].check(plan) is None:
                    return render(plan, origin=found.origin)
        return None
